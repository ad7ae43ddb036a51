"""What a terminal says about harvesting: ``datahall harvest``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ._cli_help import Misuse, SpokenCommand
from ._cli_output import print_json, print_rows, say
from ._messages import N_, chosen_language, speak
from ._records.outcomes import BEYOND
from .errors import DatahallError

if TYPE_CHECKING:
    from rich.status import Status

    from ._records.harvesting import Harvested
    from ._records.walking import Progress

PROBLEMS, UNREADABLE = 1, 2
_SHOWN = 50  # rejected records that a person is shown
_OWN = ("unknown-format", "harvest-running")  # nothing is wrong with the reading of the file or address


def add_harvest_command(app: typer.Typer) -> None:
    """Give `app` the command of this module; called once, by the command line."""
    app.command(
        "harvest",
        cls=SpokenCommand,
        help=speak(N_("Take in the datasets of another portal, or of a catalog in a file.")),
    )(harvest_portal)


def harvest_portal(
    place: Annotated[
        str | None, typer.Argument(metavar="URL|FILE", help=speak(N_("A portal's address, a catalog's, or a file")))
    ] = None,
    kind: Annotated[
        str | None, typer.Option(help=speak(N_("ckan, dcat-us, dcat, frictionless, …; told from the content")))
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE", help=speak(N_("What it is called in ids; by its host, a file by its title or publisher"))
        ),
    ] = None,
    forget: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE", help=speak(N_("Remove a portal, its records and their data here, instead of harvesting."))
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help=speak(N_("Answer in JSON, for programs.")))] = False,
) -> None:
    """Harvest; exit 1 where there is no catalog or not all of it could be read, 2 where nothing can be read."""
    from ._records.harvesting import harvest

    if (place is None) == (forget is None):
        raise Misuse(
            N_("Name either a portal to harvest, or with --forget one to remove."),
            hint=N_("See: {command} --help"),
            command="datahall harvest",
        )
    if forget is not None:
        _forget(forget, as_json=as_json)
        return
    assert place is not None
    try:
        with _harvest_progress(place, quiet=as_json) as progress:
            harvested = harvest(place, kind=kind, name=name, progress=progress)
    except DatahallError as error:
        if error.code in _OWN:
            raise
        _tell(error, as_json=as_json)
        raise typer.Exit(UNREADABLE) from error
    _make_searchable(harvested.result, quiet=as_json)
    if as_json:
        print_json(summarise(harvested.result))
    else:
        _print_harvest(harvested)
    if not harvested.result["is_whole"]:
        raise typer.Exit(PROBLEMS)


def _forget(name: str, *, as_json: bool) -> None:
    """Remove a source; a person is asked first, a program is not."""
    from ._index import open_index
    from ._records.forgetting import count_records, forget_source, list_opened

    if not as_json:
        count, opened = count_records(name), len(list_opened(name))
        question = N_("Remove {name}, its {count} records, and the data here of {opened} of them?")
        typer.confirm(speak(question, name=name, count=f"{count:,}", opened=f"{opened:,}"), abort=True)
    forgotten = forget_source(name)
    open_index()
    if as_json:
        print_json({"source": name, "forgotten": forgotten.records, "data_removed": forgotten.datasets})
    else:
        told = N_("{name} is forgotten, with {count} records and the data here of {opened} of them.")
        say(speak(told, name=name, count=f"{forgotten.records:,}", opened=f"{forgotten.datasets:,}"))


def _make_searchable(result: dict[str, Any], *, quiet: bool) -> None:
    """Have the index take in what has changed, so that the next search finds it and does not wait."""
    from ._index import open_index

    changed = sum(result[word] for word in ("added", "updated", "missing"))
    if not changed:
        return
    with _working(speak(N_("{count} records are made searchable"), count=f"{changed:,}"), quiet=quiet):
        open_index()


def summarise(result: dict[str, Any]) -> dict[str, Any]:
    """Return the counts of a harvest, and each record that was rejected with the reason, for programs."""
    counts = {word: result[word] for word in ("harvested", "updated", "unchanged", "missing")}
    if left_out := result["left_out"].get("distributions"):
        counts["files_left_out"] = left_out
    rejected = [{"id": each["id"], "reason": speak(each["reason"])} for each in result["rejected"]]
    remarks = _spoken_remarks(result)
    return counts | {"rejected": rejected} | ({"remarks": remarks} if remarks and not result["is_whole"] else {})


def _spoken_remarks(result: dict[str, Any]) -> list[str]:
    from ._records.outcomes import say_remark

    return [say_remark(remark, language=chosen_language()) for remark in result["remarks"]]


def _tell(error: DatahallError, *, as_json: bool) -> None:
    if as_json:
        print_json(error.at_terminal().as_json())
    else:
        say(f"datahall: {error.message()}", *([error.hint] if error.hint else []))


def _print_harvest(harvested: Harvested) -> None:
    result = harvested.result
    rows = [
        *([(N_("portal"), harvested.title)] if harvested.title else []),
        (N_("source"), f"{harvested.name} ({harvested.kind})"),
        (N_("address"), harvested.address),
        *([(N_("found at"), harvested.start)] if harvested.start else []),
        (N_("pages"), f"{result['pages']:,}"),
        (N_("harvested"), f"{result['harvested']:,}"),
        (N_("new"), f"{result['added']:,}"),
        (N_("updated"), f"{result['updated']:,}"),
        (N_("unchanged"), f"{result['unchanged']:,}"),
        (N_("no longer there"), f"{result['missing']:,}"),
        (N_("rejected"), f"{result['rejected_count']:,}"),
    ]
    print_rows([(speak(word), value) for word, value in rows])
    left_out = [(speak(LEFT_OUT.get(word, word)), f"{count:,}") for word, count in result["left_out"].items()]
    if left_out:
        print("\n" + speak(N_("Left out:")))
        print_rows(left_out)
    if result["rejected"]:
        print("\n" + speak(N_("Rejected:")))
        print_rows([(each["id"][:60], speak(each["reason"])) for each in result["rejected"][:_SHOWN]])
        if result["rejected_count"] > _SHOWN:
            say(speak(N_("… and {count} more; all of them with --json."), count=result["rejected_count"] - _SHOWN))
    for remark in _spoken_remarks(result):
        say(remark)
    if result["harvested"] or result["missing"]:
        say(speak(N_("Ids begin with {prefix}"), prefix=f"harvested/{harvested.name}--"))
    else:
        say(speak(N_("This catalog describes no dataset.")))


LEFT_OUT = {
    "services": N_("services"),
    "series": N_("series"),
    "catalogs": N_("catalogs"),
    "items": N_("items"),
    "names": N_("names without a description"),
    "undescribed": N_("datasets that are named but not described"),
    "distributions": N_("files of datasets that have more than a record may hold"),
    "repeated": N_("records that came a second time, alike"),
    BEYOND: N_("records that there was no room for"),
}


@contextmanager
def _harvest_progress(place: str, *, quiet: bool) -> Iterator[Progress | None]:
    """Give a callback that tells of each page, where a person is watching; else None."""
    text = N_("{place}: page {pages}, {records} records of {total}")
    with _working(place, quiet=quiet) as status:
        if status is None:
            yield None
            return

        def advance(pages: int, records: int, total: int | None) -> None:
            whole = f"{total:,}" if total is not None else "?"
            status.update(speak(text, place=place, pages=f"{pages:,}", records=f"{records:,}", total=whole))

        yield advance


@contextmanager
def _working(text: str, *, quiet: bool) -> Iterator[Status | None]:
    """Show that something is done, where a person is watching; else give None."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    with Console(stderr=True).status(text, spinner="dots") as status:
        yield status
