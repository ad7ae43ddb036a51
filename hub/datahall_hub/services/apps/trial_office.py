"""What is done with versions of apps for the hall, one at a time: they are tried, looked at, and proven to render.

Tickets for previews are given out at once.
What cannot be done is a `Refusal`; what is done comes back as JSON that its reader is sure to take.
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from datahall_hub.app_life.app_files import AppFiles
from datahall_hub.app_life.manifest import NOTEBOOK
from datahall_hub.app_life.trial_report import TrialReport

from .looks import Looks
from .preview_tickets import Previewed, PreviewTickets
from .proofs import NoRoomError, Proofs
from .trial_line import LineFullError, TrialLine
from .trials import Trials, UnreadableNotebookError

log = logging.getLogger("datahall.apps")


class Refusal(Exception):
    """Something that cannot be done: a status of HTTP, a stable code, and why."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Wish(BaseModel):
    """A version, by what is checked before it is looked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    slug: str = Field(max_length=60)
    digest: str = Field(max_length=64)


class TrialWish(Wish):
    """A version to be tried in one language."""

    language: Literal["en", "zh"]


class LookWish(Wish):
    """A version to be looked at, and which versions of datasets it reads."""

    datasets: dict[str, str] = Field({}, max_length=200)


class ProofWish(Wish):
    """A version that is to be published, and which versions of datasets it reads."""

    datasets: dict[str, str] = Field({}, max_length=200)
    is_kept: bool = False  # only where the pages that are kept are out of date


class PreviewWish(Wish):
    """A version that somebody wants to see who may, and which versions of datasets it reads."""

    number: int = Field(ge=1, le=1_000_000)
    datasets: dict[str, str] = Field({}, max_length=200)
    is_published: bool = False


@dataclass
class TrialOffice:
    """Does what is asked for where there are walls."""

    files: AppFiles
    trials: Trials
    proofs: Proofs
    missing_wall: str | None
    previews: PreviewTickets
    line: TrialLine = field(default_factory=TrialLine)

    def find_version(self, wish: Wish) -> Path:
        """Return the folder of a version; raise `Refusal` where it cannot be tried."""
        if self.missing_wall:
            raise Refusal(503, "no-walls", self.missing_wall)
        try:
            folder = self.files.find_folder(wish.slug, wish.digest)
        except ValueError as error:
            raise Refusal(422, "bad-request", "That is no version of an app.") from error
        if not (folder / NOTEBOOK).is_file():
            raise Refusal(404, "no-such-app-version", f"{wish.slug} has no version {wish.digest[:12]}.")
        return folder

    async def try_version(self, wish: TrialWish) -> bytes:
        """Return the report of a trial as JSON."""
        folder = self.find_version(wish)
        async with self.line.turn():
            log.info("%s %s is tried (%s)", wish.slug, wish.digest[:8], wish.language)
            report = await self.trials.run(folder / NOTEBOOK, language=wish.language)
            log.info("%s %s: %s after %.1f s", wish.slug, wish.digest[:8], report.ending, report.seconds)
        return await asyncio.to_thread(write_report, report)

    async def look_at_version(self, wish: LookWish) -> bytes:
        """Return what was seen of a version's page as JSON."""
        folder = self.find_version(wish)
        async with self.line.turn():
            report = await Looks(self.proofs).look(folder, slug=wish.slug, datasets=wish.datasets)
            return encode(report.model_dump())

    async def prove_version(self, wish: ProofWish) -> bytes:
        """Return whether a version renders as JSON."""
        folder = self.find_version(wish)
        async with self.line.turn():
            return encode(await self.proofs.prove(folder, slug=wish.slug, datasets=wish.datasets, is_kept=wish.is_kept))

    async def give_ticket(self, wish: PreviewWish) -> bytes:
        """Return the ticket of a preview as JSON; it waits for no trial."""
        folder = self.find_version(wish)
        previewed = Previewed(folder, wish.slug, wish.number, wish.datasets, is_published=wish.is_published)
        return encode({"ticket": self.previews.give(previewed)})


def describe_refusal(error: Exception) -> Refusal:
    """Return how an error is told; what nobody foresaw is logged."""
    match error:
        case Refusal():
            return error
        case ValidationError():
            return Refusal(422, "bad-request", "That is not what can be asked for here.")
        case UnreadableNotebookError():
            return Refusal(422, "unreadable-notebook", str(error))
        case LineFullError():
            return Refusal(503, "busy", "Too many versions wait to be tried.")
        case NoRoomError():
            return Refusal(507, "no-room", str(error))
    log.error("a version could not be tried", exc_info=error)
    return Refusal(500, "failed", "The service could not do it; its log says why.")


def write_report(report: TrialReport) -> bytes:
    """Return a report as JSON that its reader is sure to take.

    An app can put out values in one another so deep that no reader of JSON follows; it has then said nothing at all.
    """
    try:
        content = encode(report.model_dump())
        TrialReport.model_validate_json(content)
    except (ValueError, RecursionError):
        return encode(report.model_copy(update={"ending": "died", "cells": [], "widgets": {}}).model_dump())
    return content


def encode(content: dict[str, Any]) -> bytes:
    """Return values as JSON that every reader understands, whatever an app has put in: no NaN, no half letters."""
    try:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False)
    except ValueError:
        plain = json.loads(json.dumps(content), parse_constant=lambda _: None)
        text = json.dumps(plain, ensure_ascii=False)
    return text.encode(errors="replace")
