"""Runs in a kernel whose page is one for everybody, while the app's cells run; sent there as text.

What the cells draw into memory, the page shows already, and drawing it takes longer than all else. So the pictures are
noted when a version proves itself, in the order in which they are drawn, and a visitor's kernel is given them: what the
app does with a picture, it does with the one that was noted. Drawing is matplotlib's alone, in the main thread, and all
that leads to a picture is done as ever. When the cells have run, everything is drawn again.
"""

from __future__ import annotations

import base64
import functools
import io
import json
import sys
import threading
import zlib
from types import ModuleType
from typing import Any

NAME = "datahall_drawn_pictures"
MOST = 2_000_000  # bytes of the pictures of one page; of more than that, none are kept
TEXT, BYTES = "text", "bytes"
KINDS: dict[type, str] = {io.StringIO: TEXT, io.BytesIO: BYTES}


class Pictures:
    """What is drawn from now on: noted, or taken from what was `kept`."""

    def __init__(self, kept: list[list[str]] | None) -> None:
        self._kept = kept
        self._noted: list[list[str]] = []
        self._size = 0

    def draw(self, draw: Any, canvas: Any, file: Any, *args: Any, **settings: Any) -> Any:
        """Do what `draw`, a canvas's way of drawing into a file, is asked to do."""
        kind = KINDS.get(type(file))
        if kind is None or threading.current_thread() is not threading.main_thread():
            return draw(canvas, file, *args, **settings)
        if self._kept is not None:
            if self._kept and self._kept[0][0] == kind:
                return file.write(read(self._kept.pop(0)))
            self._kept = []  # the cells do something else than they did: draw
            return draw(canvas, file, *args, **settings)
        begun = file.tell()
        drawn = draw(canvas, file, *args, **settings)
        self._note(kind, file.getvalue()[begun:])
        return drawn

    def tell(self) -> str:
        """Return what was noted, in letters that nothing on the way changes; empty where it is too much or nothing."""
        told = pack(self._noted) if self._noted and self._size <= MOST else b""
        return base64.b64encode(json.dumps(base64.b64encode(told).decode()).encode()).decode()

    def _note(self, kind: str, drawn: Any) -> None:
        self._size += len(drawn)
        if self._size <= MOST:
            self._noted.append([kind, drawn if kind == TEXT else base64.b64encode(drawn).decode()])


def pack(pictures: list[list[str]]) -> bytes:
    """Return pictures as they are kept."""
    return zlib.compress(json.dumps(pictures).encode())


def read(picture: list[str]) -> Any:
    """Return a kept picture as it is written into a file of its kind."""
    kind, drawn = picture
    return drawn if kind == TEXT else base64.b64decode(drawn)


def note() -> None:
    """Begin to note what is drawn."""
    begin(Pictures(None))


def take() -> None:
    """Begin to take what is drawn from the pictures that came with the message in which this was asked."""
    shell = sys.modules["IPython"].get_ipython()
    (packed,) = shell.kernel.get_parent("shell")["buffers"]
    begin(Pictures(json.loads(zlib.decompress(packed))))


def begin(pictures: Pictures) -> None:
    """Have matplotlib draw by way of `pictures`; where it has not been loaded with the kernel, it draws as ever."""
    matplotlib = sys.modules.get("matplotlib.backend_bases")
    if matplotlib is None:
        return
    canvas = matplotlib.FigureCanvasBase
    draw = canvas.print_figure

    @functools.wraps(draw)
    def print_figure(self: Any, filename: Any, *args: Any, **settings: Any) -> Any:
        return pictures.draw(draw, self, filename, *args, **settings)

    def end() -> str:
        canvas.print_figure = draw
        return pictures.tell()

    module = ModuleType(NAME)
    module.end = end  # type: ignore[attr-defined]
    sys.modules[NAME] = module
    canvas.print_figure = print_figure
