"""Large documents, made one at a time and kept packed on disk until other ones are asked for more.

A page of the catalog takes seconds of computing and is the same for everybody, so that equal requests at the same time
are joined, and the threads that make pages for readers never wait for one. Nothing kept is ever out of date: its mark
tells the state that it was made from.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gzip
import io
import logging
import os
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

from datahall_hub.services.hall.faults import Unavailable
from datahall_hub.services.hall.wording import N_

log = logging.getLogger("datahall.hall")

MOST_WAITING = 8  # documents in the making, of which one is made; each takes some seconds
MOST_OF_ONE = 2  # of these, what one client is the first to ask for
MOST_BYTES = 500 * 1024**2  # kept
_LEVEL = 5  # as small as the default within a few per cent, in half of the time

Make = Callable[[], bytes]


class Busy(Unavailable):
    """Too many documents are waiting to be made."""

    code = "busy"


class KeptDocuments:
    """The documents in `folder`, by their marks; of one event loop."""

    def __init__(self, folder: Path, *, most_bytes: int = MOST_BYTES) -> None:
        self._folder, self._most_bytes = folder, most_bytes
        # One: two would only take the time from each other and from the pages.
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="documents")
        self._running: dict[str, asyncio.Future[bytes | None]] = {}
        self._clients: dict[str, str] = {}  # by mark: for whom it is made

    async def open(self, mark: str, make: Make, *, client: str) -> BinaryIO:
        """Return the document with the mark `mark`, packed by gzip; it is made for `client` where it is not there.

        Raises
        ------
        Busy
            If too many others are waiting to be made, or as many for this client as one may have.
        """
        file = self._folder / f"{mark}.gz"
        found = _open(file)
        if found is not None:
            return found
        packed = await asyncio.shield(self._running.get(mark) or self._begin(mark, file, make, client=client))
        found = io.BytesIO(packed) if packed is not None else _open(file)
        if found is None:  # thrown out in this very moment, by others
            raise _refuse()
        return found

    def close(self) -> None:
        """Begin no other document."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _begin(self, mark: str, file: Path, make: Make, *, client: str) -> asyncio.Future[bytes | None]:
        if len(self._running) >= MOST_WAITING or list(self._clients.values()).count(client) >= MOST_OF_ONE:
            raise _refuse()
        running = asyncio.get_running_loop().run_in_executor(self._worker, self._make, file, make)
        self._running[mark], self._clients[mark] = running, client
        running.add_done_callback(lambda _: self._end(mark))
        return running

    def _end(self, mark: str) -> None:
        self._running.pop(mark, None)
        self._clients.pop(mark, None)

    def _make(self, file: Path, make: Make) -> bytes | None:
        """Make and keep a document; return it where it cannot be kept."""
        packed = gzip.compress(make(), _LEVEL, mtime=0)
        try:
            self._keep(file, packed)
        except OSError as error:
            log.warning("A document cannot be kept in %s: %s", self._folder, error)
            return packed
        finally:
            _give_memory_back()
        return None

    def _keep(self, file: Path, packed: bytes) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._make_room(self._most_bytes - len(packed))
        handle, unfinished = tempfile.mkstemp(dir=self._folder, suffix=".unfinished")
        try:
            with os.fdopen(handle, "wb") as written:
                written.write(packed)
            Path(unfinished).replace(file)
        except OSError:
            Path(unfinished).unlink(missing_ok=True)
            raise

    def _make_room(self, room: int) -> None:
        """Remove what was asked for longest ago, until the rest has `room`; leftovers of a crash go like others."""
        stats = [(entry.stat(), entry.path) for entry in os.scandir(self._folder) if entry.is_file()]
        total = sum(stat.st_size for stat, _ in stats)
        for stat, path in sorted(stats, key=lambda each: each[0].st_mtime_ns):
            if total <= room:
                return
            Path(path).unlink()
            total -= stat.st_size


def _open(file: Path) -> BinaryIO | None:
    """Open a kept document and note that it was asked for; None where it cannot be read, or a power cut emptied it."""
    with contextlib.suppress(OSError):
        if file.stat().st_size:
            found = file.open("rb")
            with contextlib.suppress(OSError):  # of a folder that can only be read
                os.utime(found.fileno())
            return found
    return None


def _refuse() -> Busy:
    return Busy(N_("The hall is making other large documents at the moment."), hint=N_("Try again in a moment."))


def _give_memory_back() -> None:
    """Return to the system what large documents have left free, where its C library can (glibc)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
