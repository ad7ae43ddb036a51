"""A published app that is the same for all is there at once; a visitor's own kernel joins the page and fits it."""

from __future__ import annotations

import asyncio
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from datahall_hub.app_life.app_files import AppFiles

from tests.running_hall import PLAIN

from .running_apps import CHECKOUT, RunningApps, find_widget, make_home, open_visit, run_fork_server
from .version_wishes import ask_for, write_version

SLOW = 4.0  # seconds that the slow app computes at its start
SLIDER = """
import ipywidgets, time
time.sleep({seconds})
slider = ipywidgets.IntSlider(value=3, description="Level")
report = ipywidgets.HTML(value="<picture>level 3</picture>", description="report")
def follow(change):
    report.value = f"<picture>level {{change['new']}}</picture>"
slider.observe(follow, "value")
ipywidgets.VBox([slider, report])
"""


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


def publish(served: RunningApps, slug: str, source: str) -> str:
    """Have a version prove itself, and visitors see it."""
    slug, digest = write_version(served.home, slug, cells=[source])
    proof = ask_for(served, "/proofs", {"slug": slug, "digest": digest}).json()
    assert proof["renders"], proof
    pointer = {"number": 1, "digest": digest, "published": "2026-01-02T03:04:05", "datasets": []}
    AppFiles(served.home / "apps").point_to(slug, {**pointer, "live_only": proof["live_only"]})
    return slug


def get(served: RunningApps, slug: str, *, language: str = "en") -> httpx.Response:
    return httpx.get(f"{served.url}/{slug}", params={"language": language}, timeout=60, **PLAIN)


def kernel_of(page: str) -> str:
    found = re.search(r'"kernelId": "([^"]*)"', page)
    assert found
    return found[1]


def end_all(served: RunningApps, *pages: str) -> None:
    for page in pages:
        httpx.post(f"{served.url}/voila/api/shutdown/{kernel_of(page)}", timeout=60, **PLAIN)
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


def test_while_it_starts_the_page_is_told_so(served: RunningApps, slow: str) -> None:
    page = get(served, slow).text
    state = httpx.get(f"{served.url}/api/kernels/{kernel_of(page)}", **PLAIN)
    assert (state.status_code, state.json()["starting"]) == (200, True)
    end_all(served, page)
    assert httpx.get(f"{served.url}/api/kernels/{kernel_of(page)}", **PLAIN).status_code == 404


def test_a_page_that_is_left_while_its_kernel_starts_gives_its_place_back(served: RunningApps, slow: str) -> None:
    get(served, slow)  # and gives no sign any more
    served.wait_for_visits(1)
    served.wait_for_visits(0, within=30)


def test_where_all_places_are_taken_the_page_shows_itself_at_rest(served: RunningApps, slow: str) -> None:
    pages = [get(served, slow).text for _ in range(2)]
    resting = get(served, slow)
    assert resting.status_code == 200
    assert "data-at-rest" in resting.text
    assert "<picture>level 3</picture>" in resting.text
    assert "voila.js" not in resting.text
    assert kernel_of(resting.text) == ""
    assert served.visits() == 2
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


def test_what_a_kernel_stumbles_over_ends_the_visit(served: RunningApps, tmp_path: Path) -> None:
    """Which the page is told when it asks; it goes on showing what it shows."""
    slug = publish(served, "breaks", SLIDER.format(seconds=0))
    (notebook,) = (served.home / "apps/breaks").glob("*/app.ipynb")
    notebook.write_text((CHECKOUT / "LICENSE").read_text())
    page = get(served, slug).text
    served.wait_for_visits(0, within=20)
    assert httpx.get(f"{served.url}/api/kernels/{kernel_of(page)}", **PLAIN).status_code == 404
