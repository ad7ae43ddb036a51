"""A desk with a mover of its own, for tests, and who answers for the apps service."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datahall_hub.app_life.app_book import AppBook
from datahall_hub.app_life.app_files import AppFiles
from datahall_hub.app_life.published_apps import PublishedApp, PublishedApps
from datahall_hub.app_life.states import Action, Actor, State
from datahall_hub.services.hall.app_desk.desk import AppDesk
from datahall_hub.services.hall.app_desk.drafts import Draft
from datahall_hub.services.hall.app_desk.mover import Mover
from datahall_hub.services.hall.app_desk.trial_client import TrialClient
from datahall_hub.services.hall.fetch_client import FetchClient

from tests.hub.app_desk.small_trials import FINE, SmallTrials, run_small_trials
from tests.hub.app_desk.test_drafts import CELL, MANIFEST, NOTEBOOK

LIN = Actor("lin", frozenset({"submit-apps"}))
WANG = Actor("wang", frozenset({"submit-apps", "review-apps"}))
USED = {"id": "weather/seattle-weather", "version": "2015-12-31.0a1b2c3d"}
WITHIN = 30.0  # seconds
PATIENCE = 60.0  # seconds that visitors wait


async def is_ready() -> bool:
    return True


@dataclass
class Stage:
    """A desk on a home of its own, and who answers for the apps service."""

    home: Path
    trials: SmallTrials
    desk: AppDesk
    shipped: Path

    def run(self, *, until: Any, shipped: Path | None = None) -> None:
        """Let the mover move until a claim is true; fail where it does not become so."""
        asyncio.run(self._run(until, shipped=shipped))

    async def _run(self, until: Any, *, shipped: Path | None) -> None:
        trials, fetch = TrialClient(self.home / "apps.sock"), FetchClient(self.home / "fetch.sock")
        ours = Mover(self.desk, trials=trials, fetch=fetch, patience=PATIENCE)
        if shipped is not None:
            fetch.is_ready = is_ready  # type: ignore[method-assign] # nothing is to be fetched
            await ours.submit_shipped(shipped)
        moving = asyncio.create_task(ours.keep_moving())
        try:
            async with asyncio.timeout(WITHIN):
                while not until():
                    assert not moving.done(), moving
                    await asyncio.sleep(0.02)
        finally:
            moving.cancel()
            await trials.close()
            await fetch.close()

    def state(self, number: int = 1) -> State:
        """Return how a version stands."""
        return self.desk.book.get("a-trial", number).state

    def state_of_any(self) -> State | None:
        """Return how the only version stands, where there is one."""
        versions = self.desk.book.list_versions("a-trial")
        return versions[0].state if versions else None

    def find_shown(self) -> PublishedApp | None:
        """Return what visitors see."""
        return PublishedApps(self.home / "apps", shipped=self.shipped).find("a-trial")


@contextmanager
def set_stage(folder: Path) -> Iterator[Stage]:
    (folder / "shipped").mkdir()
    book = AppBook(f"sqlite:///{folder / 'apps.sqlite'}")
    with run_small_trials(folder / "apps.sock") as trials:
        trials.trial = lambda asked: (200, {"language": asked["language"], "used": [USED], **FINE})
        yield Stage(folder, trials, AppDesk(book, AppFiles(folder / "apps")), folder / "shipped")
    book.close()


def submit(stage: Stage, *, source: str = "1 + 1") -> int:
    cells = [{**CELL, "source": source}]
    return stage.desk.submit("a-trial", Draft({**NOTEBOOK, "cells": cells}, MANIFEST), actor=LIN).number


def publish(stage: Stage, *, source: str = "1 + 1") -> int:
    number = submit(stage, source=source)
    stage.run(until=lambda: stage.state(number) is State.CHECKED)
    stage.desk.act("a-trial", number, Action.APPROVE, actor=WANG)
    stage.run(until=lambda: stage.state(number) is State.PUBLISHED)
    return number
