"""Ensure the first account in a process of its own, and receive its password by a pipe.

Making an account loads much code, and the supervisor stays small without it. As a program (``python -m
datahall_hub.first_password_pipe``) it prints the first admin's password if it has not been shown yet, else nothing:
a start that failed before the password was shown does not lose it.
"""

from __future__ import annotations

import os
import subprocess
import sys

from datahall_hub.failures import RunError
from datahall_hub.home import resolve_home
from datahall_hub.operator_words import say
from datahall_hub.parent_death import end_with_parent
from datahall_hub.secret_files import load_secret
from datahall_hub.settings import Settings
from datahall_hub.unused_grammar import skip_unused_grammar


def start_first_password_pipe(settings: Settings) -> subprocess.Popen[str]:
    """Start the program; called by the supervisor before the hub."""
    return subprocess.Popen(
        [sys.executable, "-m", "datahall_hub.first_password_pipe"],
        env={**os.environ, **settings.as_environment()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=end_with_parent,
    )


def read_first_password(process: subprocess.Popen[str]) -> str | None:
    """Return the password that is to be shown, if any, once the program has ended."""
    output, errors = process.communicate()
    if process.returncode != 0:
        raise RunError(
            "no-first-account", say("The first account could not be made:\n{errors}", errors=errors.strip()[-2000:])
        )
    return output.strip() or None


def main() -> None:
    """Ensure the first admin, and print what is still to be shown."""
    skip_unused_grammar()
    from datahall_hub.first_admin import ensure_first_admin, first_password_path

    settings = Settings()
    home = resolve_home(settings.home)
    password = ensure_first_admin(settings)
    waiting = first_password_path(home)
    if password is None and waiting.exists() and not home.password_shown.exists():
        password = load_secret(waiting)
    print(password or "", end="")


if __name__ == "__main__":
    main()
