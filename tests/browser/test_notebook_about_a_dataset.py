"""From a dataset's page into the Lab: a notebook about it, made once, that runs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.chromium import Visit, launch_chromium, open_context
from tests.conftest import require_program
from tests.running_hall import PASSWORD, RunningHall

pytestmark = pytest.mark.browser

DATASET = "weather/seattle-weather"
OPEN = {"en": "Open in the workbench", "zh": "在工作台中打开"}
TITLE = {"en": "Daily weather in Seattle", "zh": "西雅图逐日天气"}
TAB = "#jp-main-dock-panel .lm-TabBar-tab.jp-mod-current"
HERE = {"Sec-Fetch-Site": "same-origin"}
RAN = ".jp-OutputArea-output"


@pytest.fixture(scope="module")
def vera(hall: RunningHall) -> Iterator[httpx.Client]:
    with closing(hall.person("vera")) as client:
        yield client
        hall.stop_server(client, "vera")


def click_open(hall: RunningHall, visit: Visit, *, language: str) -> Page:
    page = visit.new_page()
    page.goto(f"{hall.url}/services/hall/{language}/datasets/{DATASET}")
    page.get_by_role("link", name=OPEN[language]).click()
    return page


def sign_in(page: Page, name: str) -> None:
    page.fill("#username", name)
    page.fill("#password", PASSWORD)
    page.click("form button[type=submit]")


def list_notebooks(hall: RunningHall, name: str) -> list[str]:
    return sorted(each.name for each in (hall.home / "homes" / name / "notebooks").iterdir() if each.suffix == ".ipynb")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_click_on_the_page_of_a_dataset_opens_a_notebook_that_runs(
    hall: RunningHall, vera: httpx.Client, language: str
) -> None:
    require_program("chromium")
    notebooks = hall.home / "homes/vera/notebooks"
    for each in notebooks.glob("*.ipynb"):
        each.unlink()
    with (
        sync_playwright() as playwright,
        launch_chromium(playwright) as chromium,
        open_context(chromium, language=language) as visit,
    ):
        page = click_open(hall, visit, language=language)
        sign_in(page, "vera")
        page.wait_for_url(re.compile("/user/vera/lab/.*notebooks/seattle-weather.ipynb"))
        expect(page.locator(".jp-MarkdownOutput h1").first).to_contain_text(TITLE[language])

        page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]")
        page.wait_for_timeout(1_000)  # what the kernel says of its language comes after its state
        assert "jp-mod-dirty" not in (page.locator(TAB).get_attribute("class") or "")
        page.locator(".jp-CodeCell .cm-content").first.click()
        page.keyboard.press("Shift+Enter")
        page.wait_for_selector(RAN)
        expect(page.locator(RAN).first).to_contain_text("precipitation")

        wish = {"dataset": DATASET, "language": language}
        again = vera.get("/hub/user-redirect/datahall/open", params=wish, headers=HERE)
        assert again.url.path == "/user/vera/lab/tree/notebooks/seattle-weather.ipynb"
        assert list_notebooks(hall, "vera") == ["seattle-weather.ipynb"]
        assert visit.errors == []


@pytest.fixture
def opening(hall: RunningHall, vera: httpx.Client) -> str:
    """The address, of a running server."""
    hall.start_server(vera, "vera")
    return "/user/vera/datahall/open"


def test_a_link_from_another_site_asks_before_anything_is_written(
    hall: RunningHall, vera: httpx.Client, opening: str
) -> None:
    wish = {"dataset": "resources/nile-flow", "language": "zh"}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {}, {"Referer": "http://evil/"}):
        page = vera.get(opening, params=wish, headers=headers)
        assert page.status_code == 200
        assert "<form" in page.text
        assert "nile-flow.ipynb" not in list_files(hall)
    refused = vera.post(opening, data=wish)
    assert refused.status_code == 403
    assert "nile-flow.ipynb" not in list_files(hall)

    key = re.search(r'name="_xsrf" value="([^"]+)"', page.text)
    assert key is not None
    made = vera.post(opening, data={**wish, "_xsrf": key[1]}, follow_redirects=False)
    assert made.headers["location"] == "/user/vera/lab/tree/notebooks/nile-flow.ipynb"
    assert "nile-flow.ipynb" in list_files(hall)


def list_files(hall: RunningHall) -> list[str]:
    folder = hall.home / "homes/vera/notebooks"
    return [each.name for each in folder.iterdir()] if folder.is_dir() else []


def test_nothing_is_written_over_and_another_file_of_the_name_stays(
    hall: RunningHall, vera: httpx.Client, opening: str, tmp_path: Path
) -> None:
    folder = hall.home / "homes/vera/notebooks"
    folder.mkdir(exist_ok=True)
    subject, name = "transport/airlines", "airlines"
    (folder / f"{name}.ipynb").write_text('{"metadata": {"datahall": {"dataset": "some/other"}}}')
    (folder / f"{name}-2.ipynb").symlink_to(tmp_path / "elsewhere.ipynb")

    places = [
        vera.get(opening, params={"dataset": subject}, headers=HERE, follow_redirects=False).headers["location"]
        for _ in range(2)
    ]

    assert places == [f"/user/vera/lab/tree/notebooks/{name}-3.ipynb"] * 2
    assert "some/other" in (folder / f"{name}.ipynb").read_text()
    assert not (tmp_path / "elsewhere.ipynb").exists()
    assert json.loads((folder / f"{name}-3.ipynb").read_text())["metadata"]["datahall"] == {"dataset": subject}


@pytest.mark.parametrize(
    ("dataset", "status"),
    [
        pytest.param("", 404, id="none"),
        pytest.param("../../etc/passwd", 404, id="a path"),
        pytest.param("weather/../x", 404, id="dots"),
        pytest.param("weather/" + "x" * 5_000, 404, id="too long"),
        pytest.param("weather/<script>alert(1)</script>", 404, id="markup"),
        pytest.param("weather/nothing-of-the-kind", 404, id="unknown"),
        pytest.param("harvested/nobody--nothing", 404, id="unknown and harvested"),
    ],
)
def test_what_is_no_dataset_makes_no_notebook(
    hall: RunningHall, vera: httpx.Client, opening: str, dataset: str, status: int
) -> None:
    before = list_files(hall)
    answer = vera.get(opening, params={"dataset": dataset}, headers=HERE)
    assert answer.status_code == status
    assert list_files(hall) == before
    assert "<script>alert" not in vera.get(opening, params={"dataset": dataset}).text


def test_nobody_else_may_open_there(hall: RunningHall, opening: str) -> None:
    with closing(hall.person("otto")) as otto:
        assert otto.get(opening, params={"dataset": DATASET}, headers=HERE).status_code == 403
