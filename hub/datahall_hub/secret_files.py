"""Secrets as files of mode 0600, created on first use and never printed.

A secret is read from its file by the process that needs it; it never stands on a command line.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path

BYTES = 32


def make_secret() -> str:
    """Return 64 random hexadecimal digits."""
    return secrets.token_hex(BYTES)


def ensure_secret(path: Path, *, make: Callable[[], str] = make_secret) -> str:
    """Return the secret in `path`, creating it (mode 0600, by default 64 hexadecimal digits) where it is missing.

    Safe when two processes ask at once: both get the same secret.
    """
    try:
        return load_secret(path)
    except FileNotFoundError:
        _create(path, make())
        return load_secret(path)


def load_secret(path: Path) -> str:
    """Return the secret in `path`; raise `FileNotFoundError` where there is none, `ValueError` where it is empty."""
    text = path.read_text().strip()
    if not text:
        raise ValueError(f"{path} is empty. Delete it to have a new secret made; sessions then end.")
    return text


def _create(path: Path, text: str) -> None:
    # Written beside and linked into place: a reader never sees half a secret, and the first writer wins.
    scratch = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text + "\n")
        with contextlib.suppress(FileExistsError):
            os.link(scratch, path)
    finally:
        scratch.unlink()
