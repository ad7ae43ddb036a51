"""Runs in a kernel whose page is one for everybody, before the app does; sent there as text.

The models of widgets get numbers instead of random names, so that two runs of the same cells make the same page and
each fits the other's kernel. The library opens the versions of datasets that the app was checked with. And what the app
has computed with and lets go is the machine's again.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import itertools
import json
import os
import time
import uuid
from types import SimpleNamespace
from typing import Any

PINNED = "DATAHALL_PINNED"  # which `datahall` reads
RESTS_AFTER = 0.25  # seconds without a message
LONGEST = 0.1  # seconds of computing; where tidying up takes longer, a visitor could have to wait for it


def fit(versions: dict[str, str]) -> None:
    """Have widgets counted from 1, and `versions` opened where the app asks for none; called once."""
    import comm.base_comm

    numbers = itertools.count(1)
    counted = SimpleNamespace(uuid4=lambda: uuid.UUID(int=next(numbers)))
    setattr(comm.base_comm, "uuid", counted)  # noqa: B010 where a comm draws its id; no public name of that module
    os.environ[PINNED] = json.dumps(versions)
    _rest_between_moves()


def _rest_between_moves() -> None:
    """Have the kernel tidy up when its visitor does nothing for a moment, and no cell runs.

    A figure that nobody needs any more is a knot of references, which Python may not look for until twenty lie there.
    """
    from IPython.core.getipython import get_ipython

    kernel: Any = getattr(get_ipython(), "kernel", None)
    if kernel is None:
        return
    begin, finish = kernel.pre_handler_hook, kernel.post_handler_hook
    planned: list[Any] = []
    spent: list[float] = []

    def cancel() -> None:
        while planned:
            kernel.io_loop.remove_timeout(planned.pop())

    def cancel_and_begin() -> None:
        cancel()
        begin()

    def finish_and_plan() -> None:
        finish()
        cancel()
        if max(spent, default=0) < LONGEST:
            planned.append(kernel.io_loop.call_later(RESTS_AFTER, rest))

    def rest() -> None:
        planned.clear()
        spent.append(tidy_up())
        del spent[:-1]

    kernel.pre_handler_hook, kernel.post_handler_hook = cancel_and_begin, finish_and_plan


def tidy_up() -> float:
    """Give back what nobody needs any more, unless the app has switched that off; return its seconds of computing."""
    began = time.thread_time()
    if gc.isenabled():
        gc.collect()
    with contextlib.suppress(AttributeError, OSError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)
    return time.thread_time() - began
