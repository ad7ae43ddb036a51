"""What client and server say to each other: one line of JSON each way, descriptors beside it.

A connection carries one request. The client sends a line (at most `LONGEST_LINE` bytes) and, with its first
byte, the descriptors of a fork: standard input, output, error and, where the child is tied to a life, a pidfd.
The server answers with one line; a connection that forked or watches a child stays open, and a second line
tells how the child ended. An error is ``{"error": {"code", "message"}}``.

    {"do": "describe"}               → {"pid", "profile", "surroundings", "children", "forked"}
    {"do": "fork", **Request}        → {"pid", "started"} and the child's pidfd;  later {"code"} or {"signal"}
    {"do": "watch", "pid", "started"} → the same as fork, or at once how it ended
    {"do": "retire"}                 → {"retiring": true}: no new children, an end once the last one has ended
"""

from __future__ import annotations

import json
import resource
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from datahall_forkserver.errors import RefusedError

LONGEST_LINE = 1 << 20  # bytes; an environment may be large, but not without bound
STREAMS = 3
MOST_DESCRIPTORS = STREAMS + 1
LIMITS = tuple(name for name in dir(resource) if name.startswith("RLIMIT_"))


@dataclass(frozen=True)
class Request:
    """A child that is asked for.

    Parameters
    ----------
    module
        The module that runs as `__main__`, as with ``python -m``.
    arguments
        What follows it on the command line.
    environment
        The whole environment of the child.
    folder
        Its working folder, absolute.
    limits
        Resource limits by name (`RLIMIT_AS`, …), soft and hard alike.
    umask
        Its file creation mask.
    is_tied
        Whether a fourth descriptor is a pidfd; the child ends when that process has ended.
    dies_with_server
        Whether the child is killed when the fork server dies.
    """

    module: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: str = "/"
    limits: Mapping[str, int] = field(default_factory=dict)
    umask: int = 0o022
    is_tied: bool = False
    dies_with_server: bool = False


def write_line(message: Mapping[str, Any]) -> bytes:
    """Return a message as the line that is sent."""
    line = json.dumps(message, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
    if len(line) > LONGEST_LINE:
        raise RefusedError(f"The message has {len(line)} bytes; {LONGEST_LINE} are allowed.", code="too-long")
    return line


def read_line(line: bytes) -> dict[str, Any]:
    """Return the message in a line; raise `RefusedError` where it is none."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RefusedError(f"The line is not JSON: {error}", code="bad-request") from error
    if not isinstance(message, dict):
        raise RefusedError("The line is not a JSON object.", code="bad-request")
    return message


def write_request(request: Request) -> bytes:
    """Return the line that asks for a child."""
    return write_line({"do": "fork", **asdict(request)})


def read_request(message: Mapping[str, Any]) -> Request:
    """Return the child that a message asks for; every field is checked, and unknown ones are refused."""
    values = {name: value for name, value in message.items() if name != "do"}
    unknown = sorted(values.keys() - {each.name for each in fields(Request)})
    if unknown:
        raise RefusedError(f"A fork has no {', '.join(unknown)[:200]}.", code="bad-request")
    for name, value in values.items():
        if not _CHECKS[name](value):
            raise RefusedError(f"{name} of a fork is not {_EXPECTED[name]}.", code="bad-request")
    if "module" not in values:
        raise RefusedError("A fork names the module to run.", code="bad-request")
    return Request(**{**values, "arguments": tuple(values.get("arguments", ()))})


def _is_text(value: object) -> bool:
    return isinstance(value, str) and "\0" not in value


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63


def _is_environment(value: object) -> bool:
    return isinstance(value, dict) and all(
        _is_text(name) and name and "=" not in name and _is_text(text) for name, text in value.items()
    )


_CHECKS: dict[str, Callable[[Any], bool]] = {
    "module": lambda value: _is_text(value) and all(part.isidentifier() for part in value.split(".")),
    "arguments": lambda value: isinstance(value, list) and all(map(_is_text, value)),
    "environment": _is_environment,
    "folder": lambda value: _is_text(value) and Path(value).is_absolute(),
    "limits": lambda value: (
        isinstance(value, dict) and all(name in LIMITS and _is_number(number) for name, number in value.items())
    ),
    "umask": lambda value: _is_number(value) and value <= 0o777,
    "is_tied": lambda value: isinstance(value, bool),
    "dies_with_server": lambda value: isinstance(value, bool),
}
_EXPECTED = {
    "module": "the dotted name of a module",
    "arguments": "a list of texts",
    "environment": "an object of texts by name",
    "folder": "an absolute path",
    "limits": "an object of numbers by the names of resource limits (RLIMIT_…)",
    "umask": "a number from 0 to 511",
    "is_tied": "true or false",
    "dies_with_server": "true or false",
}
