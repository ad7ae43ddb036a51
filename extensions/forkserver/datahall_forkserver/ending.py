"""The end of a child: as an interpreter ends, but for what was preloaded.

Taking down some thousand modules that every child shares costs half a second, and writes into all the memory that
was not copied until then. So only what is the child's own is taken down; then the process ends.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Collection
from typing import NoReturn

from datahall_forkserver.spills import remove_spills

LAST_WORDS_WITHIN = 2  # seconds


def end_with(error: BaseException | None, *, preloaded: Collection[str]) -> NoReturn:
    """End this process as an interpreter would whose program has ended with `error`, or by falling off its end."""
    status = _tell(error)
    # Both are what the interpreter itself calls, in this order; `multiprocessing` does so in its forks too.
    with contextlib.suppress(Exception):
        _await_last_words()
    with contextlib.suppress(Exception):
        threading._shutdown()  # type: ignore[attr-defined]
    with contextlib.suppress(Exception):
        atexit._run_exitfuncs()
    _take_down(preloaded)
    if "polars" in preloaded:
        remove_spills(os.getpid())
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    if isinstance(error, KeyboardInterrupt):  # so that a shell around it knows
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    os._exit(status)


def _await_last_words() -> None:
    """Wait for the thread of an IPython kernel that was told to shut down: it says so, and ends by itself.

    What it says goes through a thread that ipykernel stops at exit. Stopped too early, the one waits ten seconds for
    the other's answer.
    """
    name = getattr(sys.modules.get("ipykernel.thread"), "CONTROL_THREAD_NAME", None)
    deadline = time.monotonic() + LAST_WORDS_WITHIN
    for thread in threading.enumerate():
        if thread.name == name and thread is not threading.current_thread():
            thread.join(max(0.0, deadline - time.monotonic()))


def _tell(error: BaseException | None) -> int:
    """Return the exit code of a program that ended so; what is to be said of it is said."""
    if error is None:
        return 0
    if not isinstance(error, SystemExit):
        sys.excepthook(type(error), error, error.__traceback__)
        return 1
    if error.code is None or isinstance(error.code, int):
        return (error.code or 0) & 0xFF
    print(error.code, file=sys.stderr)
    return 1


def _take_down(preloaded: Collection[str]) -> None:
    """Drop the child's own modules and what only they hold, last come first: files are flushed, say."""
    own = [module for name, module in reversed(sys.modules.items()) if name not in preloaded or name == "__main__"]
    for module in own:
        names = getattr(module, "__dict__", {})
        for name in [name for name in names if not name.startswith("__")]:
            names[name] = None
    gc.collect()
