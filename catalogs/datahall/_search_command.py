"""The command `datahall search`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ._cli_help import Misuse, SpokenCommand
from ._cli_output import print_json, print_rows, say
from ._display import SYNTHETIC
from ._index.requests import SORTS
from ._messages import chosen_language, speak
from ._results import Results
from ._search import search
from .errors import N_

ROWS = 20
MOST_ROWS = 1_000

Json = Annotated[bool, typer.Option("--json", help=speak(N_("Answer in JSON, for programs.")))]
Values = list[str] | None


def add_search_command(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("search", cls=SpokenCommand, help=speak(N_("List the datasets that match words and filters.")))(
        search_datasets
    )


def search_datasets(
    text: Annotated[
        Values,
        typer.Argument(
            help=speak(
                N_(
                    'Words in Chinese or English, "words in a row", -unwanted, and filters: theme:transport, license:, '
                    "access:, publisher:, format:, year:2020..2023, place:, source:, synthetic:yes"
                )
            )
        ),
    ] = None,
    theme: Annotated[Values, typer.Option(help=speak(N_("Only this theme")))] = None,
    license: Annotated[Values, typer.Option(help=speak(N_("Only this licence")))] = None,
    access: Annotated[Values, typer.Option(help=speak(N_("Only open, conditional or restricted data")))] = None,
    publisher: Annotated[Values, typer.Option(help=speak(N_("Only this publisher")))] = None,
    format: Annotated[Values, typer.Option(help=speak(N_("Only this file format")))] = None,
    year: Annotated[Values, typer.Option(help=speak(N_("Only data about this year, or years: 2020..2023")))] = None,
    place: Annotated[
        Values, typer.Option(help=speak(N_("Only this place, by name or as the ISO 3166 code CN-31")))
    ] = None,
    synthetic: Annotated[
        bool | None, typer.Option("--synthetic/--real", help=speak(N_("Only invented data, or only real data")))
    ] = None,
    source: Annotated[Values, typer.Option(help=speak(N_("Only from this portal; own: of this catalog")))] = None,
    sort: Annotated[str, typer.Option(help=speak(N_("relevance, newest, quality or use")))] = "relevance",
    rows: Annotated[int, typer.Option(min=1, max=MOST_ROWS, help=speak(N_("How many on a page")))] = ROWS,
    page: Annotated[int, typer.Option(min=1, help=speak(N_("Which page")))] = 1,
    as_json: Json = False,
) -> None:
    """List the datasets that match words and filters."""
    if sort not in SORTS:
        message, hint = N_("There is no order {sort}."), N_("The orders are: {known}.")
        raise Misuse(message, sort=repr(sort), hint=hint, known=", ".join(SORTS))
    results = search(
        " ".join(text or []),
        theme=theme or None,
        license=license or None,
        access=access or None,
        publisher=publisher or None,
        format=format or None,
        year=year or None,
        place=place or None,
        synthetic=synthetic,
        source=source or None,
        sort=sort,
    )
    shown = results[(page - 1) * rows : page * rows]
    if as_json:
        print_json(_answer(results, shown))
        return
    language = chosen_language()
    if remarks := results.remarks(language=language):
        say(*remarks)
    print_rows(
        [(hit.id, mark_title(hit.entry.title_in(language), is_synthetic=hit.entry.synthetic)) for hit in shown.hits()]
    )
    if 0 < len(shown) < results.total:
        first = (page - 1) * rows + 1
        place_of = N_("{first} to {last} of {total}; more: --page {next}")
        last = first + len(shown) - 1
        if last < results.total:
            say(speak(place_of, first=first, last=last, total=f"{results.total:,}", next=page + 1))


def mark_title(title: str, *, is_synthetic: bool) -> str:
    """Return a title as it is printed: what is made up is called so."""
    return f"{title} ({speak(SYNTHETIC)})" if is_synthetic else title


def _answer(results: Results, shown: Results) -> dict[str, Any]:
    return {
        "total": results.total,
        "results": [_summary(hit) for hit in shown.hits()],
        "facets": results.facets(),
        "did_you_mean": results.did_you_mean,
        "is_partial": results.is_partial,
    }


def _summary(hit: Any) -> dict[str, Any]:
    entry = hit.entry
    return {
        "id": entry.id,
        "title": dict(entry.title),
        "description": dict(entry.description),
        "theme": entry.theme,
        "publisher": (entry.publisher.id or dict(entry.publisher.title)) if entry.publisher else None,
        "license": entry.license,
        "access": entry.access,
        "synthetic": entry.synthetic,
        "source": entry.source,
        "version": entry.version,
        "rows": entry.rows,
    }
