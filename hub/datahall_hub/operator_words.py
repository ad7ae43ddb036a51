"""What the operator reads at the terminal, in the terminal's language.

Messages are English in the code; ``locale/zh/cli.po`` holds the Chinese. Placeholders are named, so that a
translation may order them freely.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from datahall_hub.translations import load_translations

VARIABLES = ("DATAHALL_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set decides


def choose_terminal_language(environment: Mapping[str, str] = os.environ) -> str:
    """Return ``zh`` for a Chinese terminal, else ``en``."""
    chosen = next((value for name in VARIABLES if (value := environment.get(name))), "")
    return "zh" if chosen.lower().startswith("zh") else "en"


def find_program() -> str:
    """Return how this person can call ``datahall-hub`` from where they stand: by name only where it is on the path."""
    script = Path(sys.executable).parent / "datahall-hub"
    found = shutil.which(script.name)
    if found and Path(found).samefile(script):
        return script.name
    here = Path.cwd()
    return shlex.quote(str(script.relative_to(here) if script.is_relative_to(here) else script))


def translate(message: str) -> str:
    """Return `message` in the terminal's language; it has no placeholders."""
    return load_translations("cli", language=choose_terminal_language()).gettext(message) if message else ""


def say(message: str, /, **values: object) -> str:
    """Return `message` in the terminal's language with `values` filled in, those of them translated that can be."""
    translate = load_translations("cli", language=choose_terminal_language()).gettext
    return translate(message).format(
        **{name: translate(value) if isinstance(value, str) else value for name, value in values.items()}
    )
