"""Judging happens in a process of its own, which tells what it found, or why it could not, and is not left behind."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import psutil
import pytest
from datahall_hub.app_life.trial_report import TrialReport
from datahall_hub.services.hall.app_desk import judging_apart
from datahall_hub.services.hall.app_desk.judging_apart import JudgingError, judge_apart

from tests.hub.apps.running_apps import write_app

TRIALS = [
    TrialReport(language="en", ending="finished", seconds=1),
    TrialReport(language="zh", ending="died", seconds=1),
]


def list_judging() -> list[psutil.Process]:
    return [each for each in psutil.Process().children() if "datahall_hub.app_life.checks" in each.cmdline()]


def test_what_was_found_is_told(tmp_path: Path) -> None:
    folder = write_app(tmp_path, "a-trial", cells=["1"])
    found = asyncio.run(judge_apart(folder, slug="a-trial", trials=TRIALS))
    assert ("run-died", "zh") in {(each.code, each.place.language) for each in found}
    assert list_judging() == []


def test_what_cannot_be_judged_says_why(tmp_path: Path) -> None:
    folder = write_app(tmp_path, "a-trial", cells=["1"])
    (folder / "app.ipynb").write_text("no JSON")
    with pytest.raises(JudgingError, match="JSONDecodeError"):
        asyncio.run(judge_apart(folder, slug="a-trial", trials=TRIALS))


def test_what_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging_apart, "WITHIN", 0.05)  # a Python takes longer to begin
    with pytest.raises(JudgingError, match="longer"):
        asyncio.run(judge_apart(write_app(tmp_path, "a-trial", cells=["1"]), slug="a-trial", trials=TRIALS))
    assert list_judging() == []


def test_nobody_judges_on_when_nobody_waits(tmp_path: Path) -> None:
    folder = write_app(tmp_path, "a-trial", cells=["1"])

    async def give_up() -> None:
        judging = asyncio.create_task(judge_apart(folder, slug="a-trial", trials=TRIALS))
        while not list_judging():
            await asyncio.sleep(0.01)
        judging.cancel()
        with pytest.raises(asyncio.CancelledError):
            await judging

    asyncio.run(give_up())
    assert list_judging() == []


def test_a_notebook_of_many_pieces_is_bounded_in_memory(tmp_path: Path) -> None:
    folder = write_app(tmp_path, "a-trial", cells=["1"])
    notebook = json.loads((folder / "app.ipynb").read_text())
    notebook["metadata"]["deep"] = [[]] * 100_000
    (folder / "app.ipynb").write_text(json.dumps(notebook))
    assert asyncio.run(judge_apart(folder, slug="a-trial", trials=TRIALS))
