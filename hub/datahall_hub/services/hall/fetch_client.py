"""The fetch service as the hall talks to it: HTTP over its socket, which only this user can open.

What the service says goes on to people and programs, so folders of this machine are taken out of it here.
"""

from __future__ import annotations

import re
import time
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import httpx

from datahall_hub.services.hall.faults import Unavailable
from datahall_hub.services.hall.wording import N_

GLANCE = 1.0  # seconds; a page does not wait for a service that is busy
RECENT = 10.0  # seconds
MOST_STATES = 10_000
MARGIN = 5.0  # seconds granted beyond the time the service was asked to wait

# An address stays as it is; of a path on this machine the last part is kept, without what ends the sentence.
_ADDRESS_OR_PATH = re.compile(
    r"""https?://\S+|(?<![\w.~/-])(?:file://)?(?P<path>(?:/[^\s/"'“”‘’<>()，。；：、]+){2,}/?)(?<![.,;:])""", re.ASCII
)


class FetchClient:
    """Calls to the fetch service; one instance per hall."""

    def __init__(self, socket: Path) -> None:
        transport = httpx.AsyncHTTPTransport(uds=str(socket))
        self._client = httpx.AsyncClient(transport=transport, base_url="http://fetch", timeout=MARGIN, trust_env=False)
        self._states: dict[str, tuple[float, dict[str, Any] | None]] = {}
        self._noted: set[tuple[str, str, date]] = set()  # of today, so at most as many as the store has versions

    async def close(self) -> None:
        """Close the connections; called when the hall stops."""
        await self._client.aclose()

    async def is_ready(self) -> bool:
        """Tell whether the packaged datasets are in the store."""
        try:
            return (await self._client.get("/ready")).is_success
        except httpx.HTTPError:
            return False

    async def fetch(self, ids: list[str], *, asker: str, wait: float = 0) -> list[dict[str, Any]]:
        """Ask for datasets that somebody wants; return the state of each after at most `wait` seconds."""
        json = {"ids": ids, "wait": wait, "asker": asker}
        answer = await self._send("POST", "/fetch", json=json, timeout=wait + MARGIN)
        return [_without_folders(state) for state in answer.json()]

    async def find_state(self, dataset_id: str) -> dict[str, Any] | None:
        """Return what the service knows about one dataset, or None where it does not answer or never heard of it."""
        try:
            answer = await self._send("GET", "/status", params={"id": dataset_id}, timeout=GLANCE)
        except Unavailable:
            return None
        states: list[dict[str, Any]] = answer.json()
        return _without_folders(states[0]) if states else None

    async def find_recent_state(self, dataset_id: str) -> dict[str, Any] | None:
        """Return the same, as it was within the last ten seconds: for data that is here, and may be asked for often."""
        now = time.monotonic()
        known = self._states.get(dataset_id)
        if known is None or now - known[0] > RECENT:
            if len(self._states) >= MOST_STATES:
                self._states.clear()
            known = self._states[dataset_id] = now, await self.find_state(dataset_id)
        return known[1]

    async def find_busy_harvests(self) -> dict[str, str]:
        """Return the portals that are harvested now or wait for it; none where the service does not answer."""
        try:
            busy: dict[str, str] = (await self._send("GET", "/harvests", timeout=GLANCE)).json()
        except Unavailable:
            return {}
        return busy

    async def begin_harvest(self, name: str) -> None:
        """Have a portal of the settings harvested now."""
        await self._send("POST", f"/harvests/{name}")

    async def note_opening(self, dataset_id: str, version: str) -> None:
        """Have it noted that a version is opened, once a day; a service that does not answer keeps nobody waiting."""
        opening = (dataset_id, version, datetime.now(UTC).date())
        if opening in self._noted:
            return
        with suppress(httpx.HTTPError):
            json = {"id": dataset_id, "version": version}
            answer = await self._client.post("/openings", json=json, timeout=GLANCE)
            if answer.is_success:
                self._noted = {each for each in self._noted if each[2] == opening[2]} | {opening}

    async def _send(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        try:
            answer = await self._client.request(method, path, **arguments)
            return answer.raise_for_status()
        except httpx.HTTPError as error:
            raise Unavailable(
                N_("The service that fetches data does not answer."),
                hint=N_("Try again in a moment; the operator finds the reason in its log."),
            ) from error


def hide_folders(text: str) -> str:
    """Return `text` with each path of this machine cut down to its last part."""
    return _ADDRESS_OR_PATH.sub(lambda found: PurePosixPath(found["path"]).name if found["path"] else found[0], text)


def _without_folders(value: Any) -> Any:
    if isinstance(value, str):
        return hide_folders(value)
    if isinstance(value, dict):
        return {key: _without_folders(each) for key, each in value.items()}
    return value
