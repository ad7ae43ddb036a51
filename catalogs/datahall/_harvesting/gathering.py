"""The records of one document, gathered: each is kept, or listed with the reason why not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from . import reasons
from .drafts import Unusable
from .record import MAX_ADDRESS, MAX_LINE, Harvest, Kind, Note, Record, Rejection
from .values import Object, clean, first_text

T = TypeVar("T")


class Gathering:
    """What has been found in a document so far."""

    def __init__(self, kind: Kind, *, notes: Iterable[Note] = ()) -> None:
        self._kind: Kind = kind
        self._records: dict[str, Record] = {}
        self._rejected: list[Rejection] = []
        self._left_out: Counter[str] = Counter()
        self._notes = tuple(notes)

    def take(self, raw: T, make: Callable[[T], Record], *, name: str = "") -> None:
        """Make a record of `raw`, or list it as rejected."""
        try:
            record = make(raw)
        except Unusable as reason:
            self.reject(name, str(reason))
            return
        if record.id in self._records:
            self.reject(record.id, reasons.REPEATED)
        else:
            self._records[record.id] = record

    def take_objects(self, values: Iterable[object], make: Callable[[Object], Record]) -> None:
        """Make records of the objects among `values`; what is no object is rejected."""
        for position, value in enumerate(values, start=1):
            place = f"#{position}"
            if isinstance(value, dict):
                self.take(value, make, name=first_text(value, "identifier", "id", "name", "title") or place)
            else:
                self.reject(place, reasons.NO_OBJECT)

    def reject(self, name: str, reason: str) -> None:
        """List a record that cannot be kept."""
        self._rejected.append(Rejection(id=clean(name)[:MAX_LINE], reason=reason))

    def leave_out(self, kind: str, count: int = 1) -> None:
        """Count what is no dataset."""
        if count:
            self._left_out[kind] += count

    def harvest(
        self,
        *,
        total: int | None = None,
        next_page: str = "",
        children: Iterable[str] = (),
        cards: Mapping[str, Object] | None = None,
        titles: Mapping[str, str] | None = None,
    ) -> Harvest:
        """Return all of it, with where it goes on."""
        self.leave_out("distributions", sum(record.distributions_left_out for record in self._records.values()))
        return Harvest(
            total=total,
            next_page=clean(next_page) if len(next_page) <= MAX_ADDRESS else "",
            children=tuple(clean(child) for child in children if child and len(child) <= MAX_ADDRESS),
            kind=self._kind,
            titles=dict(titles or {}),
            records=tuple(self._records.values()),
            rejected=tuple(self._rejected),
            left_out=dict(self._left_out),
            notes=self._notes,
            cards={id: card for id, card in (cards or {}).items() if id in self._records},
        )
