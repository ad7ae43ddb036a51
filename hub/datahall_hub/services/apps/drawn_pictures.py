"""Runs in a kernel whose page is one for everybody, while the app's cells run; sent there as text.

Drawing takes longer than all else that most apps do at their start, and their page shows the pictures already. So what
the cells draw into memory is noted when a version proves itself, in order, each with a print of the data, texts and
colours that were to be seen. A visitor's kernel is given the pictures and takes one where it would draw these again;
the first time that it would not, it draws, and from then on everything. Whoever asks matplotlib for more than a picture
gets that as ever, but what drawing leaves behind in a figure (places of axes that a layout chose, texts of ticks) is
not there.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import io
import json
import sys
import threading
import zlib
from collections.abc import Iterator
from types import ModuleType
from typing import Any

NAME = "datahall_drawn_pictures"
MOST = 2_000_000  # bytes of the pictures of one page; of more than that, none are kept
TEXT, BYTES = "text", "bytes"
KINDS: dict[type, str] = {io.StringIO: TEXT, io.BytesIO: BYTES}
PLAIN = (str, int, float, bool, type(None), tuple)
# What artists are asked for their look. Not for more: a spine that is asked for its position sets it.
VALUES = (
    "get_color", "get_linewidth", "get_linestyle", "get_marker", "get_facecolor", "get_edgecolor", "get_hatch",
    "get_xydata", "get_offsets", "get_array", "get_sizes", "get_clim",
)  # fmt: skip
Picture = list[str]  # its kind, its print, and what was drawn


class Pictures:
    """What is drawn from now on: noted, or taken from what was `kept`; until `end` is called."""

    def __init__(self, kept: list[Picture] | None) -> None:
        self._kept = kept
        self._noted: list[Picture] = []
        self._size = 0
        self._is_over = False

    def draw(self, draw: Any, canvas: Any, file: Any, *args: Any, **settings: Any) -> Any:
        """Do what `draw`, a canvas's way of drawing into a file, is asked to do."""
        kind = KINDS.get(type(file))
        is_main = threading.current_thread() is threading.main_thread()
        if self._is_over or kind is None or not (is_main and is_empty(file) and canvas.figure.axes):
            return draw(canvas, file, *args, **settings)
        try:
            seen = make_print(canvas, args, settings)
        except Exception:  # noqa: BLE001 whatever somebody has put into a figure
            self.end()
            return draw(canvas, file, *args, **settings)
        if self._kept is None:
            return self._note(kind, seen, file, functools.partial(draw, canvas, file, *args, **settings))
        if self._kept and self._kept[0][:2] == [kind, seen]:
            file.write(read(self._kept.pop(0)))
            return None
        self.end()
        return draw(canvas, file, *args, **settings)

    def end(self) -> None:
        """Draw as ever from now on, and forget everything."""
        self._is_over, self._kept, self._noted = True, None, []

    def tell(self) -> str:
        """Return what was noted, in letters that nothing on the way changes; empty where it is too much or nothing."""
        told = base64.b64encode(pack(self._noted) if self._noted else b"").decode()
        return base64.b64encode(json.dumps(told).encode()).decode()

    def _note(self, kind: str, seen: str, file: Any, draw: Any) -> Any:
        try:
            done = draw()
        except BaseException:
            self.end()
            raise
        drawn = file.getvalue()
        self._size += len(drawn)
        self._noted.append([kind, seen, drawn if kind == TEXT else base64.b64encode(drawn).decode()])
        if self._size > MOST:
            self.end()
        return done


def is_empty(file: Any) -> bool:
    """Return whether nothing stands in a file in memory."""
    place = file.tell()
    size = file.seek(0, io.SEEK_END)
    file.seek(place)
    return bool(place == size == 0)


def make_print(canvas: Any, args: tuple[Any, ...], settings: dict[str, Any]) -> str:
    """Return a digest of what a canvas would draw: its size and settings, and the data, texts and colours on it."""
    digest = hashlib.blake2b(digest_size=16)
    given = sorted((name, value if isinstance(value, PLAIN) else repr(value)) for name, value in settings.items())
    digest.update(repr((type(canvas).__name__, args, given)).encode(errors="replace"))
    for part in list_parts(canvas.figure):
        digest.update(part if isinstance(part, bytes) else repr(part).encode(errors="replace"))
    return digest.hexdigest()


def list_parts(figure: Any) -> Iterator[Any]:
    """Yield what a figure shows, but for the looks of ticks and frames; what is asked for changes nothing of it."""
    yield figure.get_size_inches().tolist(), figure.dpi, figure.get_facecolor()
    for axes in figure.axes:
        yield from list_axes(axes)
    for artist in (*figure.texts, *figure.lines, *figure.images, *figure.legends, *figure.subfigs):
        yield from list_values(artist)


def list_axes(axes: Any) -> Iterator[Any]:
    """Yield what is within axes, and within those that are set into them."""
    yield type(axes).__name__, axes.get_position(original=True).bounds, axes.axison, axes.get_aspect()
    yield axes.get_proj().tobytes() if hasattr(axes, "get_proj") else ""
    for axis in (axes.xaxis, axes.yaxis):
        formatter = axis.get_major_formatter()
        yield axis.get_view_interval().tobytes(), axis.get_scale(), axis.get_label_text()
        yield type(formatter).__name__, getattr(formatter, "seq", None), getattr(formatter, "fmt", None)
        yield list(getattr(axis.units, "_mapping", ()))  # of categories, in their order
    for artist in axes.get_children():
        yield from list_values(artist)
    for inset in axes.child_axes:
        yield from list_axes(inset)


def list_values(artist: Any) -> Iterator[Any]:
    """Yield what tells an artist from another of its kind."""
    yield type(artist).__name__, artist.get_visible(), artist.get_alpha(), artist.get_zorder(), artist.get_label()
    for name in VALUES:
        value: Any = getattr(artist, name)() if hasattr(artist, name) else None
        yield value.tobytes() if hasattr(value, "tobytes") else value
    if isinstance(artist, sys.modules["matplotlib.text"].Text):
        yield artist.get_text(), artist.get_position(), artist.get_fontsize(), artist.get_rotation()
    if isinstance(artist, sys.modules["matplotlib.spines"].Spine):
        return  # its path follows from its axes
    if hasattr(artist, "get_cmap"):
        yield artist.get_cmap().name, type(artist.norm).__name__
    for name in ("U", "V"):  # of arrows
        part: Any = getattr(artist, name, None)
        yield part.tobytes() if hasattr(part, "tobytes") else part
    if hasattr(artist, "get_paths"):
        for path in artist.get_paths():
            yield path.vertices.tobytes()
    elif hasattr(artist, "get_path") and not hasattr(artist, "get_xydata"):
        yield artist.get_path().vertices.tobytes()
        yield artist.get_patch_transform().get_matrix().tobytes() if hasattr(artist, "get_patch_transform") else None
    for text in artist.get_texts() if hasattr(artist, "get_texts") else ():
        yield text.get_text()


def pack(pictures: list[Picture]) -> bytes:
    """Return pictures as they are kept."""
    return zlib.compress(json.dumps(pictures).encode())


def read(picture: Picture) -> Any:
    """Return a kept picture as it is written into a file of its kind."""
    kind, _, drawn = picture
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
        told = pictures.tell()
        pictures.end()
        sys.modules.pop(NAME, None)
        if canvas.print_figure is print_figure:  # else the app has put its own way before it
            canvas.print_figure = draw
        return told

    module = ModuleType(NAME)
    module.end = end  # type: ignore[attr-defined]
    sys.modules[NAME] = module
    canvas.print_figure = print_figure
