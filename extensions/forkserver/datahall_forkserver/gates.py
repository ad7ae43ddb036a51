"""Gates: sockets through which those inside a sandbox get children of their own, and nothing else.

Whatever is asked through a gate is forked into the gate's sandbox, as its person and within its bounds. Who asks
chooses the program, its environment, folder and streams, and nobody can ask for so much that others wait for it.
A gate is written down, so that the next server opens it again, and closes when its sandbox has ended.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from datahall_forkserver.birth import Birth
from datahall_forkserver.bounding import Bounding
from datahall_forkserver.children import Bounds, Children
from datahall_forkserver.connections import Connection, Connections
from datahall_forkserver.doors import Allowance, Door, open_listener
from datahall_forkserver.errors import RefusedError
from datahall_forkserver.gate_folders import ensure_gate_folder
from datahall_forkserver.handed_descriptors import is_socket
from datahall_forkserver.process_start import list_children
from datahall_forkserver.protocol import GATE_NAME, GateOrder, Request, read_gate_order, read_request, write_gate_order
from datahall_forkserver.watch import Watch

# A gate answers 30 forks at once and 6 a second from then on; a question costs a tenth.
MOST_ASKED, ASKED_EACH_SECOND, COST_OF_FORK = 300.0, 60.0, 10.0
SPARE_CONNECTIONS = 16  # beside one for each child, on which its end is told
LONGEST_ASKED = 1 << 17  # bytes of a request, which the server keeps while it waits for the rest
NOT_THEIRS = ("sandbox", "identity", "groups", "dies_with_server", "descriptors")


@dataclass(eq=False)
class Gate:
    """One that is open."""

    order: GateOrder
    door: Door
    first_process: int  # pidfd of the sandbox's first process
    namespace: int | None  # in which the sandbox's processes are


class Gates:
    """All gates of a server, below `folder`; sockets are called `name`, as the server's own."""

    def __init__(
        self, watch: Watch, connections: Connections, children: Children, *,
        folder: Path, name: str, description: Mapping[str, Any],
    ) -> None:  # fmt: skip
        self._watch = watch
        self._connections = connections
        self._children = children
        self._folder = folder
        self._name = name
        self._description = description
        self._bounding = Bounding()
        self._open: dict[str, Gate] = {}

    def __len__(self) -> int:
        return len(self._open)

    def open(self, order: GateOrder) -> Path:
        """Open a gate, or open it anew with other bounds; return where its socket is."""
        self._write_down(order)
        return self._open_again(order)

    def close(self, name: object) -> None:
        """Close a gate for good; fine where there is none. What was forked through it runs on."""
        if not isinstance(name, str) or not GATE_NAME.fullmatch(name):
            raise RefusedError("A gate is closed by its name.", code="bad-request")
        gate = self._open.pop(name, None)
        if gate:
            self._take_down(gate)
        with contextlib.suppress(OSError):
            self._journal(name).unlink(missing_ok=True)

    def abandon(self) -> None:
        """Let nobody in any more; what is written down stays for the next server."""
        for gate in self._open.values():
            self._take_down(gate)
        self._open.clear()

    def reopen(self, *, parent: int | None) -> None:
        """Open what an earlier server had open, and look after what was forked through it, children of `parent`."""
        orphans = list(list_children(parent)) if parent else []
        for left in self._folder.glob(f".*.{self._name}.*"):  # by a server that was killed while it wrote
            left.unlink(missing_ok=True)
        for path in sorted(self._folder.glob(f"*.{self._name}.json")):
            try:
                order = read_gate_order(json.loads(path.read_bytes()))
                self._open_again(order)
            except (RefusedError, OSError, ValueError):  # its sandbox has ended, or it was never whole
                path.unlink(missing_ok=True)
                # Its folder stays: a new sandbox may be about to show it.
                _empty_folder(self._folder / path.name.partition(".")[0], socket=self._name)
                continue
            gate = self._open[order.name]
            for pid in orphans:
                if _find_namespace(pid) == gate.namespace:
                    self._children.adopt(pid, gate=gate, bounds=self._bounding.find(pid))

    def look_around(self) -> None:
        """Leave gates that another server has taken over."""
        for name, gate in list(self._open.items()):
            if not gate.door.is_ours:
                del self._open[name]
                self._take_down(gate)

    # ── Opening and closing ───────────────────────────────────────────────────────────────────────────────────────

    def _open_again(self, order: GateOrder) -> Path:
        try:
            first = order.sandbox.open_first_process()
        except ProcessLookupError as error:
            raise RefusedError(str(error), code="sandbox") from error
        path = ensure_gate_folder(self._folder, order.name) / self._name
        try:
            listener = open_listener(path, identity=order.identity)
        except OSError as error:
            os.close(first)
            raise RefusedError(f"No gate can be opened at {path}: {error.strerror or error}", code="gate") from error
        if before := self._open.pop(order.name, None):
            self._take_down(before)
        door = Door(
            listener, path, is_welcome=lambda pid, user: _is_inside(gate, pid, user),
            answer=lambda connection, message: self._answer(gate, connection, message),
            most=order.children + SPARE_CONNECTIONS,
            longest=LONGEST_ASKED, allowance=Allowance(MOST_ASKED, each_second=ASKED_EACH_SECOND),
        )  # fmt: skip
        gate = Gate(order, door, first, _find_namespace(order.sandbox.pid))
        self._open[order.name] = gate
        self._connections.open_door(door)
        self._watch.add(first, lambda: self._end(gate))
        return path

    def _take_down(self, gate: Gate) -> None:
        self._watch.remove(gate.first_process)
        os.close(gate.first_process)
        self._connections.close_door(gate.door)

    def _end(self, gate: Gate) -> None:
        """Close a gate whose sandbox has ended, and leave nothing of it."""
        self._connections.turn_out(gate.door)
        self._children.forget_gate(gate)
        self.close(gate.order.name)
        _remove_folder(gate.door.path.parent, socket=self._name)
        gc.collect()  # what a gate was refers to itself, and nothing collects here otherwise

    def _journal(self, name: str) -> Path:
        return self._folder / f"{name}.{self._name}.json"

    def _write_down(self, order: GateOrder) -> None:
        ensure_gate_folder(self._folder, order.name)
        new = self._folder / f".{order.name}.{self._name}.{os.getpid()}"
        try:
            new.write_bytes(write_gate_order(order))
            new.replace(self._journal(order.name))
        except OSError as error:
            raise RefusedError(f"No gate can be written down: {error}", code="gate") from error

    # ── What is asked ─────────────────────────────────────────────────────────────────────────────────────────────

    def _answer(self, gate: Gate, connection: Connection, message: Mapping[str, Any]) -> Birth | None:
        match message.get("do"):
            case "fork":
                return self._fork(gate, connection, message)
            case "watch":
                self._children.find(connection, pid=message.get("pid"), started=message.get("started"), gate=gate)
            case "describe":
                self._connections.send(connection, {**self._description, "children": self._children.count_of(gate)})
                self._connections.drop(connection)
            case _:
                raise RefusedError("`do` is one of fork, watch, describe.", code="bad-request")
        return None

    def _fork(self, gate: Gate, connection: Connection, message: Mapping[str, Any]) -> Birth | None:
        assert gate.door.allowance
        gate.door.allowance.spend(COST_OF_FORK)
        if theirs := [name for name in NOT_THEIRS if name in message]:
            raise RefusedError(f"{', '.join(theirs)} can't be chosen here.", code="bad-request")
        request = read_request(message)
        if any(map(is_socket, connection.descriptors)):  # which the child may end before the server has closed it
            raise RefusedError("A socket is no stream of a child here.", code="bad-request")
        if self._children.count_of(gate) >= gate.order.children:
            raise RefusedError(f"No more than {gate.order.children} run at a time; end one first.", code="too-many")
        bounds = self._bounding.make(gate.order)
        birth = None
        try:
            birth = self._children.fork(
                connection, _confine(request, order=gate.order, bounds=bounds), gate=gate, bounds=bounds
            )
        except RefusedError:
            if bounds:
                bounds.remove()
            raise
        return birth


def _remove_folder(folder: Path, *, socket: str) -> None:
    _empty_folder(folder, socket=socket)
    with contextlib.suppress(OSError):  # what another server has in it stays
        folder.rmdir()


def _empty_folder(folder: Path, *, socket: str) -> None:
    with contextlib.suppress(OSError):
        for left in folder.glob(f"{socket}*"):  # by a server that was killed while it opened a gate, even
            left.unlink(missing_ok=True)


def _confine(request: Request, *, order: GateOrder, bounds: Bounds | None) -> Request:
    """Return what is forked for somebody who asked for `request`: theirs, but where and within what."""
    return replace(
        request,
        sandbox=order.sandbox,
        identity=order.identity,
        limits=dict(_lower_limits(request.limits, order.limits)),
        nice=max(request.nice or 0, order.nice or 0),
        groups=tuple(map(str, bounds.folders)) if bounds else order.groups,
    )


def _lower_limits(asked: Mapping[str, int], bounds: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    for name in sorted(asked.keys() | bounds.keys()):
        hard = resource.getrlimit(getattr(resource, name))[1]
        known = [bounds[name]] if name in bounds else [] if hard == resource.RLIM_INFINITY else [hard]
        yield name, min([*known, *([asked[name]] if name in asked else [])])


def _is_inside(gate: Gate, pid: int, user: int) -> bool:
    """Whether a process is in a gate's sandbox and its person's: another one may have been shown the same socket."""
    wanted = gate.order.identity.user if gate.order.identity else os.geteuid()
    return user == wanted and gate.namespace is not None and _find_namespace(pid) == gate.namespace


def _find_namespace(pid: int) -> int | None:
    try:
        return Path(f"/proc/{pid}/ns/pid").stat().st_ino
    except OSError:
        return None
