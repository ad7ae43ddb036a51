"""The desk for apps: takes versions in, moves them on for whoever may, and keeps what visitors see in step with it.

The database says how each version stands; the files say what it is; which one visitors see follows from both.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection
from pathlib import Path
from typing import Any

from datahall._harvesting.values import clean

from datahall_hub.app_life.app_book import CHECK, AppBook
from datahall_hub.app_life.app_files import AppFiles
from datahall_hub.app_life.faults import AppLifeError, NoSuchVersion, NothingNew
from datahall_hub.app_life.manifest import Manifest, ManifestError, load_manifest
from datahall_hub.app_life.records import AppVersion
from datahall_hub.app_life.states import HALL, Action, Actor, Part, State
from datahall_hub.services.hall.app_desk.bell import Bell
from datahall_hub.services.hall.app_desk.drafts import Draft, make_submission, read_folder
from datahall_hub.services.hall.faults import Fault

log = logging.getLogger("datahall.hall")

PROOF = "proof"
__all__ = ["CHECK", "PROOF", "AppDesk"]


class AppDesk:
    """All that is done with apps in one hall; any thread may call."""

    def __init__(self, book: AppBook, files: AppFiles) -> None:
        self.book, self.files = book, files
        self.notes: dict[tuple[str, int], str] = {}  # why a version still waits
        self.bell = Bell()  # rung where something is to be moved on
        self._pointing = threading.Lock()
        self._unpointed: set[str] = set()  # apps of which visitors see something else than the database says

    def submit(self, slug: str, draft: Draft, *, actor: Actor) -> AppVersion:
        """Take a version in; raise `BadApp` or `AppLifeError`, or `OSError` where there is no room."""
        self.book.check_may_submit(slug, actor=actor)  # before anything is written
        digest = self.files.keep(slug, make_submission(slug, draft))
        version = self.book.submit(slug, digest=digest, actor=actor)
        self.bell.ring()
        return version

    def submit_shipped(self, folder: Path) -> None:
        """Submit what comes with the hall, where it is new; called when the hall starts."""
        for place in sorted(folder.glob("*/app.yaml")):
            slug = place.parent.name
            if self._is_set_aside(slug):
                log.info("%s comes with the hall, and somebody here has set it aside: it stays as it is", slug)
                continue
            try:
                version = self.submit(slug, read_folder(place.parent), actor=HALL)
                log.info("%s comes with the hall: submitted as version %d", slug, version.number)
            except NothingNew:
                continue
            except (AppLifeError, Fault, OSError, ValueError) as error:
                log.error("%s, which comes with the hall, cannot be submitted: %s", slug, error)

    def _is_set_aside(self, slug: str) -> bool:
        """Return whether somebody has retired an app, or gone back to an earlier version: theirs to publish again."""
        proven = [version for version in self.book.list_versions(slug) if version.proven]
        return bool(proven) and proven[0].state is not State.PUBLISHED

    def act(
        self,
        slug: str,
        number: int,
        action: Action,
        *,
        actor: Actor,
        reason: str = "",
        revision: int | None = None,
        ticks: Collection[str] = (),
    ) -> AppVersion:
        """Move a version on and let visitors see what follows; raise `AppLifeError`.

        Where the disk is full visitors see it when there is room again.
        """
        version = self.book.act(slug, number, action, actor=actor, reason=clean(reason), revision=revision, ticks=ticks)
        self.notes.pop((slug, number), None)
        self._point_or_note(slug)
        self.bell.ring()
        return version

    def comment(self, slug: str, number: int, text: str, *, actor: Actor) -> AppVersion:
        """Keep what somebody writes about a version, and return it; raise `AppLifeError`."""
        version = self.get_for(slug, number, actor=actor)
        self.book.comment(slug, number, clean(text), actor=actor)
        return version

    def find_former(self, slug: str, *, actor: Actor) -> AppVersion | None:
        """Return the version that visitors saw last before the present one, where `actor` may publish it again."""
        versions = {version.number: version for version in self.book.list_versions(slug)}
        seen = (event.number for event in reversed(self.book.list_events(slug)) if event.action is Action.REPLACE)
        return next((versions[each] for each in seen if Action.ROLL_BACK in versions[each].actions_of(actor)), None)

    def point_again(self) -> None:
        """Try again what could not be written; the mover calls this now and then."""
        for slug in list(self._unpointed):
            self._point_or_note(slug)

    def _point_or_note(self, slug: str) -> None:
        self._unpointed.add(slug)
        try:
            self.point(slug)
        except OSError as error:
            log.error("what visitors see of %s could not be written, and is tried again: %s", slug, error)
        else:
            self._unpointed.discard(slug)

    def point(self, slug: str) -> None:
        """Have visitors see the version that the database calls published."""
        with self._pointing:  # two who ask at once write what holds in the end
            self._point(slug)

    def _point(self, slug: str) -> None:
        version = self.book.find_published(slug)
        if version is None:
            if any(each.proven for each in self.book.list_versions(slug)):
                self.files.point_to(slug, None)
            return
        proof = self.book.find_check(slug, version.number, PROOF) or {}
        check = self.book.find_check(slug, version.number, CHECK) or {}
        assert version.proven
        self.files.point_to(
            slug,
            {
                "number": version.number,
                "digest": version.digest,
                "published": version.proven.isoformat(),
                "datasets": check.get("used", []),
                "live_only": proof.get("live_only", True),
            },
        )

    def put_in_order(self) -> None:
        """Mend what a hall left that ended between two steps; called when one starts."""
        self.files.remove_parts()
        for slug in {version.slug for version in self.book.list_in(tuple(State))}:
            self._point_or_note(slug)

    def get_for(self, slug: str, number: int, *, actor: Actor) -> AppVersion:
        """Return a version to its author or a reviewer; to anybody else there is none (`NoSuchVersion`)."""
        return self._show(self.book.get(slug, number), actor=actor)

    def list_for(self, slug: str, *, actor: Actor) -> list[AppVersion]:
        """Return the versions of an app to its author or a reviewer, the newest first; raise `NoSuchVersion`."""
        versions = [self._show(version, actor=actor) for version in self.book.list_versions(slug)]
        if not versions:
            raise NoSuchVersion(slug)
        return versions

    def list_own(self, *, actor: Actor) -> list[AppVersion]:
        """Return all versions of somebody's own apps, the newest first."""
        return self.book.list_of(actor.name)

    def list_waiting(self, *, actor: Actor) -> list[AppVersion]:
        """Return what waits for a reviewer and is not the reviewer's own, what waits longest first."""
        waiting = self.book.list_in((State.CHECKED,))
        return [each for each in waiting if Part.REVIEWER in actor.find_parts(owner=each.owner)]

    def load_manifest(self, version: AppVersion) -> Manifest | None:
        """Return what a version says about itself; None where its files are gone."""
        try:
            return load_manifest(self.files.find_folder(version.slug, version.digest), slug=version.slug)
        except ManifestError:
            return None

    def find_record(self, version: AppVersion, kind: str) -> dict[str, Any]:
        """Return what was found out about a version, `check` or `proof`; empty where nothing was yet."""
        return self.book.find_check(version.slug, version.number, kind) or {}

    @staticmethod
    def _show(version: AppVersion, *, actor: Actor) -> AppVersion:
        """Return a version to whoever may know of it."""
        if not (actor.name and actor.name == version.owner) and not actor.find_parts(owner=version.owner):
            raise NoSuchVersion(version.slug, version.number)
        return version
