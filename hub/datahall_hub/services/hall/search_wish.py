"""What a reader wants to find, as the address of a results page says it, and the addresses that change it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from datahall._index import SORTS

PAGE_SIZE = 20
CHOSEN_BY_WORD = ("theme", "publisher", "license", "access", "format", "place", "synthetic", "source")


@dataclass(frozen=True)
class SearchWish:
    """Words, chosen values by facet, the years from and to, the order, and the page of results."""

    text: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    first_year: int | None = None
    last_year: int | None = None
    sort: str = SORTS[0]
    page: int = 1

    @property
    def filters(self) -> dict[str, tuple[str, ...]]:
        """What is asked of the index beside the words."""
        if self.first_year is None and self.last_year is None:
            return dict(self.chosen)
        return {**self.chosen, "year": (f"{self.first_year or ''}..{self.last_year or ''}",)}

    def values(self) -> list[tuple[str, str]]:
        """Return everything but the page as it stands in an address."""
        chosen = [(name, word) for name in CHOSEN_BY_WORD for word in self.chosen.get(name, ())]
        years = [("from", str(self.first_year or "")), ("to", str(self.last_year or ""))]
        sort = [("sort", self.sort)] if self.sort != SORTS[0] else []
        return [(name, value) for name, value in (("q", self.text), *chosen, *years, *sort) if value]

    def address(self, *, page: int = 1, without: tuple[str, ...] = (), **change: str | None) -> str:
        """Return the query of these results with some values changed; the first page unless another is asked for."""
        values = [(name, value) for name, value in self.values() if name not in change and name not in without]
        values += [(name, value) for name, value in change.items() if value]
        values += [("page", str(page))] if page > 1 else []
        return "?" + urlencode(values)

    def toggle(self, name: str, word: str) -> str:
        """Return the query with a facet's value chosen, or no longer."""
        values = [each for each in self.values() if each != (name, word)]
        if word not in self.chosen.get(name, ()):
            values.append((name, word))
        return "?" + urlencode(values)

    def exchange(self, name: str, word: str, other: str) -> str:
        """Return the query with another value of a facet chosen in place of one."""
        return "?" + urlencode([(name, other) if each == (name, word) else each for each in self.values()])

    def hidden(self, *without: str) -> list[tuple[str, str]]:
        """Return what a form that asks for something else keeps."""
        return [each for each in self.values() if each[0] not in without]


def list_pages(page: int, *, of: int) -> list[int | None]:
    """Return the pages to offer: the first, the last and those around; None where some are left out."""
    shown = sorted({1, of, *range(max(1, page - 2), min(of, page + 2) + 1)})
    result: list[int | None] = []
    for number in shown:
        last = result[-1] if result else 0
        if last is not None and number - last == 2:
            result.append(number - 1)
        elif last is not None and number - last > 2:
            result.append(None)
        result.append(number)
    return result
