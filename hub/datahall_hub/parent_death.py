"""Tie a process to its parent, and a supervisor to its orphans (Linux ``prctl``)."""

from __future__ import annotations

import ctypes
import os
import signal

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
# Looked up once, before any fork: a child between fork and exec should do as little as possible.
_libc = ctypes.CDLL(None, use_errno=True)


def end_with_parent(signal_number: int = signal.SIGTERM) -> None:
    """Have the kernel send this process a signal when its parent ends, however that ends."""
    parent = os.getppid()
    _prctl(PR_SET_PDEATHSIG, signal_number)
    if os.getppid() != parent:  # it ended before the kernel knew of the wish
        os.kill(os.getpid(), signal_number)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends, so that none is lost."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, value, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
