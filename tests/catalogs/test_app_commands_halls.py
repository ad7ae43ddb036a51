"""Halls that refuse, are silent, are none, or mean harm: each is told in a sentence, and no token goes astray."""

from __future__ import annotations

import json
import os
import pty
import socket
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from datahall import cli

from tests.catalogs.app_hall import BASE, TOKEN, AppHall, Say, anns_hall, event, finding, open_hall, version, write_app

SERVERS_TOKEN = "fedcba9876543210-of-the-server"


@pytest.fixture
def hall(monkeypatch: pytest.MonkeyPatch) -> Iterator[AppHall]:
    with anns_hall(monkeypatch) as running:
        yield running


@pytest.fixture
def other() -> Iterator[AppHall]:
    """Somebody else's server, which must not see a token."""
    with open_hall() as running:
        yield running


@pytest.fixture
def told(capfd: pytest.CaptureFixture[str]) -> Any:
    """Run `datahall app …`; return exit code and all that was said, which never holds a token."""

    def run(*arguments: str) -> tuple[int, str]:
        code = cli.run(["app", *arguments])
        shown = capfd.readouterr()
        assert TOKEN not in shown.out + shown.err
        assert SERVERS_TOKEN not in shown.out + shown.err
        assert "Traceback" not in shown.err
        return code, shown.out + shown.err

    return run


def read_error(said: str) -> dict[str, Any]:
    return dict(json.loads(said)["error"])


REFUSALS = {
    "no such version": (404, "no-such-app-version"),
    "not allowed": (403, "not-allowed"),
    "wrong state": (409, "wrong-state"),
    "moved on meanwhile": (409, "outdated-change"),
    "no reason": (422, "reason-missing"),
    "nothing new": (409, "nothing-new"),
    "a bad app": (422, "bad-app"),
    "too large": (413, "too-large"),
    "away": (503, "unavailable"),
    "a reason of later": (418, "teapot"),
}


@pytest.mark.parametrize(("status", "code"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_is_told_in_the_halls_own_words(hall: AppHall, told: Any, status: int, code: str) -> None:
    hall.refuse("POST", "/apps/rain-map/versions/2/approve", status=status, code=code)

    exit_code, said = told("approve", "rain-map", "2", "--json")
    error = {"code": code, "message": f"The words of {code}.", "hint": f"The hint of {code}."}
    assert (exit_code, read_error(said)) == (1, error)
    assert told("approve", "rain-map", "2") == (1, f"datahall: The words of {code}.\nThe hint of {code}.\n")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_token_that_the_hall_does_not_know_is_told_with_where_to_make_one(
    hall: AppHall, told: Any, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setenv("DATAHALL_LANGUAGE", language)
    hall.refuse("GET", "/app-versions?whose=own", status=401, code="not-signed-in")

    code, said = told("status", "--json")

    assert (code, read_error(said)["code"]) == (1, "not-signed-in")
    assert f"{hall.url}/hub/token" in read_error(said)["hint"]
    assert ("不认识此令牌" in said) == (language == "zh")


def test_what_the_hall_finds_wrong_with_what_was_sent_is_listed(hall: AppHall, told: Any, tmp_path: Path) -> None:
    problems = [finding(), {"no": "finding"}]
    hall.refuse("POST", "/apps/rain-map/versions", status=422, code="bad-app", problems=[problems[0]])
    folder = str(write_app(tmp_path / "rain-map"))

    code, said = told("submit", folder)
    assert (code, "[to be mended] app.ipynb, cell 3, line 2" in said, "The words of bad-app." in said) == (
        1,
        True,
        True,
    )
    assert read_error(told("submit", folder, "--json")[1])["problems"][0]["code"] == "cell-failed"
    hall.refuse("POST", "/apps/rain-map/versions", status=422, code="bad-app", problems=problems)
    assert told("submit", folder) == (1, "datahall: The words of bad-app.\nThe hint of bad-app.\n")


def test_a_refusal_that_says_nothing_is_told_by_its_code(hall: AppHall, told: Any) -> None:
    hall.tell("GET", "/app-versions?whose=own", Say({"error": {"code": "no-luck", "message": None}}, 400))

    assert told("status") == (1, "datahall: The hall refuses this (no-luck).\n")


STRANGE = {
    "a page": Say(b"<!doctype html><title>Welcome</title>", headers={"Content-Type": "text/html"}),
    "a page of an error": Say(b"<h1>Not Found</h1>", 404),
    "another API's error": Say({"detail": "Not Found"}, 404),
    "an error that is none": Say({"error": "not found"}, 404),
    "nothing": Say(b""),
    "noise": Say(bytes(range(256))),
    "half a JSON": Say(b'{"total": 1, "results": ['),
    "a list": Say([]),
    "another object": Say({"hello": 1}),
    "results that are none": Say({"results": 5}),
    "a version without a state": Say({"results": [{"slug": "a", "number": 1}]}),
    "a number that is none": Say({"results": [version(1) | {"number": {}}]}),
    "no number": Say(b'{"results": [], "total": NaN}'),
    "JSON without an end": Say(b'{"results":' + b"[" * 100_000),
    "a number without an end": Say(b'{"results": ' + b"9" * 100_000 + b"}"),
    "an answer without an end": Say(b'"' + b"x" * 20_000_001),
    "no change": Say(b"", 304),
    "packed bytes": Say(b"\x1f\x8b\x08\x00", headers={"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("answer", STRANGE.values(), ids=STRANGE)
def test_what_answers_otherwise_than_a_hall_is_called_no_hall(hall: AppHall, told: Any, answer: Say) -> None:
    hall.tell("GET", "/app-versions?whose=own", answer)
    hall.tell("GET", "/app-versions?whose=waiting", {"results": []})

    code, said = told("status", "--json")

    assert (code, read_error(said)["code"]) == (1, "no-hall")
    assert hall.url in read_error(said)["message"]


AWAY = {"a bad gateway": 502, "a hall that is starting": 503, "a gateway that waited": 504}


@pytest.mark.parametrize("status", AWAY.values(), ids=AWAY)
def test_a_proxy_without_its_hall_is_a_hall_that_is_away(hall: AppHall, told: Any, status: int) -> None:
    hall.tell("GET", "/app-versions?whose=own", Say(b"<h1>Service Unavailable</h1>", status))

    assert read_error(told("status", "--json")[1])["code"] == "unavailable"


def test_a_front_that_takes_no_large_body_is_told_as_such(hall: AppHall, told: Any, tmp_path: Path) -> None:
    hall.tell("POST", "/apps/rain-map/versions", Say(b"<h1>413 Request Entity Too Large</h1>", 413))

    code, said = told("submit", str(write_app(tmp_path / "rain-map")), "--json")

    assert (code, read_error(said)["code"]) == (1, "too-large")


@pytest.mark.parametrize(("language", "words"), [("en", "refused the connection"), ("zh", "服务器拒绝连接")])
def test_a_hall_that_is_not_there(told: Any, monkeypatch: pytest.MonkeyPatch, language: str, words: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens
        monkeypatch.setenv("DATAHALL_LANGUAGE", language)
        code, said = told("list", "--hall", f"http://127.0.0.1:{taken.getsockname()[1]}", "--json")

    assert (code, read_error(said)["code"], words in said) == (1, "unreachable", True)


def answer_slowly(handler: BaseHTTPRequestHandler) -> None:
    """Send a byte now and then, the head included."""
    try:
        for byte in b"HTTP/1.0 200 OK\r\nX-Wait: " + b"x" * 500:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(0.05)
    except OSError:
        pass


def say_nothing(_: BaseHTTPRequestHandler) -> None:
    time.sleep(3)


def break_off(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b'HTTP/1.0 200 OK\r\nContent-Length: 1000\r\n\r\n{"total"')


SILENT = {
    "drips": (answer_slowly, "in time"),
    "is silent": (say_nothing, "in time"),
    "breaks off": (break_off, "broke off"),
}


@pytest.mark.parametrize(("answer", "words"), SILENT.values(), ids=SILENT)
def test_a_hall_that_does_not_answer_in_time_is_given_up(
    hall: AppHall, told: Any, monkeypatch: pytest.MonkeyPatch, answer: Any, words: str
) -> None:
    monkeypatch.setattr("datahall._apps.connection.PATIENCE", 0.5)
    hall.table[f"GET {BASE}/apps"] = answer
    began = time.monotonic()

    code, said = told("list", "--json")

    assert (code, read_error(said)["code"], words in said) == (1, "unreachable", True)
    assert time.monotonic() - began < 5


def test_what_may_have_arrived_is_told_as_such(hall: AppHall, told: Any) -> None:
    hall.table[f"POST {BASE}/apps/rain-map/versions/2/approve"] = break_off

    assert "datahall app status" in read_error(told("approve", "rain-map", "2", "--json")[1])["hint"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(hall: AppHall, other: AppHall, told: Any, tmp_path: Path, status: int) -> None:
    there = Say(b"", status, {"Location": f"{other.url}/\x9b31mhere"})
    hall.tell("GET", "/app-versions?whose=own", there)
    hall.tell("POST", "/apps/rain-map/versions", there)

    for arguments in (["status"], ["submit", str(write_app(tmp_path / "rain-map"))]):
        code, said = told(*arguments, "--json")
        assert (code, read_error(said)["code"]) == (1, "leads-elsewhere")
        assert f"{other.url}/" in read_error(said)["message"]
    assert other.asked == []


NO_ADDRESSES = {
    "another scheme": "ftp://hall.example",
    "no scheme": "127.0.0.1:8000",
    "a name alone": "hall.example",
    "no host": "http://",
    "a password": "http://ann:hunter2@127.0.0.1:8000",
    "a port that is none": "http://127.0.0.1:99999999",
    "a line end": "http://127.0.0.1\nx",
    "a file": "file:///etc/passwd",
}


@pytest.mark.parametrize("address", NO_ADDRESSES.values(), ids=NO_ADDRESSES)
def test_what_is_no_address_of_a_hall_is_said_to_be_none(told: Any, address: str) -> None:
    code, said = told("list", "--hall", address, "--json")

    assert (code, read_error(said)["code"], "hunter2" in said) == (2, "misuse", False)


PAGES = ["", "/", "/services/hall", "/services/hall/", "/services/hall/zh/apps/?q=1#x", "/services/hall/api/v1/fetch"]


@pytest.mark.parametrize("page", PAGES)
def test_the_address_of_any_page_of_a_hall_will_do(hall: AppHall, told: Any, page: str) -> None:
    hall.tell("GET", "/apps", {"results": []})

    assert told("list", "--hall", hall.url + page)[0] == 0


def test_a_hall_may_lie_below_a_path(hall: AppHall, told: Any) -> None:
    hall.table[f"GET /open/data{BASE}/apps"] = Say({"results": []})

    assert told("list", "--hall", f"{hall.url}/open/data/services/hall/en/")[0] == 0


def test_without_a_token_nothing_is_asked(hall: AppHall, told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATAHALL_TOKEN")

    code, said = told("status", "--json")

    assert (code, read_error(said)["code"], hall.asked) == (1, "not-signed-in", [])
    assert f"{hall.url}/hub/token" in said


@pytest.mark.parametrize("token", ["two words", "a\nX-Admin: yes", "令牌", "x" * 2000, "\x1b[31m"])
def test_what_can_be_no_token_is_not_sent_and_not_shown(
    hall: AppHall, told: Any, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("DATAHALL_TOKEN", token)

    code, said = told("status", "--json")

    assert (code, read_error(said)["code"], hall.asked) == (1, "not-signed-in", [])
    assert token not in said


def test_a_token_is_sent_to_another_machine_unencrypted_only_where_that_is_asked_for(
    told: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATAHALL_TOKEN", TOKEN)
    far = "http://hall.invalid"  # no machine has a name of this kind (RFC 2606)

    code, said = told("status", "--hall", far, "--json")
    assert (code, read_error(said)["code"], "--insecure" in said) == (2, "insecure-hall", True)
    assert read_error(told("status", "--hall", far, "--insecure", "--json")[1])["code"] == "unreachable"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.9.8.7"])
def test_what_does_not_leave_the_machine_need_not_be_encrypted(hall: AppHall, told: Any, host: str) -> None:
    hall.tell("GET", "/apps/rain-map/versions", {"slug": "rain-map", "versions": []})

    code, _ = told("status", "rain-map", "--hall", f"http://{host}:{hall.port}")

    # A server at 127.0.0.1 alone is not at 127.9.8.7; that it was tried is what counts.
    assert code == (1 if host == "127.9.8.7" else 0)


@pytest.mark.parametrize("host", ["127.0.0.1.example.invalid", "127.0.0.1@hall.invalid", "localhost.invalid", "127.1"])
def test_a_host_that_only_looks_like_this_machine_is_another(
    told: Any, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("DATAHALL_TOKEN", TOKEN)

    assert read_error(told("status", "--hall", f"http://{host}", "--json")[1])["code"] in ("insecure-hall", "misuse")


def test_a_proxy_of_the_environment_sees_no_token_that_is_for_this_machine(
    hall: AppHall, other: AppHall, told: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, other.url)
    hall.tell("GET", "/apps/rain-map/versions", {"slug": "rain-map", "versions": []})

    assert (told("status", "rain-map")[0], other.asked) == (0, [])


@pytest.fixture
def own_server(hall: AppHall, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of a person's server in that hall."""
    monkeypatch.delenv("DATAHALL_HALL")
    monkeypatch.delenv("DATAHALL_TOKEN")
    monkeypatch.setenv("DATAHALL_FETCH_URL", f"{hall.url}{BASE}/fetch")
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", SERVERS_TOKEN)


@pytest.mark.usefixtures("own_server")
def test_in_a_persons_server_its_hall_is_asked_with_its_token(hall: AppHall, told: Any) -> None:
    hall.tell("GET", "/apps/rain-map/versions", {"slug": "rain-map", "versions": []})

    assert told("status", "rain-map")[0] == 0
    assert hall.asked[0].token == f"token {SERVERS_TOKEN}"


@pytest.mark.usefixtures("own_server")
def test_ones_own_token_goes_before_that_of_the_server(
    hall: AppHall, told: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATAHALL_TOKEN", TOKEN)
    hall.tell("GET", "/apps/rain-map/versions", {"slug": "rain-map", "versions": []})

    assert told("status", "rain-map")[0] == 0
    assert hall.asked[0].token == f"token {TOKEN}"


@pytest.mark.usefixtures("own_server")
@pytest.mark.parametrize("named_by", ["--hall", "DATAHALL_HALL"])
def test_the_token_of_a_persons_server_goes_to_no_other_hall(
    other: AppHall, told: Any, monkeypatch: pytest.MonkeyPatch, named_by: str
) -> None:
    if named_by == "DATAHALL_HALL":
        monkeypatch.setenv("DATAHALL_HALL", other.url)
    arguments = ["--hall", other.url] if named_by == "--hall" else []

    code, said = told("status", *arguments, "--json")

    assert (code, read_error(said)["code"], other.asked) == (1, "not-signed-in", [])


@pytest.mark.usefixtures("own_server")
def test_what_the_servers_token_may_not_do_another_token_may(hall: AppHall, told: Any) -> None:
    hall.refuse("POST", "/apps/rain-map/versions/2/approve", status=403, code="not-allowed")

    hint = read_error(told("approve", "rain-map", "2", "--json")[1])["hint"]

    assert hint.startswith("The hint of not-allowed. The workbench's own token may do less than you")
    assert f"{hall.url}/hub/token" in hint


NASTY = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egpj.exe\ud800\r\n[fine] \x7fline\x00 {braces} %s [bold]x[/bold]"


def test_no_sign_of_a_hall_steers_the_terminal(hall: AppHall, told: Any) -> None:
    nasty = version(
        1,
        slug=NASTY,
        owner=NASTY,
        state=NASTY,
        created=NASTY,
        note=NASTY,
        title={"en": NASTY, NASTY: NASTY},
        actions=[NASTY, "approve"],
        waits_for=NASTY,
        findings=[
            finding(code=NASTY, severity=NASTY, message=NASTY, mend=NASTY, place={"file": NASTY, "field": NASTY})
        ],
        events=[event(NASTY, NASTY, NASTY, by=NASTY, at=NASTY, reason=NASTY)],
    )
    app = {"slug": NASTY, "title": {"en": NASTY}, "version": 1, "published": NASTY, "address": NASTY}
    hall.tell("GET", "/apps/rain-map/versions", {"slug": NASTY, "owner": NASTY, "versions": [nasty]})
    hall.tell("GET", "/app-versions?whose=own", {"results": [nasty]})
    hall.tell("GET", "/app-versions?whose=waiting", {"results": [nasty]})
    hall.tell("POST", "/apps/rain-map/versions/1/approve", nasty)
    hall.tell("POST", "/apps/rain-map/versions/1/withdraw", nasty | {"state": "draft"})
    hall.tell("GET", "/apps", {"results": [app], NASTY: NASTY})
    hall.refuse("POST", "/apps/rain-map/versions/2/approve", status=409, code="wrong-state", message=NASTY, hint=NASTY)
    hall.refuse("POST", "/apps/rain-map/versions/3/approve", status=409, code=NASTY, message="", hint="")

    for arguments in (
        ["status", "rain-map"],
        ["status"],
        ["approve", "rain-map", "1"],
        ["approve", "rain-map", "2"],
        ["approve", "rain-map", "3"],
        ["withdraw", "rain-map", "1"],
        ["list"],
    ):
        for more in ([], ["--json"]):
            _, said = told(*arguments, *more)
            assert [sign for sign in said if not (sign.isprintable() or sign == "\n")] == []
            assert not [line for line in said.splitlines() if line.startswith("[fine]")]


def test_markup_in_what_a_hall_says_is_not_drawn(hall: AppHall, tmp_path: Path) -> None:
    """At a real terminal, where a spinner turns."""
    hall.tell("POST", "/apps/rain-map/versions", Say(version(2), 202))
    hall.tell("GET", "/apps/rain-map/versions/2", version(2, note="[bold]n[/b]"), version(2, state="checked"))
    folder = write_app(tmp_path / "rain-map")
    keeper, terminal = pty.openpty()
    seen: list[bytes] = []

    def look() -> None:
        try:
            while part := os.read(keeper, 65536):
                seen.append(part)
        except OSError:  # nobody holds the other end any more
            return

    reader = threading.Thread(target=look)
    reader.start()
    with os.fdopen(terminal, "w") as stream, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", stream)
        code = cli.run(["app", "submit", str(folder)])
    reader.join(10)
    os.close(keeper)

    assert code == 0
    assert b"[bold]n[/b]" in b"".join(seen)


def test_a_hall_that_calls_the_app_otherwise_is_asked_for_ours(hall: AppHall, told: Any, tmp_path: Path) -> None:
    hall.tell("POST", "/apps/rain-map/versions", Say(version(2, slug="../../../hub/api/users"), 202))
    hall.tell("GET", "/apps/rain-map/versions/2", version(2, state="checked"))

    assert told("submit", str(write_app(tmp_path / "rain-map")))[0] == 0
    assert hall.said_to_do == ["POST /apps/rain-map/versions", "GET /apps/rain-map/versions/2"]
