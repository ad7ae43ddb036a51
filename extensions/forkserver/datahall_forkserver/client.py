"""Ask a fork server: for children, for gates, how it is. One connection for each question."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from datahall_forkserver.answer_lines import ANSWER_WITHIN, AnswerLine, check_answer
from datahall_forkserver.child_handles import Child, read_end
from datahall_forkserver.errors import NoServerError
from datahall_forkserver.gate_folders import ensure_gate_folder, find_gates
from datahall_forkserver.protocol import (
    GateOrder,
    Request,
    write_environment,
    write_gate_order,
    write_line,
    write_request,
)


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
            return Path(check_answer(line.read(ANSWER_WITHIN))["path"])

    def close_gate(self, name: str) -> None:
        """Take no further request at a gate; what was forked there runs on."""
        with self._ask(write_line({"do": "close-gate", "name": name})) as line:
            check_answer(line.read(ANSWER_WITHIN))

    def describe(self) -> Mapping[str, Any]:
        """Return what the server says of itself."""
        return self._ask_once("describe")

    def end_child(self, *, pid: int, started: int, reason: str) -> bool:
        """End a child for a reason of one word, which is told with its end; return whether it ran."""
        with self._ask(write_line({"do": "end", "pid": pid, "started": started, "reason": reason})) as line:
            return bool(check_answer(line.read(ANSWER_WITHIN)).get("ended"))

    def retire(self) -> None:
        """Have the server take no further request, and end once its last child has."""
        self._ask_once("retire")

    def _ask_once(self, what: str) -> Mapping[str, Any]:
        with self._ask(write_line({"do": what})) as line:
            return check_answer(line.read(ANSWER_WITHIN))

    def _ask(self, message: bytes, descriptors: Sequence[int] = ()) -> AnswerLine:
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
        return AnswerLine(client)

    def _receive_child(self, line: AnswerLine, *, pid: int = 0, started: int = 0) -> Child:
        try:
            answer = check_answer(line.read(ANSWER_WITHIN))
        except BaseException:
            line.close()
            raise
        if "pid" not in answer:
            line.close()
            return Child(pid=pid, started=started, pidfd=None, line=None, ended=read_end(answer))
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
