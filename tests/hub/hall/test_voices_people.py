"""Who may see and answer what visitors told the hall, tried over HTTP as people of each role."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from tests.hub.hall.test_hall_people import csrf_of, enter
from tests.hub.hall.voice_forms import PAGES, own_page, revision_of, write
from tests.running_hall import RunningHall

DATASET = "weather/seattle-weather"


@pytest.fixture(scope="module")
def steward(hall: RunningHall) -> Iterator[httpx.Client]:
    """A data steward's browser, signed in at the hall."""
    with closing(hall.person("voices-steward", ["steward"])) as client:
        enter(client)
        yield client


def tell(hall: RunningHall, title: str, **fields: str) -> tuple[str, int]:
    """Have a visitor write; return the writer's page and the number by which stewards find the message."""
    with hall.client() as visitor:
        own = own_page(write(visitor, hall.home, title=title, **fields))
    enter(hall.admin)
    page = hall.admin.get(f"{PAGES}/en/voices/", params={"state": "waiting"}).text
    found = re.search(rf'voices/(\d+)">{re.escape(html.escape(title))}<', page)
    assert found, page
    return own, int(found[1])


@pytest.fixture(scope="module")
def hidden(hall: RunningHall) -> int:
    """A message that nobody has shown; one for several tests, because a network may write ten at once."""
    return tell(hall, "Hidden from others")[1]


def answer(client: httpx.Client, number: int, *, language: str = "en", **fields: str) -> httpx.Response:
    """Send a steward's form for a message."""
    address = f"{PAGES}/{language}/voices/{number}"
    form = {"csrf": csrf_of(client), "revision": revision_of(client.get(address)), **fields}
    return client.post(address, data=form)


def test_a_steward_answers_in_public_in_both_languages(hall: RunningHall, steward: httpx.Client) -> None:
    own, number = tell(hall, "Bus stops of the city", name="Li Wei", email="li@example.org")
    assert "li@example.org" in steward.get(f"{PAGES}/en/voices/{number}").text
    text = "Please open the bus stops of the city."
    done = answer(
        steward, number, state="declined", reason="rights", answer_en="The bus company owns them.",
        answer_zh="归公交公司所有。", shown_text=text,
    )  # fmt: skip
    assert "Everybody can read it now." in done.text
    with hall.client() as visitor:
        english, chinese = (visitor.get(f"{PAGES}/{each}/voices/{number}").text for each in ("en", "zh"))
        assert all(each in english for each in (text, "The bus company owns them.", "belong to others", "Li Wei"))
        assert all(each in chinese for each in (text, "归公交公司所有。", "相关权利属于他人"))
        assert "li@example.org" not in english + chinese
        assert "voices-steward" not in english + chinese  # who answered stands in the stewards' list of changes
        assert "Bus stops of the city" in visitor.get(f"{PAGES}/en/voices/").text
        assert "The bus company owns them." in visitor.get(own).text
    assert "voices-steward" in steward.get(f"{PAGES}/en/voices/{number}").text
    changes = steward.get(f"{PAGES}/zh/voices/{number}").text.partition("修改记录")[2]
    assert "处理状态：待处理 → 不能开放" in changes  # not “state: waiting”
    assert "answer_zh" not in changes


def test_an_answer_in_one_language_says_so_on_the_page_in_the_other(hall: RunningHall, steward: httpx.Client) -> None:
    _, number = tell(hall, "Trams of the city")
    answer(steward, number, state="answered", answer_zh="已在开放计划中。", shown_text="Please open the trams.")
    with hall.client() as visitor:
        english, chinese = (visitor.get(f"{PAGES}/{each}/voices/{number}").text for each in ("en", "zh"))
    assert "The answer is in Chinese only." in english
    assert "答复只有" not in chinese


def test_the_people_page_says_that_stewards_answer_messages(hall: RunningHall) -> None:
    page = hall.admin.get(f"{PAGES}/en/people/", follow_redirects=True).text.partition('id="allowed"')[2]
    assert "Data steward</dt>" in page
    assert "Answer reports of errors and requests for data; have a portal harvested at once.</span>" in page


def test_a_mended_error_stands_on_the_page_of_its_dataset(hall: RunningHall, steward: httpx.Client) -> None:
    _, number = tell(hall, "Ninety-nine degrees", dataset=DATASET)
    page, version = (
        f"{PAGES}/en/datasets/{DATASET}",
        steward.get(f"{PAGES}/api/v1/datasets/{DATASET}").json()["version"],
    )
    with hall.client() as visitor:
        assert "Ninety-nine degrees" not in visitor.get(page).text
        refused = answer(steward, number, state="mended", version="2000-01-01.00000000")
        assert refused.status_code == 422
        assert "no such version" in refused.text
        assert answer(steward, number, state="mended", version=version).status_code == 200
        assert "Ninety-nine degrees" in visitor.get(page).text
        assert f"?version={version}" in visitor.get(f"{PAGES}/en/voices/{number}").text


def test_personal_data_are_shown_only_by_who_has_looked(hall: RunningHall, steward: httpx.Client) -> None:
    text = "Call me at 13812345678 about the bus stops."
    _, number = tell(hall, "Call me", text=text)
    assert "There seem to be personal data in it." in steward.get(f"{PAGES}/en/voices/{number}").text
    assert answer(steward, number, state="open", shown_text=text).status_code == 422
    with hall.client() as visitor:
        assert visitor.get(f"{PAGES}/en/voices/{number}").status_code == 404
        answer(steward, number, state="open", shown_text="Call me about the bus stops.")
        shown = visitor.get(f"{PAGES}/en/voices/{number}").text
    assert "Call me about the bus stops." in shown
    assert "13812345678" not in shown


def test_spam_is_gone_for_everybody_but_stewards(hall: RunningHall, steward: httpx.Client) -> None:
    _, number = tell(hall, "Cheap watches")
    answer(steward, number, state="open")
    answer(steward, number, state="spam")
    with hall.client() as visitor:
        assert visitor.get(f"{PAGES}/en/voices/{number}").status_code == 404
        assert "Cheap watches" not in visitor.get(f"{PAGES}/en/voices/").text
    assert "Cheap watches" in steward.get(f"{PAGES}/en/voices/?state=spam").text


@pytest.mark.parametrize("role", ["researcher", "teacher", "startup", "student"])
def test_other_roles_see_and_answer_nothing_that_is_hidden(hall: RunningHall, role: str, hidden: int) -> None:
    with closing(hall.person(f"voices-{role}", [role])) as client:
        enter(client)
        assert client.get(f"{PAGES}/en/voices/?state=waiting").status_code == 403
        assert client.get(f"{PAGES}/en/voices/{hidden}").status_code == 404
        form = {"csrf": csrf_of(client), "revision": "0", "state": "open"}
        assert client.post(f"{PAGES}/en/voices/{hidden}", data=form).status_code == 403
        assert "Questions and requests (" not in client.get(f"{PAGES}/en/").text
    enter(hall.admin)
    assert "Waiting for a steward" in hall.admin.get(f"{PAGES}/en/voices/{hidden}").text


def test_a_form_without_its_word_or_of_another_site_answers_nothing(steward: httpx.Client, hidden: int) -> None:
    number = hidden
    form = {"revision": "0", "state": "open"}
    assert steward.post(f"{PAGES}/en/voices/{number}", data=form).status_code == 403
    right = {**form, "csrf": csrf_of(steward)}
    away = {"origin": "https://evil.example"}
    assert steward.post(f"{PAGES}/en/voices/{number}", data=right, headers=away).status_code == 403
    outdated = steward.post(f"{PAGES}/en/voices/{number}", data={**right, "revision": "7"})
    assert outdated.status_code == 422
    assert "Somebody else has changed this meanwhile." in outdated.text


@pytest.mark.parametrize(
    ("language", "number"),
    [("en", r"Questions and requests \(<span[^>]*>(\d+)<"), ("zh", r"意见与需求（<span[^>]*>(\d+)<")],
)
def test_the_head_of_a_page_tells_stewards_how_many_wait(
    steward: httpx.Client, hidden: int, language: str, number: str
) -> None:
    assert hidden
    waiting = re.search(r'state=waiting"[^>]*>[^<]*<span class="count">(\d+)', steward.get(f"{PAGES}/en/voices/").text)
    told = re.search(number, steward.get(f"{PAGES}/{language}/").text)
    assert waiting
    assert told
    assert told[1] == waiting[1]


def test_who_needs_the_same_counts_once_a_day(hall: RunningHall, steward: httpx.Client) -> None:
    _, number = tell(hall, "Needed by more")
    address = f"{PAGES}/en/voices/{number}"
    with hall.client() as visitor:
        assert visitor.post(f"{address}/support").status_code == 404
        answer(steward, number, state="open")
        for _ in range(3):
            thanked = visitor.post(f"{address}/support")
            assert "counted once a day" in thanked.text
        assert "one more needs it" in visitor.get(address).text
