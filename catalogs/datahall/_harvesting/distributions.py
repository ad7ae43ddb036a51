"""One form in which data can be had, made of what a portal says about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict

from . import reasons
from .addresses import find_fetchable
from .file_addresses import is_file_of_data
from .notes import Notes
from .record import MAX_ADDRESS, MAX_ITEMS, MAX_LINE, Distribution
from .values import spoken, text_of
from .words import find_format, find_license, fold

_NO_LICENSE = ("notspecified", "not specified", "license not specified", "none", "null", "unknown")
_SEVERAL = "several"
_LARGEST = 1 << 62  # bytes


# Each licence with all that is said about it: its id, title, address.
Licenses = Iterable[Iterable[object]]


class Said(TypedDict, total=False):
    """What a portal may say about a file besides its address; any of it may be of any type."""

    is_download: bool | None  # None: the source does not say, so its address and format do
    formats: Iterable[object]
    media_type: object
    size: object
    checksum: object
    title: object
    licenses: Licenses


def make_distribution(
    url: object,
    *,
    notes: Notes,
    is_download: bool | None = False,
    formats: Iterable[object] = (),
    media_type: object = "",
    size: object = None,
    checksum: object = "",
    title: object = "",
    licenses: Licenses = (),
) -> Distribution | None:
    """Return the distribution; None, with a note, where no address leads to it."""
    said = notes.take("distribution", url, limit=MAX_ADDRESS * 10)
    address = find_fetchable(said)
    if not address or len(address) > MAX_ADDRESS:
        notes.add("distribution", said or spoken(title) or spoken(url), reasons.NO_ADDRESS)
        return None
    texts = [notes.take("format", text, limit=MAX_LINE) for text in formats if text_of(text)]
    kind = notes.take("format", media_type, limit=MAX_LINE)
    format, packed = find_format(texts=texts, media_type=kind, url=address)
    if is_download is None:
        is_download = is_file_of_data(address, format=format, packed=packed, media_type=kind)
    license, license_texts = choose_license(licenses, field="distribution.license", notes=notes)
    return Distribution(
        url=address,
        is_download=is_download,
        format=format,
        packed=packed,
        format_text=", ".join(dict.fromkeys(texts))[:MAX_LINE],
        media_type=kind,
        bytes=_size(size, notes=notes),
        checksum=notes.take("checksum", checksum, limit=MAX_LINE),
        title=notes.take("distribution", title, limit=MAX_LINE),
        license=license,
        license_texts=license_texts,
    )


def choose_license(licenses: Licenses, *, field: str, notes: Notes) -> tuple[str | None, tuple[str, ...]]:
    """Return the licence, and the texts; None where several are named, unless all of them are known and the same."""
    groups = [_taken(texts, field=field, notes=notes) for texts in licenses]
    texts = tuple(dict.fromkeys(text for group in groups for text in group))[:MAX_ITEMS]
    found = {_name_of(group) for group in groups if group}
    if len(found) > 1 or _SEVERAL in found:
        notes.add(field, " | ".join(texts), reasons.SEVERAL_LICENSES)
        return None, texts
    license = found.pop() if found else None
    if license is None and any(fold(text) not in _NO_LICENSE for text in texts):
        notes.add(field, texts[0], reasons.UNKNOWN_LICENSE)
    return license, texts


def _taken(texts: Iterable[object], *, field: str, notes: Notes) -> list[str]:
    taken = (notes.take(field, text, limit=MAX_LINE) for text in texts)
    return list(dict.fromkeys(filter(None, taken)))


def _name_of(texts: list[str]) -> str | None:
    """Return the licence that texts about one licence name; of these some may be unknown, but none another one."""
    named = {license for text in texts if (license := find_license(text))}
    return _SEVERAL if len(named) > 1 else next(iter(named), None)


def _size(value: object, *, notes: Notes) -> int | None:
    text = text_of(value)
    if not text:
        return None
    try:
        size = int(float(text))
    except (ValueError, OverflowError):
        size = -1
    if not 0 <= size < _LARGEST:
        notes.add("bytes", text, reasons.NO_SIZE)
        return None
    return size
