"""What changed between two versions as a page shows it: as many changed cells as it has room for, the rest counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from datahall_hub.app_life.app_files import Submission
from datahall_hub.services.hall.app_desk.changes import CellChange, Comparison, Kind, compare_lines, compare_notebooks
from datahall_hub.services.hall.app_desk.notebook_cells import Cell, read_cells
from datahall_hub.services.hall.app_desk.shown_code import MOST_SHOWN, ShownPair, show_pair, weigh


@dataclass(frozen=True)
class ShownChange:
    """A cell that was changed, added or removed."""

    kind: Kind
    number_before: int
    number_after: int
    cell_kind: str
    lines: tuple[ShownPair, ...]


@dataclass(frozen=True)
class ShownComparison:
    """All that changed from one version to another."""

    number: int  # of the version before
    cells: tuple[ShownChange, ...]
    left_out: int  # changed cells for which the page has no room
    unchanged: int
    is_too_long: bool
    manifest: tuple[ShownPair, ...]  # its lines; empty where it is the same
    has_other_picture: bool
    libraries: tuple[tuple[str, str, str], ...]  # those of which another version is there now: before, after

    @property
    def is_empty(self) -> bool:
        """Whether notebook, manifest and picture are the same."""
        return not (self.cells or self.left_out or self.is_too_long or self.manifest or self.has_other_picture)


def compare_submissions(number: int, before: Submission, after: Submission) -> ShownComparison:
    """Return what changed since the version `number`; raise `ValueError` where one of them holds no notebook."""
    comparison = compare_notebooks(read_cells(before.notebook), read_cells(after.notebook))
    cells, left_out = _choose(comparison)
    return ShownComparison(
        number=number,
        cells=cells,
        left_out=left_out,
        unchanged=comparison.count("same"),
        is_too_long=comparison.is_too_long,
        manifest=_compare_manifests(before.manifest, after.manifest),
        has_other_picture=before.picture != after.picture,
        libraries=tuple(
            (name, before.environment.get(name, ""), after.environment.get(name, ""))
            for name in sorted({*before.environment, *after.environment})
            if before.environment.get(name) != after.environment.get(name)
        ),
    )


def _choose(comparison: Comparison) -> tuple[tuple[ShownChange, ...], int]:
    shown: list[ShownChange] = []
    room = MOST_SHOWN
    changed = [each for each in comparison.cells if each.kind != "same"]
    for each in changed:
        room -= weigh(_texts(each))
        if room < 0:
            break
        shown.append(_show(each))
    return tuple(shown), len(changed) - len(shown)


def _show(change: CellChange) -> ShownChange:
    cell = change.after or change.before
    assert cell is not None
    return ShownChange(
        kind=change.kind,
        number_before=_number(change.before),
        number_after=_number(change.after),
        cell_kind=cell.kind,
        lines=tuple(map(show_pair, change.lines)),
    )


def _texts(change: CellChange) -> Sequence[str]:
    return [cell.source for cell in (change.before, change.after) if cell is not None]


def _number(cell: Cell | None) -> int:
    return cell.number if cell is not None else 0


def _compare_manifests(before: bytes, after: bytes) -> tuple[ShownPair, ...]:
    if before == after:
        return ()
    texts = [each.decode(errors="replace")[:MOST_SHOWN] for each in (before, after)]
    return tuple(map(show_pair, compare_lines(*(text.splitlines() for text in texts))))
