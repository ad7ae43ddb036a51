"""The client's end of a connection to the fork server, where several threads have to do with it."""

from __future__ import annotations

import socket

from datahall_forkserver.answer_lines import AnswerLine


def test_a_line_that_another_thread_has_closed_says_that_nobody_is_there() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        line = AnswerLine(ours)
        assert line.read(0) == {}
        line.close()
        assert line.read(0) is None
