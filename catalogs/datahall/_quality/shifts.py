"""In which ways one field changed between two versions, each as a share from 0 to 1; chance is none. Pure."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from .._messages import N_
from .record import Distribution

CHANCE = 2.0  # times the distance that two samples of one distribution have on average
RARE = 0.001  # what chance does less often is no chance
FOLD = 2.0  # a number of different values, or of rows, that halves or doubles is worth a reader's look
FREQUENT = 5  # rows; what was there once or twice, such as a title, is often not there again
FEWEST_VALUES = 8  # of fewer different ones some come and go by chance

# Every way, in the order in which they are told; `names` are fields with the share of each.
WAYS = {
    "moved": N_("moved: {names}"),
    "emptied": N_("share of empty cells: {names}"),
    "backward": N_("before the earliest time there was: {names}"),
    "lost": N_("earlier values that are gone: {names}"),
    "varied": N_("number of different values: {names}"),
}


def find_shifts(
    old: Distribution, now: Distribution, *, rows: tuple[int, int], alike: Sequence[int], key: Collection[str]
) -> dict[str, float]:
    """Return the ways in which a field changed, with the share of each; `alike` are the values of now as of then.

    Keys are not compared by value, nor times that move on, as both do with every new edition.
    """
    shares = {"emptied": _find_emptied(old, now, rows=rows)}
    if old.kind == "times" and alike:
        shares["backward"] = _find_backward(old.filled, now.filled, before=alike[0])
    if old.name not in key:
        shares["varied"] = _find_varied(old, now, rows=rows)
        if old.kind in ("numbers", "words") and old.counts:
            shares["moved"] = measure_move([*old.counts, old.rest], alike)
        if old.kind == "words" and old.counts:
            shares["lost"] = _find_lost(old, now=now.filled, alike=alike)
    return {way: share for way, share in shares.items() if share > 0}


def count_rows(fields: Sequence[Distribution]) -> int:
    """Return how many rows there were; cells of blanks alone are counted as filled and as empty, in some fields."""
    return min((each.filled + each.empty for each in fields), default=0)


def find_lost_rows(before: int, after: int) -> float:
    """Return which share of the rows is gone; none where as many come and go by chance (as of two Poisson counts)."""
    return 1 - after / before if before - after > CHANCE * math.sqrt(before + after) else 0.0


def measure_move(before: Sequence[int], after: Sequence[int]) -> float:
    """Return the total variation; 0 where chance explains it."""
    distance = total_variation(before, after)
    return distance if distance > CHANCE * expect_by_chance(before, after) else 0.0


def total_variation(before: Sequence[int], after: Sequence[int]) -> float:
    """Return half the sum of the differences of two shares: the part of the rows that would have to move."""
    whole_before, whole_after = sum(before), sum(after)
    if not whole_before or not whole_after:
        return 0.0 if whole_before == whole_after else 1.0
    return sum(abs(b / whole_before - a / whole_after) for b, a in zip(before, after, strict=True)) / 2


def expect_by_chance(before: Sequence[int], after: Sequence[int]) -> float:
    """Return the mean total variation of two samples of one distribution, of these sizes (normal approximation).

    A share p differs with the variance p (1 - p) (1/n + 1/m), and the mean of a normal deviate's size is sqrt(2/pi).
    """
    n, m = sum(before), sum(after)
    if not n or not m:
        return 0.0
    shares = [(b + a) / (n + m) for b, a in zip(before, after, strict=True)]
    spread = sum(math.sqrt(p * (1 - p)) for p in shares)
    return 0.5 * math.sqrt(2 / math.pi) * math.sqrt(1 / n + 1 / m) * spread


def _find_emptied(old: Distribution, now: Distribution, *, rows: tuple[int, int]) -> float:
    cells = [(each.empty, max(0, whole - each.empty)) for each, whole in zip((old, now), rows, strict=True)]
    return measure_move(*cells) if all(rows) else 0.0


def _find_backward(filled: int, now: int, *, before: int) -> float:
    """Return which share of the times lies before all earlier ones, where it is not by chance that so many do."""
    if not filled or not now or (now / (filled + now)) ** before > RARE:
        return 0.0
    return before / now


def _find_varied(old: Distribution, now: Distribution, *, rows: tuple[int, int]) -> float:
    """Return how far the number of different values fell or rose beyond what the number of rows explains."""
    if not old.distinct or not now.distinct or not all(rows) or not old.counts or 2 * max(old.counts) > old.filled:
        return 0.0
    growth = rows[1] / rows[0]
    least, most = old.distinct * min(1.0, growth) / FOLD, old.distinct * max(1.0, growth) * FOLD
    if max(old.distinct, now.distinct) < FEWEST_VALUES or least <= now.distinct <= most:
        return 0.0
    return 1 - min(now.distinct / least, most / now.distinct) / FOLD


def _find_lost(old: Distribution, *, now: int, alike: Sequence[int]) -> float:
    """Return which share of the rows with a frequent value had one that is gone, where chance does not take as many."""
    frequent = [(then, count) for then, count in zip(old.counts, alike, strict=False) if then >= FREQUENT]
    gone = sum(then for then, count in frequent if not count)
    expected = gone * now / old.filled if old.filled else 0.0
    return gone / sum(then for then, _ in frequent) if gone and math.exp(-expected) < RARE else 0.0
