"""What client and server say to each other: one line of JSON each way, descriptors beside it.

A connection carries one request. The client sends a line (at most `LONGEST_LINE` bytes) and, with its first
byte, the descriptors of a fork: the child's environment, standard input, output, error, those that the request names
and, where the child is tied to a life, a pidfd. The environment is a file of its own because the server must not read
it: what it has read, later children find in their memory. It holds `NAME=value` and a zero byte, again and again.
The server answers with one line; a connection that forked or watches a child stays open, and a second line
tells how the child ended. An error is ``{"error": {"code", "message"}}``.

The owner's socket takes:

    {"do": "describe"}                → {"pid", "profile", "surroundings", "children", "forked"}
    {"do": "fork", **Request}         → {"pid", "started"} and the child's pidfd;  later {"code"} or {"signal"},
                                        with {"reason": "memory"} where the system ended it for want of that,
                                        or the reason of whoever had it ended
    {"do": "watch", "pid", "started"} → the same as fork, or at once how it ended
    {"do": "end", "pid", "started", "reason"} → {"ended": whether it ran}: killed, and its end is told with the reason
    {"do": "open-gate", **GateOrder}  → {"path"}: where those inside a sandbox may ask from now on
    {"do": "close-gate", "name"}      → {"closed": true}
    {"do": "retire"}                  → {"retiring": true}: no new children, an end once the last one has ended

A gate takes `describe`, `fork` and `watch`. There a child is called by its id in the sandbox; a fork has no `sandbox`,
`identity`, `groups`, `descriptors` and `dies_with_server`, and its limits are those of the gate or lower.
"""

from __future__ import annotations

import json
import os
import re
import resource
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from datahall_forkserver.errors import RefusedError
from datahall_forkserver.identities import Identity
from datahall_forkserver.sandboxes import Sandbox

LONGEST_LINE = 1 << 20  # bytes; arguments may be many, but not without bound
LONGEST_ENVIRONMENT = 1 << 21  # bytes, as much as Linux would let a program have
STREAMS = 3
MOST_NAMED = 16  # descriptors beside the streams
MOST_DESCRIPTORS = 1 + STREAMS + MOST_NAMED + 1
MOST_GROUPS = 16  # a control group of the first kind has a folder for each controller
# Where a child learns the numbers of its named descriptors, as "listener=3,other=4".
DESCRIPTORS_VARIABLE = "DATAHALL_DESCRIPTORS"
ENVIRONMENT = "environment"  # the one field of a request that is not in its line
GATE_NAME = re.compile("[a-z0-9][a-z0-9-]{0,31}")
LARGEST_PID = 1 << 22
LARGEST_ID = (1 << 32) - 1  # which means "nobody in particular"
LIMITS = tuple(name for name in dir(resource) if name.startswith("RLIMIT_"))


@dataclass(frozen=True)
class Request:
    """A child that is asked for.

    Parameters
    ----------
    module
        The module that runs as `__main__`, as with ``python -m``.
    file
        The program that runs as `__main__`, absolute; either this or `module` is given.
    arguments
        What follows it on the command line.
    environment
        The whole environment of the child; it does not go through the server's memory.
    folder
        Its working folder, absolute.
    limits
        Resource limits by name (`RLIMIT_AS`, …), soft and hard alike.
    umask
        Its file creation mask.
    nice
        How much it steps back for others (0 to 19; less than the server's takes root); None leaves it as it is.
    descriptors
        Names of descriptors beside the streams: the child has them from 3 on, and their numbers in the
        environment variable `DATAHALL_DESCRIPTORS`.
    is_tied
        Whether the last descriptor is a pidfd; the child ends when that process has ended.
    dies_with_server
        Whether the child is killed when the fork server dies.
    sandbox
        The sandbox that the child enters; `folder` and `file` are then as seen inside.
    identity
        Whom the child runs as, where root runs the server; with a sandbox the one it was made for.
    groups
        Folders of control groups that the child joins before anything else.
    """

    module: str = ""
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: str = "/"
    limits: Mapping[str, int] = field(default_factory=dict)
    umask: int = 0o022
    is_tied: bool = False
    dies_with_server: bool = False
    file: str = ""
    nice: int | None = None
    descriptors: tuple[str, ...] = ()
    sandbox: Sandbox | None = None
    identity: Identity | None = None
    groups: tuple[str, ...] = ()

    @property
    def descriptor_count(self) -> int:
        """How many descriptors come with it."""
        return 1 + STREAMS + len(self.descriptors) + self.is_tied


@dataclass(frozen=True)
class GateOrder:
    """A gate that is asked for, and the bounds of whatever is forked through it.

    Parameters
    ----------
    name
        What it is called: small letters, digits and hyphens.
    sandbox, identity
        Where its children go, and as whom; nobody outside that sandbox may ask.
    limits, nice
        What holds for each child at least, as in `Request`.
    groups
        Folders of the person's control groups; each child has one of its own below them where `memory` or another
        bound of a child is given, else it joins them.
    memory
        Bytes for each child.
    children
        How many may run at a time.
    """

    name: str
    sandbox: Sandbox
    identity: Identity | None = None
    limits: Mapping[str, int] = field(default_factory=dict)
    nice: int | None = None
    groups: tuple[str, ...] = ()
    memory: int | None = None
    children: int = 40


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
    """Return the line that asks for a child; what is not said is left out."""
    return write_line({"do": "fork", **_write_fields(request)})


def write_gate_order(order: GateOrder) -> bytes:
    """Return the line that asks for a gate."""
    return write_line({"do": "open-gate", **_write_fields(order)})


def _write_fields(asked: Request | GateOrder) -> dict[str, Any]:
    values = {each.name: getattr(asked, each.name) for each in fields(asked) if each.name != ENVIRONMENT}
    said = {
        each.name: values[each.name] for each in fields(asked) if values.get(each.name, each.default) != each.default
    }
    for name, parts in (("sandbox", ("pid", "started")), ("identity", ("user", "group"))):
        if name in said:
            said[name] = {part: getattr(said[name], part) for part in parts}
    return said


def read_request(message: Mapping[str, Any]) -> Request:
    """Return the child that a message asks for; every field is checked, and unknown ones are refused."""
    values = _read_fields(message, Request, "fork")
    if ("module" in values) == ("file" in values):
        raise RefusedError("A fork names either the module or the file to run.", code="bad-request")
    return Request(**values)


def read_gate_order(message: Mapping[str, Any]) -> GateOrder:
    """Return the gate that a message asks for."""
    values = _read_fields(message, GateOrder, "gate")
    if "name" not in values or "sandbox" not in values:
        raise RefusedError("A gate has a name and a sandbox.", code="bad-request")
    return GateOrder(**values)


def _read_fields(message: Mapping[str, Any], kind: type[Request | GateOrder], what: str) -> dict[str, Any]:
    values = {name: value for name, value in message.items() if name != "do"}
    unknown = sorted(values.keys() - {each.name for each in fields(kind)} | values.keys() & {ENVIRONMENT})
    if unknown:
        raise RefusedError(f"A {what} has no {', '.join(unknown)[:200]}.", code="bad-request")
    for name, value in values.items():
        if not _CHECKS[name](value):
            raise RefusedError(f"{name} of a {what} is not {_EXPECTED[name]}.", code="bad-request")
    return {name: _READ.get(name, lambda value: value)(value) for name, value in values.items()}


def write_environment(environment: Mapping[str, str]) -> bytes:
    """Return an environment as the file that is handed over holds it."""
    for name, value in environment.items():
        if not name or "=" in name or "\0" in name + value:
            raise RefusedError(f"{name[:200]!r} is no variable that an environment can hold.", code="bad-request")
    written = b"".join(os.fsencode(f"{name}={value}") + b"\0" for name, value in environment.items())
    if len(written) > LONGEST_ENVIRONMENT:
        raise RefusedError(f"An environment has at most {LONGEST_ENVIRONMENT} bytes.", code="too-long")
    return written


def read_environment(written: bytes) -> dict[str, str]:
    """Return the environment that a file holds."""
    pairs = (os.fsdecode(pair).partition("=") for pair in written.split(b"\0") if b"=" in pair)
    return {name: value for name, _, value in pairs if name}


def _is_text(value: object) -> bool:
    return isinstance(value, str) and "\0" not in value


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_path(value: object) -> bool:
    return _is_text(value) and Path(str(value)).is_absolute()


def _is_numbers(value: object, *names: str) -> bool:
    return isinstance(value, dict) and value.keys() == {*names} and all(_number(each) > 0 for each in value.values())


def _number(value: object) -> int:
    return value if isinstance(value, int) and _is_number(value) else 0


def _is_names(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == len({str(each) for each in value}) <= MOST_NAMED
        and all(isinstance(each, str) and each.isascii() and each.isidentifier() for each in value)
    )


_CHECKS: dict[str, Callable[[Any], bool]] = {
    "name": lambda value: isinstance(value, str) and bool(GATE_NAME.fullmatch(value)),
    "memory": lambda value: _number(value) > 0,
    "children": lambda value: 0 < _number(value) <= 1000,
    "module": lambda value: _is_text(value) and all(part.isidentifier() for part in value.split(".")),
    "arguments": _is_texts,
    "folder": _is_path,
    "limits": lambda value: (
        isinstance(value, dict) and all(name in LIMITS and _is_number(number) for name, number in value.items())
    ),
    "umask": lambda value: _is_number(value) and value <= 0o777,
    "is_tied": lambda value: isinstance(value, bool),
    "dies_with_server": lambda value: isinstance(value, bool),
    "file": _is_path,
    "nice": lambda value: isinstance(value, int) and not isinstance(value, bool) and -20 <= value <= 19,
    "descriptors": _is_names,
    "sandbox": lambda value: _is_numbers(value, "pid", "started") and value["pid"] <= LARGEST_PID,
    "identity": lambda value: _is_numbers(value, "user", "group") and max(value.values()) < LARGEST_ID,
    "groups": lambda value: isinstance(value, list) and len(value) <= MOST_GROUPS and all(map(_is_path, value)),
}
_EXPECTED = {
    "name": "small letters, digits and hyphens, 32 at most",
    "memory": "a number of bytes",
    "children": "a number from 1 to 1000",
    "module": "the dotted name of a module",
    "arguments": "a list of texts",
    "folder": "an absolute path",
    "limits": "an object of numbers by the names of resource limits (RLIMIT_…)",
    "umask": "a number from 0 to 511",
    "is_tied": "true or false",
    "dies_with_server": "true or false",
    "file": "an absolute path",
    "nice": "a number from -20 to 19",
    "descriptors": f"a list of at most {MOST_NAMED} different names",
    "sandbox": "an object of the numbers pid and started",
    "identity": "an object of the numbers user and group of an ordinary user",
    "groups": f"a list of at most {MOST_GROUPS} absolute paths",
}
_READ: dict[str, Callable[[Any], Any]] = {
    "arguments": tuple,
    "descriptors": tuple,
    "groups": tuple,
    "sandbox": lambda value: Sandbox(**value),
    "identity": lambda value: Identity(**value),
}
