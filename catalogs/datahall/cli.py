"""The catalog at a terminal.

    datahall search | show | open | fetch | add | publish | harvest | joinable | diff | gc | validate | digest |
    practice | export | app

People get text, programs get ``--json``. Exit 0 fine, 1 problems found, 2 misuse; an expected failure is a
sentence (under ``--json`` the object ``error`` on standard output), never a traceback.
"""

from __future__ import annotations

import atexit
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.exceptions import TyperException

from . import __version__, store
from ._app_commands import add_app_commands
from ._card_problems import Problem
from ._cards import check_card_files, list_card_files, load_card, load_card_or_draft, load_shelf
from ._cli_help import Misuse, SpokenCommand, SpokenGroup, describe_misuse
from ._cli_output import fetch_progress, print_dataset, print_json, print_rows, say, spoken_warnings
from ._dataset import Dataset
from ._export_commands import add_export_commands, write_output
from ._harvest_commands import add_harvest_command
from ._join_commands import add_join_commands
from ._locations import find_locations
from ._lookup import dataset, datasets, invalid_cards
from ._messages import speak
from ._practice.tables import POPULATION_LIMIT, SEED_LIMIT
from ._publish_commands import add_publish_command
from ._search_command import add_search_command, mark_title
from ._version_commands import add_version_commands
from .card import card_schema
from .errors import N_, DatahallError, UnknownTheme
from .uses import load_use

FINE, PROBLEMS, MISUSE = 0, 1, 2


app = typer.Typer(
    name="datahall",
    cls=SpokenGroup,
    help=speak(N_("Find, read and check open datasets.")),
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
export_app = typer.Typer(cls=SpokenGroup, help=speak(N_("Write the catalog in another format.")))
app.add_typer(export_app, name="export")
add_search_command(app)
add_export_commands(export_app)
add_publish_command(app)
add_version_commands(app)
add_join_commands(app)
add_harvest_command(app)
add_app_commands(app)

Json = Annotated[bool, typer.Option("--json", help=speak(N_("Answer in JSON, for programs.")))]
Id = Annotated[str, typer.Argument(help=speak(N_("<theme>/<name> or <theme>/<name>@<version>")))]


def main() -> None:
    """Run the command line and leave with its exit code; called by the program ``datahall``."""
    codes: list[int] = []
    atexit.register(_leave, codes)  # before anything else, so that it is called last
    codes.append(run(sys.argv[1:]))
    sys.exit(codes[0])


def _leave(codes: Sequence[int]) -> None:
    """End the process once all that was to be done at the end is done, with the exit code, where there is one.

    What Python does after that it does for a process that goes on; and it aborts where a thread of Arrow's, which reads
    ahead in a file that was refused meanwhile, comes back for more.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # its reader left, or it was closed
            stream.flush()
    if codes:
        os._exit(codes[0])


def run(arguments: Sequence[str]) -> int:
    """Run the command line with `arguments`; return its exit code."""
    as_json = "--json" in arguments
    try:
        with spoken_warnings():
            code = app(list(arguments), standalone_mode=False, prog_name="datahall")
        return code if isinstance(code, int) else FINE
    except Misuse as error:
        _report(error, as_json=as_json)
        return MISUSE
    except DatahallError as error:
        _report(error, as_json=as_json)
        return MISUSE if isinstance(error, UnknownTheme) else PROBLEMS
    except TyperException as error:
        _report(describe_misuse(error), as_json=as_json)
        return MISUSE
    except (KeyboardInterrupt, typer.Abort):
        return 130  # what a shell says of a program ended by Ctrl-C
    except (BrokenPipeError, SystemExit):  # typer leaves by itself only where the reader of a pipe has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left; say nothing at exit either
        return FINE


def _report(error: DatahallError, *, as_json: bool) -> None:
    error = error.at_terminal()
    if as_json:
        print_json(error.as_json())
    else:
        say(f"datahall: {error.message()}", *([error.hint] if error.hint else []))


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help=speak(N_("Show the version and leave.")))] = False,
) -> None:
    if version:
        print(f"datahall {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit(MISUSE)


@app.command("show", cls=SpokenCommand, help=speak(N_("Show a dataset's card and its versions.")))
def show_dataset(dataset_id: Id, as_json: Json = False) -> None:
    """Show a dataset's card and its versions."""
    item = _find_draft(dataset_id) or dataset(dataset_id)
    if store.is_harvested(dataset_id):
        from ._harvested.harvested_dataset import HarvestedDataset
        from ._harvested.terminal import show_harvested

        assert isinstance(item, HarvestedDataset)
        show_harvested(item, as_json=as_json)
        return
    if item.card.draft and not as_json:
        say(speak(N_("A draft, which nobody sees until: datahall publish {id}"), id=item.id))
    if as_json:
        card = item.card.model_dump(mode="json", exclude_none=True)
        state = {"version": item.version, "rows": item.rows, "versions": item.versions()}
        stream = {"stream": item.stream.as_json()} if item.stream is not None else {}
        figures = {"quality": item.known_quality().as_json(), "uses": load_use(item.id).as_json()}
        print_json({"id": item.id, **card, **state, **stream, **figures})
        return
    print_dataset(item)


def _find_draft(dataset_id: str) -> Dataset | None:
    loaded = load_card_or_draft(dataset_id)
    return Dataset(loaded) if loaded is not None and loaded.card.draft else None


@app.command(
    "open", cls=SpokenCommand, help=speak(N_("Show a dataset's first rows; it is fetched first where needed."))
)
def open_dataset(
    dataset_id: Id,
    rows: Annotated[int, typer.Option(min=1, max=1000, help=speak(N_("How many rows")))] = 10,
    is_live: Annotated[bool, typer.Option("--live", help=speak(N_("The newest rows, of data that arrives")))] = False,
    as_json: Json = False,
) -> None:
    """Show a dataset's first rows, or its newest."""
    item = dataset(dataset_id)
    if is_live:
        item.live()  # on a laptop this asks the source
    frame = item.newest(rows) if is_live else item.polars().head(rows).collect()
    if not as_json:
        if item.card.synthetic:
            say(mark_title(item.title(), is_synthetic=True))
        print_rows([frame.columns, *([_cell(value) for value in row] for row in frame.iter_rows())])
        return
    fields = [{"name": field.name, "type": field.type} for field in item.card.fields]
    records = [{name: _plain(value) for name, value in row.items()} for row in frame.iter_rows(named=True)]
    state = {"version": item.version, "rows": item.rows, "synthetic": item.card.synthetic}
    print_json({"id": item.id, **state, "fields": fields, "records": records})


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, (str, int, float, bool, list)) else str(value)


def _cell(value: object) -> str:
    return "" if value is None else str(value).replace("\n", " ")


@app.command("fetch", cls=SpokenCommand, help=speak(N_("Bring datasets into the store.")))
def fetch_datasets(
    ids: Annotated[list[str] | None, typer.Argument(help=speak(N_("<theme>/<name> …")))] = None,
    everything: Annotated[bool, typer.Option("--all", help=speak(N_("Every dataset")))] = False,
    as_json: Json = False,
) -> None:
    """Bring datasets into the store; one that fails does not keep the others away."""
    if bool(ids) == everything:
        raise Misuse(N_("Name datasets, or say --all."))
    wanted = list(load_shelf().cards) if everything else list(dict.fromkeys(ids or []))
    outcomes = [_fetch_one(dataset_id, quiet=as_json) for dataset_id in wanted]
    if as_json:
        print_json(outcomes)
    elif any(outcome["status"] != "failed" for outcome in outcomes):
        say(
            speak(
                N_("The store is {folder}; a version lies in <theme>/<name>/<version>."), folder=find_locations().store
            )
        )
    if any(outcome["status"] == "failed" for outcome in outcomes):
        raise typer.Exit(PROBLEMS)


def _fetch_one(dataset_id: str, *, quiet: bool) -> dict[str, Any]:
    try:
        before = store.find_latest(dataset_id) if store.is_current(dataset_id) else None
        with fetch_progress(dataset_id, quiet=quiet) as progress:
            version = store.fetch(dataset_id, progress=progress)
    except DatahallError as error:
        if not quiet:
            _report(error, as_json=False)
        return {"id": dataset_id, "version": None, "rows": None, "status": "failed", **error.at_terminal().as_json()}
    rows = store.load_record(dataset_id, version)["rows"]
    status = "present" if version == before else "fetched"
    if not quiet:
        print_rows([(dataset_id, version, f"{rows:,}", speak(_STATUS[status]))])
    path, *parts = map(str, store.parquet_paths(dataset_id, version))
    outcome = {"id": dataset_id, "version": version, "rows": rows, "status": status, "path": path}
    return outcome | ({"paths": [path, *parts]} if parts else {})


_STATUS = {"present": N_("was there"), "fetched": N_("fetched")}


@app.command(
    "add", cls=SpokenCommand, help=speak(N_("Look into a file, say what is wrong with it, and draft its card."))
)
def add_file(
    place: Annotated[str, typer.Argument(metavar="FILE|URL", help=speak(N_("A file, or an http(s) address")))],
    save: Annotated[str | None, typer.Option(metavar="ID", help=speak(N_("Keep the card as <theme>/<name>")))] = None,
    table: Annotated[str | None, typer.Option(help=speak(N_("Only this sheet, or this file of an archive")))] = None,
    as_json: Json = False,
) -> None:
    """Look into a file; exit 1 where there are findings, 2 where it cannot be read."""
    from ._adding.addition import add
    from ._cli_add import print_addition

    try:
        with fetch_progress(place, quiet=as_json) as progress:
            addition = add(place, save=save, table=table, progress=progress)
    except DatahallError as error:
        _report(error, as_json=as_json)
        raise typer.Exit(MISUSE) from error
    if as_json:
        print_json(addition.as_json())
    else:
        print_addition(addition)
    if addition.edition is not None:  # what is told of the file alone the card knows how to read
        raise typer.Exit(FINE if addition.edition.fits else PROBLEMS)
    if addition.findings:
        raise typer.Exit(PROBLEMS)


@app.command("validate", cls=SpokenCommand, help=speak(N_("Check cards; without a path, all cards there are.")))
def validate_cards(
    paths: Annotated[list[Path] | None, typer.Argument(help=speak(N_("Files, or folders of cards")))] = None,
    schema: Annotated[bool, typer.Option("--schema", help=speak(N_("Print the JSON Schema of a card.")))] = False,
    as_json: Json = False,
) -> None:
    """Check cards and name what is wrong: file, line, field."""
    if schema:
        print_json(card_schema())
        return
    valid, problems = _check(paths) if paths else _check_shelf()
    if as_json:
        print_json({"valid": valid, "problems": [_problem(problem) for problem in problems]})
    else:
        for problem in problems:
            print(problem.message)
        say(speak(N_("Valid cards: {valid}. Problems: {problems}."), valid=valid, problems=len(problems)))
    if problems:
        raise typer.Exit(PROBLEMS)


def _check(paths: Sequence[Path]) -> tuple[int, list[Problem]]:
    files: list[Path] = []
    for path in paths:
        if not path.exists():
            raise Misuse(N_("There is no file or folder {path}."), path=path)
        files += sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
    checked = [_check_card(file.absolute()) for file in files]
    return sum(not found for found in checked), [problem for found in checked for problem in found]


def _check_card(file: Path) -> list[Problem]:
    root = file.parent.parent
    return sorted(
        (*load_card(file, root=root)[1], *check_card_files(file, root=root)), key=lambda problem: problem.line
    )


def _check_shelf() -> tuple[int, list[Problem]]:
    """Check all cards there are; in a sandbox the files beside them are not mounted, and so not missed."""
    places = find_locations()
    problems = invalid_cards()
    if places.is_writable:
        for root in places.datasets:
            problems += [found for file in list_card_files(root) for found in check_card_files(file, root=root)]
    faulty = {problem.file for problem in problems}
    shelf = load_shelf()
    readable = [*shelf.cards.values(), *shelf.drafts.values()]
    return sum(str(card.file) not in faulty for card in readable), problems


def _problem(problem: Problem) -> dict[str, object]:
    return {"file": problem.file, "line": problem.line, "field": problem.field, "message": problem.message}


@app.command(
    "digest", cls=SpokenCommand, help=speak(N_("Print the sha256 and bytes of a source, to paste into its card."))
)
def digest_place(
    place: Annotated[str, typer.Argument(help=speak(N_("A file, or an http(s) address")))], as_json: Json = False
) -> None:
    """Print the two lines of a card that tell a source's bytes from any others."""
    from ._digest import digest_source

    with fetch_progress(place, quiet=as_json) as progress:
        digest = digest_source(place, progress=progress)
    if as_json:
        print_json({"sha256": digest.sha256, "bytes": digest.bytes})
    else:
        print(f"    sha256: {digest.sha256}\n    bytes: {digest.bytes}")  # indented as a card's sources are


@app.command("practice", cls=SpokenCommand, help=speak(N_("Make a synthetic city whose tables agree, as Parquet.")))
def make_practice_city(
    population: Annotated[
        int, typer.Option(min=1, max=POPULATION_LIMIT, help=speak(N_("How many people live there")))
    ] = 20_000,
    seed: Annotated[int, typer.Option(min=0, max=SEED_LIMIT, help=speak(N_("Another number makes another city")))] = 1,
    table: Annotated[
        list[str] | None, typer.Option(help=speak(N_("Only this table; may be given several times")))
    ] = None,
    into: Annotated[Path, typer.Option(help=speak(N_("Folder to write to")))] = Path("practice-city"),
    force: Annotated[
        bool, typer.Option("--force", help=speak(N_("Remove the tables of another city from the folder")))
    ] = False,
    as_json: Json = False,
) -> None:
    """Make the tables of the practice city."""
    from ._cli_practice import write_city

    write_city(population=population, seed=seed, tables=table or [], folder=into, force=force, as_json=as_json)


@export_app.command("intake", cls=SpokenCommand, help=speak(N_("Intake 2 YAML, which Intake opens without datahall.")))
def export_intake(
    base_url: Annotated[str | None, typer.Option(help=speak(N_("Address of a hall: https://…/services/hall")))] = None,
    output: Annotated[Path | None, typer.Option(help=speak(N_("File to write; default: standard output")))] = None,
    as_json: Json = False,
) -> None:
    """Write an Intake 2 catalog: over a hall's addresses, else over this machine's store."""
    import yaml

    from ._exports.intake_parts import is_readable, write_part
    from ._exports.pages import Page
    from ._exports.shelf import open_shelf

    if base_url is not None and not base_url.startswith(("http://", "https://")):
        raise Misuse(N_("{url} is not an http(s) address."), url=repr(base_url))
    store_url = None if base_url else find_locations().store.absolute().as_uri()
    shelf = open_shelf()
    harvested = shelf.take_harvested(Page(shelf.harvested, size=max(1, shelf.harvested)), fits=is_readable)
    content = write_part(datasets(), harvested, base_url=base_url, store_url=store_url)
    if as_json:
        content = (json.dumps(yaml.safe_load(content), ensure_ascii=False, indent=1) + "\n").encode()
    write_output(content, output=output)
