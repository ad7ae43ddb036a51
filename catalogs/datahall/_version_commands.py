"""What a terminal says about versions: ``datahall diff`` and ``datahall gc``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ._cli_help import Misuse, SpokenCommand
from ._cli_output import print_json, print_rows, say
from ._difference import EXAMPLES
from ._locations import shipped_folder
from ._lookup import dataset
from ._messages import join_sentences, speak
from .errors import N_

Json = Annotated[bool, typer.Option("--json", help=speak(N_("Answer in JSON, for programs.")))]


def add_version_commands(app: typer.Typer) -> None:
    """Give `app` the commands of this module; called once, by the command line."""
    app.command(
        "diff", cls=SpokenCommand, help=speak(N_("Say what changed between two versions: columns, types, rows."))
    )(diff_versions)
    app.command(
        "gc", cls=SpokenCommand, help=speak(N_("Remove versions that no app uses and nobody opened within a year."))
    )(collect_versions)


def diff_versions(
    dataset_id: Annotated[str, typer.Argument(help=speak(N_("<theme>/<name>")))],
    old: Annotated[str, typer.Argument(help=speak(N_("The earlier version")))],
    new: Annotated[str, typer.Argument(help=speak(N_("The later version")))],
    rows: Annotated[int, typer.Option(min=0, max=1000, help=speak(N_("How many rows")))] = EXAMPLES,
    as_json: Json = False,
) -> None:
    """Say what changed between two versions; a difference is no problem, so the exit code is 0."""
    difference = dataset(dataset_id).diff(old, new, examples=rows)
    if as_json:
        print_json(difference.as_json())
    else:
        print(difference)


def collect_versions(
    dry_run: Annotated[bool, typer.Option("--dry-run", help=speak(N_("Only say what would be removed.")))] = False,
    apps: Annotated[
        list[Path] | None, typer.Option(help=speak(N_("Folder of apps whose versions are kept, too")))
    ] = None,
    as_json: Json = False,
) -> None:
    """Remove versions that nobody needs; the newest of each dataset always stays."""
    from .retention import collect_garbage

    shipped = [folder for folder in (shipped_folder("datasets").parents[1] / "notebooks/apps",) if folder.is_dir()]
    for folder in apps or ():
        if not folder.is_dir():
            raise Misuse(N_("There is no file or folder {path}."), path=folder)
    collection = collect_garbage(apps=[*shipped, *(apps or ())], is_rehearsal=dry_run)
    if as_json:
        print_json(collection.as_json())
        return
    print_rows([(each.id, each.version, f"{each.bytes:,}") for each in collection.removed])
    text = N_("Versions that would be removed: {count}.") if dry_run else N_("Versions removed: {count}.")
    kept = N_("Kept: {latest} newest, {app} used by apps, {opened} opened within a year.")
    say(join_sentences(speak(text, count=len(collection.removed)), speak(kept, **collection.kept)))
