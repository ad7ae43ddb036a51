"""What a person holds of joins: two fields of two datasets that name the same things, and a list of such joins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, overload

Basis = Literal["meaning", "values", "both", "places"]


@dataclass(frozen=True)
class Join:
    """Two fields of two datasets that name the same things.

    Attributes
    ----------
    field : str
        The field of the dataset that was asked.
    other : str
        The other dataset's id.
    other_field : str
        Its field with the same meaning.
    semantic : str or None
        What the values of both identify, where both cards say so.
    is_key : bool
        Whether each row finds one row at most: the other field is the other dataset's whole primary key, or no
        two rows of it have the same value.
    also : tuple of (str, str)
        Further pairs of fields that belong to the join: a time, where a place has one row a year.
    basis : {"meaning", "values", "both", "places"}
        Whether the cards say that the fields fit, the values do, or both; ``places``: the values are names and codes of
        the same places, which `join_places` brings together.
    match_rate : float or None
        Which share of this dataset's rows finds a partner, as estimated; None where the values were not compared.
    match_low, match_high : float or None
        Between these bounds the true rate lies in 95 of 100 cases.
    shared_values : int or None
        How many different values both have, as estimated.
    code : str
        One line of Python that does the join; ``pl`` in it is polars.
    """

    field: str
    other: str
    other_field: str
    semantic: str | None
    is_key: bool
    also: tuple[tuple[str, str], ...] = ()
    basis: Basis = "meaning"
    match_rate: float | None = None
    match_low: float | None = None
    match_high: float | None = None
    shared_values: int | None = None
    code: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the join for programs."""
        return asdict(self) | {"also": [list(pair) for pair in self.also]}


class Joins(Sequence[Join]):
    """Joins of one dataset, the best first; a notebook shows them as a table."""

    def __init__(self, joins: Iterable[Join], *, asked: str) -> None:
        self._joins = list(joins)
        self.asked = asked

    @overload
    def __getitem__(self, index: int) -> Join: ...
    @overload
    def __getitem__(self, index: slice) -> Joins: ...
    def __getitem__(self, index: int | slice) -> Join | Joins:
        return Joins(self._joins[index], asked=self.asked) if isinstance(index, slice) else self._joins[index]

    def __len__(self) -> int:
        return len(self._joins)

    def as_json(self) -> list[dict[str, Any]]:
        """Return the joins for programs."""
        return [join.as_json() for join in self._joins]

    def __repr__(self) -> str:
        from ._join_table import join_lines

        return "\n".join(join_lines(self))

    def _repr_html_(self) -> str:
        from ._join_table import joins_html

        return joins_html(self)
