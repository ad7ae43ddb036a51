"""A server that is not ready in time: the page says so, and so does the program that asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.hub.test_spawner_line import follow
from tests.running_hall import RunningHall

pytestmark = pytest.mark.sandbox
NEVER = """
import asyncio
from datahall_hub import spawner


async def launch(*arguments, **options):
    await asyncio.sleep(3600)


spawner._launch = launch
"""


@pytest.fixture(scope="module")
def late(tmp_path_factory: pytest.TempPathFactory, bubblewrap: str) -> Iterator[RunningHall]:
    """A hall in which no server ever begins."""
    home = tmp_path_factory.mktemp("late") / "home"
    (home / "jupyterhub_config.d").mkdir(parents=True)
    (home / "jupyterhub_config.d/never.py").write_text(NEVER)
    running = RunningHall(home, options=("--start-timeout", "10")).start()
    yield running
    running.stop()


def test_a_start_that_takes_too_long_says_so_in_the_language_of_whoever_asked(late):
    with closing(late.person("ada")) as browser:
        browser.headers["Accept-Language"] = "zh"
        answer = late.api(browser, "POST", "/hub/api/users/ada/server")
        told = follow(browser, "ada")[-1]

    assert answer.status_code == 202
    assert told["failed"]
    assert "服务器未能在 10 秒内就绪" in told["message"]
    assert "not ready within 10 s" in (late.home / "logs/hub.log").read_text()
