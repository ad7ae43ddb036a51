"""Which language a person reads, and the words in it.

Messages are written in English in the code; ``locale/<language>/<domain>.po`` holds the others. The PO
files are read as they stand, so there is nothing to compile and nothing to forget.
"""

from __future__ import annotations

import gettext
from functools import cache
from pathlib import Path

from babel.core import negotiate_locale
from babel.messages.pofile import read_po

LANGUAGES = ("en", "zh")
COOKIE = "datahall-language"
LOCALE = Path(__file__).parent / "locale"


@cache
def load_translations(domain: str, *, language: str) -> gettext.NullTranslations:
    """Return the messages of `domain` in `language`; English needs none."""
    translations = gettext.NullTranslations()
    path = LOCALE / language / f"{domain}.po"
    if language == "en" or not path.exists():
        return translations
    with path.open("rb") as file:
        catalog = read_po(file, locale=language)
    messages = {
        str(m.id): str(m.string) for m in catalog if m.id and m.string and not m.fuzzy and isinstance(m.id, str)
    }
    return _Messages(messages)


class _Messages(gettext.NullTranslations):
    def __init__(self, messages: dict[str, str]) -> None:
        super().__init__()
        self._messages = messages

    def gettext(self, message: str) -> str:
        return self._messages.get(message, message)


def choose_language(*, query: str | None = None, cookie: str | None = None, accept: str | None = None) -> str:
    """Return ``en`` or ``zh``: what the address asks for, else the cookie, else the browser's ``Accept-Language``."""
    for wish in (query, cookie):
        if wish in LANGUAGES:
            return wish
    return _best_of(accept or "") or "en"


def _best_of(accept: str) -> str | None:
    """Negotiate an ``Accept-Language`` header (RFC 9110, 12.5.4)."""
    wishes: list[tuple[float, str]] = []
    for part in accept.split(","):
        tag, _, parameter = part.strip().partition(";")
        quality = parameter.strip().removeprefix("q=") if parameter else "1"
        try:
            wishes.append((float(quality), tag.replace("-", "_")))
        except ValueError:
            continue
    preferred = [tag.split("_")[0].lower() for quality, tag in sorted(wishes, key=lambda wish: -wish[0]) if quality > 0]
    return negotiate_locale(preferred, LANGUAGES)
