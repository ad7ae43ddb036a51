"""What the command line says about itself: help and misuse, in the terminal's language, in lines that cut no path.

`SpokenCommand` and `SpokenGroup` write the help of typer's commands; texts are English in the code and are looked
up in ``locale/zh/cli.po``.
"""

from __future__ import annotations

import io
import re
import shutil
from typing import Any, Literal, get_args, get_origin

from datahall._misuse import (
    NEEDS_VALUE,
    NO_COMMAND,
    NO_OPTION,
    TAKES_NO_VALUE,
    TOO_MUCH,
    PlacedCommand,
    find_meant,
)
from pydantic_core import ErrorDetails
from rich.console import Console
from rich.padding import Padding
from rich.text import Text
from typer.core import TyperGroup, TyperOption
from typer.exceptions import TyperException

from datahall_hub.operator_words import find_program, say, translate

LONGEST_LINE = 100
# What typer says about misuse, and our own words for it.
MISUSES = {
    NO_COMMAND: "There is no command '{name}'.",
    NO_OPTION: "There is no option '{name}'.",
    NEEDS_VALUE: "The option '{name}' needs a value.",
    TAKES_NO_VALUE: "The option '{name}' takes no value.",
    TOO_MUCH: "'{name}' is too much here.",
}


class SpokenCommand(PlacedCommand):
    """A command whose help is in the terminal's language."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help; typer calls this for ``--help``."""
        formatter.write(describe_usage(say("Usage: {command} [OPTIONS]", command=ctx.command_path), help=self.help))
        for option in (param for param in self.params if isinstance(param, TyperOption)):
            default = option.show_default if isinstance(option.show_default, str) else ""
            formatter.write(describe_option(option.opts[0], value=option.metavar, help=option.help, default=default))
        formatter.write(describe_option("--help", help="Show this text.") + "\n")


class SpokenGroup(TyperGroup):
    """All commands; their list is in the terminal's language."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands; typer calls this for ``--help``."""
        formatter.write(
            describe_usage(say("Usage: {command} COMMAND [OPTIONS]", command=ctx.command_path), help=self.help)
        )
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            formatter.write(f"  {name}\n{indent(translate((command and command.help) or ''))}")
        more = say("More about one of them: {program} COMMAND --help", program=find_program())
        formatter.write(f"\n{more}\n")


def describe_usage(usage: str, *, help: str | None) -> str:
    """Return the first lines of a help text."""
    return f"{usage}\n\n{translate(help or '')}\n\n"


def describe_option(name: str, *, value: str | None = None, help: str | None, default: str = "") -> str:
    """Return an option with its value, its sentence and its default, each on lines of its own."""
    shown = f"  {name} {translate(value) if value else ''}".rstrip()
    # A default may be a path, to be copied whole: it is never broken.
    end = f"      {say('Default: {value}', value=default)}\n" if default else ""
    return f"{shown}\n{indent(translate(help or ''))}{end}"


def indent(text: str) -> str:
    """Return `text` indented and broken to the terminal's width, Chinese characters counted as two."""
    buffer = io.StringIO()
    width = min(shutil.get_terminal_size().columns, LONGEST_LINE)
    Console(file=buffer, width=width, color_system=None, highlight=False).print(Padding(Text(text), (0, 0, 0, 6)))
    return "".join(f"{line.rstrip()}\n" for line in buffer.getvalue().splitlines())


def name_value(kind: Any) -> str:
    """Return what a setting of a type takes, as help shows it."""
    if get_origin(kind) is Literal:
        return "|".join(word for word in get_args(kind) if word)
    return {int: "NUMBER", str: "TEXT", bool: "true|false"}.get(kind, "FOLDER")


def describe_misuse(error: TyperException) -> str:
    """Return what typer says about misuse, in our words where they are known; what was meant; and where to look."""
    message, context = error.format_message(), getattr(error, "ctx", None)
    lines = [message]
    for pattern, words in MISUSES.items():
        if found := re.match(pattern, message):
            near = find_meant(error, found["name"])
            lines = [say(words, name=found["name"]), *([say("Did you mean {near}?", near=near[0])] if near else [])]
            break
    _, *command = context.command_path.split() if context else [""]  # the first is the program
    return "\n".join([*lines, say("See: {program} --help", program=" ".join([find_program(), *command]))])


def describe_problem(error: ErrorDetails) -> str:
    """Return what is wrong with a setting's value."""
    limits = error.get("ctx", {})
    match error["type"]:
        case "int_parsing" | "int_type" | "int_from_float":
            return say("'{value}' is not a whole number", value=error["input"])
        case "greater_than_equal":
            return say("{value} is less than {limit}", value=error["input"], limit=limits["ge"])
        case "less_than_equal":
            return say("{value} is more than {limit}", value=error["input"], limit=limits["le"])
        case "literal_error":
            return say("'{value}' is none of {choices}", value=error["input"], choices=limits["expected"])
        case "time_delta_parsing" | "time_delta_type":
            return say("'{value}' is no span of time, like PT6H, P1D, P7D or P30D", value=error["input"])
        case "no_home":
            return say("a folder needs a name")
    return error["msg"]
