"""Where a dataset can be had: the hall's own files, or what another portal offers, as every standard tells it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import quote

from .._entries.entry import Entry, EntryDistribution
from .._entries.offered_formats import OWN_FORMATS
from .._vocabulary import Format, formats
from .texts import clean_line, make_address, make_media_type

_ALGORITHMS = {"md5": 32, "sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128}  # and their hex digits
_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True)
class Offer:
    """One form of the data; `url` is empty where the portal's address is none (`given` holds what it says)."""

    url: str
    given: str = ""
    is_download: bool = False
    format: str | None = None
    packed: str | None = None
    format_text: str = ""
    media_type: str = ""
    bytes: int | None = None
    algorithm: str = ""
    checksum: str = ""
    title: str = ""
    license: str | None = None


def dataset_address(entry: Entry, *, base_url: str) -> str:
    """Return the address of a dataset in the hall at `base_url`, the same for pages of every language."""
    return find_address(entry.id, base_url=base_url)


def find_address(dataset_id: str, *, base_url: str) -> str:
    """Return the address of the dataset with this id."""
    return f"{base_url.rstrip('/')}/datasets/{quote(dataset_id)}"


def page_address(entry: Entry, *, base_url: str, language: str) -> str:
    """Return the address of its page in `language`."""
    return f"{base_url.rstrip('/')}/{language}/datasets/{quote(entry.id)}"


def full_address(entry: Entry, *, base_url: str) -> str:
    """Return the address of its own document, which holds whatever lists have no room for."""
    return f"{dataset_address(entry, base_url=base_url)}.jsonld"


def list_offers(entry: Entry, *, base_url: str) -> list[Offer]:
    """Return every form in which the data can be had; for a dataset of our own that is not open, none."""
    if entry.is_harvested:
        known = formats()
        return [_read_offer(given, known=known.get(given.format or "")) for given in entry.distributions]
    return list(_own_offers(entry, base_url=base_url)) if entry.access == "open" else []


def list_files_here(entry: Entry, *, base_url: str) -> list[Offer]:
    """Return the Parquet files of the version that is in the store, also of a harvested dataset."""
    return [offer for offer in _own_offers(entry, base_url=base_url) if offer.format == "parquet"]


def _own_offers(entry: Entry, *, base_url: str) -> Iterator[Offer]:
    address = dataset_address(entry, base_url=base_url)
    for form in OWN_FORMATS:
        files = entry.files if form == "parquet" else ()
        plain = Offer(
            f"{address}/data.{form}",
            is_download=True,
            format=form,
            media_type=formats()[form].media_type,
            title=f"data.{form}",
            license=entry.license,
        )
        if not files:
            yield plain
        for file in files:
            yield replace(
                plain,
                url=f"{address}/{quote(file.name)}?version={entry.version}",
                bytes=file.bytes,
                algorithm="sha256" if file.sha256 else "",
                checksum=file.sha256,
                title=file.name,
            )


def _read_offer(given: EntryDistribution, *, known: Format | None) -> Offer:
    url = make_address(given.url)
    algorithm, checksum = _read_checksum(given.checksum)
    media_type = make_media_type(given.media_type) or (known.media_type if known and not given.packed else "")
    return Offer(
        url=url,
        given="" if url else clean_line(given.url),
        is_download=given.is_download and bool(url),
        format=given.format if known else None,
        packed=given.packed,
        format_text=clean_line(given.format_text),
        media_type=media_type,
        bytes=given.bytes,
        algorithm=algorithm,
        checksum=checksum,
        title=clean_line(given.title),
        license=given.license,
    )


def _read_checksum(text: str) -> tuple[str, str]:
    """Return algorithm and hexadecimal digest of ``sha256:…``; neither where they do not fit together."""
    name, _, digest = text.strip().lower().rpartition(":")
    name = name.rpartition("/")[2].replace("-", "").replace("_", "").removeprefix("checksumalgorithm")
    if _ALGORITHMS.get(name) != len(digest) or not set(digest) <= _HEX:
        return "", ""
    return name, digest
