"""The shortest way from one list to another: what is kept, what is taken out, what is put in. Pure values.

The time it takes is bounded whatever is compared (Myers, "An O(ND) Difference Algorithm", 1986, up to `MOST_EDITS`
edits); lists that differ more are told as taken out and put in altogether.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

Step = tuple[Literal["keep", "out", "in"], int, int]  # and the places in both lists, from 0; -1 where there is none
MOST_EDITS = 300


def find_script(before: Sequence[object], after: Sequence[object]) -> list[Step]:
    """Return the steps that lead from `before` to `after`, what is taken out ahead of what is put in its place."""
    head = _count_common(before, after)
    tail = _count_common(before[head:][::-1], after[head:][::-1])
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    middle = _trace_back(_explore(old, new), len(old), len(new))
    moved: list[Step] = [(step, i + head if i >= 0 else -1, j + head if j >= 0 else -1) for step, i, j in middle]
    kept_first: list[Step] = [("keep", place, place) for place in range(head)]
    kept_last: list[Step] = [
        ("keep", len(before) - tail + place, len(after) - tail + place) for place in range(tail)
    ]  # fmt: skip
    return [*kept_first, *moved, *kept_last]


def _count_common(before: Sequence[object], after: Sequence[object]) -> int:
    count = 0
    for one, other in zip(before, after, strict=False):
        if one != other:
            break
        count += 1
    return count


def _explore(before: Sequence[object], after: Sequence[object]) -> list[dict[int, int]] | None:
    """Return for each number of edits how far each diagonal reaches; None where more than `MOST_EDITS` are needed."""
    reach, trace = {1: 0}, []
    for edits in range(MOST_EDITS + 1):
        trace.append(dict(reach))
        for diagonal in range(-edits, edits + 1, 2):
            goes_down = diagonal == -edits or (
                diagonal != edits and reach.get(diagonal - 1, -1) < reach.get(diagonal + 1, -1)
            )
            x = reach[diagonal + 1] if goes_down else reach[diagonal - 1] + 1
            while x < len(before) and 0 <= x - diagonal < len(after) and before[x] == after[x - diagonal]:
                x += 1
            reach[diagonal] = x
            if x >= len(before) and x - diagonal >= len(after):
                return trace
    return None


def _trace_back(trace: list[dict[int, int]] | None, x: int, y: int) -> list[Step]:
    if trace is None:
        return [*(("out", place, -1) for place in range(x)), *(("in", -1, place) for place in range(y))]
    steps: list[Step] = []
    for edits in range(len(trace) - 1, -1, -1):
        reach, diagonal = trace[edits], x - y
        came_down = diagonal == -edits or (
            diagonal != edits and reach.get(diagonal - 1, -1) < reach.get(diagonal + 1, -1)
        )
        origin = diagonal + 1 if came_down else diagonal - 1
        old_x = reach[origin]
        old_y = old_x - origin
        while x > max(old_x, 0) and y > max(old_y, 0):
            x, y = x - 1, y - 1
            steps.append(("keep", x, y))
        if edits:
            steps.append(("in", -1, old_y) if came_down else ("out", old_x, -1))
        x, y = old_x, old_y
    return steps[::-1]
