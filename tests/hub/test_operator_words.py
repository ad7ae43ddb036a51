"""What the operator reads is there in both languages."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import datahall_hub
import pytest
from datahall_hub.cli import app
from datahall_hub.command_help import MISUSES
from datahall_hub.hall_status import NOTHING_STARTS, RUNS_WITHOUT
from datahall_hub.operator_words import choose_terminal_language, say
from datahall_hub.settings import Settings
from datahall_hub.translations import load_translations
from datahall_hub.walls import describe_walls

PACKAGE = Path(datahall_hub.__file__).parent


def find_messages() -> list[str]:
    """Return every text that the code hands to `say`."""
    calls = (node for path in PACKAGE.glob("*.py") for node in ast.walk(ast.parse(path.read_text())))
    return sorted(
        {
            str(node.args[0].value)
            for node in calls
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say"
            if isinstance(node.args[0], ast.Constant)
        }
    )


def find_texts() -> list[str]:
    """Return what the command line shows beside that: sentences of settings and commands, and the words of `status`."""
    walls = describe_walls(Settings(unsafe_no_sandbox=True)) | {"on": "on: ready: starting: fallen"}
    words = {part for wall, state in walls.items() for part in (wall, *state.split(": "))}
    commands = {str(inspect.getdoc(command.callback)) for command in app.registered_commands}
    return sorted(
        {str(f.description) for f in Settings.model_fields.values()}
        | commands
        | words
        | set(MISUSES.values())
        | {RUNS_WITHOUT, NOTHING_STARTS}
    )


@pytest.mark.parametrize("message", [*find_messages(), *find_texts()])
def test_every_message_has_a_chinese_wording_with_the_same_placeholders(message):
    chinese = load_translations("cli", language="zh").gettext(message)

    assert chinese != message
    assert set(re.findall(r"{\w+}", chinese)) == set(re.findall(r"{\w+}", message))


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8", "DATAHALL_LANGUAGE": "zh"}, "zh"),
    ],
)
def test_the_terminal_decides_about_the_language(environment, language):
    assert choose_terminal_language(environment) == language


def test_values_that_hold_braces_are_left_as_they_are(monkeypatch):
    monkeypatch.setenv("DATAHALL_LANGUAGE", "zh")

    assert say("Address") == "地址"
    assert "{x}" in say("settings.toml cannot be read: {problem}", problem="{x}")
