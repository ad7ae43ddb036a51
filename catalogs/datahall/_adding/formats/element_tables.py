"""The tables of XML and KML files: the outermost elements that repeat; single values beside them are findings."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import rmtree

from ..._disk import find_scratch
from ..._formats.elements import Steps, iterate_elements, local_name, own_text, read_elements
from ..._formats.packed import list_members, unpack
from ..._formats.places import read_places
from ..._formats.source_file import SourceFile
from ...errors import N_
from ..findings import EXAMPLES, Finding
from ..raw_tables import RawTable
from .remarks import make_remark, shorten_words

_MOST_TABLES = 50


@dataclass
class _Kind:
    """All elements of one path."""

    count: int = 0
    has_children: bool = False
    values: dict[str, tuple[str, int]] = field(default_factory=dict)  # of text and attributes: the first, how many

    def note(self, name: str, value: str) -> None:
        """Take note of one more value."""
        first, count = self.values.get(name, (value[:1_000], 0))
        self.values[name] = (first, count + 1)


def list_element_tables(file: SourceFile) -> list[RawTable]:
    """Return the tables of an XML file."""
    kinds = _survey(file)
    chosen = _choose(kinds)
    if not chosen:
        root = next(iter(kinds))[:1] if kinds else ()
        if not root:
            raise file.refuse(form="xml", reason=N_("it has no elements that repeat"))
        chosen = [root]
    notes = list(_left_out(kinds, chosen=chosen))
    tables = []
    for steps in chosen:
        table = read_elements(file, records="/".join(steps))
        name = table.name if len(chosen) > 1 else ""
        tables.append(replace(table, name=name, findings=(*notes, *table.findings)))
        notes = []
    return tables


def list_place_table(file: SourceFile) -> list[RawTable]:
    """Return the one table of a KML file."""
    return [read_places(file)]


def list_zipped_place_tables(file: SourceFile) -> list[RawTable]:
    """Return the tables of a KMZ file, which is a zip archive with KML files and pictures."""
    everything = list_members(file)
    members = [name for name in everything if name.lower().endswith(".kml")]
    others = [name for name in everything if name not in members]
    notes = tuple(make_remark("left-out", words=shorten_words(name)) for name in others[:EXAMPLES])
    tables = []
    for member in members:
        folder = Path(tempfile.mkdtemp(prefix="datahall-places-", dir=find_scratch()))
        plain = unpack(file, compression="zip", member=member, folder=folder)
        table = read_places(plain)
        weakref.finalize(table.read_rows, rmtree, folder, ignore_errors=True)  # rows may be read again until then
        source = {**table.source, "compression": "zip", "member": member}
        tables.append(replace(table, name=member if len(members) > 1 else "", source=source, findings=notes))
        notes = ()  # what is said of the file is said once
    return tables


def _survey(file: SourceFile) -> dict[Steps, _Kind]:
    kinds: dict[Steps, _Kind] = {}
    for steps, element, around in iterate_elements(file, wanted=None):
        kind = kinds.setdefault(steps, _Kind())
        kind.count += 1
        for name, value in element.attrib.items():
            kind.note(f"@{local_name(name)}", value)
        if text := own_text(element).strip():
            kind.note("", text)
        if len(kinds) > 20_000:
            raise file.refuse(form="xml", reason=N_("its elements are nested or repeated beyond measure"))
        if around:
            kinds.setdefault(steps[:-1], _Kind()).has_children = True
    return kinds


def _choose(kinds: dict[Steps, _Kind]) -> list[Steps]:
    """Return the paths whose elements are rows: the outermost that repeat and have parts; else the most frequent."""
    repeated = {steps: kind for steps, kind in kinds.items() if kind.count > 1}
    outermost = [steps for steps in repeated if not any(steps[:length] in repeated for length in range(1, len(steps)))]
    rows = [steps for steps in outermost if kinds[steps].has_children]
    if rows:
        most = max(kinds[steps].count for steps in outermost)
        plain = [steps for steps in outermost if steps not in rows and kinds[steps].count == most]
        return sorted((*rows, *plain), key=lambda steps: -kinds[steps].count)[:_MOST_TABLES]
    return sorted(outermost, key=lambda steps: -kinds[steps].count)[:1]


def _left_out(kinds: dict[Steps, _Kind], *, chosen: Sequence[Steps]) -> Iterator[Finding]:
    """Yield the values that lie outside of all tables, each path with its first value."""
    outside = [steps for steps in kinds if not any(steps[: len(path)] == path for path in chosen)]
    values = [("/".join(steps) + name, *found) for steps in outside for name, found in kinds[steps].values.items()]
    for name, first, count in values[:EXAMPLES]:
        more = f" … ({count})" if count > 1 else ""
        yield make_remark("left-out", words=shorten_words(f"{name} = {first}{more}"))
    if len(values) > EXAMPLES:
        yield make_remark("left-out", words=f"… ({len(values) - EXAMPLES})")
