"""Versions decided on from a terminal and which one is meant, what is listed, and what misuse and help say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.catalogs.app_hall import AppHall, anns_hall, event, run_app_command, version

COMMANDS = ("submit", "status", "comment", "approve", "send-back", "withdraw", "rollback", "retire", "restore", "list")


@pytest.fixture
def hall(monkeypatch: pytest.MonkeyPatch) -> Iterator[AppHall]:
    with anns_hall(monkeypatch) as running:
        yield running


@pytest.fixture
def answer(capsys: pytest.CaptureFixture[str]) -> Any:
    return partial(run_app_command, capsys)


MOVES = {
    "approve": (["approve", "rain-map", "2"], "approve", "approved", ""),
    "send back": (["send-back", "rain-map", "2", "--reason", "太暗"], "send-back", "draft", "太暗"),
    "withdraw": (["withdraw", "rain-map", "2"], "withdraw", "draft", ""),
    "roll back": (["rollback", "rain-map", "2"], "roll-back", "published", ""),
    "restore": (["restore", "rain-map", "2"], "restore", "published", ""),
}


@pytest.mark.parametrize(("arguments", "action", "target", "reason"), MOVES.values(), ids=MOVES)
def test_a_version_that_is_named_is_moved_on(
    hall: AppHall, answer: Any, arguments: list[str], action: str, target: str, reason: str
) -> None:
    hall.tell("POST", f"/apps/rain-map/versions/2/{action}", version(2, state=target))

    code, printed, _ = answer(*arguments)

    assert (code, printed.splitlines()[0].startswith("rain-map, version 2 is ")) == (0, True)
    assert [each.content for each in hall.asked] == [{"reason": reason}]
    assert answer(*arguments, "--json")[:2] == (0, version(2, state=target))


def test_a_reviewer_says_what_they_looked_at_in_place_of_the_checks(hall: AppHall, answer: Any) -> None:
    approved = event("approve", "checked", "approved", by="bob") | {"ticks": ["thumbnail-not-run"]}
    hall.tell("POST", "/apps/rain-map/versions/2/approve", version(2, state="approved"))
    versions = [version(2, state="approved", events=[approved])]
    hall.tell("GET", "/apps/rain-map/versions", {"slug": "rain-map", "owner": "ann", "versions": versions})

    code, _, _ = answer("approve", "rain-map", "2", "--tick", "accessibility-not-run", "--tick", "thumbnail-not-run")

    assert code == 0
    assert hall.asked[0].content == {"reason": "", "ticks": ["accessibility-not-run", "thumbnail-not-run"]}
    assert "approved  by bob  ✓ thumbnail-not-run" in answer("status", "rain-map")[1]


def test_a_comment_is_sent_to_the_newest_version_or_to_the_one_that_is_named(hall: AppHall, answer: Any) -> None:
    written = {"by": "bob", "at": "2026-03-01T08:09:10Z", "text": "太暗\n\x1b[2J了"}
    told = version(2, state="checked") | {"comments": [written], "may_comment": True}
    versions = {"slug": "rain-map", "owner": "ann", "versions": [told, version(1, state="draft")]}
    hall.tell("GET", "/apps/rain-map/versions", versions)
    for number in (1, 2):
        hall.tell("POST", f"/apps/rain-map/versions/{number}/comments", told)

    code, printed, _ = answer("comment", "rain-map", "--text", "Why so dark?")
    assert (code, printed.splitlines()) == (
        0,
        ["rain-map, version 2", "  2026-03-01 08:09:10Z  bob writes: 太暗 [2J了"],
    )
    assert answer("comment", "rain-map", "1", "--text", "这个呢", "--json")[0] == 0
    assert [each.content for each in hall.asked if each.method == "POST"] == [
        {"text": "Why so dark?"},
        {"text": "这个呢"},
    ]
    printed = answer("status", "rain-map")[1]
    assert "bob writes: 太暗 [2J了" in printed
    assert '→ datahall app comment rain-map --text "…"' in printed
    code, _, said = answer("comment", "rain-map", "--text", "  ")
    assert (code, "--text" in said) == (2, True)


STANDINGS = {
    "withdrawn": ("draft", None, [event("withdraw", "checked", "draft")]),
    "sent back": ("draft", None, [event("send-back", "checked", "draft")]),
    "did not pass the checks": ("draft", None, [event("fail", "submitted", "draft")]),
    "did not render": ("draft", None, [event("fail", "approved", "draft")]),
    "with its author": ("draft", None, [event("a-new-word", "checked", "draft")]),
    "approved": ("approved", "publishing", [event("approve", "checked", "approved")]),
    "replaced": (
        "approved",
        None,
        [event("publish", "approved", "published"), event("replace", "published", "approved")],
    ),
    "published": ("published", None, [event("publish", "approved", "published")]),
    "on-the-moon": ("on-the-moon", None, []),
}


@pytest.mark.parametrize("words", STANDINGS)
def test_a_version_stands_in_the_words_of_the_halls_pages(hall: AppHall, answer: Any, words: str) -> None:
    state, waits_for, events = STANDINGS[words]
    told = version(1, state=state, events=events) | {"waits_for": waits_for}
    hall.tell("GET", "/apps/rain-map/versions", {"slug": "rain-map", "versions": [told]})

    assert f"version 1  {words}  A map of rain" in answer("status", "rain-map")[1]


def shown_until(at: str) -> list[dict[str, Any]]:
    """Return the events of a version that visitors saw until then."""
    return [event("publish", "approved", "published"), event("replace", "published", "approved", at=at)]


def retired(at: str) -> dict[str, Any]:
    return event("retire", "published", "retired", at=at)


CHOICES = {
    "the one that waits for a reviewer": ("approve", 3, [version(3, state="checked"), version(2, state="draft")]),
    "the one that waits to be published": (
        "send-back",
        4,
        [version(4, state="approved", waits_for="publishing"), version(2, state="approved")],
    ),
    "the one in its checks": ("withdraw", 5, [version(5), version(4, state="published")]),
    "the published one": ("retire", 2, [version(3, state="approved"), version(2, state="published")]),
    "the one that could be published again": (
        "retire",
        3,
        [version(3, state="approved"), version(1, state="approved")],
    ),
    "the one that visitors saw last, which is not the one with the highest number": (
        "roll-back",
        2,
        [
            version(5, state="published"),
            version(4, state="approved"),
            version(3, state="approved", events=shown_until("2026-01-02T12:00:00Z")),
            version(2, state="approved", events=shown_until("2026-01-04T12:00:00Z")),
        ],
    ),
    "the retired one that visitors saw last": (
        "restore",
        1,
        [
            version(3, state="retired", events=[event("retire", "approved", "retired", at="2026-01-09T12:00:00Z")]),
            version(2, state="retired", events=[*shown_until("2026-01-02T12:00:00Z"), retired("2026-01-03T12:00:00Z")]),
            version(1, state="retired", events=[retired("2026-01-09T12:00:00Z")]),
        ],
    ),
}


@pytest.mark.parametrize(("action", "number", "versions"), CHOICES.values(), ids=CHOICES)
def test_where_no_version_is_named_the_action_is_for(
    hall: AppHall, answer: Any, action: str, number: int, versions: list[dict[str, Any]]
) -> None:
    hall.tell("GET", "/apps/rain-map/versions", {"slug": "rain-map", "owner": "ann", "versions": versions})
    hall.tell("POST", f"/apps/rain-map/versions/{number}/{action}", version(number, state="published"))
    reason = ["--reason", "why"] if action in ("send-back", "retire") else []

    assert answer(action.replace("roll-back", "rollback"), "rain-map", *reason)[0] == 0
    # Only as it stood when it was chosen.
    assert hall.asked[-1].content == {"reason": "why" if reason else "", "revision": number + 10}


@pytest.mark.parametrize("command", ["approve", "send-back", "withdraw", "rollback", "retire", "restore"])
def test_where_no_version_can_be_meant_it_is_said(hall: AppHall, answer: Any, command: str) -> None:
    hall.tell("GET", "/apps/rain-map/versions", {"slug": "rain-map", "versions": [version(1, state="draft")]})
    reason = ["--reason", "why"] if command == "send-back" else []

    code, told, _ = answer(command, "rain-map", *reason, "--json")

    assert (code, told["error"]["code"]) == (1, "no-such-app-version")
    assert "rain-map" in told["error"]["message"]
    assert hall.said_to_do == ["GET /apps/rain-map/versions"]


def test_where_several_versions_can_be_meant_their_numbers_are_said(hall: AppHall, answer: Any) -> None:
    versions = [version(3, state="checked"), version(2, state="checked")]
    hall.tell("GET", "/apps/rain-map/versions", {"slug": "rain-map", "versions": versions})

    code, told, _ = answer("approve", "rain-map", "--json")

    assert (code, told["error"]["code"], "3, 2" in told["error"]["message"]) == (1, "several-versions", True)


def test_published_apps_are_listed_without_a_token(hall: AppHall, answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    app = {
        "slug": "rain-map",
        "title": {"en": "A map of rain", "zh": "降雨地图"},
        "version": 3,
        "published": "2026-01-02T10:00:00Z",
        "address": "https://hall.example/services/apps/rain-map",
    }
    shipped = {"slug": "wind", "title": {"en": "Wind", "zh": "风"}, "version": 0, "published": None, "address": "x"}
    hall.tell("GET", "/apps", {"total": 2, "results": [app, shipped]})

    assert answer("list")[:2] == (
        0,
        "rain-map  A map of rain  version 3  2026-01-02  https://hall.example/services/apps/rain-map\n"
        "wind      Wind           –          –           x\n",
    )
    assert {each.token for each in hall.asked} == {""}
    monkeypatch.delenv("DATAHALL_TOKEN")
    assert answer("list", "--json")[:2] == (0, {"total": 2, "results": [app, shipped]})


def test_a_hall_without_apps_says_so(hall: AppHall, answer: Any) -> None:
    hall.tell("GET", "/apps", {"total": 0, "results": []})

    assert answer("list") == (0, "", "No app is published in this hall.\n")


MISUSES = {
    "no path": ["submit"],
    "a path that is not there": ["submit", "/no/such"],
    "a path that is too long": ["submit", "x" * 300],
    "a file that is no notebook": ["submit", __file__],
    "no app to approve": ["approve"],
    "a version that is no number": ["approve", "rain-map", "two"],
    "a version below one": ["approve", "rain-map", "0"],
    "no reason": ["send-back", "rain-map", "2"],
    "an empty reason": ["send-back", "rain-map", "--reason", "  "],
    "no time to wait": ["submit", ".", "--wait", "0"],
    "an unknown command": ["aprove", "rain-map"],
}


@pytest.mark.parametrize("arguments", MISUSES.values(), ids=MISUSES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_misuse_is_told_and_nothing_is_asked(
    hall: AppHall, answer: Any, monkeypatch: pytest.MonkeyPatch, arguments: list[str], language: str
) -> None:
    monkeypatch.setenv("DATAHALL_LANGUAGE", language)

    code, told, _ = answer(*arguments, "--json")

    assert (code, told["error"]["code"], hall.asked) == (2, "misuse", [])
    assert bool(re.search("[\u4e00-\u9fff]", told["error"]["message"])) == (language == "zh")


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_a_chinese_help_page_is_chinese_throughout(command: str) -> None:
    program = Path(sys.executable).with_name("datahall")
    environment = {**os.environ, "DATAHALL_LANGUAGE": "zh", "COLUMNS": "100"}
    done = subprocess.run(
        [program, "app", *command.split(), "--help"], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.startswith("用法：")
    assert not re.search(r"Usage|Options:|OPTIONS|Arguments|Commands|COMMAND|Show this|required", done.stdout)
