"""What the hub asks of the service, over a Unix socket that only its owner can use: one line of JSON each way.

`{"do": "serve", "sandbox": {"pid", "started"}, "identity": {"user", "group"} or null, "internet": true or false}` is
answered once the ports are open, `{"do": "status"}` with what is served. An answer is `{"error": {"code", "message"}}`
where something can't be done. Serving a sandbox that is served already changes nothing but what it is given.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import socket
import struct
from dataclasses import dataclass, field
from typing import Any

from datahall_forkserver.sandboxes import SandboxError

from datahall_hub.services.egress.destinations import Destinations
from datahall_hub.services.egress.journal import Journal, read_served
from datahall_hub.services.egress.sandbox_doors import Doors, Served
from datahall_hub.services.egress.seats import Hall, Share

LONGEST_LINE = 4096  # bytes
LINE_WITHIN = 5.0  # seconds

log = logging.getLogger("datahall.egress")


@dataclass
class Control:
    """Serves sandboxes, and answers the hub."""

    hall: tuple[str, int]
    destinations: Destinations
    seats: Hall
    journal: Journal
    doors: dict[tuple[int, int], Doors] = field(default_factory=dict)
    _serving: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def resume(self) -> None:
        """Serve again what was served before this service fell, as far as it still stands."""
        for served in list(self.journal.read()):
            try:
                await self.serve(served)
            except SandboxError as error:
                log.info("A sandbox is not served any more: %s", error)
                self.journal.forget(served)

    async def serve(self, served: Served) -> None:
        """Open the ports of a sandbox.

        Raises
        ------
        SandboxError
            If they can't be opened.
        """
        async with self._serving:
            known = self.doors.get((served.pid, served.started))
            if known is not None:
                if known.served == served:
                    return
                known.close()
                await known.wait_closed()  # its ports are opened anew
                self._forget(known)
            doors = Doors(served, self.hall, self.destinations, Share(self.seats), self._forget)
            doors.open()
            self.doors[served.pid, served.started] = doors
            self.journal.note(served)

    def close(self) -> None:
        """Close every port; the journal stays, for who comes after."""
        for doors in self.doors.values():
            doors.close()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request; asyncio calls this for each connection."""
        try:
            if not _is_owner(writer):
                return
            async with asyncio.timeout(LINE_WITHIN):
                line = await reader.readuntil()
            writer.write(json.dumps(await self._do(line)).encode() + b"\n")
            async with asyncio.timeout(LINE_WITHIN):
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # somebody has broken off, keeps silent, or speaks without end
        finally:
            writer.close()

    async def _do(self, line: bytes) -> dict[str, Any]:
        try:
            order = json.loads(line)
            if order["do"] == "status":
                return self._describe()
            if order["do"] != "serve":
                raise ValueError("Only 'serve' and 'status' are known.")
            await self.serve(read_served(order))
        except SandboxError as error:
            return {"error": {"code": error.code, "message": str(error)}}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            return {"error": {"code": "bad-request", "message": str(error)}}
        except OSError as error:
            return {"error": {"code": "refused-by-system", "message": error.strerror or str(error)}}
        return {"served": True}

    def _describe(self) -> dict[str, Any]:
        return {
            "sandboxes": [doors.describe() for doors in self.doors.values()],
            "seats": {"all": self.seats.seats, "taken": self.seats.taken},
        }

    def _forget(self, doors: Doors) -> None:
        self.doors.pop((doors.served.pid, doors.served.started), None)
        with contextlib.suppress(OSError):
            self.journal.forget(doors.served)


def _is_owner(writer: asyncio.StreamWriter) -> bool:
    """Return whether whoever asks is the user that this service runs as, or root."""
    peer: socket.socket = writer.get_extra_info("socket")
    _pid, user, _group = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return user in {os.geteuid(), 0}
