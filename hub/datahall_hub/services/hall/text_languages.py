"""In which language a text of another portal is, for screen readers: as its record says, or its script shows. Pure.

Where neither tells it, nothing is said: a wrong language is read out worse than the page's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from datahall._entries.entry import choose_text

_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}")
_UNTOLD = ("und", "mul", "zxx", "mis")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_KANA_OR_HANGUL = re.compile(r"[\u3041-\u30ff\uac00-\ud7a3]")  # beside which Han are no Chinese
_LOOKED_AT = 1_000  # characters
_WRITTEN_IN_HAN = ("zh", "ja", "ko", "yue", "lzh", "wuu", "hak", "nan", "gan")


def find_language(texts: Mapping[str, str], *, language: str, languages: Sequence[str] = ()) -> str:
    """Return the tag of what is shown of `texts` on a page in `language`; empty where it is the page's, or not known.

    `languages` are those that the record names for the whole dataset.
    """
    text = choose_text(texts, language=language)
    said = next((tag for tag, each in texts.items() if each == text), "")
    tag = said if _is_told(said) else _tell(text, languages)
    return "" if _is_of_page(tag, language) else tag


def _tell(text: str, languages: Sequence[str]) -> str:
    """Return the one language that a dataset is in, if the script of `text` allows it; else ``zh`` for Han."""
    one = languages[0] if len(set(languages)) == 1 and _is_told(languages[0]) else ""
    is_han = _is_in_han(text)
    if one and is_han == (one.partition("-")[0].lower() in _WRITTEN_IN_HAN):
        return one
    return "zh" if is_han and not _KANA_OR_HANGUL.search(text) else ""


def _is_in_han(text: str) -> bool:
    """Tell whether more of the letters are Han than are not; of other scripts one letter says less."""
    looked_at = text[:_LOOKED_AT]
    han = len(_HAN.findall(looked_at))
    words = len(re.findall(r"[^\W\d_]+", _HAN.sub(" ", looked_at)))
    return han > 0 and han >= words


def _is_told(tag: str) -> bool:
    return bool(_TAG.fullmatch(tag)) and tag.lower() not in _UNTOLD


def _is_of_page(tag: str, language: str) -> bool:
    """Tell whether a page in `language` need not say `tag`; of Chinese the page's is the simplified one."""
    main, _, rest = tag.lower().partition("-")
    return main == language and (language != "zh" or rest in ("", "cn", "hans", "hans-cn", "sg"))
