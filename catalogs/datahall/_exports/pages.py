"""Large lists in pages: which part of the catalog a document holds, and where the others are."""

from __future__ import annotations

from dataclasses import dataclass

PAGE_SIZE = 1_000


@dataclass(frozen=True)
class Page:
    """One page of the catalog, counted from 1; `total` is how many datasets all pages hold."""

    total: int
    number: int = 1
    size: int = PAGE_SIZE

    @property
    def count(self) -> int:
        """How many pages there are; an empty catalog has one."""
        return max(1, -(-self.total // self.size))

    @property
    def following(self) -> int | None:
        """The next page, where there is one."""
        return self.number + 1 if self.number < self.count else None

    @property
    def before(self) -> int | None:
        """The page before, where there is one."""
        return self.number - 1 if self.number > 1 else None

    def address(self, number: int, *, document: str) -> str:
        """Return where page `number` of `document` is; the first has the plain address."""
        return document if number == 1 else f"{document}?page={number}"
