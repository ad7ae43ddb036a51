"""Pages that take a while to make are made in threads, no more of them at once than there are cores.

More would take the interpreter from each other, so that each page is ready late and some twice as late as others.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

import anyio

FEWEST = 2  # so that one that waits for a disk does not keep all others waiting

_P = ParamSpec("_P")
_T = TypeVar("_T")


class PageThreads:
    """The threads of one service; who waits for one holds none, and comes in the order of asking."""

    def __init__(self, count: int | None = None) -> None:
        self._free = anyio.CapacityLimiter(count or max(FEWEST, len(os.sched_getaffinity(0))))

    async def make(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Return what `function` returns, or raise what it raises."""
        return await anyio.to_thread.run_sync(partial(function, *args, **kwargs), limiter=self._free)
