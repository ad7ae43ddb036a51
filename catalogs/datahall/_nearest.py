"""Propose what a person may have meant: the nearest known words, and none that lies far behind the nearest."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._vocabulary import Term

_NEAR = 0.6  # of 1: a letter or two of a short word may differ
_LONGEST = 100  # characters that are compared: no known word is longer, and the time grows with them
_BEHIND = 0.1  # what is further behind the best is another word


def find_near(word: str, known: Iterable[str], *, limit: int = 3) -> list[str]:
    """Return the words of `known` that are like `word`, the likest first; may be empty."""
    return _best({candidate: _likeness(word, candidate) for candidate in known}, limit=limit)


def find_near_terms(word: str, terms: Iterable[Term], *, limit: int = 3) -> list[str]:
    """Return the ids of the terms whose id or title, in either language, is like `word`."""
    likeness = {
        term.id: max(_likeness(word, text) for text in (term.id, term.title.en, term.title.zh)) for term in terms
    }
    return _best(likeness, limit=limit)


def find_near_ids(dataset_id: str, known: Iterable[str], *, limit: int = 3) -> list[str]:
    """Return the dataset ids like `dataset_id`, which may lack its theme or name a wrong one."""
    name = dataset_id.rpartition("/")[2]
    likeness = {
        candidate: max(_likeness(dataset_id, candidate), _likeness(name, candidate.rpartition("/")[2]))
        for candidate in known
    }
    return _best(likeness, limit=limit)


def _best(likeness: dict[str, float], *, limit: int) -> list[str]:
    least = max(_NEAR, max(likeness.values(), default=0.0) - _BEHIND)
    near = sorted((-value, word) for word, value in likeness.items() if value >= least)
    return [word for _, word in near[:limit]]


def _likeness(word: str, candidate: str) -> float:
    return SequenceMatcher(None, word[:_LONGEST].casefold(), candidate.casefold()).ratio()
