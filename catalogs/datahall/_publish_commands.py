"""What a terminal says about publishing: ``datahall publish``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ._cli_help import SpokenCommand
from ._cli_output import fetch_progress, print_json, print_rows, say
from ._messages import join_sentences, speak
from .errors import N_

if TYPE_CHECKING:
    from ._publication import NotPublished, Publication

PROBLEMS = 1
_STATUS = {
    "published": N_("published"),
    "updated": N_("a new version"),
    "unchanged": N_("nothing new: the source is that of this version"),
}


def add_publish_command(app: typer.Typer) -> None:
    """Give `app` the command of this module; called once, by the command line."""
    app.command(
        "publish", cls=SpokenCommand, help=speak(N_("Publish a draft, or the next version of what has changed."))
    )(publish_dataset)


def publish_dataset(
    dataset_id: Annotated[str, typer.Argument(metavar="ID", help=speak(N_("<theme>/<name>")))],
    accepted: Annotated[
        list[str] | None,
        typer.Option(
            "--accept-personal-data",
            metavar="COLUMN",
            help=speak(N_("Publish this column though it seems to hold personal data; may be given several times")),
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help=speak(N_("Answer in JSON, for programs.")))] = False,
) -> None:
    """Publish; exit 1, and say what is to be done, where that cannot be."""
    from ._publication import NotPublished, publish

    try:
        with fetch_progress(dataset_id, quiet=as_json) as progress:
            publication = publish(dataset_id, accept_personal_data=accepted or (), progress=progress)
    except NotPublished as error:
        _tell_problems(error, as_json=as_json)
        raise typer.Exit(PROBLEMS) from error
    if as_json:
        print_json(publication.as_json())
    else:
        _print_publication(publication)


def _tell_problems(error: NotPublished, *, as_json: bool) -> None:
    if as_json:
        print_json(error.as_json())
        return
    for problem in error.problems:
        print(problem["message"])
    say(f"datahall: {join_sentences(error.message(), error.hint)}")


def _print_publication(publication: Publication) -> None:
    rows = f"{publication.rows:,}" if publication.rows is not None else "–"
    status = speak(_STATUS[publication.status])
    print_rows([(publication.id, publication.version or "–", rows, status)])
    print(f"{speak(N_('quality'))}: {publication.quality}")
    if publication.difference is not None:
        print(publication.difference)
