"""The gallery and each app's page, as anybody sees them: a real small hall without hub and proxy."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from datahall_hub.app_life.states import Action
from datahall_hub.services.apps.headers import make_security_headers
from datahall_hub.services.hall.app_desk.qr_code import draw_qr_code
from datahall_hub.settings import Settings
from pydantic import ValidationError

from tests.hub.app_desk.seeded_versions import SeededVersions, seed_versions
from tests.hub.hall.small_hall import TRAP, SmallHall

PUBLISHED = (Action.PASS, Action.APPROVE, Action.PUBLISH)
RAIN = {
    "title": {"en": "Rain <b>", "zh": "降雨"},
    "summary": {"en": "On which days \u202eit rained.", "zh": "哪些天下了雨。"},
    "themes": ["weather", "environment"],
    "goals": ["services"],
    "license": "CC-BY-4.0",
    "authors": [{"name": TRAP, "url": "https://example.org/lin"}],
    "show_source": True,
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallHall]:
    """A hall that lets one site show its apps."""
    home = tmp_path_factory.mktemp("apps") / "home"
    hall = SmallHall(home, DATAHALL_APPS_FRAMED_BY="https://city.example.org").start()
    yield hall
    hall.stop()


@pytest.fixture(scope="module")
def seeded(running: SmallHall) -> Iterator[SeededVersions]:
    with seed_versions(running.home) as versions:
        versions.add("rain", "lin", *PUBLISHED, manifest=RAIN, sources=["show_rain()"])
        versions.add("closed", "lin", *PUBLISHED, picture=None)
        versions.add("waits", "lin", Action.PASS)
        versions.add("retired", "lin", *PUBLISHED, Action.RETIRE)
        yield versions


@pytest.fixture
def visitor(running: SmallHall, seeded: SeededVersions) -> Iterator[httpx.Client]:
    with running.client() as client:
        yield client


def test_the_gallery_shows_what_is_published_and_nothing_else(visitor: httpx.Client) -> None:
    page = visitor.get("/en/apps/").text
    assert "/en/apps/rain" in page
    assert "/services/apps/rain?language=en" in page  # one click to the app itself
    assert "/en/apps/waits" not in page
    assert "/en/apps/retired" not in page


def test_the_gallery_is_narrowed_to_a_domain(visitor: httpx.Client) -> None:
    page = visitor.get("/zh/apps/", params={"theme": "environment"}).text
    assert "/zh/apps/rain" in page
    assert "/zh/apps/closed" not in page
    assert "环境" in page
    assert "/en/apps/closed" in visitor.get("/en/apps/", params={"theme": "no-such"}).text
    assert "There is no app about this yet." in visitor.get("/en/apps/", params={"theme": "ocean"}).text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Open the app", "Data in this app", "Services for people", "Weather")),
        ("zh", ("打开应用", "降雨", "民生服务")),
    ],
)
def test_an_apps_page_says_what_it_is(visitor: httpx.Client, language: str, words: tuple[str, ...]) -> None:
    page = visitor.get(f"/{language}/apps/rain").text
    assert all(word in page for word in words)
    assert f"/services/apps/rain?language={language}" in page
    assert f"/{language}/datasets/weather/seattle-weather" in page
    assert 'rel="license noopener"' in page


def test_what_an_author_wrote_is_never_obeyed(visitor: httpx.Client) -> None:
    page = visitor.get("/en/apps/rain").text
    assert "<b>" not in page
    assert "<script>alert" not in page
    assert "\u202e" not in page.partition("<main")[2]
    assert "\u202e" not in visitor.get("/en/apps/").text.partition("<main")[2]


def test_an_apps_page_describes_it_for_search_engines(running: SmallHall, visitor: httpx.Client) -> None:
    page = visitor.get("/zh/apps/rain").text
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, flags=re.DOTALL)
    assert found
    described = json.loads(html.unescape(found[1]))
    assert described["@type"] == "WebApplication"
    assert described["name"] == "降雨"
    assert described["softwareVersion"] == "1"
    assert described["isBasedOn"] == [f"{running.url}/datasets/weather/seattle-weather"]
    assert described["license"].startswith("https://")


@pytest.mark.parametrize("path", ["waits", "retired", "no-such", "Waits", "..%2Frain", "a" * 101])
def test_what_is_not_published_has_no_page(visitor: httpx.Client, path: str) -> None:
    for address in (f"/en/apps/{path}", f"/apps/{path}/qr.svg", f"/apps/{path}/notebook.ipynb"):
        assert visitor.get(address).status_code == 404


def test_an_address_without_a_language_leads_to_the_readers(running: SmallHall, visitor: httpx.Client) -> None:
    answer = visitor.get("/apps/rain", headers={"accept-language": "zh-CN"})
    assert (answer.status_code, answer.headers["location"]) == (302, "/services/hall/zh/apps/rain")
    for path in ("/apps/mine", "/apps/review", "/apps/rain/versions/1"):
        assert visitor.get(path).headers["location"].endswith(f"/en{path}")


def test_a_qr_code_holds_the_address(visitor: httpx.Client) -> None:
    answer = visitor.get("/apps/rain/qr.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.content.startswith(b"<svg")
    assert answer.content == draw_qr_code(f"{str(visitor.base_url).rstrip('/')}/apps/rain")
    assert "script-src" in answer.headers["content-security-policy"]


def test_a_notebook_is_public_where_its_author_says_so(visitor: httpx.Client) -> None:
    answer = visitor.get("/apps/rain/notebook.ipynb")
    assert answer.headers["content-disposition"] == 'attachment; filename="rain.ipynb"'
    assert "".join(answer.json()["cells"][0]["source"]) == "show_rain()"
    assert "/apps/rain/notebook.ipynb" in visitor.get("/en/apps/rain").text
    assert visitor.get("/apps/closed/notebook.ipynb").status_code == 404
    assert "notebook.ipynb" not in visitor.get("/en/apps/closed").text


def test_a_frame_is_offered_only_where_the_operator_allows_it(
    running: SmallHall, visitor: httpx.Client, tmp_path: Path
) -> None:
    page = html.unescape(visitor.get("/en/apps/rain").text)
    assert '<iframe src="' in page
    alone = SmallHall(tmp_path / "home").start()
    try:
        with alone.client() as client:
            page = client.get("/en/apps/weather-explorer").text
    finally:
        alone.stop()
    assert "iframe" not in page
    assert "has not allowed other sites" in page


@pytest.mark.parametrize(
    ("framed_by", "ancestors"),
    [
        ("", "frame-ancestors 'self'"),
        ("https://city.example.org", "frame-ancestors 'self' https://city.example.org"),
        ("a.org, *.b.org:8443  c.org,", "frame-ancestors 'self' a.org *.b.org:8443 c.org"),
    ],
)
def test_apps_are_framed_by_the_sites_that_the_operator_names(framed_by: str, ancestors: str) -> None:
    settings = Settings(apps_framed_by=framed_by)
    policy = make_security_headers(settings.apps_framed_by)["Content-Security-Policy"]
    assert policy.split("; ")[-1] == ancestors
    assert policy.startswith("sandbox allow-scripts")


@pytest.mark.parametrize(
    "framed_by",
    ["*", "a.org; script-src *", "'unsafe-inline'", "a.org\r\nx: y", "javascript:alert", "https:", "a.org/b"],
)
def test_nothing_else_gets_into_the_policy(framed_by: str) -> None:
    try:
        kept = Settings(apps_framed_by=framed_by).apps_framed_by
    except ValidationError:
        return
    raise AssertionError(kept)


def test_the_home_page_and_datasets_lead_to_an_apps_page(visitor: httpx.Client) -> None:
    for path in ("/en/", "/en/datasets/weather/seattle-weather"):
        page = visitor.get(path).text
        assert "/services/hall/en/apps/rain" in page
        assert "/services/apps/rain?language=en" in page
