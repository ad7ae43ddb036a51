"""What a visitor's kernel writes past the app's page, brought into the service's log line by line.

A pipe, and not the log itself: what is open inside a sandbox can be read, emptied and written there. Each line
bears the visit it comes from, and nobody fills the log: after `LONGEST` bytes a visit's words are read and dropped.
"""

from __future__ import annotations

import asyncio
import logging
import os

LONGEST = 16_384  # bytes of one visit
log = logging.getLogger("datahall.apps")


class KernelWords:
    """The pipe of one kernel; `entrance` is for the kernel to write to and is closed here once it has started."""

    def __init__(self, visit: str) -> None:
        self._visit = visit[:8]
        self._exit, self.entrance = os.pipe()
        self._left = LONGEST
        self._rest = b""
        os.set_blocking(self._exit, False)

    def listen(self) -> None:
        """Close our copy of the entrance and log what arrives; called once the kernel has the other copy."""
        os.close(self.entrance)
        asyncio.get_running_loop().add_reader(self._exit, self._take)

    def _take(self) -> None:
        said = os.read(self._exit, LONGEST)
        if not said:
            self._say(self._rest)
            asyncio.get_running_loop().remove_reader(self._exit)
            os.close(self._exit)
            return
        *lines, self._rest = (self._rest + said[: self._left]).split(b"\n")
        if self._left and len(said) >= self._left:
            lines += [self._rest, b"(more is not kept)"]
            self._rest = b""
        self._left = max(0, self._left - len(said))
        for line in lines:
            self._say(line)

    def _say(self, line: bytes) -> None:
        text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line.decode(errors="replace"))
        if text.strip():
            log.info("visit %s says: %s", self._visit, text)
