"""What may go wrong with a fork server.

ForkserverError
├── NoServerError     no server answers, and none could be started
└── RefusedError      the server, or the child on its way, said no; `code` tells why
"""

from __future__ import annotations


class ForkserverError(Exception):
    """The root of what this package raises."""

    def __init__(self, message: str, *, code: str = "forkserver") -> None:
        super().__init__(message)
        self.code = code


class NoServerError(ForkserverError):
    """No fork server answers, and none could be started."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="no-server")


class RefusedError(ForkserverError):
    """A request was refused; `code` is stable, the message says what to do."""
