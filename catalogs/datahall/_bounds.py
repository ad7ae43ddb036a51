"""Bounds that an operator sets by a variable of the environment, whose defaults stand where they are used."""

from __future__ import annotations

import os

from .errors import N_, DatahallError


def read_bound(name: str, *, default: int) -> int:
    """Return a bound as the environment has it, else `default`.

    Raises
    ------
    DatahallError
        With the code ``invalid-setting``.
    """
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    if not (text.isdecimal() and len(text) < 16 and int(text) > 0):
        raise DatahallError(
            N_("{name} is {value}, which is no whole number above zero."), code="invalid-setting", name=name, value=text
        )
    return int(text)
