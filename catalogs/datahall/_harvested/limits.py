"""How much harvested data and portals may take, since whoever serves them is a stranger: bytes, seconds, room."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from .._messages import N_
from ..errors import DatahallError, SourceFailed

BYTES = "DATAHALL_HARVESTED_BYTES"
SECONDS = "DATAHALL_HARVESTED_SECONDS"
STORE_BYTES = "DATAHALL_HARVESTED_STORE_BYTES"
KEPT_RECORDS = "DATAHALL_HARVEST_RECORDS"
KEPT_BYTES = "DATAHALL_HARVEST_BYTES"
UNPACKED = 10  # times as many bytes may come out of what is packed; text shrinks to a tenth
_DEFAULTS = {
    BYTES: 500_000_000,
    SECONDS: 600,
    STORE_BYTES: 20_000_000_000,
    KEPT_RECORDS: 2_000_000,  # the largest portals of today have some 300,000 datasets
    KEPT_BYTES: 10_000_000_000,  # as they are kept, packed; a million datasets of CKAN take about three
}


def read_limit(name: str) -> int:
    """Return a limit as the environment has it, else its default."""
    text = os.environ.get(name, "").strip()
    if not text:
        return _DEFAULTS[name]
    if not (text.isdecimal() and len(text) < 16 and int(text) > 0):
        raise DatahallError(
            N_("{name} is {value}, which is no whole number above zero."), code="invalid-setting", name=name, value=text
        )
    return int(text)


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
