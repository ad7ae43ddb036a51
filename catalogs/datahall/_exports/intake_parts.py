"""The catalog for plain Intake: in one YAML file, or where it is large in a catalog of catalogs.

Our own datasets stand there by theme, and while they are no more than a catalog may have at its top, too, so that
``catalog["weather/seattle-weather"]`` means the same in every hall; harvested ones stand there by pages. Each part is
opened only when somebody asks for it, since Intake takes milliseconds for every entry. Of harvested datasets those are
entries whose portal gives a plain file that Intake reads; the addresses are the portal's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import yaml

from .._dataset import Dataset
from .._entries.entry import Entry
from .._entries.short_entries import Given
from ..intake import describe_datasets, tell_status
from .offers import Offer, list_offers
from .pages import Page
from .texts import list_titles, make_address

LARGE = 1_000  # datasets, above which there are parts
_CATALOG = "intake.readers.datatypes:CatalogFile"
_CATALOG_READER = ("intake.readers.readers:YAMLCatalogReader", "intake.readers.entry:Catalog")
_READERS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "csv": ("intake.readers.datatypes:CSV", "intake.readers.readers:PandasCSV", {}),
    "tsv": ("intake.readers.datatypes:CSV", "intake.readers.readers:PandasCSV", {"sep": "\t"}),
    "parquet": ("intake.readers.datatypes:Parquet", "intake.readers.readers:PandasParquet", {}),
}
_FRAME = "pandas:DataFrame"
_HARVESTED = "harvested-"


def list_parts(datasets: Iterable[Dataset], *, harvested: Page) -> dict[str, int]:
    """Return the parts of a large catalog by name, and how many datasets each is about."""
    themes = Counter(dataset.theme for dataset in datasets)
    pages = {
        f"{_HARVESTED}{number}": min(harvested.size, harvested.total - (number - 1) * harvested.size)
        for number in range(1, harvested.count + 1)
        if harvested.total
    }
    return dict(sorted(themes.items())) | pages


def find_page(part: str, *, harvested: Page) -> Page | None:
    """Return the page of harvested datasets that `part` names, where it names one."""
    number = part.removeprefix(_HARVESTED)
    is_named = part.startswith(_HARVESTED) and number.isascii() and number.isdecimal() and len(number) < 9
    return Page(harvested.total, int(number), harvested.size) if is_named else None


def is_readable(given: Given) -> bool:
    """Tell of a distribution as it is kept whether Intake reads it, as `write_part` does of what is made of it."""
    is_download, packed, format = given.get("is_download"), given.get("packed"), given.get("format")
    return _reads(make_address(given["url"]), is_download=bool(is_download), packed=packed, format=format)


def _reads(address: str, *, is_download: bool, packed: str | None, format: str | None) -> bool:
    """Tell whether Intake reads it; what is packed, or may be a page about the file, it does not."""
    is_fetched = bool(address) and not address.startswith("ftp:")
    return is_fetched and is_download and packed is None and format in _READERS


def write_index(parts: dict[str, int], own: Sequence[Dataset], *, base_url: str) -> bytes:
    """Return the catalog of catalogs, ``catalog["harvested-1"].read()["harvested/…"]``, with our own at its top."""
    document = describe_datasets(own if len(own) <= LARGE else (), base_url=base_url)
    reader, instance = _CATALOG_READER
    for name, count in parts.items():
        key = f"{name}.yaml"
        metadata = {"datasets": count}
        kwargs = {"url": f"{base_url}/catalog/{name}.yaml", "storage_options": None}
        document["data"][key] = {"datatype": _CATALOG, "kwargs": kwargs, "metadata": metadata, "user_parameters": {}}
        document["aliases"][name] = f"{name}.catalog"
        document["entries"][f"{name}.catalog"] = {
            "reader": reader,
            "kwargs": {"data": f"{{data({key})}}"},
            "metadata": metadata,
            "user_parameters": {},
            "output_instance": instance,
        }
    return _write(document)


def write_part(
    datasets: Iterable[Dataset],
    harvested: Iterable[Entry],
    *,
    base_url: str | None = None,
    store_url: str | None = None,
) -> bytes:
    """Return the catalog of some datasets of our own, over a hall or a store, and of some harvested ones."""
    document = describe_datasets(datasets, base_url=base_url, store_url=store_url)
    for entry in harvested:
        if entry.access in {"open", "unknown"}:
            _add_harvested(document, entry)
    return _write(document)


def _add_harvested(document: dict[str, Any], entry: Entry) -> None:
    offers = list_offers(entry, base_url="")  # its portal's addresses, none of a hall
    found = next(filter(_is_readable_offer, offers), None)
    if found is None or found.format is None:
        return
    datatype, reader, more = _READERS[found.format]
    key = f"{entry.id}.{found.format}"
    document["data"][key] = {
        "datatype": datatype,
        "kwargs": {"url": found.url, "storage_options": None},
        "metadata": {
            "title": {language or "und": text for language, text in list_titles(entry)},
            "theme": entry.theme,
            "license": entry.license,
            "access": entry.access,
            "source": entry.source,
            **tell_status(entry),
        },
        "user_parameters": {},
    }
    document["entries"][f"{entry.id}.pandas"] = {
        "reader": reader,
        "kwargs": {"data": f"{{data({key})}}", **more},
        "metadata": {},
        "user_parameters": {},
        "output_instance": _FRAME,
    }
    document["aliases"][entry.id] = f"{entry.id}.pandas"


def _is_readable_offer(offer: Offer) -> bool:
    return _reads(offer.url, is_download=offer.is_download, packed=offer.packed, format=offer.format)


def _write(document: dict[str, Any]) -> bytes:
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # in C five times faster
    text: str = yaml.dump(document, Dumper=dumper, sort_keys=False, allow_unicode=True, width=110)
    return text.encode()
