"""Claims about a teacher's pages: making a class, its code, its people, its roster in every form, the bell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO

import httpx
import pytest
from openpyxl import Workbook

from tests.running_hall import RunningHall

BASE = "/services/hall"


def enter(client: httpx.Client) -> httpx.Client:
    """Sign in at the hall with a browser that the hub knows."""
    client.get(f"{BASE}/sign-in", params={"next": f"{BASE}/en/"})
    return client


@pytest.fixture(scope="module")
def teacher(hall: RunningHall) -> Iterator[httpx.Client]:
    with closing(hall.person("ms-li", ["teacher"])) as client:
        yield enter(client)


def csrf_of(client: httpx.Client) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(f"{BASE}/en/").text)
    assert found
    return found[1]


def send(client: httpx.Client, path: str, *, files: dict[str, tuple[str, bytes]] | None = None, **form: str) -> str:
    """Send a form and return the page that it leads to."""
    answer = client.post(path, data={"csrf": csrf_of(client), **form}, files=files)
    assert answer.status_code == 200, answer.text
    return str(answer.url)


def make(client: httpx.Client, title: str = "Data <b>101</b>", *, language: str = "en") -> str:
    """Make a class and return the path of its page."""
    address = send(client, f"{BASE}/{language}/classes/", title=title, begins="2026-09-01", ends="2027-01-20")
    return httpx.URL(address).path


def code_on(client: httpx.Client, path: str) -> str:
    found = re.search(r'id="join-code">([^<]+)<', client.get(path).text)
    assert found
    return found[1]


@pytest.mark.parametrize(("language", "word"), [("en", "Start everyone"), ("zh", "启动全班")])
def test_a_class_its_code_and_the_way_in(hall: RunningHall, teacher: httpx.Client, language: str, word: str) -> None:
    path = make(teacher, language=language)
    page = teacher.get(path).text
    assert "Data &lt;b&gt;101&lt;/b&gt;" in page
    assert "2026-09-01 – 2027-01-20" in page
    assert f"{hall.url}/hub/join?code={code_on(teacher, path)}" in page
    assert teacher.get(f"{path}/join.svg").headers["content-type"] == "image/svg+xml"

    with closing(hall.person(f"pupil-{language}", ["student"])) as client:
        joined = hall.api(client, "POST", "/hub/api/datahall/join", json={"code": code_on(teacher, path)})
        assert joined.status_code == 200
        own = enter(client).get(path).text
        assert word not in own
        assert "join-code" not in own
        assert enter(client).get(f"{BASE}/{language}/classes/").text.count("<h2>") == 1
        assert client.get(f"{path}/join.svg").status_code in {200, 404}
    page = teacher.get(path).text
    assert word in page
    assert f"pupil-{language}" in page


def test_visitors_sign_in_first_and_others_find_nothing(hall: RunningHall, teacher: httpx.Client) -> None:
    path = make(teacher)
    with closing(hall.client()) as visitor:
        answer = visitor.get(f"{BASE}/en/classes/", follow_redirects=False)
        assert answer.headers["location"].startswith(f"{BASE}/sign-in")
        assert visitor.get(path, follow_redirects=False).status_code == 401
    with closing(hall.person("other-teacher", ["teacher"])) as other:
        assert enter(other).get(path).status_code == 404
        answer = other.post(path, data={"csrf": csrf_of(other), "action": "archive"})
        assert answer.status_code == 404
    assert "archived" not in teacher.get(path).text.split("<section")[0]


def test_forms_of_other_sessions_and_sites_change_nothing(teacher: httpx.Client) -> None:
    path = make(teacher)
    code = code_on(teacher, path)
    assert teacher.post(path, data={"csrf": "x", "action": "renew"}).status_code == 403
    cross = teacher.post(
        path, data={"csrf": csrf_of(teacher), "action": "renew"}, headers={"Origin": "http://evil.test"}
    )
    assert cross.status_code == 403
    assert code_on(teacher, path) == code


def test_the_code_is_renewed_and_ended(teacher: httpx.Client) -> None:
    path = make(teacher)
    code = code_on(teacher, path)
    send(teacher, path, action="renew")
    assert code_on(teacher, path) != code
    send(teacher, path, action="end")
    assert "join-code" not in teacher.get(path).text


WORKBOOK = Workbook()
for row in (["学号", "姓名"], [7, "王伟"], [12.0, "李娜"], [12, "李娜"]):
    WORKBOOK.active.append(row)
PACKED = BytesIO()
WORKBOOK.save(PACKED)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("list.csv", "学号,姓名\n7,王伟\n12,李娜\n12,李娜\n".encode("gb18030")),
        ("list.csv", "﻿学号;姓名\r\n7;王伟\r\n12;李娜\r\n12;李娜\r\n".encode()),
        ("list.txt", "7\t王伟\n12\t李娜\n12\t李娜\n".encode("utf-16")),
        ("list.xlsx", PACKED.getvalue()),
    ],
)
def test_rosters_in_every_form(teacher: httpx.Client, file: str, content: bytes) -> None:
    path = make(teacher)
    form = {"csrf": csrf_of(teacher), "action": "roster", "lines": ""}
    page = teacher.post(path, data=form, files={"file": (file, content)})
    assert page.status_code == 200
    assert "Said twice" in page.text
    assert "王伟\t7\n李娜\t12</textarea>" in page.text
    assert "2 students of the list have not joined" in page.text


@pytest.mark.parametrize("content", [b"PK\x03\x04 no workbook", bytes(range(256)) * 20])
def test_a_file_that_is_no_list_is_refused_and_the_list_stays(teacher: httpx.Client, content: bytes) -> None:
    path = make(teacher)
    send(teacher, path, action="roster", lines="Ada\t1")
    form = {"csrf": csrf_of(teacher), "action": "roster", "lines": ""}
    answer = teacher.post(path, data=form, files={"file": ("list.xlsx", content)})
    assert answer.status_code in {400, 422}
    assert "Ada\t1</textarea>" in teacher.get(path).text


def test_a_title_that_cannot_be_is_told_and_kept_in_the_form(teacher: httpx.Client) -> None:
    form = {"csrf": csrf_of(teacher), "title": "Spring", "begins": "2026-09-01", "ends": "2026-01-01"}
    answer = teacher.post(f"{BASE}/zh/classes/", data=form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert 'value="Spring"' in answer.text


def test_people_are_given_parts_and_taken_out(hall: RunningHall, teacher: httpx.Client) -> None:
    path = make(teacher)
    hall.create_person("helping-hand")
    send(teacher, path, action="part", name="helping-hand", part="assistant")
    assert "helping-hand · Assistant" in teacher.get(path).text
    answer = teacher.post(path, data={"csrf": csrf_of(teacher), "action": "remove", "name": "ms-li"})
    assert answer.status_code == 409
    assert "last teacher" in answer.text
    send(teacher, path, action="remove", name="helping-hand")
    assert "helping-hand ·" not in teacher.get(path).text


def test_the_bell_and_the_end(hall: RunningHall, teacher: httpx.Client) -> None:
    path = make(teacher)
    with closing(hall.person("early-bird", ["student"])) as client:
        hall.api(client, "POST", "/hub/api/datahall/join", json={"code": code_on(teacher, path)})
    assert "done=rung" in send(teacher, path, action="start")
    send(teacher, path, action="archive")
    page = teacher.get(path).text
    assert "Start everyone" not in page
    assert "join-code" not in page
