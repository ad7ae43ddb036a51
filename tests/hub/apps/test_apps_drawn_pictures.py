"""What an app draws while it starts, its page shows already: visitors' kernels take those pictures, and draw later."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib.backends.backend_agg  # drawing is looked after where it has been loaded with the kernel
import pytest
from datahall_hub.services.apps import drawn_pictures
from datahall_hub.services.apps.drawn_pictures import NAME, Pictures, begin, make_print
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


@pytest.mark.sandbox
@pytest.mark.parametrize("said", ["7", "'é'", "'aGVsbG8='", "'IiI=' * 3_000_000"])
def test_an_app_may_say_what_it_likes_about_its_pictures(served: RunningApps, said: str) -> None:
    forged = f"import sys\nsys.modules[{NAME!r}].end = lambda: {said}\nprint('shown')"
    slug = publish(served, "forged", forged)

    assert (find_pages(find_version(served, slug)) / "en.html").is_file()
    assert not find_pictures(find_version(served, slug), language="en")


@pytest.mark.sandbox
def test_what_a_kernel_tells_of_its_pictures_is_no_output_of_its_app(tmp_path: Path, bubblewrap: str) -> None:
    home = make_home(tmp_path / "home")
    noise = """
import io, numpy, matplotlib.pyplot as plt
plt.figure().subplots().imshow(numpy.random.default_rng(1).random((400, 400)))
plt.savefig(io.BytesIO(), dpi=200)
plt.close()
"""
    settings = {"DATAHALL_APPS_CHECK_OUTPUT": "200000"}
    with run_fork_server(home):
        running = RunningApps(home, apps_folder=tmp_path, settings=settings).start()
        slug = publish(running, "large", noise)
        assert len(find_pictures(find_version(running, slug), language="en")) > 200_000
        assert running.stop() == 0


@pytest.mark.sandbox
def test_visitors_kernels_have_no_history(served: RunningApps) -> None:
    told = "import ipywidgets\nipywidgets.HTML(value=str(get_ipython().history_manager.enabled), description='report')"
    assert ">False<" in get(served, publish(served, "forgetful", told)).text


class Drawing:
    """Figures drawn by way of `Pictures`, until `end` tells what was noted."""

    def __init__(self, kept: list[list[str]] | None, monkeypatch: pytest.MonkeyPatch) -> None:
        self.canvas = matplotlib.backends.backend_agg.FigureCanvasBase
        monkeypatch.setattr(self.canvas, "print_figure", self.canvas.print_figure)  # as it was, in the end
        monkeypatch.setitem(sys.modules, NAME, None)  # type: ignore[arg-type] # removed in the end
        begin(Pictures(kept))

    def end(self) -> list[list[str]]:
        packed = base64.b64decode(json.loads(base64.b64decode(sys.modules[NAME].end())))
        noted: list[list[str]] = json.loads(zlib.decompress(packed)) if packed else []
        return noted


def draw(into: Any, *, level: float = 1, **settings: Any) -> Any:
    figure = Figure(figsize=(1, 1))
    figure.subplots().plot([0, level])
    figure.savefig(into, **{"format": "svg" if isinstance(into, io.StringIO) else "png", **settings})
    return into.getvalue() if hasattr(into, "getvalue") else None


def forge(noted: list[list[str]]) -> list[list[str]]:
    """Return pictures of which one sees that they were not drawn."""
    return [[kind, seen, f"{number}" if kind == "text" else base64.b64encode(b"%d" % number).decode()]
            for number, (kind, seen, _) in enumerate(noted)]  # fmt: skip


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Two pictures, a PNG of level 1 and an SVG of level 2, forged."""
    with monkeypatch.context() as patched:
        noting = Drawing(None, patched)
        drawn = [draw(io.BytesIO()), draw(io.StringIO(), level=2)]
        told = noting.end()
    assert [base64.b64decode(told[0][2]), told[1][2]] == drawn
    assert [kind for kind, _, _ in told] == ["bytes", "text"]
    return forge(told)


def test_what_was_noted_is_written_where_the_same_would_be_drawn(
    noted: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    taking = Drawing(noted, monkeypatch)
    assert (draw(io.BytesIO()), draw(io.StringIO(), level=2)) == (b"0", "1")
    assert draw(io.BytesIO()).startswith(b"\x89PNG")  # there were two
    taking.end()


OTHERS: dict[str, Callable[[], Any]] = {
    "other data": lambda: draw(io.BytesIO(), level=3),
    "another order": lambda: draw(io.StringIO(), level=2),
    "another format": lambda: draw(io.BytesIO(), format="jpg"),
    "another size": lambda: draw(io.BytesIO(), dpi=300),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS.keys())
def test_from_what_differs_on_everything_is_drawn(
    noted: list[list[str]], other: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    taking = Drawing(noted, monkeypatch)
    assert len(other()) > 100
    assert draw(io.BytesIO()).startswith(b"\x89PNG")
    assert "<svg" in draw(io.StringIO(), level=2)
    taking.end()


def test_a_picture_that_fails_has_none_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    noting = Drawing(None, monkeypatch)
    draw(io.BytesIO())
    with pytest.raises(ValueError, match="nonsense"):
        draw(io.BytesIO(), format="nonsense")
    draw(io.BytesIO())
    assert noting.end() == []


def test_files_that_are_not_empty_and_other_threads_are_drawn_as_ever(
    noted: list[list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    taking = Drawing(noted, monkeypatch)
    drawn: list[Any] = []
    thread = threading.Thread(target=lambda: drawn.append(draw(io.BytesIO())))
    thread.start()
    thread.join()
    assert drawn[0].startswith(b"\x89PNG")
    draw(tmp_path / "drawn.png")
    assert (tmp_path / "drawn.png").read_bytes().startswith(b"\x89PNG")
    used = io.BytesIO(b"before")
    assert draw(used).startswith(b"\x89PNG")  # written over it, from its beginning
    assert draw(io.BytesIO()) == b"0"
    taking.end()


def test_when_the_cells_have_run_nothing_is_left(noted: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    taking = Drawing(noted, monkeypatch)
    figure = Figure()
    figure.subplots()
    held = figure.canvas.print_figure
    taking.end()
    assert NAME not in sys.modules
    held(file := io.BytesIO())
    assert file.getvalue().startswith(b"\x89PNG")
    assert draw(io.BytesIO()).startswith(b"\x89PNG")


def test_what_an_app_has_put_before_drawing_stays_there(
    noted: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    taking = Drawing(noted, monkeypatch)
    before = taking.canvas.print_figure
    calls: list[str] = []
    monkeypatch.setattr(
        taking.canvas, "print_figure", lambda *given, **more: (calls.append("drawn"), before(*given, **more))[1]
    )
    taking.end()
    assert draw(io.BytesIO()).startswith(b"\x89PNG")
    assert calls == ["drawn"]


def test_of_too_many_pictures_none_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    noting = Drawing(None, monkeypatch)
    draw(io.BytesIO())
    monkeypatch.setattr(drawn_pictures, "MOST", 10)
    draw(io.BytesIO())
    assert noting.end() == []


FIGURES: dict[str, Callable[[Any, float], Any]] = {
    "bar": lambda figure, value: figure.subplots().bar(["a"], [value]),
    "categories": lambda figure, value: figure.subplots().bar([f"a{value}"], [1]),
    "scatter": lambda figure, value: figure.subplots().scatter([1], [value], c=[3]),
    "image": lambda figure, value: figure.subplots().imshow([[value, 1]], vmin=0, vmax=9),
    "colours": lambda figure, value: figure.subplots().imshow([[0, 1]], cmap="viridis" if value == 1 else "magma"),
    "ends of colours": lambda figure, value: figure.subplots().imshow([[0, 1]], vmin=0, vmax=value),
    "colour bar": lambda figure, value: figure.colorbar(figure.subplots().imshow([[value, 9]], vmin=0, vmax=9)),
    "contour": lambda figure, value: figure.subplots().contourf([[0, value], [2, 9]], levels=[0, 3, 6, 9]),
    "area": lambda figure, value: figure.subplots().fill_between([0, 1], [value, 1]),
    "arrows": lambda figure, value: figure.subplots().quiver([1], [1], [value], [1]),
    "polar": lambda figure, value: figure.add_subplot(projection="polar").bar([0, 1, 2], [1, value, 3]),
    "half polar": lambda figure, value: figure.add_subplot(projection="polar").set(thetamax=180, rmax=value),
    "3-D": lambda figure, value: figure.add_subplot(projection="3d").scatter([0, 1], [0, 1], [0, value]),
    "title": lambda figure, value: figure.subplots().set_title(f"{value}"),
    "label": lambda figure, value: figure.subplots().set_xlabel(f"{value}"),
    "limits": lambda figure, value: figure.subplots().set_xlim(0, value),
    "legend": lambda figure, value: figure.subplots().plot([0], label=f"{value}")[0].axes.legend(),
    "text": lambda figure, value: figure.subplots().text(0, 0, f"{value}"),
    "over all": lambda figure, value: [figure.subplots(), figure.suptitle(f"{value}")],
    "two": lambda figure, value: figure.subplots(1, 2)[1].twinx().plot([1, value]),
    "inset": lambda figure, value: figure.subplots().inset_axes([0.5, 0.5, 0.4, 0.4]).set_title(f"{value}"),
}


@pytest.mark.parametrize("make", FIGURES.values(), ids=FIGURES.keys())
def test_what_is_to_be_seen_is_told_apart_and_nothing_of_it_is_changed(make: Callable[[Any, float], Any]) -> None:
    def see(value: float, *, is_looked_at: bool = True) -> tuple[str, bytes]:
        figure = Figure(figsize=(3, 3))
        make(figure, value)
        seen = make_print(figure.canvas, (), {"dpi": 100}) if is_looked_at else ""
        figure.savefig(file := io.BytesIO(), metadata={"Software": None})
        return seen, file.getvalue()

    (first, drawn), (second, _), (other, changed) = see(1), see(1), see(2)
    assert first == second
    assert drawn == see(1, is_looked_at=False)[1]
    assert first != other or drawn == changed
