"""What a terminal writes in other standards' forms: ``datahall export FORMAT``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from ._cli_help import Misuse, SpokenCommand
from ._exports.forms import FORMS, ExportForm
from ._messages import speak
from .errors import N_, DatahallError

# The address of a hall that `make up` opens on this machine.
LOCAL_HALL = "http://127.0.0.1:8000/services/hall"
Base = Annotated[str, typer.Option(metavar="URL", help=speak(N_("Address of the hall that the document tells of")))]
Output = Annotated[Path | None, typer.Option(help=speak(N_("File to write; default: standard output")))]
Json = Annotated[bool, typer.Option("--json", help=speak(N_("Answer in JSON, for programs.")))]


def add_export_commands(app: typer.Typer) -> None:
    """Give `app` a command for each form; called once, by the command line."""
    for form in FORMS.values():
        app.command(form.id, cls=SpokenCommand, help=speak(form.title))(_command(form))


def _command(form: ExportForm) -> Callable[[str, Path | None, bool], None]:
    def export(base_url: Base = LOCAL_HALL, output: Output = None, as_json: Json = False) -> None:
        check_base_url(base_url)
        write_output(_write(form, base_url=base_url.rstrip("/"), as_json=as_json), output=output)

    return export


def _write(form: ExportForm, *, base_url: str, as_json: bool) -> bytes:
    from ._exports.pages import Page
    from ._exports.shelf import open_shelf

    shelf = open_shelf()
    chosen = FORMS[form.as_json] if as_json and form.as_json else form
    page = Page(shelf.total, size=max(1, shelf.total))  # a file has no pages
    return chosen.write(shelf.entries(), base_url, page)


def check_base_url(base_url: str) -> None:
    """Refuse what cannot be a hall's address."""
    from ._exports.texts import make_address

    if make_address(base_url) != base_url or not base_url.startswith(("http://", "https://")):
        raise Misuse(N_("{url} is not an http(s) address."), url=repr(base_url))


def write_output(content: bytes, *, output: Path | None) -> None:
    """Write a document to a file, or to standard output."""
    if output is None:
        sys.stdout.buffer.write(content if content.endswith(b"\n") else content + b"\n")
        sys.stdout.flush()
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise DatahallError(
            N_("{path} cannot be written: {reason}."), code="unwritable", path=output, reason=error.strerror or error
        ) from error
