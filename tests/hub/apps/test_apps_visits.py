"""A visit: it starts, follows the visitor's hand, makes room for others, and ends."""

from __future__ import annotations

import asyncio
import json
import os
import re
import tempfile
import time
from pathlib import Path

import httpx
import psutil
import pytest

from .running_apps import RunningApps, find_widget, open_visit, write_app

pytestmark = pytest.mark.sandbox

# What a page of 10 visitors at once may take on two busy cores; alone it takes about ten seconds.
ALL_WITHIN = 100


@pytest.mark.parametrize(
    ("slug", "label", "state"),
    [
        ("nations-compared", "Year", {"value": 1965}),
        ("nations-compared", "Compared with", {"index": 3}),
        ("weather-explorer", "What is measured", {"index": 2}),
        ("weather-explorer", "Year", {"value": 2012}),
    ],
)
def test_moving_a_widget_changes_the_plot(apps: RunningApps, slug: str, label: str, state: dict[str, int]) -> None:
    async def visit() -> tuple[str, str]:
        async with open_visit(apps, slug) as page:
            widgets = await page.read_widgets()
            before = next(w["value"] for w in widgets.values() if "<picture>" in str(w.get("value")))
            return before, await page.move(find_widget(widgets, label), state)

    before, after = asyncio.run(visit())

    assert before != after
    assert 'alt="' in after


def test_the_app_itself_speaks_chinese(apps: RunningApps) -> None:
    async def visit() -> dict[str, dict[str, object]]:
        async with open_visit(apps, "weather-explorer", language="zh") as page:
            return await page.read_widgets()

    widgets = asyncio.run(visit())

    assert {"测量项目", "年份", "月份", "天气类型"} <= {str(state.get("description")) for state in widgets.values()}


def test_a_choice_without_data_is_said_and_not_an_error(apps: RunningApps) -> None:
    async def visit() -> str:
        async with open_visit(apps, "weather-explorer") as page:
            widgets = await page.read_widgets()
            kind, month = find_widget(widgets, "Kind of weather"), find_widget(widgets, "Month")
            await page.move(month, {"index": 7})
            await page.send("comm_msg", {"comm_id": kind, "data": {"method": "update", "state": {"index": 5}}})
            while True:
                value = (await page.receive())["content"].get("data", {}).get("state", {}).get("value")
                if isinstance(value, str) and "app-empty" in value:
                    return value

    assert "No such day in July" in asyncio.run(visit())


def test_ten_visitors_at_once_all_get_their_app(apps: RunningApps) -> None:
    async def visit(slug: str) -> int:
        async with open_visit(apps, slug) as page:
            return len(await page.read_widgets())

    async def visit_all() -> list[int]:
        slugs = ["nations-compared", "weather-explorer"] * 5
        return await asyncio.wait_for(asyncio.gather(*(visit(slug) for slug in slugs)), ALL_WITHIN)

    counts = asyncio.run(visit_all())

    assert len(counts) == 10
    assert min(counts) >= 6
    apps.wait_for_visits(0)


def test_one_visitor_too_many_is_told_when_to_come_back(small_apps: RunningApps) -> None:
    async def visit() -> tuple[httpx.Response, httpx.Response]:
        async with open_visit(small_apps, "plain"), open_visit(small_apps, "plain"), httpx.AsyncClient() as client:
            english = await client.get(f"{small_apps.url}/plain")
            chinese = await client.get(f"{small_apps.url}/plain", headers={"Accept-Language": "zh-CN"})
            return english, chinese

    small_apps.wait_for_visits(0)
    english, chinese = asyncio.run(visit())

    assert english.status_code == chinese.status_code == 503
    assert int(english.headers["Retry-After"]) > 0
    assert int(english.headers["Refresh"]) > 0
    assert "Many people are here right now" in english.text
    assert "现在访问的人很多" in chinese.text
    small_apps.wait_for_visits(0)


def test_closing_the_tab_ends_the_visit(apps: RunningApps) -> None:
    async def visit() -> str:
        async with open_visit(apps, "weather-explorer") as page:
            address = f"{apps.url}/api/kernels/{page.kernel_id}"
            assert httpx.get(address).json()["id"] == page.kernel_id
            return address

    address = asyncio.run(visit())

    assert httpx.get(address).status_code == 404


def test_a_visit_without_a_page_ends_by_itself(small_apps: RunningApps) -> None:
    page = httpx.get(f"{small_apps.url}/plain", timeout=30)
    assert page.status_code == 200
    assert small_apps.visits() == 1

    small_apps.wait_for_visits(0, within=17)

    assert "its page never connected" in small_apps.log.read_text()


def test_a_visitor_who_leaves_while_it_starts_takes_no_seat(small_apps: RunningApps) -> None:
    small_apps.wait_for_visits(0)
    with httpx.stream("GET", f"{small_apps.url}/slow") as answer:
        parts = answer.iter_bytes()  # kept: the connection is closed with it
        next(parts)
        small_apps.wait_for_visits(1, within=4)

    small_apps.wait_for_visits(0, within=4)


def test_an_app_has_no_way_out_of_its_walls(small_apps: RunningApps) -> None:
    report = json.loads(asyncio.run(read_report(small_apps)))

    assert report["outside"] == "OSError"
    assert report["service"] == "ConnectionRefusedError"
    assert report["hub_state"] == "FileNotFoundError"
    assert report["homes"] == "['visitor']"
    assert report["checkout"] == "['.venv', 'catalogs', 'extensions']"
    assert report["home"] == "['catalogs']"
    assert report["write_home"] == "1"
    assert report["write_store"] == report["write_cards"] == "OSError"
    assert int(str(report["processes"])) <= 3
    assert report["folders_of_others"] == "0"
    assert not [name for name in report["environment"] if "TOKEN" in name or "SECRET" in name]
    assert str(small_apps.home) not in str(report["values"])
    assert "pipe:" in str(report["opened_outside"])
    assert str(small_apps.log) not in str(report["opened_outside"])
    said = [line for line in small_apps.log.read_text().splitlines() if "forged" in line or "from an app" in line]
    assert len(said) == 2
    assert all(re.search(r" INFO datahall\.apps visit [0-9a-f]{8} says: ", line) for line in said)
    assert "\x1b" not in "".join(said)
    assert small_apps.log.read_text().count("xxx") < 40_000 / 3  # nobody fills the log


def test_the_halls_state_is_unseen_wherever_its_folder_lies(apps: RunningApps) -> None:
    """`/usr` is shown inside; a home below it is not."""
    if not os.access("/usr/local", os.W_OK):
        pytest.skip("only root can put a hall below /usr")
    with tempfile.TemporaryDirectory(dir="/usr/local") as folder:
        home = Path(folder, "home")
        (home / "secrets").mkdir(parents=True)
        (home / "secrets/hall-token").write_text("a secret")
        look = f"import ipywidgets, os\nfound = [entry for entry in os.walk({str(home)!r}) if entry[1] or entry[2]]\n"
        shown = "ipywidgets.HTML(value=repr(found), description='report')"
        write_app(Path(folder, "apps"), "nosy", cells=[look + shown])
        below = RunningApps(home, apps_folder=Path(folder, "apps")).start()
        try:
            report = asyncio.run(read_report(below))
        finally:
            below.stop()

    assert report == "[]"


async def read_report(apps: RunningApps) -> str:
    async with open_visit(apps, "nosy") as page:
        widgets = await page.read_widgets()
        return str(widgets[find_widget(widgets, "report")]["value"])


def test_stopping_the_service_leaves_no_kernel(small_apps: RunningApps) -> None:
    folder = Path(small_apps.environment["DATAHALL_APPS_FOLDER"])
    restarted = RunningApps(small_apps.home, apps_folder=folder).start()
    assert httpx.get(f"{restarted.url}/plain", timeout=30).status_code == 200
    children = psutil.Process(restarted.process.pid).children(recursive=True)
    assert children

    begun = time.monotonic()
    assert restarted.stop() == 0

    assert time.monotonic() - begun < 5
    assert not psutil.wait_procs(children, timeout=3)[1]
