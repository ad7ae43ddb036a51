"""Pages of published apps are made anew when a hall starts with something else than they were made with."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from datahall_hub.app_life.states import Action, State
from datahall_hub.services.hall.app_desk.version_view import view_versions
from datahall_hub.services.hall.wording import Words

from tests.hub.app_desk.mover_stage import LIN, WITHIN, Stage, publish, set_stage, submit


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with set_stage(tmp_path) as made:
        yield made


def test_pages_are_looked_after_when_a_hall_starts(stage: Stage) -> None:
    publish(stage, source="1")
    stage.trials.asked.clear()
    stage.run(until=lambda: stage.trials.count("/proofs") == 1)
    assert stage.trials.asked[0][1]["is_kept"] is True
    stage.trials.proof = lambda _: (200, {"renders": True, "live_only": True})
    stage.run(until=lambda: (shown := stage.find_shown()) is not None and shown.is_live_only)


def test_what_no_longer_renders_says_so_and_is_tried_again_when_a_hall_starts(stage: Stage) -> None:
    number = publish(stage)
    fine, stage.trials.proof = (
        stage.trials.proof,
        lambda _: (200, {"renders": False, "live_only": False, "problem": "failed"}),
    )
    stage.run(until=lambda: (shown := stage.find_shown()) is not None and shown.is_live_only)
    assert has_warning(stage, number)
    stage.trials.proof = fine
    stage.run(until=lambda: (shown := stage.find_shown()) is not None and not shown.is_live_only)
    assert not has_warning(stage, number)


def test_renewing_pages_wears_out_no_tries_of_a_version_that_waits(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(stage)
    stage.trials.trial = lambda _: (422, {"error": {"code": "unreadable-notebook", "message": "no notebook"}})
    submit(stage, source="waits")
    stage.trials.asked.clear()
    rests: list[float] = []

    async def rest(seconds: float) -> None:
        rests.append(seconds)
        await asyncio.sleep(WITHIN)

    monkeypatch.setattr(stage.desk.bell, "wait", rest)
    stage.run(until=lambda: rests)
    assert (stage.trials.count("/proofs"), stage.trials.count("/trials")) == (1, 1)


@pytest.mark.parametrize("problem", ["too-slow", "too-large", "died"])
def test_what_a_busy_machine_keeps_from_rendering_is_not_held_against_an_app(stage: Stage, problem: str) -> None:
    number = publish(stage)
    stage.trials.asked.clear()
    stage.trials.proof = lambda _: (200, {"renders": False, "live_only": False, "problem": problem})
    stage.run(until=lambda: stage.trials.count("/proofs") == 1)
    shown = stage.find_shown()
    assert shown
    assert not shown.is_live_only
    assert not has_warning(stage, number)


def test_what_is_published_again_has_its_pages_made_anew(stage: Stage) -> None:
    first, second = publish(stage, source="1"), publish(stage, source="2")
    stage.trials.asked.clear()

    def roll_back_and_wait() -> bool:
        if stage.trials.count("/proofs") == 1 and stage.state(first) is not State.PUBLISHED:
            stage.desk.act("a-trial", first, Action.ROLL_BACK, actor=LIN)
        return stage.trials.count("/proofs") == 2

    stage.run(until=roll_back_and_wait)
    digests = [stage.desk.book.get("a-trial", number).digest for number in (second, first)]
    assert [asked["digest"] for _, asked in stage.trials.asked] == digests


def has_warning(stage: Stage, number: int) -> bool:
    """Return whether its author is told that visitors see an error."""
    version = stage.desk.book.get("a-trial", number)
    [view] = view_versions(stage.desk, [version], actor=LIN, words=Words("en"))
    return view.no_longer_renders
