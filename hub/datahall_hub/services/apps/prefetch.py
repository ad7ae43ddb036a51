"""Ask the fetch service for the datasets that the apps name, so that no visitor waits for one.

The apps service itself never writes the store.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import httpx

from datahall_hub.app_life.manifest import load_manifests

log = logging.getLogger("datahall.apps")
TRIES = 20  # the fetch service starts beside this one
PAUSE = 3.0  # seconds between two tries
ANSWER_WITHIN = 30.0  # seconds; fetching goes on behind


async def fetch_datasets(apps_folder: Path, *, socket: Path) -> None:
    """Ask until the fetch service has answered once; say in the log what did not come."""
    ids = sorted({use.id for manifest in load_manifests(apps_folder) for use in manifest.datasets})
    if not ids:
        return
    for _ in range(TRIES):
        try:
            failed = await _ask(ids, socket=socket)
        except (httpx.HTTPError, OSError, ValueError):
            await asyncio.sleep(PAUSE)
            continue
        for problem in failed:
            log.warning("dataset of an app is not here: %s", problem)
        return
    log.warning("the fetch service did not answer; apps show what the store has")


async def _ask(ids: list[str], *, socket: Path) -> list[str]:
    transport = httpx.AsyncHTTPTransport(uds=str(socket))
    async with httpx.AsyncClient(transport=transport, timeout=ANSWER_WITHIN) as client:
        answer = await client.post("http://fetch/fetch", json={"ids": ids, "wait": 0})
        answer.raise_for_status()
    return [
        f"{item.get('id')}: {item.get('error', 'no reason given')}"
        for item in answer.json()
        if item.get("status") == "failed"
    ]
