"""``datahall-hub``: run the hall, end it, ask how it is.

Exit codes: 0 fine, 1 problems found, 2 misuse. An expected failure is a sentence, never a traceback; with
``--json`` it is ``{"error": {"code", "message", "hint"}}``.
"""

from __future__ import annotations

import inspect
import json
import shlex
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from pydantic import ValidationError
from pydantic.fields import FieldInfo
from typer.exceptions import TyperException

from datahall_hub.command_help import SpokenCommand, SpokenGroup, describe_misuse, describe_problem, name_value
from datahall_hub.operator_words import find_program, say, translate
from datahall_hub.settings import OPTIONS_ALONE, OptionAloneError, Settings

DOWN_TIMEOUT = 20.0  # seconds; the hall promises 15

PROGRAM = "datahall-hub"

app = typer.Typer(cls=SpokenGroup, add_completion=False, pretty_exceptions_enable=False)
AsJson = Annotated[bool, typer.Option("--json", help="Answer for programs.")]
HomeOption = Annotated[
    str | None,
    typer.Option(
        "--home",
        metavar="FOLDER",
        help=Settings.model_fields["home"].description,
        show_default=str(Settings.model_fields["home"].get_default(call_default_factory=True, validated_data={})),
    ),
]


@app.callback(invoke_without_command=True)
def choose_command(context: typer.Context) -> None:
    """Run the hall, end it, ask how it is."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)


def up(**options: Any) -> None:
    """Run the hall in the foreground until Ctrl-C."""
    settings = load_settings(options)
    from datahall_hub.announcements import TerminalAnnouncer
    from datahall_hub.failures import HallError
    from datahall_hub.supervisor import run_hall

    try:
        run_hall(settings, announcer=TerminalAnnouncer())
    except HallError as error:
        fail(error.code, str(error))


@app.command(cls=SpokenCommand)
def down(home: HomeOption = None) -> None:
    """End the hall that runs on a home folder."""
    from datahall_hub.hall_status import find_supervisor

    settings = load_settings({"home": home})
    supervisor = find_supervisor(settings)
    if supervisor is None:
        typer.echo(say("No hall is running on {home}.", home=settings.home))
        return
    supervisor.send(signal.SIGTERM)
    deadline = time.monotonic() + DOWN_TIMEOUT
    while supervisor.is_alive:
        if time.monotonic() > deadline:
            fail(
                "still-running",
                say("Process {pid} has not ended after {seconds} s.", pid=supervisor.pid, seconds=round(DOWN_TIMEOUT)),
            )
        time.sleep(0.1)
    typer.echo(say("The hall has ended; nothing of it is left running."))


@app.command(cls=SpokenCommand)
def status(home: HomeOption = None, as_json: AsJson = False) -> None:
    """Tell whether the hall is running, with its processes, walls, datasets, people, servers and kernels."""
    from datahall_hub.hall_status import find_hall_status, find_running_homes, print_hall_status

    settings = load_settings({"home": home}, as_json=as_json)
    found = find_hall_status(settings)
    if found is None:
        fail(
            "not-running",
            say("No hall is running on {home}.", home=settings.home),
            hint="\n".join(
                [
                    _say_command("Start one with: {program} up --home {home}", home=settings.home),
                    *(
                        _say_command("One is running elsewhere: {program} status --home {home}", home=home)
                        for home in find_running_homes()
                    ),
                ]
            ),
            as_json=as_json,
        )
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        print_hall_status(found)
    if any(state != "ready" for state in found["services"].values()):
        raise typer.Exit(1)


@app.command("settings", cls=SpokenCommand)
def list_settings(as_json: AsJson = False) -> None:
    """List every setting with its default and what it is for."""
    rows = [
        {
            "name": name,
            "variable": f"DATAHALL_{name.upper()}",
            "default": str(field.get_default(call_default_factory=True, validated_data={})),
            "description": field.description or "",
        }
        for name, field in Settings.model_fields.items()
        if name not in OPTIONS_ALONE
    ]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        default = row["default"] or '""'
        typer.echo(f"{row['name']} = {default}\n    {translate(row['description'])}\n    {row['variable']}")


def load_settings(options: dict[str, Any], *, as_json: bool = False) -> Settings:
    """Return the settings with the given options before everything else; end with exit code 2 if one is wrong."""
    try:
        return Settings(**{name: value for name, value in options.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        is_unknown = first["type"] == "extra_forbidden"
        fail(
            "invalid-setting",
            say("settings.toml names '{name}', but there is no such setting.", name=name)
            if is_unknown
            else say("The setting '{name}' is wrong: {problem}.", name=name, problem=describe_problem(first)),
            hint=say("See: {program} settings", program=find_program()),
            as_json=as_json,
            exit_code=2,
        )
    except OptionAloneError as error:
        fail(
            "invalid-setting",
            say(
                "settings.toml names '{name}', which is an option of 'up' alone: what it allows must not last unseen.",
                name=error,
            ),
            as_json=as_json,
            exit_code=2,
        )
    except (OSError, ValueError) as error:  # settings.toml cannot be read, or is not TOML
        fail(
            "invalid-setting",
            say("settings.toml cannot be read: {problem}", problem=error),
            as_json=as_json,
            exit_code=2,
        )


def fail(code: str, message: str, *, hint: str = "", as_json: bool = False, exit_code: int = 1) -> NoReturn:
    """Say what is wrong and end."""
    if as_json:
        typer.echo(json.dumps({"error": {"code": code, "message": message, "hint": hint}}, ensure_ascii=False))
    else:
        typer.echo("\n".join(filter(None, [message, hint])), err=True)
    raise typer.Exit(exit_code)


def _options_of_settings(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command one option for each declared setting; one that is not given is None.

    What is an option alone is a switch, and off where it is not given: a variable of its name counts for nothing.
    """
    parameters = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=False if name in OPTIONS_ALONE else None,
            annotation=_switch_of(name, field) if name in OPTIONS_ALONE else _option_of(name, field),
        )
        for name, field in Settings.model_fields.items()
    ]
    function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return function


def _option_of(name: str, field: FieldInfo) -> Any:
    return Annotated[
        str | None,
        typer.Option(
            f"--{name.replace('_', '-')}",
            metavar=name_value(field.annotation),
            help=field.description,
            show_default=str(field.get_default(call_default_factory=True, validated_data={})) or False,
        ),
    ]


def _switch_of(name: str, field: FieldInfo) -> Any:
    return Annotated[bool, typer.Option(f"--{name.replace('_', '-')}", help=field.description)]


app.command("up", cls=SpokenCommand)(_options_of_settings(up))


def _say_command(message: str, *, home: Path) -> str:
    """Return a message with a command as one types it in a shell."""
    return say(message, program=find_program(), home=shlex.quote(str(home)))


def main() -> None:
    """Run the command line."""
    try:
        code = app(prog_name=PROGRAM, standalone_mode=False)
    except TyperException as error:
        typer.echo(describe_misuse(error), err=True)
        sys.exit(error.exit_code)
    except typer.Abort:
        sys.exit(1)
    sys.exit(code or 0)


if __name__ == "__main__":
    main()
