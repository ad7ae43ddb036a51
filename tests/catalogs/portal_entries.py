"""The datasets of all real portals in ``DATAHALL_PORTALS``, as entries that exports are made of."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from datahall._entries.entry import Entry
from datahall._entries.record_entries import describe_record
from datahall._harvesting.detection import read
from datahall._harvesting.documents import Document, open_document
from datahall.errors import DatahallError

NO_CATALOGS = ("shapes", "link-status")


def read_file(path: Path) -> Document:
    """Return the document in a file."""
    return open_document(path.read_bytes(), address=str(path))


@cache
def load_portal_entries(portals: Path) -> dict[str, list[Entry]]:
    """Return the datasets of each file that is a catalog, by the file's path in the folder."""
    found: dict[str, list[Entry]] = {}
    for file in sorted(portals.rglob("*")):
        name = str(file.relative_to(portals))
        if not file.is_file() or file.suffix == ".md" or name.startswith(NO_CATALOGS):
            continue
        try:
            harvest = read(read_file(file))
        except DatahallError:
            continue  # test_harvesting_portals names each file that is no catalog
        source = re.sub(r"[^a-z0-9]+", "-", name.lower())
        found[name] = [
            describe_record(record, id=f"harvested/{source}--{number}", source=name)
            for number, record in enumerate(harvest.records)
        ]
    assert sum(map(len, found.values())) > 5_000
    return found


def is_odd(entry: Entry) -> bool:
    """Tell whether a dataset lacks, or bends, what a standard asks for."""
    addresses = [each.url for each in entry.distributions]
    return (
        not all(entry.title.values())
        or not entry.description
        or any(
            not address.startswith("http") or re.search(r"[\s<>\"{}|\\^`]|[^\x00-\x7f]", address)
            for address in addresses
        )
        or any(each.checksum or each.packed or each.bytes for each in entry.distributions)
        or bool(entry.bbox)
        or len(entry.languages) > 1
    )


def sample(entries: list[Entry], *, usual: int = 1, odd: int = 2) -> list[Entry]:
    """Return the first usual and the first odd datasets of a portal."""
    strange = [entry for entry in entries if is_odd(entry)]
    plain = [entry for entry in entries if not is_odd(entry)]
    return plain[:usual] + strange[:odd]
