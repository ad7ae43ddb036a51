"""What a library does once, the first time that it is used, done before the fork where that leaves nothing behind.

Only what has been looked into: no thread, no open file, no chance and nothing of the surroundings may be left.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Mapping
from datetime import date
from fnmatch import fnmatch
from pathlib import Path
from typing import Any


def _complete() -> None:
    """Compile the patterns that every shell does when it begins, among them those of its start-up files."""
    from IPython.core.completer import IPCompleter

    IPCompleter(namespace={}, global_namespace={})  # type: ignore[no-untyped-call]
    for pattern in ("*.py", "*.ipy"):
        list(Path(os.devnull).glob(pattern))
        fnmatch("", pattern)


def _describe_sockets() -> None:
    """Have the classes of sockets know their annotations, as setting an option does; all classes below are told."""
    import zmq

    for each in zmq.Socket.mro():
        getattr(each, "__annotations__", None)


def _judge_logged_values() -> None:
    """`logging` asks of each single value whether it is a mapping; the first time all kinds of mappings are asked."""
    for kind in (str, int, list, dict):
        issubclass(kind, Mapping)


def _draw() -> None:
    """Draw a picture into memory: matplotlib makes most of its tables when it first draws.

    The figure is never collected: children would write into the holes that it would leave.
    """
    from matplotlib import font_manager
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    try:
        figure = Figure(figsize=(4, 3))
        FigureCanvasAgg(figure)
        axes = figure.subplots()
        days: Any = [date(2000, 1, 1), date(2003, 1, 1)]  # which matplotlib takes, and its types do not say
        axes.plot(days, [0, 1], label="a")
        axes.set_title("A")
        axes.legend()
        figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")
    finally:
        fonts: Any = getattr(font_manager, "_get_font", None)
        if fonts is not None:
            fonts.cache_clear()  # each keeps its file open


# What is warmed up where a module is loaded.
WARMED: dict[str, Callable[[], None]] = {
    "matplotlib.backends.backend_agg": _draw,
    "IPython.core.completer": _complete,
    "zmq": _describe_sockets,
    "logging": _judge_logged_values,
}


def list_warmers() -> list[Callable[[], None]]:
    """Return what uses what is loaded and may be used; each may fail, where a library has changed."""
    return [warm for module, warm in WARMED.items() if module in sys.modules]
