"""Passwords: what is accepted, how they are kept, how the first one is made.

Kept as bcrypt hashes, which take a noticeable part of a second to compute: hashing and comparing happen in a
thread, so that a class that signs in at once does not stop the hub. Nothing here logs or stores a password.
"""

from __future__ import annotations

import asyncio
import secrets
from functools import cache
from importlib.resources import files

import bcrypt

from datahall_hub.settings import Settings

MINIMUM_LENGTH = 10
MAXIMUM_BYTES = 72  # bcrypt reads no further, and refuses more
FIRST_GROUPS, FIRST_GROUP_LENGTH = 4, 4  # 16 of 31 signs: 79 bits
# Of a random password that nobody kept.
NOBODYS_SALT_AND_DIGEST = b"aoo9Nn8Ekhv.rIyBdH17QO2jQ/X3gVrWdLdGUx2Y8lgmYBwVL57CO"
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like something else


def find_problem(password: str, *, name: str) -> str | None:
    """Return why `password` is refused for the person `name` (``short``, ``long``, ``common``, ``name``), or None."""
    if len(password) < MINIMUM_LENGTH:
        return "short"
    if len(password.encode("utf-8", "surrogatepass")) > MAXIMUM_BYTES or "\0" in password:
        return "long"
    folded = password.casefold()
    if folded in _load_common() or len(set(folded)) < 4:
        return "common"
    return "name" if name and len(name) > 2 and name in folded else None


async def hash_password(password: str) -> bytes:
    """Return the bcrypt hash of `password`, at the cost that the setting ``password_rounds`` says."""
    return await asyncio.to_thread(hash_password_now, password)


def hash_password_now(password: str) -> bytes:
    """Return the same, blocking; for use outside the hub's event loop."""
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(Settings().password_rounds))


def nobodys_hash() -> bytes:
    """Return a hash with which comparing takes as long as with a new account's, and fails."""
    return b"$2b$%02d$" % Settings().password_rounds + NOBODYS_SALT_AND_DIGEST


async def is_password(password: str, *, hashed: bytes) -> bool:
    """Say whether `password` is the one behind `hashed`; one that could not have been chosen is not."""
    encoded = password.encode("utf-8", "surrogatepass")
    if len(encoded) > MAXIMUM_BYTES or b"\0" in encoded:
        return False
    return await asyncio.to_thread(bcrypt.checkpw, encoded, hashed)


def make_first_password() -> str:
    """Return a random password that is easy to read out and to type, like ``k7qm-x3hp-9wdt-bn4f``."""
    groups = ("".join(secrets.choice(READABLE) for _ in range(FIRST_GROUP_LENGTH)) for _ in range(FIRST_GROUPS))
    return "-".join(groups)


@cache
def _load_common() -> frozenset[str]:
    text = (files("nativeauthenticator") / "common-credentials.txt").read_text(encoding="utf-8")
    return frozenset(line.casefold() for line in text.splitlines())
