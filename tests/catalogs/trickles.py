"""A small real server whose answers come byte by byte, and never end."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import chain, repeat

STEP = 0.02  # seconds between the pieces


@contextmanager
def trickling(*pieces: bytes, then: bytes = b"a", step: float = STEP) -> Iterator[str]:
    """Serve `pieces`, and then one byte after the other for ever; give the address."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        is_over = threading.Event()

        def answer() -> None:
            connection, _ = listener.accept()
            with closing(connection), suppress(OSError):
                connection.recv(4_000)
                for piece in chain(pieces, repeat(then)):
                    connection.sendall(piece)
                    if is_over.wait(step):
                        return

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/x.csv"
        finally:
            is_over.set()
            thread.join(5)
