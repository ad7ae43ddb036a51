"""From an app's page into the Lab: a copy of its notebook, a new one each time, and nothing from elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest
from datahall_hub.app_life.states import Action
from playwright.sync_api import Browser, expect

from tests.browser.chromium import open_context
from tests.browser.test_notebook_about_a_dataset import HERE, sign_in
from tests.hub.app_desk.seeded_versions import seed_versions
from tests.running_hall import RunningHall

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PUBLISHED = (Action.PASS, Action.APPROVE, Action.PUBLISH)
COPY = {"en": "Open in the workbench", "zh": "在工作台中打开"}


@pytest.fixture(scope="module")
def nora(hall: RunningHall) -> Iterator[httpx.Client]:
    with seed_versions(hall.home) as seeded:
        for slug, is_public in (("copied", True), ("kept-closed", False)):
            seeded.add(slug, "lin", *PUBLISHED, sources=["1 + 1"], manifest={"show_source": is_public})
    with closing(hall.person("nora")) as client:
        yield client
        hall.stop_server(client, "nora")


@pytest.fixture
def opening(hall: RunningHall, nora: httpx.Client) -> str:
    hall.start_server(nora, "nora")
    nora.get("/user/nora/lab")  # past the hub's question whether the server may know who this is
    return "/user/nora/datahall/open"


def list_copies(hall: RunningHall) -> list[str]:
    return sorted(each.name for each in (hall.home / "homes/nora/notebooks").glob("*"))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_click_on_the_page_of_an_app_opens_a_copy_in_the_lab(
    hall: RunningHall, nora: httpx.Client, browser: Browser, language: str
) -> None:
    with open_context(browser, language=language) as visit:
        page = visit.new_page()
        page.goto(f"{hall.url}/services/hall/{language}/apps/copied")
        page.get_by_role("link", name=COPY[language]).click()
        sign_in(page, "nora")
        page.wait_for_url(re.compile(r"/user/nora/lab/.*notebooks/copied(-\d)?\.ipynb"))
        expect(page.locator(".jp-CodeCell .cm-content").first).to_contain_text("1 + 1")
        page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]")  # no question which kernel
        assert visit.errors == []


def test_each_time_is_a_copy_of_its_own_and_nothing_is_written_over(
    hall: RunningHall, nora: httpx.Client, opening: str
) -> None:
    folder = hall.home / "homes/nora/notebooks"
    folder.mkdir(exist_ok=True)
    for each in folder.glob("copied*"):
        each.unlink()
    (folder / "copied.ipynb").write_text("my own")
    places = [
        nora.get(opening, params={"app": "copied"}, headers=HERE, follow_redirects=False).headers["location"]
        for _ in range(2)
    ]
    assert places == [f"/user/nora/lab/tree/notebooks/copied-{number}.ipynb" for number in (2, 3)]
    assert (folder / "copied.ipynb").read_text() == "my own"
    copy = json.loads((folder / "copied-2.ipynb").read_text())
    assert copy["metadata"]["datahall"] == {"app": "copied"}
    assert "".join(copy["cells"][0]["source"]) == "1 + 1"


def test_a_link_from_another_site_asks_before_anything_is_copied(
    hall: RunningHall, nora: httpx.Client, opening: str
) -> None:
    before = list_copies(hall)
    wish = {"app": "copied", "language": "zh"}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {}, {"Referer": "http://evil/"}):
        page = nora.get(opening, params=wish, headers=headers)
        assert "要把应用 <code>copied</code> 的笔记本复制到您的主文件夹吗？" in page.text
    assert nora.post(opening, data=wish).status_code == 403
    assert list_copies(hall) == before

    key = re.search(r'name="_xsrf" value="([^"]+)"', page.text)
    assert key is not None
    made = nora.post(opening, data={**wish, "_xsrf": key[1]}, follow_redirects=False)
    assert made.status_code == 302
    assert len(list_copies(hall)) == len(before) + 1


@pytest.mark.parametrize(
    "slug",
    [
        pytest.param("no-such-app", id="unknown"),
        pytest.param("kept-closed", id="not public"),
        pytest.param("../../api/v1/me", id="a path"),
        pytest.param("copied/../copied", id="dots"),
        pytest.param("copied\nx", id="a line end"),
        pytest.param("x" * 5_000, id="too long"),
        pytest.param("<script>alert(1)</script>", id="markup"),
    ],
)
def test_what_is_no_public_notebook_of_an_app_is_not_copied(
    hall: RunningHall, nora: httpx.Client, opening: str, slug: str
) -> None:
    before = list_copies(hall)
    assert nora.get(opening, params={"app": slug}, headers=HERE).status_code == 404
    assert list_copies(hall) == before
    assert "<script>alert" not in nora.get(opening, params={"app": slug}).text


def test_only_an_app_that_shows_its_notebook_offers_it(hall: RunningHall, nora: httpx.Client) -> None:
    with hall.client() as visitor:
        assert "user-redirect/datahall/open?app=copied" in visitor.get("/services/hall/en/apps/copied").text
        assert "user-redirect" not in visitor.get("/services/hall/en/apps/kept-closed").text
