"""axe-core finds nothing serious or critical on any page that a visitor of the hall sees, everything folded out."""

from __future__ import annotations

import httpx
import pytest
from datahall_hub.services.hall.voices.voice import Answer, Draft
from datahall_hub.services.hall.voices.voice_book import VoiceBook
from playwright.sync_api import Browser

from tests.browser.accessibility import LOOK_IDS, LOOKS, find_violations
from tests.browser.chromium import open_context
from tests.hub.hall.portal_records import find_ids
from tests.hub.hall.small_hall import SmallHall
from tests.hub.hall.voice_forms import own_page, write

pytestmark = pytest.mark.browser

PAGES = (
    "",
    "datasets/?q=weather&theme=weather&from=2000",  # results, narrowed
    "datasets/?q=zzzz",  # nothing found
    "datasets/weather/seattle-weather",  # lines
    "datasets/credit/practice-penalties",  # bars
    "datasets/social-security/practice-insured",  # columns
    "datasets/geography/practice-dwellings",  # places
    "datasets/ocean/unreachable",  # not here
    "datasets/credit/on-request",  # not open
    "datasets/science/practice",  # with an error that was reported and answered
    "apps/",
    "harvests/",
    "harvests/trial/missing",
    "voices/",
    "voices/?kind=report&state=answered",
    "voices/new",  # a request for data
    "voices/new?dataset=science/practice",  # a report of an error
    "nowhere",
)
REPORT = Draft("report", "science/practice", "Wrong amount", "The amount of a is wrong.", "en", "Li Wei")
REQUEST = Draft("request", None, "Bus stops", "Please open the bus stops.\n\nAll of them.", "en")


@pytest.fixture(scope="module")
def voices(small_hall: SmallHall) -> list[str]:
    """Pages of what was told: one that is answered, one that is declined, and what its writer alone sees."""
    book = VoiceBook(f"sqlite:///{small_hall.home}/voices/voices.sqlite")
    with small_hall.client() as client:
        client.get("/en/voices/").raise_for_status()  # makes the tables
    reported, asked = book.add(REPORT)[0], book.add(REQUEST)[0]
    book.answer(reported, Answer("answered", answer_en="It is mended.", answer_zh="已更正。"), by="wang", revision=0)
    book.answer(asked, Answer("declined", reason="rights", answer_en="They belong to others."), by="wang", revision=0)
    book.close()
    with httpx.Client(base_url=small_hall.url.removesuffix("/services/hall"), timeout=30, trust_env=False) as visitor:
        own = own_page(write(visitor, small_hall.home, title="Only mine"))  # also tells the hall that there is news
    return [f"voices/{reported}", f"voices/{asked}", own.partition("/en/")[2]]


@pytest.mark.parametrize(("language", "width", "dark"), LOOKS, ids=LOOK_IDS)
def test_every_page_of_the_hall_is_accessible(
    browser: Browser, small_hall: SmallHall, voices: list[str], language: str, width: int, dark: bool
) -> None:
    harvested = tuple(f"datasets/{each}" for each in find_ids(small_hall.home).values())
    with open_context(browser, language=language, width=width, dark=dark) as visit:
        page = visit.new_page()
        for path in (*PAGES, *voices, *harvested):
            answer = page.goto(f"{small_hall.url}/{language}/{path}")
            assert answer is not None
            assert answer.status == (404 if path == "nowhere" else 200), path
            assert find_violations(page) == [], path
        assert visit.errors == []
        assert visit.outside() == []


def test_a_page_with_faults_would_be_found(browser: Browser) -> None:
    with open_context(browser) as visit:
        page = visit.new_page()
        page.set_content('<html lang="en"><title>x</title><img src="data:,"><button></button><input>')
        assert {each.partition(" ")[0] for each in find_violations(page)} == {"image-alt", "button-name", "label"}
