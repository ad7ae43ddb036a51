"""Whether values that two columns share say that they name the same things, or meet by chance. Pure.

Small whole numbers, years and short codes meet everywhere. So what is shared is held against what two columns of the
same size would share if each drew its values at random from the numbers between its bounds, or from all texts of its
alphabet and length.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import pairwise

from ..card import CardField
from .sketches import Overlap, Sketch, mark_ranks

FEWEST_SHARED = 8  # values seen in both
_SURPLUS = 8  # values more than chance gives
_BEYOND_CHANCE = 0.5  # of what could be shared beyond chance (as Cohen's kappa has it)
_DENSE = 0.5
_MANY_TIMES = 10  # as many as chance gives
LEAST_SHARE = 0.02  # of the rows; less is of no use to anybody
_LISTED = 0.75  # different values among the filled rows, of a column that lists things
_CONTAINED = 0.5  # of the smaller column's different values
_WORDS_OF_ANYTHING = {"name", "names", "code", "codes", "and", "the", "for", "with", "all", "not", "type", "value"}
_NUMBERS = ("integer", "digits")
_TIMES = ("year", "date", "datetime", "calendar")


def is_time(sketch: Sketch) -> bool:
    """Say whether a column tells when; times meet everywhere, so that they join only together with something else."""
    return sketch.kind in _TIMES


def is_convincing(overlap: Overlap, *, asked: Sketch, other: Sketch, fields: tuple[CardField, CardField]) -> bool:
    """Say whether shared values alone are reason enough to join two columns."""
    if overlap.seen < FEWEST_SHARED or overlap.share < LEAST_SHARE or is_time(asked) or is_time(other):
        return False
    are_numbers = asked.kind in _NUMBERS
    if are_numbers != (other.kind in _NUMBERS):
        return False
    if are_numbers and (_is_dense(asked) or _is_dense(other)):
        return _have_one_name(*fields)
    chance = _shared_by_chance(asked, other)
    most = min(asked.distinct, other.distinct)
    surplus = overlap.values - chance
    if surplus < _SURPLUS or not (are_numbers or _are_near(overlap, asked=asked, other=other, fields=fields)):
        return False
    return surplus >= _BEYOND_CHANCE * (most - chance) or (not are_numbers and overlap.values >= _MANY_TIMES * chance)


def _are_near(overlap: Overlap, *, asked: Sketch, other: Sketch, fields: tuple[CardField, CardField]) -> bool:
    """Say whether texts name one kind of thing, as surnames and cities do not, though some are spelt alike.

    Either the cards use a word in common, or one column lists things and holds most of what the other names.
    """
    if _words(fields[0]) & _words(fields[1]):
        return True
    is_list = any(each.distinct >= _LISTED * each.filled for each in (asked, other))
    return is_list and overlap.values >= _CONTAINED * min(asked.distinct, other.distinct)


def _words(field: CardField) -> set[str]:
    words = re.findall(r"[^\W_]+", f"{field.name} {field.title.en}".lower())
    return {word for word in words if len(word) > 2 or not word.isascii()} - _WORDS_OF_ANYTHING


def _is_dense(sketch: Sketch) -> bool:
    """Say whether numbers fill most of the room between their bounds, as those do that only count: 1, 2, 3 …"""
    return sketch.distinct >= _DENSE * sketch.universe


def _shared_by_chance(asked: Sketch, other: Sketch) -> float:
    """Return how many values two columns share if they are drawn at random."""
    if asked.kind in _NUMBERS and other.kind in _NUMBERS:
        return _numbers_shared_by_chance(asked, other)
    return float(asked.distinct) * other.distinct / max(asked.universe, other.universe)


def _numbers_shared_by_chance(asked: Sketch, other: Sketch) -> float:
    """Return it part by part, since small numbers lie closer together than large ones."""
    starts = sorted({*asked.marks, *other.marks})
    shared = 0.0
    for start, end in pairwise([*starts, starts[-1] + 1]):
        width = end - start
        shared += _count_between(asked, start, end) * _count_between(other, start, end) / width
    return shared


def _count_between(sketch: Sketch, start: int, end: int) -> float:
    """Return how many different values lie from `start` up to `end`, which no mark divides."""
    marks = sketch.marks
    if start < marks[0] or start > marks[-1]:
        return 0.0
    if start == marks[-1]:
        return 1.0
    part = bisect_right(marks, start) - 1  # of equal marks (few values) the last
    ranks = mark_ranks(sketch.distinct)
    return (ranks[part + 1] - ranks[part]) * (end - start) / (marks[part + 1] - marks[part])


def _have_one_name(field: CardField, other: CardField) -> bool:
    """Say whether two codes have the same name, one that says whose code it is: `product_id`, not `id`."""
    from .sketching import is_id_name

    return field.name == other.name and "_" in field.name and is_id_name(field) and is_id_name(other)
