"""What an app draws while it starts, its page shows already: visitors' kernels take those pictures, and draw later."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib.backends.backend_agg  # drawing is looked after where it has been loaded with the kernel
import pytest
from datahall_hub.services.apps import drawn_pictures
from datahall_hub.services.apps.drawn_pictures import MOST, NAME, Pictures, begin, pack
from datahall_hub.services.apps.shared_pages import find_pages, find_pictures
from matplotlib.figure import Figure

from .kept_apps import get, publish
from .running_apps import RunningApps, find_widget, make_home, open_visit, run_fork_server

# matplotlib prints each picture twice, first to measure it.
PREPARED = """
import functools, io, ipywidgets, matplotlib.pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg
drawn = 0
print_png = FigureCanvasAgg.print_png
@functools.wraps(print_png)
def count_and_print(*given, **settings):
    global drawn
    drawn += 1
    return print_png(*given, **settings)
FigureCanvasAgg.print_png = count_and_print
def draw(level):
    plt.figure(figsize=(2, 1)).subplots().plot([0, level])
    plt.show()
draw(1)
"""
SHOWN = """
slider, area = ipywidgets.IntSlider(value=3, description="Level"), ipywidgets.Output()
report = ipywidgets.HTML(value="<picture>{told}</picture>", description="report")
def follow(change):
    before = drawn
    area.clear_output()
    with area:
        draw(change["new"])
    report.value = f"<picture>{{before}}, {{drawn}}</picture>"
with area:
    draw(2)
slider.observe(follow, "value")
ipywidgets.VBox([slider, area, report])
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, bubblewrap: str) -> Iterator[RunningApps]:
    home = make_home(tmp_path_factory.mktemp("drawn") / "home")
    with run_fork_server(home):
        running = RunningApps(home, apps_folder=tmp_path_factory.mktemp("no-shipped-apps")).start()
        yield running
        assert running.stop() == 0


def find_version(served: RunningApps, slug: str) -> Path:
    pointed = json.loads((served.home / "apps" / slug / "published.json").read_bytes())
    return served.home / "apps" / slug / str(pointed["digest"])


async def visit(served: RunningApps, slug: str) -> tuple[str, list[str], str]:
    """Return the page, the pictures in its area, and how much was drawn before and after a move."""
    async with open_visit(served, slug) as opened:
        widgets = await opened.read_widgets()
        before = find_drawings(widgets)
        return opened.html, before, await opened.move(find_widget(widgets, "Level"), {"value": 7})


def find_drawings(widgets: dict[str, Any]) -> list[str]:
    outputs = [output for each in widgets.values() for output in each.get("outputs", ())]
    return [output["data"]["image/png"].strip() for output in outputs]


@pytest.mark.sandbox
def test_visitors_kernels_take_what_the_page_shows_and_draw_when_somebody_moves(served: RunningApps) -> None:
    slug = publish(served, "drawing", PREPARED, SHOWN.format(told="start"))
    assert all(find_pictures(find_version(served, slug), language=language) for language in ("en", "zh"))

    page, (drawing,), said = asyncio.run(visit(served, slug))

    assert said == "<picture>0, 2</picture>"
    assert base64.b64decode(drawing).startswith(b"\x89PNG")
    assert drawing in page.replace("\\n", "")


@pytest.mark.sandbox
@pytest.mark.parametrize("damage", [b"", b"no pictures", None])
def test_kernels_draw_where_the_pictures_are_gone_or_damaged(served: RunningApps, damage: bytes | None) -> None:
    slug = publish(served, "damaged", PREPARED, SHOWN.format(told="start"))
    file = find_pages(find_version(served, slug)) / "en.pictures"
    file.unlink() if damage is None else file.write_bytes(damage)

    page, before, said = asyncio.run(visit(served, slug))

    assert said == "<picture>4, 6</picture>"
    assert before[0] in page.replace("\\n", "")


@pytest.mark.sandbox
def test_an_app_whose_page_tells_whether_it_drew_has_its_pictures_drawn(served: RunningApps) -> None:
    telling = SHOWN.replace('value="<picture>{told}', 'value=f"<picture>{{drawn}}').format()
    slug = publish(served, "telling", PREPARED, telling)

    assert "<picture>2</picture>" in get(served, slug).text
    assert not find_pictures(find_version(served, slug), language="en")
    assert asyncio.run(visit(served, slug))[2] == "<picture>4, 6</picture>"


@pytest.mark.sandbox
def test_pictures_that_nobody_sees_and_that_differ_are_not_kept(served: RunningApps) -> None:
    hidden = "import random\nplt.figure().subplots().plot([random.random(), 1])\nplt.savefig(io.BytesIO())\nplt.close()"
    slug = publish(served, "hidden", PREPARED, hidden, "print('the same for all')")

    assert (find_pages(find_version(served, slug)) / "en.html").is_file()
    assert not find_pictures(find_version(served, slug), language="en")


def test_an_app_may_say_what_it_likes_about_its_pictures(served: RunningApps) -> None:
    forged = f"import sys\nsys.modules[{NAME!r}].end = lambda: 7\nprint('shown')"
    slug = publish(served, "forged", forged)

    assert (find_pages(find_version(served, slug)) / "en.html").is_file()
    assert not find_pictures(find_version(served, slug), language="en")


class Drawing:
    """Figures drawn by way of `Pictures`, and what `end` then tells."""

    def __init__(self, kept: list[list[str]] | None, monkeypatch: pytest.MonkeyPatch) -> None:
        canvas = matplotlib.backends.backend_agg.FigureCanvasBase
        monkeypatch.setattr(canvas, "print_figure", canvas.print_figure)  # as it was, in the end
        monkeypatch.setitem(drawn_pictures.sys.modules, NAME, None)
        begin(Pictures(kept))

    def end(self) -> list[list[str]]:
        told = json.loads(base64.b64decode(drawn_pictures.sys.modules[NAME].end()))
        packed = base64.b64decode(told)
        return json.loads(drawn_pictures.zlib.decompress(packed)) if packed else []


def draw(into: io.BytesIO | io.StringIO, *, level: float = 1) -> bytes | str:
    figure = Figure(figsize=(1, 1))
    figure.subplots().plot([0, level])
    figure.savefig(into, format="svg" if isinstance(into, io.StringIO) else "png", metadata={"Date": None})
    return into.getvalue()


def test_what_was_noted_is_written_instead_of_what_would_be_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(matplotlib.rcParams, "svg.hashsalt", "fixed")
    noting = Drawing(None, monkeypatch)
    drawn = draw(io.BytesIO()), draw(io.StringIO())
    noted = noting.end()
    assert [kind for kind, _ in noted] == ["bytes", "text"]

    taking = Drawing(json.loads(drawn_pictures.zlib.decompress(pack(noted))), monkeypatch)
    taken = draw(io.BytesIO(), level=9), draw(io.StringIO(), level=9)
    assert taken == drawn
    assert draw(io.BytesIO(), level=9) != drawn[0]  # there were two
    taking.end()


def test_cells_that_do_something_else_than_they_did_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    taking = Drawing([["text", "<svg/>"], ["bytes", ""]], monkeypatch)
    assert bytes(draw(io.BytesIO())).startswith(b"\x89PNG")  # type: ignore[arg-type]
    assert draw(io.StringIO()) != "<svg/>"
    taking.end()


def test_files_and_other_threads_are_drawn_as_ever(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    taking = Drawing([["bytes", ""]], monkeypatch)
    drawn: list[Any] = []
    thread = threading.Thread(target=lambda: drawn.append(draw(io.BytesIO())))
    thread.start()
    thread.join()
    Figure().savefig(tmp_path / "drawn.png")
    assert drawn[0].startswith(b"\x89PNG")
    assert (tmp_path / "drawn.png").read_bytes().startswith(b"\x89PNG")
    assert draw(io.BytesIO()) == b""
    taking.end()
    assert bytes(draw(io.BytesIO())).startswith(b"\x89PNG")  # type: ignore[arg-type]


def test_of_too_many_pictures_none_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    noting = Drawing(None, monkeypatch)
    Figure().savefig(io.BytesIO())
    monkeypatch.setattr(drawn_pictures, "MOST", 10)
    Figure().savefig(io.BytesIO())
    assert noting.end() == []
    assert MOST > 10
