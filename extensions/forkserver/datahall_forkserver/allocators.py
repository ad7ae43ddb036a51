"""How a fork server and its children get memory: from few pools, and what is given back goes back to the machine.

A pool for each processor and thread is right for one large process. Here many small ones stand side by side, and what
each keeps for later is kept many times.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Iterator

ROUND_SIZES = tuple(1 << power for power in range(16, 10, -1))  # bytes
SMALL_SIZES = range(1032, 8, -16)  # bytes: all that glibc keeps lists of for each thread
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


def fill_holes() -> None:
    """Take what is free between what is in use, for good.

    Children would put what they need there, a little into each of a thousand pages that they share; now it lies
    together, behind everything.
    """
    libc = ctypes.CDLL(None)
    try:
        libc.mallinfo2.restype = _MallocInfo
    except AttributeError:  # another C library, or glibc before 2.33
        return
    libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    libc.free.argtypes = [ctypes.c_void_p]
    libc.sbrk.restype, libc.sbrk.argtypes = ctypes.c_void_p, [ctypes.c_ssize_t]
    info, end = libc.mallinfo2(), libc.sbrk(0) or 0
    # Of another allocator, or where the system has no more to give in a row, nothing lies in between.
    between = range(end - info.arena, end - info.keepcost)
    for size in (*ROUND_SIZES, *SMALL_SIZES):
        while (place := libc.malloc(size)) and place in between:
            pass
        libc.free(place)


class _MallocInfo(ctypes.Structure):
    """`struct mallinfo2` of glibc's <malloc.h>: `arena` are the heap's bytes, `keepcost` the free ones at its end."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    ]
