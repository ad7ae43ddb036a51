"""Find datasets by words in either language, by filters, and by both."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ._messages import chosen_language
from ._nearest import find_near, find_near_terms
from ._results import Results
from ._vocabulary import themes
from .errors import N_, DatahallError, UnknownTheme, WrongType, check_text

if TYPE_CHECKING:
    from ._index.requests import Sort

Chosen = str | Iterable[str] | None


def search(
    text: str = "",
    *,
    theme: Chosen = None,
    license: Chosen = None,
    access: Chosen = None,
    publisher: Chosen = None,
    format: Chosen = None,
    year: int | str | Iterable[int | str] | None = None,
    place: Chosen = None,
    synthetic: bool | None = None,
    source: Chosen = None,
    sort: Sort = "relevance",
    rows: int | None = None,
    start: int = 0,
) -> Results:
    """Return the datasets in which all words of `text` occur, the best match first; own and harvested ones.

    Words are found in both languages, in their other forms, and with a typing error; so are their synonyms. Where few
    datasets hold all words, those follow that hold some. Several values of one filter are alternatives.

    Parameters
    ----------
    text : str
        Words in English or Chinese, ``"words in this order"``, ``-unwanted``, and filters such as ``theme:transport``,
        ``license:CC-BY-4.0``, ``year:2020..2023``; empty for all datasets.
    theme, license, access, publisher, format, place : str or list of str, optional
        Only datasets with this value, by id or name, in any case: one of ``datahall.themes()``,
        ``datahall.licenses()``, …; of a place its name or ISO 3166 code.
    year : int, str or list, optional
        Only data about this year, or about years such as ``"2020..2023"``.
    synthetic : bool, optional
        Only invented data, or only real data.
    source : str or list of str, optional
        Only from these portals; ``"own"`` for the datasets of this catalog.
    sort : str
        ``relevance``, ``newest``, ``quality`` or ``use``.
    rows : int, optional
        At most so many.
    start : int
        Leave out so many of the first: ``start=20, rows=20`` is the second page of twenty.

    Returns
    -------
    Results

    Raises
    ------
    UnknownTheme
        There is no such theme (the message proposes near ones).
    DatahallError
        A filter has a value that there is not (code ``unknown-filter-value``; the message proposes near ones).
    WrongType
        What is searched for is no text.

    Examples
    --------
    >>> datahall.search("地铁 客流", theme="transport", year="2020..2023")  # doctest: +SKIP
    """
    from ._index import SORTS, SearchRequest, open_index
    from ._index.filter_values import resolve_values
    from ._index.queries import find_filter

    check_text(text, name="text", example='"metro"')
    if sort not in SORTS:
        raise _unknown_sort(sort, SORTS)
    for name, number in (("rows", rows), ("start", start)):
        if number is not None and not isinstance(number, int):
            raise WrongType(
                N_("{name} is a whole number, not {value} ({kind})."),
                name=name,
                value=repr(number)[:60],
                kind=type(number).__name__,
            )
    filters = {
        name: _list_values(value, name=name)
        for name, value in {
            "theme": theme,
            "license": license,
            "access": access,
            "publisher": publisher,
            "format": format,
            "year": year,
            "place": place,
            "synthetic": None if synthetic is None else str(bool(synthetic)).lower(),
            "source": source,
        }.items()
        if value is not None
    }
    for each in filters.get("theme", ()):
        if find_filter("theme", each) is None:
            raise unknown_theme(each)
    index = open_index()
    meant = {name: resolve_values(name, values, index=index) for name, values in filters.items()}
    request = SearchRequest(text, filters=meant, sort=sort, language=chosen_language())
    return Results(index, request, start=start, rows=rows)


def _list_values(value: object, *, name: str) -> tuple[str, ...]:
    if isinstance(value, (str, int)):
        return (str(value),)
    if isinstance(value, Iterable):
        return tuple(str(each) for each in value)
    raise WrongType(
        N_("{name} is a text, not {value} ({kind})."),
        name=name,
        value=repr(value)[:60],
        kind=type(value).__name__,
        hint=N_("Say for example {example}."),
        example='"transport"',
    )


def _unknown_sort(sort: object, known: Iterable[str]) -> DatahallError:
    near = find_near(str(sort), known)
    return DatahallError(
        N_("There is no order {sort}."),
        code="unknown-sort",
        sort=repr(sort)[:60],
        near=", ".join(near),
        known=", ".join(known),
        hint=N_("Did you mean {near}?") if near else N_("The orders are: {known}."),
    )


def unknown_theme(theme: str) -> UnknownTheme:
    """Return the error for a theme that there is not, with near ones or all that there are."""
    terms = {entry.id: entry for entry in themes()}
    near = find_near_terms(theme, terms.values())
    return UnknownTheme(
        N_("There is no theme {theme}."),
        theme=repr(theme),
        known=", ".join(terms),
        near=", ".join(near),
        hint=N_("Did you mean {near}?") if near else N_("The themes are: {known}."),
    )
