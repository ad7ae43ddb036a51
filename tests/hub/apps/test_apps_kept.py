"""A published app that is the same for all is there at once; a visitor's own kernel joins the page and fits it."""

from __future__ import annotations

import asyncio
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import httpx
import nbformat
import pytest

from tests.running_hall import PLAIN

from .kept_apps import SLIDER, get, kernel_of, publish
from .running_apps import CHECKOUT, RunningApps, find_widget, make_home, open_visit, run_fork_server

SLOW = 4.0  # seconds that the slow app computes at its start


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, bubblewrap: str) -> Iterator[RunningApps]:
    """A service with two seats."""
    home = make_home(tmp_path_factory.mktemp("kept") / "home")
    folder = tmp_path_factory.mktemp("no-shipped-apps")
    with run_fork_server(home):
        running = RunningApps(home, apps_folder=folder, settings={"DATAHALL_APPS_KERNELS": "2"}).start()
        yield running
        assert running.stop() == 0


@pytest.fixture(scope="module")
def slow(served: RunningApps) -> str:
    return publish(served, "slow", SLIDER.format(seconds=SLOW))


@pytest.fixture(scope="module")
def quick(served: RunningApps) -> str:
    return publish(served, "quick", SLIDER.format(seconds=0))


def ask(served: RunningApps, page: str) -> dict[str, object]:
    """Return what a page is told of its visit when it gives a sign."""
    answer = httpx.get(f"{served.url}/api/kernels/{kernel_of(page)}", timeout=60, **PLAIN)
    assert answer.status_code == 200, answer.text
    return {name: answer.json()[name] for name in ("step", "place")}


def wait_for(served: RunningApps, page: str, *, step: str, signs_of: Iterable[str] = ()) -> None:
    deadline = time.monotonic() + 30
    while ask(served, page)["step"] != step:
        assert time.monotonic() < deadline, ask(served, page)
        for other in signs_of:
            ask(served, other)
        time.sleep(0.1)


def end(served: RunningApps, page: str) -> None:
    httpx.post(f"{served.url}/voila/api/shutdown/{kernel_of(page)}", timeout=60, **PLAIN)


def end_all(served: RunningApps, *pages: str) -> None:
    for page in pages:
        end(served, page)
    served.wait_for_visits(0)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_is_there_before_its_kernel_with_what_it_shows(served: RunningApps, slow: str, language: str) -> None:
    began = time.monotonic()
    answer = get(served, slow, language=language)
    assert time.monotonic() - began < SLOW / 2
    assert answer.status_code == 200
    still = answer.text.partition('<div class="app-still" inert>')[2].partition("<script")[0]
    assert "<picture>level 3</picture>" in still
    assert "Level" in still
    assert f'lang="{"zh-Hans" if language == "zh" else "en"}"' in answer.text
    end_all(served, answer.text)


def test_the_visitors_own_kernel_fits_the_page(served: RunningApps, slow: str) -> None:
    async def visit() -> tuple[str, str]:
        async with open_visit(served, slow) as opened:
            widgets = await opened.read_widgets()
            slider, report = (find_widget(widgets, name) for name in ("Level", "report"))
            view = re.search(r'"application/vnd.jupyter.widget-view\+json": \{"model_id": "(\w+)"', opened.html)
            assert view
            assert view[1] in widgets
            await opened.move(slider, {"value": 8})
            return slider, (await opened.read_widgets())[report]["value"]

    first, second = asyncio.run(visit()), asyncio.run(visit())
    assert first == second
    assert first[1] == "<picture>level 8</picture>"
    served.wait_for_visits(0)


def test_nobody_sees_what_somebody_else_moves(served: RunningApps, quick: str) -> None:
    async def visit() -> str:
        async with open_visit(served, quick) as one, open_visit(served, quick) as other:
            assert one.kernel_id != other.kernel_id
            widgets = await one.read_widgets()
            await one.move(find_widget(widgets, "Level"), {"value": 9})
            return str((await other.read_widgets())[find_widget(widgets, "report")]["value"])

    assert asyncio.run(visit()) == "<picture>level 3</picture>"
    served.wait_for_visits(0)


def test_a_page_without_a_sign_costs_no_kernel(served: RunningApps, quick: str) -> None:
    """Robots, previews of links and readers without scripts fetch pages, too."""
    for _ in range(5):
        assert get(served, quick).status_code == 200
    time.sleep(1)
    assert served.visits() == 0


def test_while_it_starts_the_page_is_told_so(served: RunningApps, slow: str) -> None:
    page = get(served, slow).text
    assert ask(served, page) == {"step": "starting", "place": 0}
    end_all(served, page)
    assert httpx.get(f"{served.url}/api/kernels/{kernel_of(page)}", **PLAIN).status_code == 404


def test_a_page_that_is_left_while_its_kernel_starts_gives_its_place_back(served: RunningApps, slow: str) -> None:
    ask(served, get(served, slow).text)  # and gives no sign any more
    served.wait_for_visits(1)
    served.wait_for_visits(0, within=30)


def test_where_all_places_are_taken_visitors_wait_in_line(served: RunningApps, quick: str) -> None:
    pages = [get(served, quick).text for _ in range(5)]
    wait_for(served, pages[0], step="running")
    wait_for(served, pages[1], step="running")
    assert [ask(served, page) for page in pages[2:]] == [
        {"step": "waiting", "place": 1},
        {"step": "waiting", "place": 2},
        {"step": "waiting", "place": 3},
    ]
    assert served.visits() == 2

    end(served, pages[2])
    assert ask(served, pages[3]) == {"step": "waiting", "place": 1}
    end(served, pages[0])
    wait_for(served, pages[3], step="running")
    assert ask(served, pages[4]) == {"step": "waiting", "place": 1}
    end_all(served, *pages)


def test_who_leaves_the_line_is_not_waited_for(served: RunningApps, quick: str) -> None:
    pages = [get(served, quick).text for _ in range(4)]
    for page in pages[:2]:
        wait_for(served, page, step="running", signs_of=pages[:2])
    ask(served, pages[2])  # and gives no sign any more
    deadline = time.monotonic() + 30
    while ask(served, pages[3])["place"] != 1:
        assert time.monotonic() < deadline
        for page in pages[:2]:
            ask(served, page)
        time.sleep(0.5)
    end_all(served, *pages)


def test_a_page_that_differs_from_run_to_run_is_made_for_each_visitor(served: RunningApps) -> None:
    source = "import ipywidgets, uuid\nipywidgets.HTML(value=str(uuid.uuid4()), description='report')"
    publish(served, "differs", source)

    async def read() -> str:
        async with open_visit(served, "differs") as visit:
            assert "app-still" not in visit.html
            widgets = await visit.read_widgets()
            return str(widgets[find_widget(widgets, "report")]["value"])

    assert asyncio.run(read()) != asyncio.run(read())


def test_a_page_made_with_another_template_is_not_served(served: RunningApps) -> None:
    publish(served, "older", SLIDER.format(seconds=0))
    (mark,) = (served.home / "apps/older").glob("*.pages/made-with")
    mark.write_text("another hall")

    async def read() -> str:
        async with open_visit(served, "older") as visit:
            return visit.html

    assert "app-still" not in asyncio.run(read())
    shutil.rmtree(served.home / "apps/older")


def test_a_cell_that_is_meant_to_fail_keeps_nobody_out(served: RunningApps) -> None:
    failing = nbformat.v4.new_code_cell("1 / 0", metadata={"tags": ["raises-exception"]})
    slug = publish(served, "meant", failing, SLIDER.format(seconds=0))
    page = get(served, slug).text
    assert "<picture>level 3</picture>" in page
    assert "ZeroDivisionError" not in page
    wait_for(served, page, step="running")
    end_all(served, page)


def test_what_a_kernel_stumbles_over_ends_the_visit(served: RunningApps, tmp_path: Path) -> None:
    """Which the page is told when it asks; it goes on showing what it shows."""
    slug = publish(served, "breaks", SLIDER.format(seconds=0))
    (notebook,) = (served.home / "apps/breaks").glob("*/app.ipynb")
    notebook.write_text((CHECKOUT / "LICENSE").read_text())
    page = get(served, slug).text
    wait_for(served, page, step="failed")
    served.wait_for_visits(0, within=20)
