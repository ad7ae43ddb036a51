"""What one holds of a child that a fork server has forked.

A `Child` is known by its pidfd, which names one process for ever: a signal never reaches another that was given
the same number. How it ended comes from the server; where that has died, only *that* it ended is known.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datahall_forkserver.answer_lines import AnswerLine, is_readable
from datahall_forkserver.process_start import find_start

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
        self, *, pid: int, started: int, pidfd: int | None, line: AnswerLine | None, ended: Ended | None = None
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
            if not is_readable(self._pidfd):
                os.killpg(self.pid, number)

    def close(self) -> None:
        """Let go of the child; it runs on."""
        self._release()

    def _look(self, timeout: float | None) -> Ended | None:
        line = self._line
        if line is not None:
            message = line.read(timeout)
            if self._ended is not None:  # another thread was quicker
                return self._ended
            if message == {}:
                return None
            line.close()
            self._line = None
            if message is not None:
                return self._end(read_end(message))
        # The server is gone, and with it the one that could know more.
        if self._pidfd is None or is_readable(self._pidfd, timeout):
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


def reopen_child(*, pid: int, started: int) -> Child | None:
    """Return a child whose server has died, known by its id and moment of start; None where it has ended."""
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return None
    if find_start(pid) != started or is_readable(pidfd):  # looked at after the pidfd holds it
        os.close(pidfd)
        return None
    return Child(pid=pid, started=started, pidfd=pidfd, line=None)


def read_end(message: Mapping[str, Any]) -> Ended:
    """Return how a child ended, as the server has told it."""
    return Ended(code=message.get("code"), signal=message.get("signal"), reason=message.get("reason"))
