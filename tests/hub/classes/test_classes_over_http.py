"""Claims about classes over HTTP: who makes them, who comes in and how, what each may see and change."""

from __future__ import annotations

import time
from itertools import count
from typing import Any

import httpx
import pytest
from datahall_hub.join_guesses import FREE_GUESSES

from tests.running_hall import PASSWORD, RunningHall, find_form_token

CLASSES = "/hub/api/datahall/classes"
numbers = count(1)


def fresh(stem: str) -> str:
    """Return a name that no other test uses."""
    return f"{stem}-{next(numbers)}"


@pytest.fixture(scope="module")
def teacher(hall: RunningHall) -> httpx.Client:
    return hall.person("mei", ["teacher"])


@pytest.fixture
def made(hall: RunningHall, teacher: httpx.Client) -> dict[str, Any]:
    """A class of the teacher's."""
    made: dict[str, Any] = ask(hall, teacher, "POST", "", {"title": "7b 数据"}, status=201)
    return made


def ask(hall: RunningHall, client: httpx.Client, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
    answer = hall.api(client, method, CLASSES + path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def join(hall: RunningHall, client: httpx.Client, code: str, **more: str) -> httpx.Response:
    return hall.api(client, "POST", "/hub/api/datahall/join", json={"code": code, **more})


def come(hall: RunningHall, code: str, name: str, **more: str) -> tuple[httpx.Client, httpx.Response]:
    """Come into a class with a new account, as the page has it."""
    client = hall.client()
    token = find_form_token(client.get("/hub/join", params={"code": code}))
    form = {"code": code, "username": name, "new_password": PASSWORD, "new_password_again": PASSWORD, "_xsrf": token}
    return client, client.post("/hub/join", data={**form, **more}, follow_redirects=False)


def code_of(made: dict[str, Any]) -> str:
    return str(made["join_code"]["code"])


def test_a_teacher_makes_a_class_and_has_its_code(hall: RunningHall, teacher: httpx.Client) -> None:
    plan = {"title": " Data  101 ", "begins": "2026-09-01", "ends": "2027-01-20", "time_zone": "Asia/Shanghai",
            "datasets": ["weather/seattle-weather"], "memory_limit": 1024}  # fmt: skip
    made = ask(hall, teacher, "POST", "", plan, status=201)

    assert {field: made[field] for field in plan} == plan | {"title": "Data 101"}
    assert len(code_of(made)) == 9
    assert [(each["person"], each["part"]) for each in made["people"]] == [("mei", "teacher")]
    assert made["id"] in [each["id"] for each in ask(hall, teacher, "GET", "")]


@pytest.mark.parametrize("role", ["steward", "researcher", "startup", "student"])
def test_nobody_else_makes_one(hall: RunningHall, role: str) -> None:
    answer = ask(hall, hall.person(fresh(role), [role]), "POST", "", {"title": "x"}, status=403)
    assert answer["error"]["code"] == "may-not-make-classes"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""), ("title", 5), ("title", "x" * 121), ("begins", "tomorrow"), ("ends", 5),
        ("time_zone", "Mars/Base"), ("datasets", "x"), ("datasets", ["a b"]), ("memory_limit", 1),
        ("memory_limit", True), ("allows_nicknames", "yes"),
    ],
)  # fmt: skip
def test_values_that_a_class_cannot_have_are_named(
    hall: RunningHall, teacher: httpx.Client, field: str, value: Any
) -> None:
    answer = ask(hall, teacher, "POST", "", {"title": "x", field: value}, status=422)
    assert field in answer["error"]["message"]["en"]
    assert field in answer["error"]["message"]["zh"]


def test_a_student_comes_in_with_the_code_alone(hall: RunningHall, teacher: httpx.Client, made: dict[str, Any]) -> None:
    name = fresh("xiaoming")
    client, answer = come(hall, code_of(made).lower().replace("-", " "), name, shown_name="小明")

    assert answer.status_code == 302, answer.text
    assert answer.headers["location"] == "/hub/user-redirect/lab"
    assert client.get("/hub/home").url.path == "/hub/home"
    assert [each["id"] for each in ask(hall, client, "GET", "")] == [made["id"]]
    found = ask(hall, teacher, "GET", f"/{made['id']}")
    assert {"person": name, "part": "student", "shown_name": "小明"} in found["people"]
    account = hall.api(hall.admin, "GET", f"/hub/api/datahall/accounts/{name}").json()
    assert account["roles"] == ["student"]
    assert not account["must_change_password"]


def test_whoever_has_an_account_joins_with_it_and_stays_what_they_are(hall: RunningHall, made: dict[str, Any]) -> None:
    client = hall.person(fresh("ann"), ["researcher"])
    for _ in range(2):
        assert join(hall, client, code_of(made)).json()["part"] == "student"
    page = client.get("/hub/join", params={"code": code_of(made)})
    assert "7b 数据" in page.text
    assert "new_password" not in page.text


def test_an_ended_code_opens_nothing(hall: RunningHall, teacher: httpx.Client, made: dict[str, Any]) -> None:
    client = hall.person(fresh("late"), ["student"])
    renewed = ask(hall, teacher, "POST", f"/{made['id']}/code")
    assert code_of(renewed) != code_of(made)
    assert join(hall, client, code_of(made)).json()["error"]["code"] == "no-such-join-code"
    assert ask(hall, teacher, "DELETE", f"/{made['id']}/code")["join_code"] is None
    assert join(hall, client, code_of(renewed)).status_code == 404
    page = hall.client().get("/hub/join", params={"code": code_of(renewed)})
    assert page.status_code == 404
    assert 'role="alert"' in page.text


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"username": "-x"}, 422), ({"username": "admin"}, 422), ({"new_password_again": "another"}, 422),
        ({"new_password": "short", "new_password_again": "short"}, 422), ({"shown_name": "x" * 121}, 422),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_new_account_is_told_and_nothing_made(
    hall: RunningHall, made: dict[str, Any], teacher: httpx.Client, fields: dict[str, str], status: int
) -> None:
    name = fresh("odd")
    _, answer = come(hall, code_of(made), name, **fields)

    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    accounts = hall.api(hall.admin, "GET", "/hub/api/datahall/accounts").json()
    assert name not in [each["name"] for each in accounts]
    assert len(ask(hall, teacher, "GET", f"/{made['id']}")["people"]) == 1


def test_students_and_strangers_see_and_change_nothing_of_a_class(hall: RunningHall, made: dict[str, Any]) -> None:
    student, stranger = hall.person(fresh("s"), ["student"]), hall.person(fresh("t"), ["teacher"])
    join(hall, student, code_of(made))
    path = f"/{made['id']}"

    assert set(ask(hall, student, "GET", path)) & {"people", "roster", "join_code"} == set()
    changes = [("POST", path, {"title": "mine"}), ("DELETE", path, None), ("POST", f"{path}/code", None),
               ("DELETE", f"{path}/code", None), ("PUT", f"{path}/people/mei", {"part": "student"}),
               ("DELETE", f"{path}/people/mei", None), ("PUT", f"{path}/roster", {"lines": [["x"]]}),
               ("GET", f"{path}/start", None), ("POST", f"{path}/start", None)]  # fmt: skip
    for method, address, body in changes:
        ask(hall, student, method, address, body, status=403)
        ask(hall, stranger, method, address, body, status=404)


def test_co_teachers_and_assistants(hall: RunningHall, teacher: httpx.Client, made: dict[str, Any]) -> None:
    helper = fresh("helper")
    client, path = hall.person(helper, ["researcher"]), f"/{made['id']}"
    ask(hall, teacher, "PUT", f"{path}/people/{helper}", {"part": "assistant"})
    ask(hall, client, "POST", f"{path}/code")
    ask(hall, client, "POST", path, {"title": "mine"}, status=403)

    ask(hall, teacher, "DELETE", f"{path}/people/mei", status=409)  # nobody would teach it
    ask(hall, teacher, "PUT", f"{path}/people/{helper}", {"part": "teacher"})
    ask(hall, client, "POST", path, {"title": "ours"})
    ask(hall, teacher, "DELETE", f"{path}/people/mei")
    ask(hall, teacher, "GET", path, status=404)
    ask(hall, client, "PUT", f"{path}/people/nobody-here", {"part": "student"}, status=404)
    ask(hall, client, "PUT", f"{path}/people/{helper}", {"part": "king"}, status=422)


def test_the_roster_tells_who_has_come(hall: RunningHall, teacher: httpx.Client, made: dict[str, Any]) -> None:
    path = f"/{made['id']}"
    first, second = fresh("r"), fresh("r")
    come(hall, code_of(made), first, shown_name="Ada Lovelace")
    lines = [["No", "Name"], ["1", "Ada Lovelace"], ["2", "李娜"], ["2", "李娜"], ["3", ""]]
    told = ask(hall, teacher, "PUT", f"{path}/roster", {"lines": lines})
    come(hall, code_of(made), second, number="2")

    assert told["findings"] == {"repeated": [4], "same_names": [], "nameless": [5]}
    assert ask(hall, teacher, "GET", path)["roster"] == [
        {"name": "Ada Lovelace", "number": "1", "person": first},
        {"name": "李娜", "number": "2", "person": second},
    ]
    ask(hall, teacher, "DELETE", f"{path}/people/{second}")
    assert ask(hall, teacher, "GET", path)["roster"][1]["person"] == ""


def test_an_archived_class_lets_nobody_in(hall: RunningHall, teacher: httpx.Client, made: dict[str, Any]) -> None:
    path = f"/{made['id']}"
    ask(hall, teacher, "DELETE", path, status=204)

    assert join(hall, hall.person(fresh("x"), ["student"]), code_of(made)).status_code == 404
    assert ask(hall, teacher, "GET", path)["archived"]
    for method, address in (("POST", path), ("POST", f"{path}/code"), ("POST", f"{path}/start")):
        assert ask(hall, teacher, method, address, {}, status=409)["error"]["code"] == "class-ended"


def test_the_bell_starts_whoever_has_no_workbench(
    hall: RunningHall, teacher: httpx.Client, made: dict[str, Any]
) -> None:
    path = f"/{made['id']}/start"
    for stem in ("bell", "bell"):
        come(hall, code_of(made), fresh(stem))
    assert {each["state"] for each in ask(hall, teacher, "GET", path) if each["part"] == "student"} == {"off"}
    rung = ask(hall, teacher, "POST", path, status=202)
    assert {each["state"] for each in rung} <= {"starting", "ready"}
    deadline = time.monotonic() + 60
    while {each["state"] for each in ask(hall, teacher, "GET", path) if each["part"] == "student"} != {"ready"}:
        assert time.monotonic() < deadline, hall.read_logs()
        time.sleep(0.5)
    assert ask(hall, teacher, "POST", path, status=202)


def test_hundreds_of_guesses_are_stopped(hall: RunningHall, made: dict[str, Any]) -> None:
    client = hall.client()
    statuses = [client.get("/hub/join", params={"code": f"BCDF-{n:04}"}).status_code for n in range(FREE_GUESSES + 40)]

    assert statuses[: FREE_GUESSES - 10] == [404] * (FREE_GUESSES - 10)
    assert statuses[-30:].count(429) >= 25
    # Whoever is blocked is not told of a right one either.
    assert client.get("/hub/join", params={"code": code_of(made)}).status_code == 429
