"""How often apps are visited, as everybody sees it: in the gallery, on their pages, and over the API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest
from datahall.openings import today
from datahall.uses import add_uses
from datahall_hub.app_life.published_apps import name_use
from datahall_hub.app_life.states import Action

from tests.hub.app_desk.seeded_versions import seed_versions
from tests.hub.hall.small_hall import SmallHall

PUBLISHED = (Action.PASS, Action.APPROVE, Action.PUBLISH)
VISITS = {"most": 12, "once": 1}  # and of “a-quiet-one” none


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    home = tmp_path_factory.mktemp("used") / "home"
    hall = SmallHall(home).start()
    try:
        with seed_versions(home) as seeded:
            for slug in ("a-quiet-one", *VISITS):
                seeded.add(slug, "lin", *PUBLISHED, manifest={"themes": ["weather"]})
        visits = {(name_use(slug), "visit"): number for slug, number in VISITS.items()}
        add_uses(visits, home=home, day=today() - timedelta(days=9))
        with hall.client() as client:
            yield client
    finally:
        hall.stop()


def list_slugs(page: str) -> list[str]:
    """Return the apps of a gallery in their order, without those that come with the hall."""
    return [slug for slug in re.findall(r'id="app-([a-z-]+)"', page) if slug in {"a-quiet-one", *VISITS}]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        pytest.param("/en/apps/most", "12 visits in the last 10 days", id="many, in English"),
        pytest.param("/zh/apps/most", "最近 10 天访问 12 次", id="many, in Chinese"),
        pytest.param("/en/apps/once", "one visit in the last 10 days", id="one, in English"),
        pytest.param("/zh/apps/", "天访问 12 次", id="in the gallery"),
    ],
)
def test_visits_are_told(visitor: httpx.Client, path: str, words: str) -> None:
    assert words in visitor.get(path).text


def test_an_app_without_visits_says_nothing_of_them(visitor: httpx.Client) -> None:
    assert "visits in the last" not in visitor.get("/en/apps/a-quiet-one").text


def test_the_gallery_is_put_in_order_by_use_within_a_domain_too(visitor: httpx.Client) -> None:
    assert list_slugs(visitor.get("/en/apps/").text) == ["a-quiet-one", "most", "once"]
    for query in ({"sort": "use"}, {"sort": "use", "theme": "weather"}):
        page = visitor.get("/en/apps/", params=query).text
        assert list_slugs(page) == ["most", "once", "a-quiet-one"]
    assert 'href="/services/hall/en/apps/?theme=weather"' in page  # back to the order by names, in the same domain
    unknown = visitor.get("/en/apps/", params={"sort": "<script>"})
    assert list_slugs(unknown.text) == ["a-quiet-one", "most", "once"]
    assert "<script>" not in unknown.text.partition("<main")[2]


def test_the_api_tells_them(visitor: httpx.Client) -> None:
    told = {app["slug"]: app["uses"]["visits"] for app in visitor.get("/api/v1/apps").json()["results"]}
    assert (told["most"], told["once"], told["a-quiet-one"]) == (12, 1, 0)
    assert visitor.get("/api/v1/apps/most").json()["uses"]["visits"] == 12
    address = urlsplit(visitor.get("/api/v1/apps/most").json()["address"])
    assert address.path == "/services/apps/most"


def test_an_app_is_not_taken_for_a_dataset(visitor: httpx.Client) -> None:
    found = visitor.get("/api/v1/datasets", params={"sort": "use"}).json()
    assert not [each for each in found["results"] if each["id"].startswith("apps/")]
    assert visitor.get("/api/v1/datasets/apps/most").status_code == 404
    assert visitor.get("/en/datasets/apps/most").status_code == 404
