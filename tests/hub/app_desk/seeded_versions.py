"""Versions of apps written straight into the book and the files of a home, beside a hall that runs on it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from datahall_hub.app_life.app_book import AppBook
from datahall_hub.app_life.app_files import AppFiles
from datahall_hub.app_life.records import AppVersion
from datahall_hub.app_life.states import HALL, Action, Actor
from datahall_hub.services.hall.app_desk.desk import CHECK, PROOF, AppDesk
from datahall_hub.services.hall.app_desk.drafts import Draft, make_submission

from tests.hub.app_desk.test_drafts import MANIFEST, NOTEBOOK, PNG

FINDING = {
    "code": "personal-data",
    "severity": "problem",
    "place": {"file": "app.ipynb", "cell": 2, "line": 3, "language": "zh"},
    "values": {"kind": "phone", "count": 3},
}
REMARK = {
    "code": "dataset-undeclared",
    "severity": "remark",
    "place": {"file": "app.yaml", "field": "datasets"},
    "values": {"dataset": "statistics/world-fertility"},
}
REVIEWER = Actor("seeding-reviewer", frozenset({"review-apps"}))


def _wait_for_tables(file: Path) -> None:
    """Wait until the hall, which alone does so, has brought its database to its present form."""
    deadline = time.monotonic() + 30
    while True:
        with suppress(sqlite3.OperationalError), closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as book:
            if book.execute("select 1 from sqlite_master where name = 'datahall_app_comments'").fetchone():
                return
        assert time.monotonic() < deadline, f"{file} has no tables"
        time.sleep(0.1)


class SeededVersions:
    """Makes versions stand as tests need them. The hall's own hand finds nothing to do with them."""

    def __init__(self, home: Path) -> None:
        self._home = home
        _wait_for_tables(home / "app-life/apps.sqlite")
        self.book = AppBook(f"sqlite:///{home / 'app-life/apps.sqlite'}")
        self.desk = AppDesk(self.book, AppFiles(home / "apps"))

    def add(
        self,
        slug: str,
        owner: str,
        *actions: Action,
        sources: Sequence[str] = ("1 + 1",),
        manifest: dict[str, Any] | None = None,
        findings: Sequence[dict[str, Any]] = (),
        reason: str = "Please say where the data are from.",
        picture: str | None = PNG,
    ) -> AppVersion:
        """Submit a version and take it through `actions`; the first is submitting itself."""
        cells: list[dict[str, Any]] = [
            {
                "cell_type": "code",
                "metadata": {},
                "source": source,
                "outputs": [],
                "execution_count": None,
                "id": f"c{n}",
            }
            for n, source in enumerate(sources)
        ]
        draft = Draft({**NOTEBOOK, "cells": cells}, {**MANIFEST, **(manifest or {})}, picture)
        digest = self.desk.files.keep(slug, make_submission(slug, draft))
        author = Actor(owner, frozenset({"submit-apps"})) if owner else HALL
        version = self.book.submit(slug, digest=digest, actor=author)
        self._note(version, findings)
        for action in actions:
            version = self._act(version, action, author, reason)
        self.desk.point(slug)
        return version

    def _act(self, version: AppVersion, action: Action, author: Actor, reason: str) -> AppVersion:
        who = {
            Action.PASS: HALL, Action.FAIL: HALL, Action.PUBLISH: HALL, Action.ADMIT: HALL,
            Action.WITHDRAW: author, Action.RETIRE: author,
        }.get(action, REVIEWER)  # fmt: skip
        why = {Action.FAIL: "The checks found problems.", Action.SEND_BACK: reason}.get(action, "")
        return self.book.act(version.slug, version.number, action, actor=who, reason=why)

    def _note(self, version: AppVersion, findings: Sequence[dict[str, Any]]) -> None:
        used = {"id": "weather/seattle-weather", "version": _find_version(self._home)}
        record = {"findings": list(findings), "used": [used], "seconds": {"en": 2.31, "zh": 2.4}, "memory": 181_000_000}
        self.book.note_check(version.slug, version.number, CHECK, record)
        self.book.note_check(version.slug, version.number, PROOF, {"renders": True, "live_only": False})


@contextmanager
def seed_versions(home: Path) -> Iterator[SeededVersions]:
    """Open the book of a home until the block ends."""
    seeded = SeededVersions(home)
    try:
        yield seeded
    finally:
        seeded.book.close()


def _find_version(home: Path) -> str:
    found = sorted(folder.name for folder in (home / "store/weather/seattle-weather").glob("2*"))
    return found[-1] if found else "2015-12-31.0a1b2c3d"
