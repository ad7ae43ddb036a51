"""What a portal calls itself, bounded and on one line: the title of its catalog, by language."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .appearance import remove_unseen
from .drafts import UNKNOWN
from .record import MAX_WORD
from .values import Object, clean, object_of, text_of

MOST = 20  # languages
_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}")
_DEFAULTS = ("ckan",)  # what portals are called whose operators have not given them a title


def tidy_titles(said: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the first title in each language; nothing of what is no name."""
    titles: dict[str, str] = {}
    for language, text in said:
        tag = language if _TAG.fullmatch(language) and len(language) <= 35 else UNKNOWN
        title = " ".join(remove_unseen(clean(text)).split())[:MAX_WORD].strip()
        is_name = any(sign.isalnum() for sign in title) and title.casefold() not in _DEFAULTS
        if is_name and len(titles) < MOST:
            titles.setdefault(tag, title)
    return titles


def read_site_title(answer: object) -> dict[str, str]:
    """Return the title in the answer of CKAN's ``status_show``, in the portal's own language where it tells that."""
    result = object_of(object_of(answer).get("result"))
    return tidy_titles([(_tag_of(result), text_of(result.get("site_title")))])


def _tag_of(result: Object) -> str:
    """Return the language tag for a locale: ``zh-Hans-CN`` for ``zh_Hans_CN``."""
    return text_of(result.get("locale_default")).partition(".")[0].replace("_", "-")
