"""What a terminal says about versions: ``datahall diff`` and ``datahall gc``."""

from __future__ import annotations

from typing import Annotated

import typer

from ._cli_help import SpokenCommand
from ._cli_output import print_json
from ._dataset import dataset
from ._difference import EXAMPLES
from ._messages import speak
from .errors import N_

Json = Annotated[bool, typer.Option("--json", help=speak(N_("Answer in JSON, for programs.")))]


def add_version_commands(app: typer.Typer) -> None:
    """Give `app` the commands of this module; called once, by the command line."""
    app.command(
        "diff", cls=SpokenCommand, help=speak(N_("Say what changed between two versions: columns, types, rows."))
    )(diff_versions)


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
