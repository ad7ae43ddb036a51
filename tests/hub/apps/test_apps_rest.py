"""A visitor's kernel gives back what a move has left behind, when nobody moves any more."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from .kept_apps import publish
from .running_apps import RunningApps, find_widget, make_home, open_visit, run_fork_server

# Each move leaves a knot; what is reported counts those of moves before it that are still there.
KNOTS = """
import ipywidgets, gc, time, weakref
{before}
class Knot:
    def __init__(self):
        self.itself = self
left, rested = [], 0
{slow}
slider = ipywidgets.IntSlider(value=3, description="Level")
report = ipywidgets.HTML(value="<picture>0</picture>", description="report")
def follow(change):
    report.value = f"<picture>{{sum(each() is not None for each in left)}} {{change['new']}} {{rested}}</picture>"
    left.append(weakref.ref(Knot()))
slider.observe(follow, "value")
ipywidgets.VBox([slider, report])
"""
NEVER_BY_ITSELF = "gc.set_threshold(0)"  # nor is it switched off
RESTED = 2.0  # seconds, many times what a kernel waits
SLOW = """
rested = 0
class Slow:
    def __init__(self):
        self.itself = self
    def __del__(self):
        global rested
        rested += 1
        until = time.thread_time() + 0.3
        while time.thread_time() < until:
            pass
        Slow()
Slow()
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, bubblewrap: str) -> Iterator[RunningApps]:
    home = make_home(tmp_path_factory.mktemp("rest") / "home")
    with run_fork_server(home):
        running = RunningApps(home, apps_folder=tmp_path_factory.mktemp("no-shipped-apps")).start()
        yield running
        assert running.stop() == 0


async def move_and_rest(served: RunningApps, slug: str, *, rests: tuple[float, ...]) -> list[str]:
    """Move a slider with these pauses before each move; return what is reported after each."""
    said = []
    async with open_visit(served, slug) as opened:
        level = find_widget(await opened.read_widgets(), "Level")
        for number, rest in enumerate(rests, 10):
            await asyncio.sleep(rest)
            said.append(await opened.move(level, {"value": number}))
    return said


@pytest.mark.sandbox
def test_what_a_move_has_left_is_gone_when_nobody_has_moved_for_a_moment(served: RunningApps) -> None:
    slug = publish(served, "knots", KNOTS.format(before=NEVER_BY_ITSELF, slow=""))

    said = asyncio.run(move_and_rest(served, slug, rests=(0, RESTED)))

    assert said == ["<picture>0 10 0</picture>", "<picture>0 11 0</picture>"]


@pytest.mark.sandbox
def test_an_app_that_wants_no_collector_has_none(served: RunningApps) -> None:
    slug = publish(served, "uncollected", KNOTS.format(before="gc.disable()", slow=""))

    said = asyncio.run(move_and_rest(served, slug, rests=(0, RESTED)))

    assert said == ["<picture>0 10 0</picture>", "<picture>1 11 0</picture>"]


@pytest.mark.sandbox
def test_a_kernel_whose_rest_takes_long_does_so_once(served: RunningApps) -> None:
    slug = publish(served, "slow-to-rest", KNOTS.format(before=NEVER_BY_ITSELF, slow=SLOW))

    said = asyncio.run(move_and_rest(served, slug, rests=(RESTED, RESTED)))

    assert said == ["<picture>0 10 1</picture>", "<picture>1 11 1</picture>"]
