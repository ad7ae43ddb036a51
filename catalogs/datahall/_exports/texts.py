"""Texts and addresses of strangers in forms that every standard can hold.

XML knows no control characters, JSON Schema and RDF no address with blanks: what cannot be said is left out, never
passed on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from urllib.parse import quote, urlsplit

from .._entries.entry import Entry, Texts
from .._messages import translate
from ..errors import N_

UNKNOWN = "und"
LANGUAGES = ("en", "zh")

SYNTHETIC = N_("Synthetic data: made up for practice, not observed.")

SYNTHETIC_WORD = N_("synthetic data")

SYNTHETIC_ZH = "是：为练习而生成，并非实际观测"  # in documents whose words are Chinese

_UNSPEAKABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST = re.compile(r"(?:[A-Za-z0-9_~.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
_EMAIL = re.compile(r"[A-Za-z0-9._%+/=!#$&'*?^`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}")
_LONGEST_ADDRESS = 4_000


def clean(text: str) -> str:
    """Return `text` without characters that XML cannot hold, and without blanks around it."""
    return _UNSPEAKABLE.sub("", text).strip()


def clean_line(text: str) -> str:
    """Return `text` as one line."""
    return " ".join(clean(text).split())


def list_texts(texts: Texts) -> Iterator[tuple[str, str]]:
    """Yield language and text of what is not empty; the language is empty where nobody has said it."""
    for language, text in texts.items():
        if said := clean(text):
            yield language if language != UNKNOWN and _TAG.fullmatch(language) else "", said


def list_titles(entry: Entry) -> list[tuple[str, str]]:
    """Return the titles by language; where there is none, what the source calls the dataset."""
    return list(list_texts(entry.title)) or [("", clean_line(entry.source_id) or entry.id)]


def list_descriptions(entry: Entry) -> list[tuple[str, str]]:
    """Return the descriptions by language, the titles where there are none; made-up data is called so."""
    texts = list(list_texts(entry.description)) or list_titles(entry)
    return [(language, mark_synthetic(entry, text, language=language)) for language, text in texts]


def mark_synthetic(entry: Entry, text: str, *, language: str) -> str:
    """Return `text`, and behind it that the data is made up, where it is."""
    if not entry.synthetic:
        return text
    return f"{text}\n\n{translate(SYNTHETIC, language='zh' if language.startswith('zh') else 'en')}"


def list_keywords(entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield language and keyword, each once; made-up data has one that says so, by which other portals know it."""
    pairs = (pair for tag, words in entry.keywords.items() for word in words for pair in list_texts({tag: word}))
    marks = [(tag, translate(SYNTHETIC_WORD, language=tag)) for tag in LANGUAGES] if entry.synthetic else []
    yield from dict.fromkeys([*((language, clean_line(word)) for language, word in pairs), *marks])


def list_language_tags(entry: Entry) -> list[str]:
    """Return the tags of the languages of a dataset, as BCP 47 writes them."""
    return [tag for tag in dict.fromkeys(entry.languages) if _TAG.fullmatch(tag) and tag != UNKNOWN]


def find_modified(entry: Entry) -> date | None:
    """Return when the data last changed: what is stated, else the date of the version, else when it appeared."""
    if entry.modified is not None:
        return entry.modified
    if entry.version and not entry.version.startswith("0000"):
        return date.fromisoformat(entry.version[:10])
    return entry.issued


def make_address(text: str) -> str:
    """Return the address of the web in `text` as RFC 3986 wants it; empty where it is none.

    Characters that have no place in an address are escaped, as browsers do; hosts of other scripts become ASCII.
    """
    text = _UNSPEAKABLE.sub("", text).strip()
    try:
        parts = urlsplit(text)
        netloc = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
    except (ValueError, UnicodeError):
        return ""
    host = netloc.rpartition("@")[2]  # names and passwords in an address are nobody's business
    if parts.scheme not in {"http", "https", "ftp"} or not _HOST.fullmatch(host):
        return ""
    address = f"{parts.scheme}://{host}{_escape(parts.path)}"
    if parts.query:
        address += f"?{_escape(parts.query)}"
    if parts.fragment:
        address += f"#{_escape(parts.fragment)}"
    return address if len(address) <= _LONGEST_ADDRESS else ""


def _escape(text: str) -> str:
    return quote(_STRAY_PERCENT.sub("%25", text), safe="/?:@!$&'()*+,;=~%")


def make_email(text: str) -> str:
    """Return the e-mail address in `text`, without ``mailto:``; empty where it is none."""
    bare = clean_line(text)
    bare = bare[7:] if bare.lower().startswith("mailto:") else bare
    return bare if _EMAIL.fullmatch(bare) else ""


def make_media_type(text: str) -> str:
    """Return the media type in `text` without its parameters; empty where it is none."""
    bare = text.partition(";")[0].strip().lower()
    return bare if _MEDIA_TYPE.fullmatch(bare) else ""
