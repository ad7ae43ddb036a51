"""Texts in the reader's language: English in the code, Chinese in ``locale/zh/datahall.po``.

The PO file is read as it stands, on the first Chinese message; nothing is compiled.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "zh")
STOPS = ".。!！ "  # what ends a sentence that is put into another one
_LOCALE = Path(__file__).parent / "locale"
_WIDE_MARKS = ("。", "？", "！", "；", "：")  # these bring their own space


def N_(text: str) -> str:  # the name that gettext's tools look for
    """Mark `text` for translation and return it unchanged."""
    return text


class Phrase(str):
    """A marked text that is put into another one, and translated with it."""

    __slots__ = ()


def chosen_language() -> str:
    """Return ``zh`` or ``en``: the first of DATAHALL_LANGUAGE, LC_ALL and LANG that is set decides."""
    for name in ("DATAHALL_LANGUAGE", "LC_ALL", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def translate(text: str, *, language: str, **values: object) -> str:
    """Return `text` in `language` with `values` put in; a `reason` loses its own full stop, since the text has one."""
    template = _load(language).get(text, text) if language != "en" and text else text
    if not values:
        return template
    spoken = {
        key: translate(value, language=language) if isinstance(value, Phrase) else value
        for key, value in values.items()
    }
    if "reason" in spoken:
        spoken["reason"] = str(spoken["reason"]).rstrip(STOPS)
    return template.format(**spoken)


def join_sentences(*sentences: str) -> str:
    """Return the sentences as one text: a blank between them, but none after a Chinese mark."""
    text = ""
    for sentence in filter(None, sentences):
        text += ("" if not text or text.endswith(_WIDE_MARKS) else " ") + sentence
    return text


def speak(text: str, **values: object) -> str:
    """Return `text` in the environment's language with `values` put in."""
    return translate(text, language=chosen_language(), **values)


@cache
def _load(language: str) -> dict[str, str]:
    from babel.messages.pofile import read_po  # 60 ms, which an English reader need not wait

    path = _LOCALE / language / "datahall.po"
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        catalog = read_po(file, locale=language)
    return {
        message.id: str(message.string)
        for message in catalog
        if isinstance(message.id, str) and message.id and message.string and not message.fuzzy
    }
