"""What changed against the version before: fields, their types, and how their values are distributed."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import polars as pl

from .._messages import N_, translate
from .distributions import count_alike
from .measure import Measure, Sentences, percent, say_in_both
from .record import Distribution

MOVED = 0.1  # a tenth of the rows in other bars is worth a reader's look
CHANCE = 2.0  # times the distance that two samples of one distribution have on average


def measure_first_version(*, rows: int) -> Measure:
    """Say that there is nothing to compare with."""
    reason = say_in_both(N_("This is the first version here; the next one will be compared with it."))
    return Measure(id="drift", score=None, count=0, of=rows, reason=reason)


def measure_drift(
    rows: pl.LazyFrame,
    *,
    described: Sequence[Distribution],
    before: Sequence[Distribution],
    against: str,
    key: Collection[str],
) -> Measure:
    """Compare with the version `against`: a field that is gone or has another type counts 0, one that moved in part.

    The distance is the total variation: the part of the rows that would have to move; what chance explains counts
    as none. Keys and times are not compared by value, since they move on with every new edition.
    """
    now = {each.name: each for each in described}
    gone = [old.name for old in before if old.name not in now]
    retyped = [old.name for old in before if old.name in now and old.type != now[old.name].type]
    added = [name for name in now if name not in {old.name for old in before}]
    moved = {
        old.name: _measure_move([*old.counts, old.rest], count_alike(rows, like=old))
        for old in before
        if old.name in now and old.name not in retyped and old.kind in ("numbers", "words") and old.name not in key
        if old.counts
    }
    stable = sum(1 - moved.get(old.name, 0.0) for old in before if old.name not in gone and old.name not in retyped)
    score = 1.0 if not before else int(stable / len(before) * 10_000 + 1e-6) / 10_000
    far = sorted((name for name, distance in moved.items() if distance > MOVED), key=lambda name: -moved[name])
    is_same = not (gone or retyped or far)
    kept = len(before) - len(gone) - len(retyped) - len(far)
    named = [f"{name[:40]} ({percent(moved[name])})" for name in far]
    return Measure(
        id="drift",
        score=score,
        count=kept,
        of=len(before),
        reason=_tell_changes(against, added=added, gone=gone, retyped=retyped, moved=named),
        advice=None
        if is_same
        else say_in_both(
            N_("Read what the publisher says of the change, and check what was built on the earlier version.")
        ),
    )


def _tell_changes(
    against: str, *, added: list[str], gone: list[str], retyped: list[str], moved: list[str]
) -> Sentences:
    """Return the changes there are, each kind by its names; that nothing changed is said, too."""
    kinds = (
        (N_("fields added: {names}"), added),
        (N_("gone: {names}"), gone),
        (N_("of another type: {names}"), retyped),
        (N_("moved: {names}"), moved),
    )
    told = [say_in_both(text, names=names) for text, names in kinds if names]
    if not told:
        return say_in_both(N_("Against {version}: the same fields and types, and nothing moved."), version=against)
    text = N_("Against {version}: {changes}.")
    joined = {"en": "; ".join(each.en for each in told), "zh": "；".join(each.zh for each in told)}
    return Sentences(**{each: translate(text, language=each, version=against, changes=joined[each]) for each in joined})


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


def _measure_move(before: Sequence[int], after: Sequence[int]) -> float:
    distance = total_variation(before, after)
    return distance if distance > CHANCE * expect_by_chance(before, after) else 0.0
