"""Codes by which students come into a class: short enough to be read out, too many to be guessed.

Eight symbols of twenty-five that nobody confuses on a blackboard, with no vowels that would make words: 1.5e11 codes.
"""

from __future__ import annotations

import secrets
import unicodedata

ALPHABET = "BCDFGHJKMNPQRSTVWXYZ34679"
LENGTH = 8
GROUP = 4  # symbols between hyphens, as it is shown
DAYS = 14  # that a code opens the class, unless it is renewed


def make_code() -> str:
    """Return a new code as it is kept, without hyphens."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def read_code(typed: str) -> str:
    """Return what somebody typed as a code is kept: full-width forms folded, upper case, no hyphens or spaces."""
    folded = unicodedata.normalize("NFKC", typed).upper()
    return "".join(symbol for symbol in folded if symbol.isalnum())[: 2 * LENGTH]


def show_code(code: str) -> str:
    """Return a code in groups, as it is shown and read out."""
    return "-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))
