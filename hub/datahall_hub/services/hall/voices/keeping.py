"""How long voices are kept: once a day the hall forgets what is older than the setting ``voices_days`` allows."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from datahall_hub.services.hall.faults import Unavailable
from datahall_hub.services.hall.voices.voice_book import VoiceBook

log = logging.getLogger("datahall.hall")

DAY = 24 * 3600.0  # seconds
SOON = 600.0  # seconds until the next try, where the database was away


async def keep_forgetting(voices: VoiceBook, *, days: int) -> None:
    """Forget at once and then daily, until cancelled; the hall runs this for as long as it lives."""
    while True:
        pause = DAY
        try:
            await asyncio.to_thread(voices.forget_before, datetime.now(UTC) - timedelta(days=days))
        except Unavailable as error:
            log.warning("old questions and requests could not be deleted: %s", error.__cause__)
            pause = SOON
        await asyncio.sleep(pause)
