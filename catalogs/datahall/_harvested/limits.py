"""How much harvested data may take, since whoever serves it is a stranger: bytes, seconds, room in the store."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from .._bounds import read_bound
from ..errors import N_, SourceFailed

BYTES = "DATAHALL_HARVESTED_BYTES"
SECONDS = "DATAHALL_HARVESTED_SECONDS"
STORE_BYTES = "DATAHALL_HARVESTED_STORE_BYTES"
UNPACKED = 10  # times as many bytes may come out of what is packed; text shrinks to a tenth
_DEFAULTS = {
    BYTES: 500_000_000,
    SECONDS: 600,
    STORE_BYTES: 20_000_000_000,
}


def read_limit(name: str) -> int:
    """Return a limit as the environment has it, else its default."""
    return read_bound(name, default=_DEFAULTS[name])


@dataclass
class Limits:
    """What one fetch may take; the clock begins when this is made."""

    bytes: int = field(default_factory=lambda: read_limit(BYTES))
    seconds: float = field(default_factory=lambda: read_limit(SECONDS))
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds_left(self) -> float:
        """How long the fetch may still take."""
        return self.started + self.seconds - time.monotonic()

    def check_time(self, url: str) -> None:
        """Raise SourceFailed where the time is over; called again and again while bytes and rows come."""
        if self.seconds_left <= 0:
            raise SourceFailed(
                N_("{url} was given up: bringing it here took more than {seconds} seconds."),
                code="too-slow",
                url=url,
                seconds=int(self.seconds),
                hint=N_("Read it from its source by yourself, or have an operator raise {name}."),
                name=SECONDS,
            )

    def check_size(self, size: int, *, url: str) -> None:
        """Raise SourceFailed where `size` bytes are more than may come."""
        if size > self.bytes:
            raise SourceFailed(
                N_("{url} is larger than the {maximum} bytes that are fetched of a harvested dataset."),
                code="too-large",
                url=url,
                maximum=f"{self.bytes:,}",
                hint=N_("Read it from its source by yourself, or have an operator raise {name}."),
                name=BYTES,
            )

    def check_unpacked(self, folder: Path, *, url: str) -> None:
        """Raise SourceFailed where what lies in `folder`, where a file is unpacked, is more than may come out of it."""
        with os.scandir(folder) as entries:
            size = sum(entry.stat().st_size for entry in entries)
        if size > UNPACKED * self.bytes:
            raise SourceFailed(
                N_("{url} holds more than {maximum} bytes once it is unpacked."),
                code="too-large",
                url=url,
                maximum=f"{UNPACKED * self.bytes:,}",
                hint=N_("Read it from its source by yourself, or have an operator raise {name}."),
                name=BYTES,
            )
