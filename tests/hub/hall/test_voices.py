"""What visitors tell the hall: taken without an account, hidden until a steward shows it, kept no longer than said."""

from __future__ import annotations

import html
import re
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime

import httpx
import pytest
from datahall_hub.services.hall.sessions import Seal
from datahall_hub.services.hall.voices.answering import AnswerForm, Lookups, check_answer
from datahall_hub.services.hall.voices.flood_gate import FREE_OF_A_PLACE, FREE_OF_ALL, PAUSE_OF_A_PLACE, FloodGate
from datahall_hub.services.hall.voices.free_text import clean_line, find_personal_data
from datahall_hub.services.hall.voices.voice import STATES, Answer, Draft, Voice

from tests.hub.hall.small_hall import TRAP, SmallHall
from tests.hub.hall.voice_forms import REPORT, REQUEST, next_place, own_page, write


@pytest.fixture
def visitor(small_hall: SmallHall) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=small_hall.url.removesuffix("/services/hall"), timeout=30, trust_env=False) as client:
        yield client


def get(visitor: httpx.Client, path: str) -> httpx.Response:
    return visitor.get(f"/services/hall/{path}")


# Writing


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_message_is_seen_by_its_writer_alone(small_hall: SmallHall, visitor: httpx.Client, language: str) -> None:
    title = f"Only mine {language}"
    own = own_page(write(visitor, small_hall.home, language=language, title=title, name="Li", email="li@example.org"))
    page = visitor.get(own)
    assert title in page.text
    assert page.headers["cache-control"] == "private, no-store"
    assert 'content="noindex"' in page.text
    assert "li@example.org" not in page.text
    assert title not in get(visitor, f"{language}/voices/").text
    found = sqlite_rows(small_hall, "select number from datahall_voices where title = ?", title)
    assert get(visitor, f"{language}/voices/{found[0][0]}").status_code == 404


def sqlite_rows(hall: SmallHall, query: str, *values: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(hall.home / "voices/voices.sqlite")) as database:
        return list(database.execute(query, values))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"title": ""}, "Please fill this in."),
        ({"title": "x" * 121}, "120 characters are the most"),
        ({"text": "short"}, "in a sentence or two"),
        ({"text": "x" * 2001}, "2,000 characters are the most"),
        ({"text": "a bell \x07 rings in this text"}, "cannot be shown"),
        ({"text": "turned \u202e around, as it seems"}, "cannot be shown"),
        ({"text": "with a nul \0 in the middle"}, "cannot be shown"),
        ({"name": "Li\x1bWei"}, "cannot be shown"),
        ({"email": "not an address"}, "no e-mail address"),
        ({"website": "https://spam.example"}, "stays empty"),
        ({"stamp": "forged"}, "sooner than anybody writes"),
        ({"stamp": ""}, "sooner than anybody writes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_what_cannot_be_taken_comes_back_with_what_was_written(
    small_hall: SmallHall, visitor: httpx.Client, fields: dict[str, str], said: str
) -> None:
    before = sqlite_rows(small_hall, "select count(*) from datahall_voices") if has_table(small_hall) else [(0,)]
    answer = write(visitor, small_hall.home, **{"text": "A text that is long enough to be kept.", **fields})
    assert answer.status_code == 422
    assert said in html.unescape(answer.text)
    if "text" not in fields:
        assert "A text that is long enough to be kept." in answer.text
    assert not has_table(small_hall) or sqlite_rows(small_hall, "select count(*) from datahall_voices") == before


def has_table(hall: SmallHall) -> bool:
    return (hall.home / "voices/voices.sqlite").exists()


@pytest.mark.parametrize(("age", "status"), [(0, 422), (1, 422), (5, 303), (23 * 3600, 303), (25 * 3600, 422)])
def test_a_form_is_sent_neither_at_once_nor_a_day_later(
    small_hall: SmallHall, visitor: httpx.Client, age: float, status: int
) -> None:
    assert write(visitor, small_hall.home, age=age).status_code == status


def test_other_sites_write_nothing(small_hall: SmallHall, visitor: httpx.Client) -> None:
    visitor.headers["origin"] = "https://evil.example"
    assert write(visitor, small_hall.home).status_code == 403


def test_one_network_that_writes_too_much_waits_and_others_do_not(small_hall: SmallHall, visitor: httpx.Client) -> None:
    place = next_place()
    answers = [write(visitor, small_hall.home, place=place) for _ in range(FREE_OF_A_PLACE + 1)]
    assert [answer.status_code for answer in answers] == [303] * FREE_OF_A_PLACE + [429]
    assert "Too much was written" in answers[-1].text
    assert write(visitor, small_hall.home).status_code == 303


def test_a_flood_from_everywhere_ends_and_a_place_may_write_again_later() -> None:
    now = [0.0]
    gate = FloodGate(Seal("00" * 32), clock=lambda: now[0])
    for number in range(FREE_OF_ALL):
        assert not gate.is_closed(f"place {number}")
        gate.note(f"place {number}")
    assert gate.is_closed("another place")
    now[0] += 24 * 3600
    for _ in range(FREE_OF_A_PLACE):
        gate.note("a school")
    assert gate.is_closed("a school")
    now[0] += PAUSE_OF_A_PLACE + 1
    assert not gate.is_closed("a school")


def test_markup_and_addresses_stay_text(small_hall: SmallHall, visitor: httpx.Client) -> None:
    own = own_page(write(visitor, small_hall.home, title=TRAP[:100], text=f"{TRAP} https://spam.example/ javascript:x"))
    page = visitor.get(own).text
    assert "<script>alert" not in page
    assert 'href="https://spam.example' not in page


@pytest.mark.parametrize("path", ["culture/nothing", "../../etc/passwd", "x" * 299])
def test_an_error_is_reported_in_a_dataset_that_there_is(
    small_hall: SmallHall, visitor: httpx.Client, path: str
) -> None:
    assert visitor.get("/services/hall/en/voices/new", params={"dataset": path}).status_code == 404
    assert write(visitor, small_hall.home, dataset=path).status_code == 404


def test_the_way_to_both_forms_is_shown(visitor: httpx.Client) -> None:
    page = get(visitor, "en/datasets/science/practice").text
    assert re.search(r'href="/services/hall/en/voices/new\?dataset=science/practice">Report an error<', page)
    empty = get(visitor, "zh/datasets/?q=qqzzxx").text
    assert '/services/hall/zh/voices/new?title=qqzzxx">提出尚未开放的数据需求<' in empty
    assert 'value="qqzzxx"' in get(visitor, "zh/voices/new?title=qqzzxx").text
    assert '/services/hall/en/voices/new">Ask for data<' in get(visitor, "en/").text


@pytest.mark.parametrize("state", ["waiting", "spam"])
def test_visitors_see_no_queue_and_answer_nothing(visitor: httpx.Client, state: str) -> None:
    assert get(visitor, f"en/voices/?state={state}").status_code == 401
    form = {"state": "answered", "revision": "0", "answer_en": "Ha"}
    assert visitor.post("/services/hall/en/voices/1", data=form).status_code == 401


def test_pages_are_there_in_both_languages(visitor: httpx.Client) -> None:
    for path in ("voices/", "voices/new"):
        page = get(visitor, f"zh/{path}").text
        assert f'hreflang="en" href="http://{visitor.base_url.netloc.decode()}/services/hall/en/{path}"' in page
        led = visitor.get(f"/services/hall/{path}", headers={"accept-language": "zh"})
        assert led.headers["location"] == f"/services/hall/zh/{path}"


def test_a_writer_withdraws_what_nobody_has_shown(small_hall: SmallHall, visitor: httpx.Client) -> None:
    own = own_page(write(visitor, small_hall.home))
    assert "Your message is withdrawn." in visitor.post(own, follow_redirects=True).text
    assert visitor.get(own).status_code == 404
    assert visitor.post(own).status_code == 303  # and the address tells nobody whether there was one


def test_what_people_told_is_for_the_halls_owner_alone(small_hall: SmallHall, visitor: httpx.Client) -> None:
    write(visitor, small_hall.home)
    assert stat.S_IMODE((small_hall.home / "voices").stat().st_mode) == 0o700


# Personal data


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Call me at 13812345678, please.", ("phone",)),
        ("我的电话：138 1234 5678。", ("phone",)),
        ("Ring +44 20 7946 0958 or write.", ("phone",)),
        ("写信到zhang.san@example.org即可", ("e-mail",)),
        ("身份证号：11010519491231002X。", ("citizen-number",)),
        ("card 4111 1111 1111 1111 is mine", ("bank-card",)),
        ("The temperature of 2012-07-04 is 99, not 19; rows 1203 to 1207.", ()),
        ("Population of 1,409,670,000 in 2023; version 2024-05-01.3f9c2a1b", ()),
        ("", ()),
    ],
)
def test_personal_data_are_found_in_free_text(text: str, kinds: tuple[str, ...]) -> None:
    assert find_personal_data(text) == kinds


def test_long_free_text_takes_no_time() -> None:
    for unit in ("1", "1 ", "a@", "((", "+1-", "٣"):
        find_personal_data(unit * (20_000 // len(unit)))


def test_a_line_has_no_breaks() -> None:
    assert clean_line("  a\n\tb\u2028c\u3000d ") == "a b c d"


# Answering

LOOKUPS = Lookups(
    has_version=lambda dataset, version: version == "2024-05-01.3f9c2a1b",
    has_dataset=lambda dataset: dataset == "culture/trap",
    find_voice=lambda number: {2: OTHERS["open"], 3: OTHERS["duplicate"], 4: OTHERS["waiting"]}.get(number),
    find_personal_data=find_personal_data,
)


def make_voice(draft: Draft = REQUEST, *, number: int = 1, state: str = "waiting") -> Voice:
    return Voice(
        number, draft.kind, draft.dataset, draft.title, draft.text, None, draft.language, draft.name, draft.email,
        state, "", "", None, "", "", "", (), 0, 0, datetime(2026, 1, 1),
    )  # fmt: skip


OTHERS = {state: make_voice(number=2, state=state) for state in STATES}


@pytest.mark.parametrize(
    ("draft", "form", "expected"),
    [
        (REQUEST, AnswerForm("open"), Answer("open")),
        (REQUEST, AnswerForm("declined", reason="personal"), Answer("declined", reason="personal")),
        (REQUEST, AnswerForm("declined"), "reason"),
        (REQUEST, AnswerForm("declined", reason="whim"), "reason"),
        (REQUEST, AnswerForm("opened", opened_as=" culture/trap "), Answer("opened", opened_as="culture/trap")),
        (REQUEST, AnswerForm("opened", opened_as="culture/no"), "opened_as"),
        (REQUEST, AnswerForm("mended", version="2024-05-01.3f9c2a1b"), "state"),
        (REPORT, AnswerForm("mended", version="2024-05-01.3f9c2a1b"), Answer("mended", version="2024-05-01.3f9c2a1b")),
        (REPORT, AnswerForm("mended", version="2"), "version"),
        (REPORT, AnswerForm("declined", reason="personal"), "state"),
        (REQUEST, AnswerForm("duplicate", duplicate_of="#2"), Answer("duplicate", duplicate_of=2)),
        (REQUEST, AnswerForm("duplicate", duplicate_of="3"), "duplicate_of"),
        (REQUEST, AnswerForm("duplicate", duplicate_of="4"), "duplicate_of"),
        (REQUEST, AnswerForm("duplicate", duplicate_of="9" * 12), "duplicate_of"),
        (REQUEST, AnswerForm("duplicate", duplicate_of="two"), "duplicate_of"),
        (REQUEST, AnswerForm("answered"), "answer"),
        (REQUEST, AnswerForm("answered", answer_zh="好"), Answer("answered", answer_zh="好")),
        (REQUEST, AnswerForm("answered", answer_zh="x" * 4001), "long"),
        (REQUEST, AnswerForm("answered", answer_zh="x\x07"), "control"),
        (REQUEST, AnswerForm("nothing"), "state"),
        (REQUEST, AnswerForm("open", shown_text="Less."), Answer("open", shown_text="Less.")),
        (REQUEST, AnswerForm("open", shown_text="Call 13812345678"), "looked"),
        (REQUEST, AnswerForm("spam", shown_text="Call 13812345678"), Answer("spam", shown_text="Call 13812345678")),
        (
            REQUEST,
            AnswerForm("open", shown_text="Call 13812345678", has_looked=True),
            Answer("open", shown_text="Call 13812345678"),
        ),
        (
            REQUEST,
            AnswerForm("open", title="  Fewer words ", has_name=False),
            Answer("open", title="Fewer words", has_name=False),
        ),
        (REQUEST, AnswerForm("open", title="Call 13812345678"), "looked"),
        (REQUEST, AnswerForm("open", title="x" * 121), "long"),
        # What does not belong to the chosen state is not kept.
        (REQUEST, AnswerForm("planned", reason="personal", duplicate_of="2"), Answer("planned")),
    ],
)
def test_an_answer_names_what_its_state_needs(draft: Draft, form: AnswerForm, expected: Answer | str) -> None:
    assert check_answer(form, voice=make_voice(draft), lookups=LOOKUPS) == expected


def test_what_is_public_does_not_wait_again() -> None:
    assert check_answer(AnswerForm("waiting"), voice=make_voice(state="open"), lookups=LOOKUPS) == "state"
