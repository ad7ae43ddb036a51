"""An app sent from a terminal: what leaves, and what its author is told of its checks and of its versions."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.catalogs.app_hall import (
    PNG,
    TOKEN,
    AppHall,
    Say,
    anns_hall,
    event,
    finding,
    manifest,
    notebook,
    run_app_command,
    version,
    write_app,
)


@pytest.fixture
def hall(monkeypatch: pytest.MonkeyPatch) -> Iterator[AppHall]:
    with anns_hall(monkeypatch) as running:
        yield running


@pytest.fixture
def answer(capsys: pytest.CaptureFixture[str]) -> Any:
    return partial(run_app_command, capsys)


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
        "  → datahall app approve rain-map 2 --tick cell-failed",
        "",
        "version 1  sent back  A map of rain",
        "  2026-01-02 10:00:00Z  passed the checks  by the hall",
        "  2026-01-03 08:00:00Z  sent back  by bob  Too dark.",
    ]
    assert answer("status", "rain-map", "--json")[1]["versions"] == versions
