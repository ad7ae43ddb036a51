"""Search and dataset pages in Chromium on a phone: suggestions, input methods, facets, charts, without scripts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import Visit, open_context
from tests.hub.hall.small_hall import SmallHall

pytestmark = pytest.mark.browser

PHONE = 390
WORDS = {
    "en": {"typed": "temper", "narrow": "Narrow the results", "weather": "Weather", "values": "The values as a table"},
    "zh": {"typed": "气温", "narrow": "缩小范围", "weather": "气象", "values": "以表格查看数值"},
}


@pytest.fixture(params=["en", "zh"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def visit(browser: Browser, language: str) -> Iterator[Visit]:
    """A visitor with a phone, to whom nothing may go wrong."""
    with open_context(browser, language=language, width=PHONE) as found:
        yield found
        assert found.errors == []
        assert found.outside() == []


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_a_suggestion_is_chosen_by_keyboard_and_told_to_who_does_not_see_it(
    visit: Visit, small_hall: SmallHall, language: str
) -> None:
    page = visit.new_page()
    page.goto(f"{small_hall.url}/{language}/")
    field = page.get_by_role("combobox")
    field.press_sequentially(WORDS[language]["typed"])
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".suggesting [role=status]")).not_to_be_empty()
    assert fits(page)
    field.press("ArrowDown")
    chosen = options.first.inner_text()
    expect(field).to_have_value(chosen)
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert field.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    field.press("Escape")
    expect(field).to_have_value(WORDS[language]["typed"])
    expect(field).to_have_attribute("aria-expanded", "false")
    field.press("ArrowDown")
    field.press("Enter")
    page.wait_for_url("**/datasets/?q=*")
    expect(page.locator("mark").first).to_be_visible()


def test_no_character_is_lost_that_was_typed_after_the_last_suggestions(
    visit: Visit, small_hall: SmallHall, language: str
) -> None:
    typed = WORDS[language]["typed"]
    page = visit.new_page()
    page.goto(f"{small_hall.url}/{language}/")
    field = page.get_by_role("combobox")
    field.press_sequentially(typed[0])
    expect(page.get_by_role("option").first).to_be_visible()
    # In one step of the page, so that no pause lets the suggestions of all that was typed come in between.
    field.evaluate(
        """(field, typed) => {
            field.value = typed;
            field.dispatchEvent(new InputEvent("input", { bubbles: true }));
            for (const key of ["ArrowDown", "Escape"]) field.dispatchEvent(new KeyboardEvent("keydown", { key }));
        }""",
        typed,
    )
    expect(field).to_have_value(typed)
    page.wait_for_timeout(400)
    expect(field).to_have_attribute("aria-expanded", "false")


def test_a_suggested_dataset_is_opened_by_a_click(visit: Visit, small_hall: SmallHall, language: str) -> None:
    page = visit.new_page()
    page.goto(f"{small_hall.url}/{language}/datasets/")
    page.get_by_role("combobox").press_sequentially({"en": "daily weather in se", "zh": "西雅图逐日"}[language])
    page.locator(".suggesting .dataset").first.click()
    page.wait_for_url("**/datasets/weather/*")


def test_nothing_is_asked_and_no_key_is_taken_while_characters_are_composed(
    visit: Visit, small_hall: SmallHall, language: str
) -> None:
    page = visit.new_page()
    page.goto(f"{small_hall.url}/{language}/datasets/")
    field = page.get_by_role("combobox")
    field.focus()
    devices = visit.context.new_cdp_session(page)
    devices.send("Input.imeSetComposition", {"text": "tianqi", "selectionStart": 6, "selectionEnd": 6})
    page.wait_for_timeout(400)
    assert not [address for address in visit.addresses if "/suggest" in address]
    expect(field).to_have_attribute("aria-expanded", "false")
    devices.send("Input.insertText", {"text": "天气"})
    expect(page.get_by_role("option").first).to_be_visible()
    assert len([address for address in visit.addresses if "/suggest" in address]) == 1
    assert "/datasets/" in page.url


def test_results_are_narrowed_and_widened_again(visit: Visit, small_hall: SmallHall, language: str) -> None:
    words = WORDS[language]
    page = visit.new_page()
    page.goto(f"{small_hall.url}/{language}/datasets/")
    weather = page.locator(".facets").get_by_role("link", name=words["weather"]).first
    expect(weather).to_be_hidden()
    page.get_by_text(words["narrow"]).click()
    weather.click()
    page.wait_for_url("**/datasets/?theme=weather")
    page.locator(".chosen .tag").click()
    page.wait_for_url(lambda address: "theme" not in address)
    page.get_by_text(words["narrow"]).click()
    page.fill("#from", "2012")
    page.fill("#to", "2013")
    page.locator(".years button").click()
    page.wait_for_url("**from=2012&to=2013**")
    expect(page.locator(".chosen .tag")).to_contain_text("2012–2013")
    assert fits(page)


def test_a_dataset_shows_its_chart_and_lines_to_copy(visit: Visit, small_hall: SmallHall, language: str) -> None:
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visit.new_page()
    page.goto(f"{small_hall.url}/{language}/datasets/weather/seattle-weather")
    picture = page.locator("svg.chart").first
    expect(picture).to_be_visible()
    assert picture.evaluate("e => e.getBoundingClientRect().width") <= PHONE
    assert picture.evaluate("e => parseFloat(getComputedStyle(e.querySelector('text')).fontSize)") >= 12  # not scaled
    page.get_by_text(WORDS[language]["values"]).click()
    expect(page.get_by_role("rowheader", name="2011-12-26")).to_be_visible()
    page.get_by_text("RIS", exact=True).click()
    page.locator("button[data-copy=cite-ris]").click()
    assert page.evaluate("navigator.clipboard.readText()").startswith("TY  - DATA")
    assert fits(page)


def test_everything_works_without_scripts(browser: Browser, small_hall: SmallHall, language: str) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": PHONE, "height": 800})
    try:
        page = context.new_page()
        page.goto(f"{small_hall.url}/{language}/")
        page.locator("#q").fill({"en": "seattle", "zh": "西雅图"}[language])
        page.locator("#q").press("Enter")
        page.wait_for_url("**/datasets/?q=*")
        page.locator(".facets").get_by_role("link", name=WORDS[language]["weather"]).first.click()
        page.locator(".results a[href$='weather/seattle-weather']").click()
        page.wait_for_url("**/datasets/weather/seattle-weather")
        expect(page.locator("svg.chart").first).to_be_visible()
        page.get_by_text("Python", exact=True).click()
        expect(page.locator("#code-python")).to_be_visible()
    finally:
        context.close()
