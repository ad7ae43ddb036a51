"""Moves on what waits for the hall itself: submitted versions to their checks, approved ones to their visitors.

One at a time and in line; what cannot be tried now waits, says why, and is tried again. A hall that starts goes on.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

from datahall import store

from datahall_hub.app_life.check_records import find_record
from datahall_hub.app_life.checks.finding import Finding
from datahall_hub.app_life.faults import AppLifeError
from datahall_hub.app_life.look_report import LookReport
from datahall_hub.app_life.manifest import load_manifests
from datahall_hub.app_life.records import AppVersion
from datahall_hub.app_life.states import HALL, Action, State
from datahall_hub.app_life.trial_report import TrialReport
from datahall_hub.services.hall.app_desk.desk import CHECK, PROOF, AppDesk
from datahall_hub.services.hall.app_desk.judging_apart import judge_apart
from datahall_hub.services.hall.app_desk.trial_client import Proof, TrialClient, TrialFailed, TrialsUnavailable
from datahall_hub.services.hall.faults import Unavailable
from datahall_hub.services.hall.fetch_client import FetchClient
from datahall_hub.services.hall.wording import N_
from datahall_hub.translations import LANGUAGES

log = logging.getLogger("datahall.hall")

MOVED = (State.SUBMITTED, State.CHECKED, State.APPROVED)
LOOK_EVERY = 15.0  # seconds between two looks where nobody wakes the mover
LOOK_FOR_DATA_EVERY = 1.0  # seconds, while the hall opens
BROUGHT_WITHIN = 120.0  # seconds for which data that are not here are waited for
MOST_BROUGHT = 50
MOST_FAILED = 3  # times that trying a version may fail
ASKER = "apps"
FOUND = N_("The checks found problems.")
UNRENDERED = N_("It did not render as visitors would see it.")
SLOW = N_("It takes longer to start than visitors are made to wait. Read less, or compute less at the start.")
FAILED = N_("The checks themselves failed; the operator finds the reason in the hall’s log.")


class Mover:
    """The hall's own hand in the life of apps; one per hall."""

    def __init__(self, desk: AppDesk, *, trials: TrialClient, fetch: FetchClient, patience: float) -> None:
        """Take who helps, and the seconds that an app may take until its page is there."""
        self._desk, self._trials, self._fetch, self._patience = desk, trials, fetch, patience
        self._failed: Counter[tuple[str, int]] = Counter()
        self._renewed: set[tuple[str, str]] = set()  # by the digests of versions
        self._shipped: Path | None = None

    async def submit_shipped(self, folder: Path) -> None:
        """Submit what comes with the hall once its data are there; the hall runs this when it starts."""
        self._shipped = folder
        while not await self._fetch.is_ready():
            await asyncio.sleep(LOOK_FOR_DATA_EVERY)
        manifests = await asyncio.to_thread(load_manifests, folder)
        await self._bring({use.id for manifest in manifests for use in manifest.datasets})
        await asyncio.to_thread(self._desk.submit_shipped, folder)

    async def keep_moving(self) -> None:
        """Move on whatever waits, until cancelled; the hall runs this for as long as it lives."""
        is_in_order = False
        while True:
            try:
                if not is_in_order:
                    await asyncio.to_thread(self._desk.put_in_order)
                    is_in_order = True
                await asyncio.to_thread(self._desk.point_again)
                await self._move_all()
                while await self._renew_page():
                    await self._move_all(but=self._failed.keys())  # these have their time between two tries
            except Exception:  # a database that is away, say: later
                log.exception("apps could not be moved on; tried again in %d s", LOOK_EVERY)
            await self._desk.bell.wait(LOOK_EVERY)

    async def _renew_page(self) -> bool:
        """Have the pages of one published version made anew where they were made with something else than is here now.

        Until then they are made per visit. Each version is tried once by a hall that starts, and one of which a cell
        failed then by each that starts later. Return whether there was one.
        """
        for version in await asyncio.to_thread(self._desk.book.list_in, (State.PUBLISHED,)):
            key = version.slug, version.digest
            if key in self._renewed:
                continue
            known = await asyncio.to_thread(self._desk.find_record, version, PROOF)
            if known.get("live_only", True) and known.get("renders", True):
                continue
            try:
                proof = await self._trials.prove(
                    version.slug, version.digest, datasets=self._find_versions(version), is_kept=True
                )
            except TrialsUnavailable as error:
                log.info("pages of %s are made anew when that can be done: %s", version.slug, error)
                continue
            except TrialFailed as error:
                log.warning("pages of %s could not be made anew: %s", version.slug, error)
            else:
                await self._note_renewed(version, proof, known=known)
            self._renewed.add(key)
            return True
        return False

    async def _note_renewed(self, version: AppVersion, proof: Proof, *, known: dict[str, Any]) -> None:
        """Note what came of making pages anew; what a busy machine may have kept from rendering says nothing."""
        if not proof.renders and proof.problem not in ("failed", "unreadable"):
            log.warning("pages of %s could not be made anew: %s", version.slug, proof.problem)
            return
        is_live_only = proof.live_only or not proof.renders
        if (is_live_only, proof.renders) != (known.get("live_only", True), known.get("renders", True)):
            log.warning("%s version %d: %s", version.slug, version.number, proof)
            await self._note(version, PROOF, {**proof.model_dump(mode="json"), "live_only": is_live_only})
            await asyncio.to_thread(self._desk.point, version.slug)

    def _find_versions(self, version: AppVersion) -> dict[str, str]:
        """Return the versions of data that a version opened when it was checked."""
        return {use["id"]: use["version"] for use in self._desk.find_record(version, CHECK).get("used", [])}

    async def _move_all(self, *, but: Collection[tuple[str, int]] = ()) -> None:
        for version in await asyncio.to_thread(self._desk.book.list_in, MOVED):
            if (version.slug, version.number) in but:
                continue
            if version.state is State.SUBMITTED:
                await self._move(version, self._check)
            elif version.state is State.CHECKED and version.is_shipped:
                await self._act(version, Action.ADMIT)
            elif version.state is State.APPROVED and version.proven is None:
                await self._move(version, self._prove)

    async def _move(self, version: AppVersion, step: Any) -> None:
        name = f"version {version.number} of {version.slug}"
        key = version.slug, version.number
        try:
            await step(version)
        except (TrialsUnavailable, TrialFailed) as error:
            if self._desk.notes.get(key) != str(error):
                log.warning("%s waits: %s", name, error)
            self._desk.notes[key] = str(error)
            self._failed[key] += isinstance(error, TrialFailed)
            if self._failed[key] >= MOST_FAILED:
                await self._act(version, Action.FAIL, reason=FAILED)
        except AppLifeError as error:
            log.info("%s has been moved on meanwhile: %s", name, error.code)
        except Exception:  # of whatever an app makes the checks stumble over: it must not keep the others waiting
            log.exception("%s cannot be moved on", name)
            await self._act(version, Action.FAIL, reason=FAILED)

    async def _bring(self, ids: Collection[str]) -> None:
        """Have datasets in the store, where they can be had in time; a sandbox cannot ask for them."""
        wanted = [each for each in sorted(ids) if store.find_latest(each) is None][:MOST_BROUGHT]
        if wanted:
            with suppress(Unavailable):
                await self._fetch.fetch(wanted, asker=ASKER, wait=BROUGHT_WITHIN)

    async def _check(self, version: AppVersion) -> None:
        manifest = await asyncio.to_thread(self._desk.load_manifest, version)
        await self._bring({use.id for use in manifest.datasets} if manifest else ())
        trials = [
            await self._trials.run_trial(version.slug, version.digest, language=language) for language in LANGUAGES
        ]
        folder = self._desk.files.find_folder(version.slug, version.digest)
        look = await self._look(version, trials, folder=folder)
        findings = await judge_apart(folder, slug=version.slug, trials=trials, look=look)
        await self._note(version, CHECK, _record(findings, trials))
        problems = [finding.code for finding in findings if finding.severity == "problem"]
        log.info("version %d of %s is checked: %s", version.number, version.slug, ", ".join(problems) or "no problem")
        if problems:
            await self._act(version, Action.FAIL, reason=FOUND)
        else:
            opened = _list_used(trials)
            await asyncio.to_thread(self._desk.files.note_opened, version.slug, version.digest, opened)
            await self._act(version, Action.PASS)

    async def _look(self, version: AppVersion, trials: list[TrialReport], *, folder: Path) -> LookReport | None:
        """Return what is seen of a version's page, None where there is none.

        A shipped app has its own record, so that a hall need not look at its own apps when it first starts.
        """
        if any(trial.ending != "finished" for trial in trials):
            return None
        if version.is_shipped and self._shipped is not None:
            record = await asyncio.to_thread(find_record, self._shipped / version.slug, version=folder)
            if record is not None:
                return record
        used = {use["id"]: use["version"] for use in _list_used(trials)}
        try:
            return await self._trials.look(version.slug, version.digest, datasets=used)
        except TrialFailed as error:
            log.warning("nobody has looked at version %d of %s: %s", version.number, version.slug, error)
            return LookReport(hindrance="failed")

    async def _prove(self, version: AppVersion) -> None:
        proof = await self._trials.prove(version.slug, version.digest, datasets=self._find_versions(version))
        await self._note(version, PROOF, proof.model_dump(mode="json"))
        if not proof.renders:
            log.warning("version %d of %s does not render: %s", version.number, version.slug, proof.problem)
            await self._act(version, Action.FAIL, reason=UNRENDERED)
        elif max(proof.seconds.values(), default=0) > self._patience:
            await self._act(version, Action.FAIL, reason=SLOW)
        else:
            await self._act(version, Action.PUBLISH)

    async def _note(self, version: AppVersion, kind: str, content: dict[str, Any]) -> None:
        await asyncio.to_thread(self._desk.book.note_check, version.slug, version.number, kind, content)

    async def _act(self, version: AppVersion, action: Action, *, reason: str = "") -> None:
        await asyncio.to_thread(
            self._desk.act, version.slug, version.number, action, actor=HALL, reason=reason, revision=version.revision
        )


def _record(findings: list[Finding], trials: list[TrialReport]) -> dict[str, Any]:
    return {
        "findings": [finding.model_dump(mode="json") for finding in findings],
        "used": _list_used(trials),
        "seconds": {trial.language: trial.seconds for trial in trials},
        "memory": max((trial.memory or 0 for trial in trials), default=0) or None,
    }


def _list_used(trials: list[TrialReport]) -> list[dict[str, str]]:
    """Return what any of the trials opened, each version once."""
    used = {(use.id, use.version): None for trial in trials for use in trial.used}
    return [{"id": dataset_id, "version": version} for dataset_id, version in used]
