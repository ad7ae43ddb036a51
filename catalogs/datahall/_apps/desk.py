"""What people do with apps at a hall: send one in, follow it, move it on. Asks the hall; prints nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .._harvesting.values import clean
from .addresses import HallAddress, Token
from .answers import AppList, AppVersions, Version, VersionList
from .connection import PATIENCE, ask, read_from
from .faults import OutOfReach, Refused

FIRST_PAUSE, LONGEST_PAUSE, LENGTHENED = 1.0, 15.0, 1.5  # seconds between two looks, and by how much they grow
SHORTEST_PATIENCE = 5.0  # seconds; a look just before the end is worth its answer


@dataclass(frozen=True)
class Answer:
    """A version as the hall tells it: `content` for programs, `version` for people."""

    content: dict[str, Any]
    version: Version


@dataclass(frozen=True)
class Desk:
    """A hall's desk for apps, and the token that is shown there."""

    hall: HallAddress
    token: Token | None = None

    def list_published(self) -> tuple[dict[str, Any], AppList]:
        """Return what everybody sees."""
        content = ask(self.hall, "/apps", token=None)
        return content, read_from(self.hall, AppList, content)

    def list_whose(self, whose: str) -> tuple[dict[str, Any], VersionList]:
        """Return one's ``own`` versions, or those ``waiting`` for one's review: none for who may not."""
        try:
            content = ask(self.hall, f"/app-versions?whose={whose}", token=self.token)
        except Refused as refusal:
            if refusal.code != "not-allowed":
                raise
            content = {"total": 0, "results": []}
        return content, read_from(self.hall, VersionList, content)

    def list_versions(self, slug: str) -> tuple[dict[str, Any], AppVersions]:
        """Return the versions of an app."""
        content = ask(self.hall, f"/apps/{slug}/versions", token=self.token)
        return content, read_from(self.hall, AppVersions, content)

    def show(self, slug: str, number: int, *, patience: float | None = None) -> Answer:
        """Return one version."""
        return self._read(ask(self.hall, f"/apps/{slug}/versions/{number}", token=self.token, patience=patience))

    def submit(self, slug: str, body: bytes) -> Answer:
        """Send an app in."""
        return self._read(ask(self.hall, f"/apps/{slug}/versions", token=self.token, body=body))

    def move(
        self,
        slug: str,
        number: int,
        action: str,
        *,
        reason: str = "",
        revision: int | None = None,
        ticks: Sequence[str] = (),
    ) -> Answer:
        """Move a version on; only as it stood at `revision`, where that is given.

        `ticks` name what the checks could not try, and the person has looked at.
        """
        wish: dict[str, Any] = {"reason": clean(reason)} | ({"revision": revision} if revision is not None else {})
        wish |= {"ticks": list(ticks)} if ticks else {}  # halls of before know no such field
        body = json.dumps(wish, ensure_ascii=False).encode()
        return self._read(ask(self.hall, f"/apps/{slug}/versions/{number}/{action}", token=self.token, body=body))

    def comment(self, slug: str, number: int, text: str) -> Answer:
        """Write about a version."""
        body = json.dumps({"text": clean(text)}, ensure_ascii=False).encode()
        return self._read(ask(self.hall, f"/apps/{slug}/versions/{number}/comments", token=self.token, body=body))

    def follow(self, slug: str, answer: Answer, *, seconds: float, tell: Callable[[str], None]) -> Answer:
        """Return a version as it stands after its checks, or after so many seconds; `tell` is given the hall's notes.

        A hall that is away meanwhile is waited for. `slug` is ours: what the hall says is no address to ask for.
        """
        number = answer.version.number
        ends, pause = time.monotonic() + seconds, FIRST_PAUSE
        while True:
            try:
                left = max(SHORTEST_PATIENCE, ends - time.monotonic())
                answer = self.show(slug, number, patience=min(PATIENCE, left))
                if answer.version.state != "submitted":
                    return answer
                tell(answer.version.note)
            except OutOfReach as error:
                if time.monotonic() >= ends:
                    raise
                tell(error.message())
            left = ends - time.monotonic()
            if left <= 0:
                return answer
            time.sleep(min(pause, left))
            pause = min(pause * LENGTHENED, LONGEST_PAUSE)

    def _read(self, content: dict[str, Any]) -> Answer:
        return Answer(content, read_from(self.hall, Version, content))
