"""What changed between two versions of a notebook: cells side by side, and in each its lines. Pure values.

A cell that was changed stands beside what it was; two cells are the same one where they share enough lines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from datahall_hub.services.hall.app_desk.line_script import find_script
from datahall_hub.services.hall.app_desk.notebook_cells import Cell

Kind = Literal["same", "changed", "added", "removed"]
MOST_LINES = 10_000  # of both notebooks; what is longer is not compared but read
MOST_PAIRS = 2_500  # changed cells times changed cells among which partners are looked for
ALIKE_ENOUGH = 0.4  # the share of lines that a cell has in common with what it was


@dataclass(frozen=True)
class Line:
    """One line of a cell, or two that stand side by side; numbers count from 1, 0 where there is no such line."""

    kind: Kind
    before: str = ""
    after: str = ""
    number_before: int = 0
    number_after: int = 0


@dataclass(frozen=True)
class CellChange:
    """One cell of either version, or one of both."""

    kind: Kind
    before: Cell | None
    after: Cell | None
    lines: tuple[Line, ...] = ()  # of a cell that is the same none


@dataclass(frozen=True)
class Comparison:
    """Two notebooks side by side; too long ones are not compared."""

    cells: tuple[CellChange, ...]
    is_too_long: bool = False

    def count(self, kind: Kind) -> int:
        """Return how many cells were changed, added or removed, or stayed the same."""
        return sum(each.kind == kind for each in self.cells)


def compare_notebooks(before: Sequence[Cell], after: Sequence[Cell]) -> Comparison:
    """Return what changed from `before` to `after`."""
    if sum(len(cell.lines) for cell in (*before, *after)) > MOST_LINES:
        return Comparison((), is_too_long=True)
    return Comparison(tuple(_compare_cells(before, after)))


def compare_lines(before: Sequence[str], after: Sequence[str]) -> tuple[Line, ...]:
    """Return two texts line by line; of neighbouring lines taken out and put in, each stands beside its successor."""
    lines: list[Line] = []
    out: list[int] = []
    put: list[int] = []
    for step, i, j in [*find_script(before, after), ("keep", -1, -1)]:
        if step == "out":
            out.append(i)
        elif step == "in":
            put.append(j)
        else:
            lines += _pair_lines(before, after, out, put)
            out, put = [], []
            if i >= 0:
                lines.append(Line("same", before[i], after[j], i + 1, j + 1))
    return tuple(lines)


def find_differing(before: str, after: str) -> tuple[int, int]:
    """Return how many characters at the beginning and at the end two lines have in common."""
    most = min(len(before), len(after))
    head = next((place for place in range(most) if before[place] != after[place]), most)
    most -= head
    tail = next((place for place in range(most) if before[-1 - place] != after[-1 - place]), most)
    return head, tail


def _compare_cells(before: Sequence[Cell], after: Sequence[Cell]) -> Iterator[CellChange]:
    keys = [[(cell.kind, cell.source) for cell in cells] for cells in (before, after)]
    out: list[Cell] = []
    put: list[Cell] = []
    for step, i, j in [*find_script(*keys), ("keep", -1, -1)]:
        if step == "out":
            out.append(before[i])
        elif step == "in":
            put.append(after[j])
        else:
            yield from _pair_cells(out, put)
            out, put = [], []
            if i >= 0:
                yield CellChange("same", before[i], after[j])


def _pair_cells(out: Sequence[Cell], put: Sequence[Cell]) -> Iterator[CellChange]:
    """Yield cells that were taken out and put in between two that stayed, partners side by side, in their order."""
    begin_out = begin_put = 0
    for i, j in [*_find_partners(out, put), (len(out), len(put))]:
        for cell in out[begin_out:i]:
            yield CellChange("removed", cell, None, compare_lines(cell.lines, []))
        for cell in put[begin_put:j]:
            yield CellChange("added", None, cell, compare_lines([], cell.lines))
        if i < len(out) and j < len(put):
            yield CellChange("changed", out[i], put[j], compare_lines(out[i].lines, put[j].lines))
        begin_out, begin_put = i + 1, j + 1


def _find_partners(out: Sequence[Cell], put: Sequence[Cell]) -> list[tuple[int, int]]:
    """Return which cells are changed ones rather than new ones: those most alike, in the same order on both sides."""
    if len(out) * len(put) > MOST_PAIRS:
        return [(place, place) for place in range(min(len(out), len(put)))]
    alike = [[_measure_likeness(one, other) for other in put] for one in out]
    best = [[0.0] * (len(put) + 1) for _ in range(len(out) + 1)]
    for i in range(len(out) - 1, -1, -1):
        for j in range(len(put) - 1, -1, -1):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], alike[i][j] + best[i + 1][j + 1])
    partners, i, j = [], 0, 0
    while i < len(out) and j < len(put):
        if alike[i][j] and best[i][j] == alike[i][j] + best[i + 1][j + 1]:
            partners.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return partners


def _measure_likeness(one: Cell, other: Cell) -> float:
    """Return the share of lines that two cells have in common, 0 where it is too small for them to be one."""
    if one.kind != other.kind:
        return 0.0
    common = (Counter(one.lines) & Counter(other.lines)).total()
    share = 2 * common / (len(one.lines) + len(other.lines))
    if len(one.lines) == len(other.lines) == 1:
        head, tail = find_differing(one.source, other.source)
        share = (head + tail) / max(len(one.source), len(other.source), 1)
    return share if share >= ALIKE_ENOUGH else 0.0


def _pair_lines(before: Sequence[str], after: Sequence[str], out: Sequence[int], put: Sequence[int]) -> Iterator[Line]:
    both = min(len(out), len(put))
    for i, j in zip(out[:both], put[:both], strict=True):
        yield Line("changed", before[i], after[j], i + 1, j + 1)
    for i in out[both:]:
        yield Line("removed", before=before[i], number_before=i + 1)
    for j in put[both:]:
        yield Line("added", after=after[j], number_after=j + 1)
