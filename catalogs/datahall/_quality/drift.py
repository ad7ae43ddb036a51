"""What changed against the version before: rows, fields, their types, and their values."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import polars as pl

from .._messages import N_, translate
from .distributions import count_alike, count_earlier
from .measure import Measure, Sentences, percent, say_in_both
from .record import Distribution
from .shifts import FOLD, WAYS, count_rows, find_lost_rows, find_shifts

MOVED = 0.1  # a tenth of the rows is worth a reader's look


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
    replaced: Mapping[str, float],
) -> Measure:
    """Compare with the version `against`: a field that is gone or has another type counts 0, one that moved in part.

    A field counts by the largest of its shifts, among which are the shares of texts that were `replaced` in rows that
    are still there; all fields count less by the share of rows that were lost. What chance explains counts as none.
    """
    now = {each.name: each for each in described}
    gone = [old.name for old in before if old.name not in now]
    retyped = [old.name for old in before if old.name in now and old.type != now[old.name].type]
    added = [name for name in now if name not in {old.name for old in before}]
    kept = [old for old in before if old.name not in (*gone, *retyped)]
    heights = (count_rows(before), count_rows(described))
    shifts = {
        old.name: find_shifts(old, now[old.name], rows=heights, alike=_count_like(rows, old, key=key), key=key)
        for old in kept
    }
    for name, share in replaced.items():
        if name in shifts:
            shifts[name]["lost"] = max(share, shifts[name].get("lost", 0.0))
    lost = find_lost_rows(*heights)
    stable = sum(1 - max(shifts[old.name].values(), default=0.0) for old in kept) * (1 - lost)
    score = 1.0 if not before else int(stable / len(before) * 10_000 + 1e-6) / 10_000
    far = {way: _name_far(shifts, way=way) for way in WAYS}
    is_other_size = lost > MOVED or heights[1] > FOLD * heights[0]
    is_same = not (gone or retyped or is_other_size or any(far.values()))
    still = sum(max(shifts[old.name].values(), default=0.0) <= MOVED for old in kept)
    size = say_in_both(N_("rows: {before} before, {after} now"), before=heights[0], after=heights[1])
    changes = {
        N_("fields added: {names}"): added,
        N_("gone: {names}"): gone,
        N_("of another type: {names}"): retyped,
        **{text: far[way] for way, text in WAYS.items()},
    }
    told = [say_in_both(text, names=names) for text, names in changes.items() if names]
    return Measure(
        id="drift",
        score=score,
        count=still,
        of=len(before),
        reason=_tell_changes(against, told=[size, *told] if is_other_size else told),
        advice=None
        if is_same
        else say_in_both(
            N_("Read what the publisher says of the change, and check what was built on the earlier version.")
        ),
    )


def _count_like(rows: pl.LazyFrame, old: Distribution, *, key: Collection[str]) -> list[int]:
    """Return how many values of now are as those of then; of times, how many lie before all of then."""
    if old.kind == "times":
        return [count_earlier(rows, like=old)] if old.edges else []
    is_compared = old.kind in ("numbers", "words") and old.name not in key and old.counts
    return count_alike(rows, like=old) if is_compared else []


def _name_far(shifts: dict[str, dict[str, float]], *, way: str) -> list[str]:
    """Return the fields that changed far in one way, the farthest first."""
    far = {name: ways[way] for name, ways in shifts.items() if ways.get(way, 0.0) > MOVED}
    return [f"{name[:40]} ({percent(far[name])})" for name in sorted(far, key=lambda name: -far[name])]


def _tell_changes(against: str, *, told: Sequence[Sentences]) -> Sentences:
    """Return the changes there are, one after the other; that nothing changed is said, too."""
    if not told:
        return say_in_both(N_("Against {version}: the same fields and types, and nothing moved."), version=against)
    text = N_("Against {version}: {changes}.")
    joined = {"en": "; ".join(each.en for each in told), "zh": "；".join(each.zh for each in told)}
    return Sentences(
        **{each: translate(text, language=each, version=against, changes=joined[each])[:2_000] for each in joined}
    )
