"""The hall moves versions on by itself, says why one waits, and goes on where a fallen hall stopped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from datahall_hub.app_life.check_records import find_digest
from datahall_hub.app_life.faults import TickMissing
from datahall_hub.app_life.manifest import load_manifest
from datahall_hub.app_life.states import HALL, Action, State
from datahall_hub.services.hall.app_desk import mover
from datahall_hub.services.hall.app_desk.drafts import read_folder

from tests.hub.app_desk.mover_stage import LIN, PATIENCE, USED, WANG, Stage, publish, set_stage, submit
from tests.hub.app_desk.small_trials import FINE, RENDERS, SEEN
from tests.hub.app_desk.test_drafts import MANIFEST, NOTEBOOK


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with set_stage(tmp_path) as made:
        yield made


def test_a_version_is_tried_in_both_languages_and_waits_for_its_reviewer(stage: Stage) -> None:
    number = submit(stage)
    stage.run(until=lambda: stage.state() is State.CHECKED)
    digest = stage.desk.book.get("a-trial", number).digest
    assert [asked for path, asked in stage.trials.asked if path == "/trials"] == [
        {"slug": "a-trial", "digest": digest, "language": language} for language in ("en", "zh")
    ]
    opened = json.loads((stage.home / "apps/a-trial" / digest / "opened.json").read_text())
    assert opened == {"datasets": [USED]}
    assert stage.find_shown() is None


def test_what_ran_is_looked_at_with_the_data_that_it_opened(stage: Stage) -> None:
    violation = {"rule": "color-contrast", "impact": "serious", "help": "Elements must meet …", "cell": 1, "count": 2}
    seen = {**SEEN, "violations": [{**violation, "language": language} for language in ("en", "zh")]}
    stage.trials.look = lambda _: (200, seen)
    number = submit(stage)
    stage.run(until=lambda: stage.state(number) is State.DRAFT)
    version = stage.desk.book.get("a-trial", number)
    assert [asked for path, asked in stage.trials.asked if path == "/looks"] == [
        {"slug": "a-trial", "digest": version.digest, "datasets": {USED["id"]: USED["version"]}}
    ]
    problems = [each for each in stage.desk.find_record(version, "check")["findings"] if each["severity"] == "problem"]
    assert [(each["code"], each["place"]["cell"], each["values"]["count"]) for each in problems] == [
        ("not-accessible", 1, 2)
    ]


def test_what_did_not_run_is_not_looked_at(stage: Stage) -> None:
    stage.trials.trial = lambda asked: (200, {**FINE, "language": asked["language"], "ending": "died"})
    submit(stage)
    stage.run(until=lambda: stage.state() is State.DRAFT)
    assert stage.trials.count("/looks") == 0


@pytest.mark.parametrize(
    "answer",
    [(200, {"hindrance": "no-chromium"}), (500, {}), (404, {}), (200, {"violations": "none"})],
    ids=["no Chromium", "an error", "a service of before", "an answer nobody understands"],
)
def test_where_nobody_has_looked_a_reviewer_says_that_they_did(
    stage: Stage, answer: tuple[int, dict[str, Any]]
) -> None:
    stage.trials.look = lambda _: answer
    number = submit(stage)
    stage.run(until=lambda: stage.state(number) is State.CHECKED)
    with pytest.raises(TickMissing) as refused:
        stage.desk.act("a-trial", number, Action.APPROVE, actor=WANG, ticks=["accessibility-not-run"])
    assert refused.value.missing == ("thumbnail-not-run",)
    assert stage.state(number) is State.CHECKED
    ticks = ["of-no-use", "thumbnail-not-run", "accessibility-not-run"]
    stage.desk.act("a-trial", number, Action.APPROVE, actor=WANG, ticks=ticks)
    [approved] = [each for each in stage.desk.book.list_events("a-trial") if each.action is Action.APPROVE]
    assert set(approved.ticks) == {"accessibility-not-run", "thumbnail-not-run"}
    assert approved.by == "wang"


def test_what_was_approved_proves_that_it_renders_before_anybody_sees_it(stage: Stage) -> None:
    number = publish(stage)
    assert [asked["datasets"] for path, asked in stage.trials.asked if path == "/proofs" and not asked["is_kept"]] == [
        {USED["id"]: USED["version"]}
    ]
    shown = stage.find_shown()
    assert shown
    assert (shown.number, shown.is_live_only) == (number, False)
    assert [use.model_dump() for use in shown.datasets] == [USED]


def test_the_earlier_version_is_seen_until_the_new_one_renders_and_again_after_rolling_back(stage: Stage) -> None:
    publish(stage, source="1")
    seen: list[int] = []

    def prove(asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if asked["is_kept"]:
            return 200, RENDERS
        shown = stage.find_shown()
        seen.append(shown.number if shown else 0)
        return 200, {"renders": True, "live_only": True}

    stage.trials.proof = prove
    publish(stage, source="2")
    shown = stage.find_shown()
    assert shown
    assert (seen, shown.number, shown.is_live_only) == ([1], 2, True)
    stage.desk.act("a-trial", 1, Action.ROLL_BACK, actor=LIN)
    shown = stage.find_shown()
    assert shown
    assert (shown.number, shown.is_live_only) == (1, False)
    stage.desk.act("a-trial", 1, Action.RETIRE, actor=LIN)
    assert stage.find_shown() is None


def test_what_does_not_render_goes_back_and_the_earlier_version_stays(stage: Stage) -> None:
    publish(stage, source="1")
    stage.trials.proof = lambda _: (200, {"renders": False, "live_only": False, "problem": "a cell failed"})
    number = submit(stage, source="2")
    stage.run(until=lambda: stage.state(number) is State.CHECKED)
    stage.desk.act("a-trial", number, Action.APPROVE, actor=WANG)
    stage.run(until=lambda: stage.state(number) is State.DRAFT)
    shown = stage.find_shown()
    assert shown
    assert shown.number == 1
    assert "render" in stage.desk.book.list_events("a-trial")[-1].reason


def test_a_problem_sends_it_back_with_what_was_found(stage: Stage) -> None:
    error = {"cell": 1, "name": "ValueError", "text": "no such column", "line": 1}
    stage.trials.trial = lambda asked: (
        200, {**FINE, "language": asked["language"], "ending": "failed", "error": error},
    )  # fmt: skip
    number = submit(stage)
    stage.run(until=lambda: stage.state() is State.DRAFT)
    found = stage.desk.find_record(stage.desk.book.get("a-trial", number), "check")["findings"]
    assert any(each["severity"] == "problem" and each["place"].get("cell") == 1 for each in found)


@pytest.mark.parametrize(
    "answer",
    [
        (503, {"error": {"code": "no-walls", "message": "this machine cannot make a sandbox"}}),
        (500, {}),
        (200, {"language": "en", "ending": "something new", "seconds": 1}),
    ],
    ids=["no walls", "an error", "an answer nobody understands"],
)
def test_what_cannot_be_tried_waits_and_says_why(stage: Stage, answer: tuple[int, dict[str, Any]]) -> None:
    fine, stage.trials.trial = stage.trials.trial, lambda _: answer
    number = submit(stage)
    stage.run(until=lambda: ("a-trial", number) in stage.desk.notes)
    assert stage.state() is State.SUBMITTED
    stage.trials.trial = fine
    stage.desk.bell.ring()
    stage.run(until=lambda: stage.state() is State.CHECKED)
    assert stage.desk.notes == {}


def test_one_that_can_never_be_tried_goes_back_after_some_tries(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mover, "LOOK_EVERY", 0.01)
    stage.trials.trial = lambda _: (422, {"error": {"code": "unreadable-notebook", "message": "no notebook"}})
    number = submit(stage)
    stage.run(until=lambda: stage.state(number) is State.DRAFT)
    assert stage.trials.count("/trials") == 3


def test_an_app_that_starts_slower_than_visitors_wait_is_not_published(stage: Stage) -> None:
    stage.trials.proof = lambda _: (
        200,
        {"renders": True, "live_only": False, "seconds": {"en": 1, "zh": PATIENCE + 1}},
    )
    number = submit(stage)
    stage.run(until=lambda: stage.state() is State.CHECKED)
    stage.desk.act("a-trial", number, Action.APPROVE, actor=WANG)
    stage.run(until=lambda: stage.state() is State.DRAFT)
    assert stage.find_shown() is None


def test_a_service_that_is_away_keeps_a_version_waiting(stage: Stage) -> None:
    submit(stage)
    (stage.home / "apps.sock").rename(stage.home / "away.sock")
    stage.run(until=lambda: stage.desk.notes)
    assert stage.state() is State.SUBMITTED
    (stage.home / "away.sock").rename(stage.home / "apps.sock")
    stage.run(until=lambda: stage.state() is State.CHECKED)


def test_one_that_the_checks_stumble_over_keeps_nobody_else_waiting(stage: Stage) -> None:
    first, second = submit(stage, source="1"), submit(stage, source="2")
    digest = stage.desk.book.get("a-trial", first).digest
    (stage.home / "apps/a-trial" / digest / "app.ipynb").write_text("no JSON")
    stage.run(until=lambda: stage.state(second) is State.CHECKED)
    assert stage.state(first) is State.DRAFT
    reasons = [event.reason for event in stage.desk.book.list_events("a-trial") if event.number == first]
    assert "checks themselves" in reasons[-1]


def test_a_hall_that_fell_between_two_steps_goes_on(stage: Stage) -> None:
    number = publish(stage)
    (stage.home / "apps/a-trial/published.json").unlink()  # it fell before it had written what visitors see
    stage.run(until=lambda: stage.find_shown() is not None)
    shown = stage.find_shown()
    assert shown
    assert shown.number == number


def test_what_is_withdrawn_while_it_is_tried_stays_withdrawn(stage: Stage) -> None:
    def withdraw(asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if asked["language"] == "zh":
            stage.desk.act("a-trial", 1, Action.WITHDRAW, actor=LIN)
        return 200, {"language": asked["language"], **FINE}

    stage.trials.trial = withdraw
    submit(stage)
    stage.run(until=lambda: stage.trials.count("/trials") == 2 and stage.state() is State.DRAFT)
    assert [event.action for event in stage.desk.book.list_events("a-trial")] == ["submit", "withdraw"]


@pytest.mark.parametrize("is_changed", [False, True], ids=["of this very app", "of what it was before"])
def test_without_chromium_the_record_of_a_shipped_app_counts_where_it_fits(stage: Stage, is_changed: bool) -> None:
    shipped = stage.shipped / "a-trial"
    shipped.mkdir()
    (shipped / "app.ipynb").write_text(json.dumps(NOTEBOOK))
    (shipped / "app.yaml").write_text(json.dumps(MANIFEST))
    digest = find_digest(load_manifest(shipped))
    record = {"digest": "of another" if is_changed else digest, "look": SEEN}
    (shipped / "check.json").write_text(json.dumps(record))
    stage.trials.look = lambda _: (200, {"hindrance": "no-chromium"})

    stage.run(until=lambda: stage.state_of_any() is State.PUBLISHED, shipped=stage.shipped)

    findings = stage.desk.find_record(stage.desk.book.get("a-trial", 1), "check")["findings"]
    not_run = {each["code"] for each in findings if each["severity"] == "not-run"}
    assert not_run == ({"accessibility-not-run", "thumbnail-not-run"} if is_changed else set())


def test_a_record_counts_for_nobody_elses_app(stage: Stage) -> None:
    shipped = stage.shipped / "a-trial"
    shipped.mkdir()
    stage.trials.look = lambda _: (200, {"hindrance": "no-chromium"})
    number = submit(stage)
    version = stage.home / "apps/a-trial" / stage.desk.book.get("a-trial", number).digest
    digest = find_digest(load_manifest(version, slug="a-trial"))
    (shipped / "check.json").write_text(json.dumps({"digest": digest, "look": SEEN}))

    stage.run(until=lambda: stage.state(number) is State.CHECKED, shipped=stage.shipped)

    findings = stage.desk.find_record(stage.desk.book.get("a-trial", number), "check")["findings"]
    assert "accessibility-not-run" in {each["code"] for each in findings}


def test_what_comes_with_the_hall_needs_no_reviewer(stage: Stage) -> None:
    shipped = stage.shipped / "a-trial"
    shipped.mkdir()
    (shipped / "app.ipynb").write_text(json.dumps(NOTEBOOK))
    (shipped / "app.yaml").write_text(json.dumps(MANIFEST))
    stage.desk.submit_shipped(stage.shipped)
    stage.run(until=lambda: stage.state() is State.PUBLISHED)
    stage.desk.submit_shipped(stage.shipped)
    assert len(stage.desk.book.list_versions("a-trial")) == 1
    assert read_folder(shipped).manifest == MANIFEST
    assert stage.desk.book.get("a-trial", 1).owner == HALL.name
    stage.desk.act("a-trial", 1, Action.RETIRE, actor=WANG)
    stage.desk.submit_shipped(stage.shipped)  # at the next start, and after an update
    (shipped / "app.yaml").write_text(json.dumps({**MANIFEST, "license": "MIT"}))
    stage.desk.submit_shipped(stage.shipped)
    assert [version.state for version in stage.desk.book.list_versions("a-trial")] == [State.RETIRED]


def test_what_could_not_be_written_for_visitors_is_written_later(stage: Stage) -> None:
    publish(stage)
    first = stage.find_shown()
    pointer = stage.home / "apps/a-trial/published.json"
    kept = pointer.read_bytes()
    pointer.unlink()
    pointer.mkdir()  # nothing can be written in its place
    number = submit(stage, source="2 + 2")
    stage.run(until=lambda: stage.state(number) is State.CHECKED)
    stage.desk.act("a-trial", number, Action.APPROVE, actor=WANG)
    stage.run(until=lambda: stage.state(number) is State.PUBLISHED)
    pointer.rmdir()
    pointer.write_bytes(kept)
    assert first
    assert stage.find_shown() == first

    def is_shown() -> bool:
        shown = stage.find_shown()
        return shown is not None and shown.number == number

    stage.run(until=is_shown)
