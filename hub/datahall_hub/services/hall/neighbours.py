"""What stands beside a dataset: those that are like it, and those that it can be joined with.

Both depend on all other datasets, so they are looked up now and then and not for each page: a page shows what was found
within the last minutes. Looking is done by one thread at a time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import datahall
from datahall import Dataset
from datahall._entries.entry import Entry
from datahall._index import open_index
from datahall._joins import Join

from datahall_hub.services.hall.wording import N_, Words, format_number

RELATED, JOINED = 5, 6
KEPT = 5_000  # answers
FRESH = 600.0  # seconds; after them an answer is looked up again, while the old one is shown

T = TypeVar("T")


@dataclass(frozen=True)
class JoinView:
    """A dataset to join with, in the words of one language."""

    other: str
    title: str
    sentence: str
    code: str


class Answers(Generic[T]):
    """Answers that are looked up once, and again in the background when they are old."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], tuple[float, T]] = {}
        self._lock = threading.Lock()

    def find(self, key: tuple[str, ...], look_up: Callable[[], T]) -> T:
        """Return the answer for `key`; waits only where there is none yet."""
        known = self._known.get(key)
        if known is None:
            with self._lock:
                known = self._known.get(key)
                return known[1] if known else self._keep(key, look_up())
        if time.monotonic() - known[0] > FRESH:
            self._known[key] = (time.monotonic(), known[1])  # so that nobody else begins, too
            threading.Thread(target=self._renew, args=(key, look_up), daemon=True).start()
        return known[1]

    def _renew(self, key: tuple[str, ...], look_up: Callable[[], T]) -> None:
        with self._lock:
            self._keep(key, look_up())

    def _keep(self, key: tuple[str, ...], answer: T) -> T:
        while len(self._known) >= KEPT:
            self._known.pop(next(iter(self._known)), None)
        self._known[key] = (time.monotonic(), answer)
        return answer


_joins: Answers[list[Join]] = Answers()
_views: Answers[list[JoinView]] = Answers()
_related: Answers[tuple[Entry, ...]] = Answers()


def find_joins(dataset: Dataset, *, language: str) -> list[JoinView]:
    """Return with which datasets `dataset` can be joined, the best way of each."""
    key = (dataset.id, dataset.version or "")
    return _views.find(
        (*key, language), lambda: _view_joins(_joins.find(key, lambda: _look_up(dataset)), dataset, language)
    )


def find_related(dataset_id: str) -> tuple[Entry, ...]:
    """Return the datasets that are most like this one."""
    return _related.find((dataset_id,), lambda: open_index().more_like(dataset_id, rows=RELATED))


def _look_up(dataset: Dataset) -> list[Join]:
    best: dict[str, Join] = {}
    for join in dataset.joinable():
        best.setdefault(join.other, join)
    return list(best.values())[:JOINED]


def _view_joins(joins: list[Join], dataset: Dataset, language: str) -> list[JoinView]:
    views = (_view(join, dataset, language=language) for join in joins)
    return [view for view in views if view is not None]


def _view(join: Join, dataset: Dataset, *, language: str) -> JoinView | None:
    try:
        other = datahall.dataset(join.other)
        own = {field.name: field.title[language] for field in dataset.fields}
        others = {field.name: field.title[language] for field in other.fields}
    except datahall.DatahallError:  # withdrawn since
        return None
    words = Words(language)
    titles = [
        (own.get(mine, mine), others.get(theirs, theirs))
        for mine, theirs in [(join.field, join.other_field), *join.also]
    ]
    by = words.text(N_(", ")).join(mine if mine == theirs else f"{mine} = {theirs}" for mine, theirs in titles)
    if join.match_rate is None:
        sentence = words.text(N_("By {fields}; how many rows find a partner is not known yet."), fields=by)
    else:
        rate = tell_rate(join.match_rate)
        sentence = words.text(N_("By {fields}; about {rate} % of the rows find a partner."), fields=by, rate=rate)
    return JoinView(join.other, other.title(language), sentence, join.code)


def tell_rate(share: float) -> str:
    """Return a share in hundredths; 100 is said of the whole alone."""
    rounded = round(100 * share, 1 if share < 0.1 else None)
    return format_number(rounded if share == 1 else min(rounded, 99))
