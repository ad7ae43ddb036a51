"""The words that typer itself puts into a help page or says about misuse, in the reader's language."""

from __future__ import annotations

import re
from typing import Any

from typer.core import TyperGroup
from typer.exceptions import TyperException

from ._messages import chosen_language, translate
from ._misuse import NEEDS_VALUE, NO_COMMAND, NO_OPTION, TAKES_NO_VALUE, TOO_MUCH, PlacedCommand, find_meant
from .errors import N_, DatahallError

# Where each of typer's words stands on a help page.
_WORDS = {
    r"^Usage:": N_("Usage:"),
    r"^Arguments:$": N_("Arguments:"),
    r"^Options:$": N_("Options:"),
    r"^Commands:$": N_("Commands:"),
    r"(?<=\s)Show this message and exit\.$": N_("Show this message and exit."),
    r"(?<=\s)\[OPTIONS\]": N_("[OPTIONS]"),
    r"(?<=\s)COMMAND \[ARGS\]\.\.\.$": N_("COMMAND [ARGS]..."),
    r"\[required\]$": N_("[required]"),
}

# What typer says about misuse, and our words for it.
_MISUSES = {
    NO_COMMAND: N_("There is no command {name}."),
    NO_OPTION: N_("There is no option {name}."),
    NEEDS_VALUE: N_("The option {name} needs a value."),
    TAKES_NO_VALUE: N_("The option {name} takes no value."),
    TOO_MUCH: N_("{name} is too much here."),
    r"Missing argument '(?P<name>.*?)'\.": N_("{name} is missing."),
    r"Missing command": N_("A command is missing."),
    r"Invalid value for '(?P<name>.*?)': .*valid integer": N_("The value of {name} must be a whole number."),
    r"Invalid value for '(?P<name>.*?)': .*greater than or equal to (?P<limit>\S+?)\.?$": N_(
        "The value of {name} must be at least {limit}."
    ),
    r"Invalid value for '(?P<name>.*?)': .*less than or equal to (?P<limit>\S+?)\.?$": N_(
        "The value of {name} must be at most {limit}."
    ),
}


class Misuse(DatahallError):
    """A command that cannot be meant."""

    code = "misuse"


class SpokenCommand(PlacedCommand):
    """A command whose help page speaks the reader's language throughout."""

    def get_help(self, ctx: Any) -> str:  # typer does not export the type of its context here
        return _spoken(super().get_help(ctx))


class SpokenGroup(TyperGroup):
    """A group of commands whose help page speaks the reader's language throughout."""

    def get_help(self, ctx: Any) -> str:
        return _spoken(super().get_help(ctx))


def _spoken(page: str) -> str:
    for pattern, words in _WORDS.items():
        page = re.sub(pattern, translate(words, language=chosen_language()), page, flags=re.MULTILINE)
    return page


def describe_misuse(error: TyperException) -> Misuse:
    """Return what typer says about misuse in our words, with the word that was probably meant."""
    said = error.format_message()
    context = getattr(error, "ctx", None)
    help_page = {"hint": N_("See: {command} --help"), "command": context.command_path if context else "datahall"}
    for pattern, words in _MISUSES.items():
        if found := re.match(pattern, said):
            near = find_meant(error, found.groupdict().get("name", ""))
            hint = {"hint": N_("Did you mean {near}?"), "near": ", ".join(near)} if near else help_page
            return Misuse(words, **found.groupdict(), **hint)
    return Misuse("{reason}", reason=said, **help_page)
