"""How a fork server and its children get memory: from few pools, and what is given back goes back to the machine.

A pool for each processor and thread is right for one large process. Here many small ones stand side by side, and what
each keeps for later is kept many times.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Iterator

M_ARENA_MAX = -8  # of glibc's <malloc.h>
ARENAS = 2
# polars has an allocator of its own, jemalloc, which reads this when it is loaded. Left to itself it never gives back
# pages that it has marked as unused, and it has four pools for each processor.
POLARS_SETTINGS = "_RJEM_MALLOC_CONF"
POLARS_HABITS = "dirty_decay_ms:100,muzzy_decay_ms:0,narenas:1"


@contextlib.contextmanager
def few_pools() -> Iterator[None]:
    """Have what is imported within the block keep few pools; whoever runs the server may have said otherwise."""
    with contextlib.suppress(AttributeError, OSError):  # another C library than glibc
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)
    if POLARS_SETTINGS in os.environ:
        yield
        return
    os.environ[POLARS_SETTINGS] = POLARS_HABITS
    try:
        yield
    finally:
        del os.environ[POLARS_SETTINGS]
