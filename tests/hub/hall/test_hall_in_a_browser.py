"""The hall in a real Chromium: both languages, desk and phone, light and dark, keyboard, no address outside."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import open_context
from tests.hub.hall.portal_records import find_ids
from tests.hub.hall.small_hall import SmallHall, write_card

pytestmark = pytest.mark.browser

PAGES = (
    "",
    "datasets/",
    "datasets/?q=weather",
    "datasets/weather/seattle-weather",
    "datasets/ocean/unreachable",
    "apps/",
    "nowhere",
)
DESK, PHONE = 1280, 390


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("width", "dark"), [(DESK, False), (PHONE, True)], ids=["desk", "dark phone"])
def test_every_page_fits_and_loads_nothing_from_elsewhere(
    browser: Browser, small_hall: SmallHall, language: str, width: int, dark: bool
) -> None:
    with open_context(browser, language=language, width=width, dark=dark) as visit:
        page = visit.new_page()
        refused: list[str] = []
        page.on("console", lambda message: refused.append(message.text) if "Content Security" in message.text else None)
        for path in PAGES:
            page.goto(f"{small_hall.url}/{language}/{path}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert visit.outside() == []
        assert visit.errors == []
        assert refused == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_dataset_scrolls_sideways(browser: Browser, small_hall: SmallHall, language: str) -> None:
    with small_hall.client() as client:
        pages = client.get("/api/v1/datasets").json()["pages"]
        results = [client.get("/api/v1/datasets", params={"page": n + 1}).json()["results"] for n in range(pages)]
    ids = [each["id"] for page_of_results in results for each in page_of_results]
    assert len(ids) > 30
    with open_context(browser, language=language) as visit:
        page = visit.new_page()
        for dataset_id in ids:
            page.goto(f"{small_hall.url}/{language}/datasets/{dataset_id}")
            for width in (DESK, PHONE):
                page.set_viewport_size({"width": width, "height": 900})
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (dataset_id, width)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_long_names_and_addresses_of_a_portal_stay_in_their_tables(
    browser: Browser, small_hall: SmallHall, language: str
) -> None:
    wide = "[...document.querySelectorAll('.table-scroll')].filter(e => e.scrollWidth > e.clientWidth).length"
    bare = find_ids(small_hall.home)["bare"]
    with open_context(browser, language=language) as visit:
        page = visit.new_page()
        page.goto(f"{small_hall.url}/{language}/datasets/{bare}")
        assert page.locator(".table-scroll").count() == 2
        for width in (DESK, PHONE):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate(wide) == 0, width
        label = page.locator("td[data-label]").first
        assert label.evaluate("e => getComputedStyle(e, '::before').content") != "none"  # heads are hidden on phones


def test_the_keyboard_reaches_search_and_skips_the_header(browser: Browser, small_hall: SmallHall) -> None:
    with open_context(browser) as visit:
        page = visit.new_page()
        page.goto(f"{small_hall.url}/en/")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip-link"
        assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "q"
        page.keyboard.type("fertility")
        page.keyboard.press("Enter")
        page.wait_for_url("**/datasets/?q=fertility")
        assert page.get_by_role("link", name="Total fertility rate by country and year").is_visible()


def test_the_language_switch_keeps_the_page(browser: Browser, small_hall: SmallHall) -> None:
    with open_context(browser) as visit:
        page = visit.new_page()
        page.goto(f"{small_hall.url}/en/datasets/weather/seattle-weather")
        page.get_by_role("link", name="中文").click()
        page.wait_for_url("**/zh/datasets/weather/seattle-weather")
        page.goto(f"{small_hall.url}/")
        assert page.url == f"{small_hall.url}/zh/"


def test_facets_can_be_opened_on_a_phone(browser: Browser, small_hall: SmallHall) -> None:
    with open_context(browser, width=PHONE) as visit:
        page = visit.new_page()
        page.goto(f"{small_hall.url}/en/datasets/")
        weather = page.locator(".facets").get_by_role("link", name="Weather")
        assert not weather.is_visible()
        page.get_by_text("Narrow the results").click()
        weather.click()
        page.wait_for_url("**/datasets/?theme=weather")


def test_facets_stand_beside_the_results_on_a_desk(browser: Browser, small_hall: SmallHall) -> None:
    with open_context(browser) as visit:
        page = visit.new_page()
        page.goto(f"{small_hall.url}/en/datasets/")
        assert page.locator(".facets").get_by_role("link", name="Weather").is_visible()


def test_a_page_shows_the_data_when_it_has_arrived(browser: Browser, small_hall: SmallHall) -> None:
    small_hall.stop_service("fetch")
    write_card(small_hall.home, "science/arrives", rows="name,amount\nhello,1\n")
    with open_context(browser) as visit:
        page = visit.new_page()
        page.goto(f"{small_hall.url}/en/datasets/science/arrives")
        assert page.get_by_text("The data is not here yet.").is_visible()
        small_hall.start_service("fetch")
        page.get_by_role("cell", name="hello", exact=True).wait_for(timeout=30_000)
        assert not page.get_by_text("The data is not here yet.").is_visible()
        assert visit.errors == []


def test_links_of_their_own_are_24_pixels_high_on_a_phone(browser: Browser, small_hall: SmallHall) -> None:
    with open_context(browser, width=PHONE) as visit:
        page = visit.new_page()
        for path in PAGES:
            page.goto(f"{small_hall.url}/en/{path}")
            assert page.evaluate(LOW_TARGETS) == [], path


def test_a_wide_table_shows_that_it_goes_on(browser: Browser, small_hall: SmallHall) -> None:
    with open_context(browser, width=PHONE) as visit:
        page = visit.new_page()
        page.goto(f"{small_hall.url}/en/datasets/weather/seattle-weather")
        table = page.locator(".table-scroll").first
        assert table.evaluate("e => e.scrollWidth > e.clientWidth")
        assert "gradient" in table.evaluate("e => getComputedStyle(e).backgroundImage")


def test_text_has_enough_contrast(browser: Browser, small_hall: SmallHall) -> None:
    for dark in (False, True):
        with open_context(browser, dark=dark) as visit:
            page = visit.new_page()
            page.goto(f"{small_hall.url}/en/datasets/weather/seattle-weather")
            for ink in ("--ink", "--ink-soft", "--accent", "--warning", "--error"):
                for paper in ("--paper", "--surface"):
                    assert contrast(page.evaluate(COLOURS, [ink, paper])) >= 4.5, (ink, paper, dark)


# Links inside of a sentence (text beside them in the same element) may be as high as the line.
LOW_TARGETS = """[...document.querySelectorAll("a, button, summary")].filter(e => {
  const box = e.getBoundingClientRect();
  const beside = [...e.parentElement.childNodes].some(n => n.nodeType === 3 && n.textContent.trim().length > 3);
  return e.checkVisibility() && !e.matches(".skip-link") && !beside && box.height < 24;
}).map(e => `${e.outerHTML.slice(0, 80)} ${e.getBoundingClientRect().height}`)"""
COLOURS = """names => names.map(name => {
  const element = document.body.appendChild(document.createElement("i"));
  element.style.color = `var(${name})`;
  const found = getComputedStyle(element).color.match(/\\d+/g).map(Number);
  element.remove();
  return found;
})"""


def contrast(colours: list[list[int]]) -> float:
    """Return the contrast ratio of two colours (WCAG 2.2)."""
    lights = sorted(relative_luminance(colour) for colour in colours)
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def relative_luminance(colour: list[int]) -> float:
    """Return how light a colour is, from 0 to 1 (WCAG 2.2)."""
    parts = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
