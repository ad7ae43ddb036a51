"""Ask a fork server for children, and hold on to them.

A `Child` is known by its pidfd, which names one process for ever: a signal never reaches another that was given
the same number. How it ended comes from the server; where that has died, only *that* it ended is known.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from datahall_forkserver.errors import ForkserverError, NoServerError, RefusedError
from datahall_forkserver.gate_folders import ensure_gate_folder, find_gates
from datahall_forkserver.process_start import find_start
from datahall_forkserver.protocol import (
    LONGEST_LINE,
    GateOrder,
    Request,
    read_line,
    write_environment,
    write_gate_order,
    write_line,
    write_request,
)

ANSWER_WITHIN = 30.0  # seconds; a fork takes some milliseconds, but a machine may stall
SIGNAL_GROUP = 1 << 2  # PIDFD_SIGNAL_PROCESS_GROUP, Linux 6.9
UNKNOWN_CODE = 255


@dataclass(frozen=True)
class Ended:
    """How a child ended: with a code or by a signal; neither is known where its server died before it.

    The reason is "memory" where the system ended it because its control group had no more of that, or that of whoever
    had the server end it.
    """

    code: int | None = None
    signal: int | None = None
    reason: str | None = None

    @property
    def returncode(self) -> int:
        """As `subprocess` gives it: the code, or the negative number of the signal; 255 where it is not known."""
        if self.signal is not None:
            return -self.signal
        return UNKNOWN_CODE if self.code is None else self.code


class Child:
    """One child of a fork server."""

    def __init__(
        self, *, pid: int, started: int, pidfd: int | None, line: _Line | None, ended: Ended | None = None
    ) -> None:
        self.pid = pid
        self.started = started
        self._pidfd = pidfd
        self._line = line
        self._ended = ended
        if ended:
            self._release()

    def poll(self) -> Ended | None:
        """Return how the child ended, or None while it runs."""
        return self._ended or self._look(0)

    def wait(self, timeout: float | None = None) -> Ended:
        """Wait until the child has ended; raise `TimeoutError` where that takes longer than `timeout` seconds."""
        ended = self._ended or self._look(timeout)
        if ended is None:
            raise TimeoutError(f"process {self.pid} still runs after {timeout} s")
        return ended

    def send_signal(self, number: int, *, group: bool = False) -> None:
        """Send a signal to the child, or to it and what it started; nothing happens once it has ended."""
        if self.poll() is not None or self._pidfd is None:
            return
        with contextlib.suppress(ProcessLookupError):
            if group:
                self._signal_group(number)
            else:
                signal.pidfd_send_signal(self._pidfd, number)

    def _signal_group(self, number: int) -> None:
        assert self._pidfd is not None
        try:
            signal.pidfd_send_signal(self._pidfd, number, None, SIGNAL_GROUP)
        except OSError as error:
            if isinstance(error, ProcessLookupError):
                raise
            # An older Linux: the number is the child's for as long as its pidfd has not become readable.
            if not _is_readable(self._pidfd):
                os.killpg(self.pid, number)

    def close(self) -> None:
        """Let go of the child; it runs on."""
        self._release()

    def _look(self, timeout: float | None) -> Ended | None:
        if self._line is not None:
            message = self._line.read(timeout)
            if message == {}:
                return None
            self._line.close()
            self._line = None
            if message is not None:
                return self._end(_read_end(message))
        # The server is gone, and with it the one that could know more.
        if self._pidfd is None or _is_readable(self._pidfd, timeout):
            return self._end(Ended())
        return None

    def _end(self, ended: Ended) -> Ended:
        self._ended = ended
        self._release()
        return ended

    def _release(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None
        if self._pidfd is not None:
            os.close(self._pidfd)
            self._pidfd = None

    def __del__(self) -> None:
        self._release()


class ForkServer:
    """A fork server at its socket. Holds nothing open between two questions."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)

    def fork(
        self,
        request: Request,
        *,
        streams: Sequence[int],
        further: Mapping[str, int] | None = None,
        life: int | None = None,
    ) -> Child:
        """Fork a child and return it once it is about to run its module.

        Parameters
        ----------
        request
            What the child is to be.
        streams
            Descriptors of its standard input, output and error; they stay the caller's.
        further
            Descriptors by the names that the request has for them in `descriptors`, in the same order.
        life
            A pidfd where the request says `is_tied`.

        Raises
        ------
        RefusedError
            The server refused, or the child could not begin (a folder that is not there, a sandbox that has ended).
        NoServerError
            No server answers.
        """
        named = [(further or {})[name] for name in request.descriptors]
        with _open_environment(request.environment) as environment:
            descriptors = (environment.fileno(), *streams, *named, *(() if life is None else (life,)))
            line = self._ask(write_request(request), descriptors)
        return self._receive_child(line)

    def find_child(self, *, pid: int, started: int) -> Child:
        """Return a child that was asked for earlier, be it running or ended."""
        return self._receive_child(
            self._ask(write_line({"do": "watch", "pid": pid, "started": started})), pid=pid, started=started
        )

    def prepare_gate(self, name: str) -> Path:
        """Return the folder of a gate, to be shown in a sandbox that is about to be made; read-only will do."""
        return ensure_gate_folder(find_gates(self.path), name)

    def open_gate(self, order: GateOrder) -> Path:
        """Let those inside a sandbox fork children into it; return where its socket is, seen from outside.

        It closes when the sandbox ends, and is opened again by the next server.

        Raises
        ------
        RefusedError
            The sandbox has ended, or the folder can't be used.
        """
        with self._ask(write_gate_order(order)) as line:
            return Path(_check(line.read(ANSWER_WITHIN))["path"])

    def close_gate(self, name: str) -> None:
        """Take no further request at a gate; what was forked there runs on."""
        with self._ask(write_line({"do": "close-gate", "name": name})) as line:
            _check(line.read(ANSWER_WITHIN))

    def describe(self) -> Mapping[str, Any]:
        """Return what the server says of itself."""
        return self._ask_once("describe")

    def end_child(self, *, pid: int, started: int, reason: str) -> bool:
        """End a child for a reason of one word, which is told with its end; return whether it ran."""
        with self._ask(write_line({"do": "end", "pid": pid, "started": started, "reason": reason})) as line:
            return bool(_check(line.read(ANSWER_WITHIN)).get("ended"))

    def retire(self) -> None:
        """Have the server take no further request, and end once its last child has."""
        self._ask_once("retire")

    def _ask_once(self, what: str) -> Mapping[str, Any]:
        with self._ask(write_line({"do": what})) as line:
            return _check(line.read(ANSWER_WITHIN))

    def _ask(self, message: bytes, descriptors: Sequence[int] = ()) -> _Line:
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            client.settimeout(ANSWER_WITHIN)
            client.connect(str(self.path))
            # Who is answered before everything is sent, which is then a refusal, finds nobody to send the rest to.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                sent = socket.send_fds(client, [message], descriptors) if descriptors else 0
                client.sendall(message[sent:])
        except OSError as error:
            client.close()
            raise NoServerError(f"No fork server answers at {self.path}: {error}") from error
        return _Line(client)

    def _receive_child(self, line: _Line, *, pid: int = 0, started: int = 0) -> Child:
        try:
            answer = _check(line.read(ANSWER_WITHIN))
        except BaseException:
            line.close()
            raise
        if "pid" not in answer:
            line.close()
            return Child(pid=pid, started=started, pidfd=None, line=None, ended=_read_end(answer))
        return Child(pid=answer["pid"], started=answer["started"], pidfd=line.take_descriptor(), line=line)


def _open_environment(environment: Mapping[str, str]) -> BinaryIO:
    """Return an environment as a file in memory, which is gone once nobody has it open."""
    file = os.fdopen(os.memfd_create("environment", os.MFD_CLOEXEC), "w+b")
    try:
        file.write(write_environment(environment))
        file.flush()
    except BaseException:
        file.close()
        raise
    return file


def reopen_child(*, pid: int, started: int) -> Child | None:
    """Return a child whose server has died, known by its id and moment of start; None where it has ended."""
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return None
    if find_start(pid) != started or _is_readable(pidfd):  # looked at after the pidfd holds it
        os.close(pidfd)
        return None
    return Child(pid=pid, started=started, pidfd=pidfd, line=None)


class _Line:
    """The client's end of one connection: lines, and descriptors beside them."""

    def __init__(self, client: socket.socket) -> None:
        self._socket = client
        self._received = bytearray()
        self._descriptors: list[int] = []

    def read(self, timeout: float | None) -> dict[str, Any] | None:
        """Return the next message, {} where none comes within `timeout` seconds, None where the other end is gone."""
        while b"\n" not in self._received:
            if not _is_readable(self._socket.fileno(), timeout):
                return {}
            try:
                data, descriptors, _, _ = socket.recv_fds(self._socket, 65536, 4, socket.MSG_CMSG_CLOEXEC)
            except OSError:
                return None
            self._descriptors += descriptors
            self._received += data
            if not data or len(self._received) > LONGEST_LINE:
                return None
        line, _, rest = bytes(self._received).partition(b"\n")
        self._received = bytearray(rest)
        return read_line(line)

    def take_descriptor(self) -> int | None:
        """Return the descriptor that came with the last message."""
        return self._descriptors.pop(0) if self._descriptors else None

    def close(self) -> None:
        self._socket.close()
        for descriptor in self._descriptors:
            os.close(descriptor)
        self._descriptors = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _read_end(message: Mapping[str, Any]) -> Ended:
    return Ended(code=message.get("code"), signal=message.get("signal"), reason=message.get("reason"))


def _check(answer: dict[str, Any] | None) -> dict[str, Any]:
    if answer is None:
        raise NoServerError("The fork server ended before it had answered.")
    if not answer:
        raise ForkserverError(f"The fork server did not answer within {ANSWER_WITHIN:.0f} s.", code="no-answer")
    if error := answer.get("error"):
        raise RefusedError(str(error.get("message")), code=str(error.get("code")))
    return answer


def _is_readable(descriptor: int, timeout: float | None = 0) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(None if timeout is None else timeout * 1000))
