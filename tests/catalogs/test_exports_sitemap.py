"""Every page of the hall stands in its sitemap, in both languages, and no part is larger than robots read."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree

import pytest
from datahall._exports.pages import Page
from datahall._exports.sitemap import PART_SIZE, SitePage, dataset_page, write_index, write_part, write_robots

HALL = "https://hall.example/services/hall"
SPACE = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}


def test_a_page_stands_there_once_per_language_and_each_names_both() -> None:
    part = ElementTree.fromstring(write_part([dataset_page("weather/rain", date(2024, 5, 1))], base_url=HALL))

    addresses = [found.text for found in part.iterfind("s:url/s:loc", SPACE)]
    assert addresses == [f"{HALL}/en/datasets/weather/rain", f"{HALL}/zh/datasets/weather/rain"]
    for url in part.iterfind("s:url", SPACE):
        links = {link.get("hreflang"): link.get("href") for link in url.iterfind("x:link", SPACE)}
        assert links == {
            "en": addresses[0],
            "zh-Hans": addresses[1],
            "x-default": f"{HALL}/datasets/weather/rain",
        }
        assert url.findtext("s:lastmod", None, SPACE) == "2024-05-01"


def test_a_part_stays_below_what_robots_read() -> None:
    pages = [SitePage(f"datasets/harvested/{'x' * 180}{number}", date(2024, 1, 1)) for number in range(PART_SIZE)]

    content = write_part(pages, base_url=HALL)

    assert content.count(b"<url>") == 2 * PART_SIZE < 50_000
    assert len(content) < 50_000_000


def test_a_million_datasets_have_an_index_that_robots_read() -> None:
    parts = Page(1_000_000, size=PART_SIZE).count

    index = ElementTree.fromstring(write_index(parts=parts, base_url=HALL, changed=date(2024, 5, 1)))

    places = [found.text for found in index.iterfind("s:sitemap/s:loc", SPACE)]
    assert (len(places), places[-1]) == (200, f"{HALL}/sitemap-200.xml")


@pytest.mark.parametrize("trap", ['"><x/>', "&", "<", "'", "雨"])
def test_no_path_breaks_the_document(trap: str) -> None:
    part = ElementTree.fromstring(write_part([SitePage(trap)], base_url=HALL))

    assert part.findtext("s:url/s:loc", None, SPACE) == f"{HALL}/en/{trap}"


def test_robots_are_told_of_the_sitemap() -> None:
    assert f"Sitemap: {HALL}/sitemap.xml" in write_robots(base_url=HALL).decode().splitlines()
