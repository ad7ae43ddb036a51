"""The client's end of a connection to a fork server: the lines that come, and what is wrong where none does."""

from __future__ import annotations

import os
import select
import socket
from types import TracebackType
from typing import Any, Self

from datahall_forkserver.errors import ForkserverError, NoServerError, RefusedError
from datahall_forkserver.protocol import LONGEST_LINE, read_line

ANSWER_WITHIN = 30.0  # seconds; a fork takes some milliseconds, but a machine may stall


class AnswerLine:
    """The client's end of one connection: lines, and descriptors beside them."""

    def __init__(self, client: socket.socket) -> None:
        self._socket = client
        self._received = bytearray()
        self._descriptors: list[int] = []

    def read(self, timeout: float | None) -> dict[str, Any] | None:
        """Return the next message, {} where none comes within `timeout` seconds, None where the other end is gone."""
        while b"\n" not in self._received:
            descriptor = self._socket.fileno()
            if descriptor < 0:  # another thread has closed it
                return None
            if not is_readable(descriptor, timeout):
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
        """Hear no more; fine where that is so."""
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


def check_answer(answer: dict[str, Any] | None) -> dict[str, Any]:
    """Return an answer that is one; raise where it is none, or a refusal."""
    if answer is None:
        raise NoServerError("The fork server ended before it had answered.")
    if not answer:
        raise ForkserverError(f"The fork server did not answer within {ANSWER_WITHIN:.0f} s.", code="no-answer")
    if error := answer.get("error"):
        raise RefusedError(str(error.get("message")), code=str(error.get("code")))
    return answer


def is_readable(descriptor: int, timeout: float | None = 0) -> bool:
    """Whether there is something to read, or the process of a pidfd has ended, within `timeout` seconds."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(None if timeout is None else timeout * 1000))
