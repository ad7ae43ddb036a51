"""What typer says about the misuse of a command: the ways there are, whose it is, and what was probably meant."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand
from typer.exceptions import TyperException

from ._nearest import find_near

NO_COMMAND = r"No such command '(?P<name>.*?)'\."
NO_OPTION = r"No such option: (?P<name>\S+)"
NEEDS_VALUE = r"Option '(?P<name>.*)' requires an argument\."
TAKES_NO_VALUE = r"Option '(?P<name>.*)' does not take a value\."
TOO_MUCH = r"Got unexpected extra argument(?:\(s\)|s)? \((?P<name>.*)\)"


class PlacedCommand(TyperCommand):
    """A command whose misuse is known to be its own, which typer forgets at times."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # typer does not export the type of its context
        """Read the arguments; typer calls this."""
        try:
            return super().parse_args(ctx, args)
        except TyperException as error:
            error.ctx = getattr(error, "ctx", None) or ctx  # type: ignore[attr-defined]
            raise


def find_meant(error: TyperException, name: str) -> list[str]:
    """Return the commands or options that may have been meant by `name`, where there is no such one."""
    context = getattr(error, "ctx", None)
    if context is None or not error.format_message().startswith("No such"):
        return []
    options = [word for param in context.command.params for word in param.opts if word.startswith("-")]
    return find_near(name, [*getattr(context.command, "commands", ()), *options, "--help"])
