"""What a terminal says about joins: ``datahall joinable``."""

from __future__ import annotations

from typing import Annotated

import typer

from ._cli_help import SpokenCommand
from ._cli_output import print_json, print_rows, say
from ._lookup import dataset
from ._messages import chosen_language, speak
from .errors import N_

Json = Annotated[bool, typer.Option("--json", help=speak(N_("Answer in JSON, for programs.")))]


def add_join_commands(app: typer.Typer) -> None:
    """Give `app` the commands of this module; called once, by the command line."""
    app.command("joinable", cls=SpokenCommand, help=speak(N_("List the datasets that one can be joined with.")))(
        list_joins
    )


def list_joins(
    dataset_id: Annotated[str, typer.Argument(help=speak(N_("<theme>/<name>")))], as_json: Json = False
) -> None:
    """List the datasets that one can be joined with, on what, and how many rows find a partner."""
    from ._join_table import NO_JOINS, join_rows

    joins = dataset(dataset_id).joinable()
    if as_json:
        print_json(joins.as_json())
        return
    print_rows(join_rows(joins, language=chosen_language()))
    if not joins:
        say(speak(NO_JOINS))
