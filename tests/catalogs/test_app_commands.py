"""Apps at a terminal: what is sent to a hall, what it answers, and what people and programs are told of it."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from datahall import cli

from tests.catalogs.app_hall import (
    PNG,
    TOKEN,
    AppHall,
    Say,
    event,
    finding,
    manifest,
    notebook,
    open_hall,
    version,
    write_app,
)

COMMANDS = ("submit", "status", "approve", "send-back", "withdraw", "rollback", "retire", "restore", "list")


@pytest.fixture
def hall(monkeypatch: pytest.MonkeyPatch) -> Iterator[AppHall]:
    with open_hall() as running:
        monkeypatch.setenv("DATAHALL_HALL", running.url)
        monkeypatch.setenv("DATAHALL_TOKEN", TOKEN)
        monkeypatch.setattr("datahall._apps.desk.FIRST_PAUSE", 0.01)
        yield running


@pytest.fixture
def answer(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run `datahall app …`; return exit code, standard output (parsed under --json), standard error."""

    def run(*arguments: str) -> tuple[int, Any, str]:
        code = cli.run(["app", *arguments])
        shown = capsys.readouterr()
        return code, json.loads(shown.out) if "--json" in arguments else shown.out, shown.err

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_app(tmp_path / "rain-map", picture=PNG)


def tell_checked(hall: AppHall, *states: str, **changes: Any) -> None:
    """Have a hall take version 2 in, and tell it in these states one after the other."""
    hall.tell("POST", "/apps/rain-map/versions", Say(version(2), 202))
    hall.tell("GET", "/apps/rain-map/versions/2", *(version(2, state=state, **changes) for state in states))


def test_an_app_is_sent_without_its_outputs_and_followed_until_its_checks_are_through(
    hall: AppHall, answer: Any, folder: Path
) -> None:
    tell_checked(hall, "submitted", "submitted", "checked")

    code, printed, said = answer("submit", str(folder))

    assert code == 0
    assert printed == "rain-map, version 2 has passed its checks and waits for a reviewer.\n"
    assert said == "rain-map, version 2 is being checked by the hall.\n"
    sent = hall.asked[0].content
    assert sent["manifest"] == manifest() | {"thumbnail": "map.png"}
    assert base64.b64decode(sent["thumbnail"]) == PNG
    code_cell = sent["notebook"]["cells"][1]
    assert (code_cell["outputs"], code_cell["execution_count"]) == ([], None)
    assert code_cell["source"] == ["print(1)\n"]
    assert sent["notebook"]["metadata"] == {"language_info": {"name": "python"}}
    assert "secret" not in json.dumps(sent)
    assert {each.token for each in hall.asked} == {f"token {TOKEN}"}


def test_an_app_without_a_picture_is_sent_without_one(hall: AppHall, answer: Any, tmp_path: Path) -> None:
    tell_checked(hall, "checked")

    assert answer("submit", str(write_app(tmp_path / "rain-map")))[0] == 0
    assert set(hall.asked[0].content) == {"notebook", "manifest"}


def test_a_notebook_beside_its_manifest_is_an_app_called_as_its_folder(
    hall: AppHall, answer: Any, folder: Path
) -> None:
    tell_checked(hall, "checked")
    (folder / "app.ipynb").rename(folder / "Untitled 1.ipynb")

    assert answer("submit", str(folder / "Untitled 1.ipynb"))[0] == 0
    assert hall.asked[0].content["notebook"]["cells"][0] == notebook()["cells"][0]


def test_the_folder_one_is_in_is_an_app(
    hall: AppHall, answer: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell_checked(hall, "checked")
    monkeypatch.chdir(folder)

    assert answer("submit", ".")[0] == 0


def test_an_app_is_called_as_one_says(hall: AppHall, answer: Any, tmp_path: Path) -> None:
    tell_checked(hall, "checked")
    other = write_app(tmp_path / "My Maps")

    code, _, said = answer("submit", str(other))
    assert (code, "cannot be called 'My Maps'" in said, "--slug" in said) == (2, True, True)
    assert answer("submit", str(other), "--slug", "rain-map")[0] == 0


@pytest.mark.parametrize("slug", ["../people", "a/b", "A", "a--b", "a?b", "", "x" * 61, "雨"])
def test_what_cannot_be_part_of_an_address_is_not_asked_for(
    hall: AppHall, answer: Any, folder: Path, slug: str
) -> None:
    assert answer("submit", str(folder), "--slug", slug, "--json")[1]["error"]["code"] == "misuse"
    assert answer("approve", slug)[0] == 2
    assert answer("status", slug)[0] == 2
    assert hall.asked == []


def test_a_version_that_comes_back_is_told_with_places_and_ways_to_mend(
    hall: AppHall, answer: Any, folder: Path
) -> None:
    field = finding(
        message="The text is English.", mend="", severity="remark", place={"file": "app.yaml", "field": "title.zh"}
    )
    events = [event("fail", "submitted", "draft", reason="1 problem")]
    tell_checked(hall, "draft", findings=[finding(), field], events=events)

    code, printed, _ = answer("submit", str(folder))

    assert code == 1
    assert printed.splitlines() == [
        "rain-map, version 2 is its author's again. Mend it and submit the next version.",
        "  1 problem",
        "  [to be mended] app.ipynb, cell 3, line 2, when it runs in Chinese: It ends with an error.",
        "      Mend the cell.",
        "  [remark] app.yaml, title.zh: The text is English.",
    ]


def test_it_is_told_in_chinese_and_the_hall_is_asked_to(
    hall: AppHall, answer: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATAHALL_LANGUAGE", "zh")
    tell_checked(hall, "draft", findings=[finding(message="以错误结束。", mend="请修改该单元格。")])

    code, printed, said = answer("submit", str(folder))

    assert (code, said) == (1, "大厅正在检查 rain-map 版本 2。\n")
    assert printed.splitlines() == [
        "rain-map 版本 2 已回到作者手中。请修改后提交下一个版本。",
        "  [须修改] app.ipynb，第 3 个单元格，第 2 行，以中文运行时：以错误结束。",
        "      请修改该单元格。",
    ]
    assert {each.language for each in hall.asked} == {"zh"}


def test_programs_get_the_version_as_the_hall_tells_it(hall: AppHall, answer: Any, folder: Path) -> None:
    tell_checked(hall, "submitted", "draft", findings=[finding()], added_later=1)

    code, told, said = answer("submit", str(folder), "--json")

    assert (code, said) == (1, "")
    assert told == version(2, state="draft", findings=[finding()], added_later=1)


@pytest.mark.parametrize("state", ["checked", "approved", "published", "a-state-of-later"])
def test_what_is_further_on_is_fine(hall: AppHall, answer: Any, folder: Path, state: str) -> None:
    tell_checked(hall, state)

    assert answer("submit", str(folder))[0] == 0


def test_one_need_not_wait(hall: AppHall, answer: Any, folder: Path) -> None:
    tell_checked(hall, "draft")

    code, told, _ = answer("submit", str(folder), "--no-wait", "--json")

    assert (code, told["state"], hall.said_to_do) == (0, "submitted", ["POST /apps/rain-map/versions"])


def test_waiting_ends_where_the_checks_take_longer(hall: AppHall, answer: Any, folder: Path) -> None:
    tell_checked(hall, "submitted")

    code, told, _ = answer("submit", str(folder), "--wait", "1", "--json")
    assert (code, told["error"]["code"], told["number"], told["state"]) == (1, "still-checking", 2, "submitted")
    code, printed, said = answer("submit", str(folder), "--wait", "1")
    assert (code, printed) == (1, "")
    assert "rain-map is still being checked after 1 seconds. datahall app status rain-map shows" in said


def test_why_it_takes_its_time_is_said_once(hall: AppHall, answer: Any, folder: Path) -> None:
    hall.tell("POST", "/apps/rain-map/versions", Say(version(2), 202))
    busy = version(2, note="The apps service is away.")
    hall.tell("GET", "/apps/rain-map/versions/2", busy, busy, version(2, state="checked"))

    assert answer("submit", str(folder))[2].splitlines()[1:] == ["The apps service is away."]


def test_a_hall_that_is_away_meanwhile_is_waited_for(hall: AppHall, answer: Any, folder: Path) -> None:
    hall.tell("POST", "/apps/rain-map/versions", Say(version(2), 202))
    away = Say(b"<h1>503 : Service Unavailable</h1>", 503)
    hall.tell("GET", "/apps/rain-map/versions/2", away, away, version(2, state="checked"))

    code, _, said = answer("submit", str(folder))

    assert (code, said.count("is not available at the moment")) == (0, 1)


def test_without_a_name_ones_own_and_those_that_wait_are_shown(hall: AppHall, answer: Any) -> None:
    own, waiting = version(1, state="published"), version(4, state="checked", slug="wind-map", owner="bob")
    hall.tell("GET", "/app-versions?whose=own", {"total": 1, "results": [own]})
    hall.tell("GET", "/app-versions?whose=waiting", {"total": 1, "results": [waiting]})

    code, printed, _ = answer("status")

    assert code == 0
    assert printed.splitlines() == [
        "Your own:",
        "rain-map  1  published  2026-01-02  ann  A map of rain",
        "Waiting for a reviewer:",
        "wind-map  4  waits for a reviewer  2026-01-02  bob  A map of rain",
    ]
    told = answer("status", "--json")[1]
    assert [told[whose]["results"] for whose in ("own", "waiting")] == [[own], [waiting]]


def test_who_may_not_review_is_shown_ones_own(hall: AppHall, answer: Any) -> None:
    hall.tell("GET", "/app-versions?whose=own", {"total": 0, "results": []})
    hall.refuse("GET", "/app-versions?whose=waiting", status=403, code="not-allowed")

    code, printed, said = answer("status")

    assert (code, printed, said) == (0, "", "There is nothing of yours, and nothing waits for you.\n")


def test_the_versions_of_an_app_are_shown_with_what_happened_and_what_one_may_do(hall: AppHall, answer: Any) -> None:
    sent_back = event("send-back", "checked", "draft", by="bob", at="2026-01-03T08:00:00Z", reason="Too\ndark.")
    versions = [
        version(2, state="checked", actions=["send-back", "approve"], findings=[finding(severity="not-run")]),
        version(1, state="draft", events=[event("pass", "submitted", "checked"), sent_back]),
    ]
    hall.tell("GET", "/apps/rain-map/versions", {"slug": "rain-map", "owner": "ann", "versions": versions})

    code, printed, _ = answer("status", "rain-map")

    assert code == 0
    assert printed.splitlines() == [
        "rain-map (ann)",
        "",
        "version 2  waits for a reviewer  A map of rain",
        "  2026-01-02 10:00:00Z  submitted  by ann",
        "  [not checked] app.ipynb, cell 3, line 2, when it runs in Chinese: It ends with an error.",
        "      Mend the cell.",
        '  → datahall app send-back rain-map 2 --reason "…"',
        "  → datahall app approve rain-map 2",
        "",
        "version 1  draft  A map of rain",
        "  2026-01-02 10:00:00Z  passed the checks  by the hall",
        "  2026-01-03 08:00:00Z  sent back  by bob  Too dark.",
    ]
    assert answer("status", "rain-map", "--json")[1]["versions"] == versions


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
