"""Start programs by forking a process that has loaded their modules already.

A fork server preloads modules, listens on a Unix socket of its owner's, and forks a child for each request.
`ForkServer` speaks to one; `ensure_server` starts the one of a profile where none runs.
"""

from __future__ import annotations

from datahall_forkserver.child_handles import Child, Ended, reopen_child
from datahall_forkserver.client import ForkServer
from datahall_forkserver.errors import ForkserverError, NoServerError, RefusedError
from datahall_forkserver.protocol import GateOrder, Request
from datahall_forkserver.starting import ensure_server

__all__ = [
    "Child",
    "Ended",
    "ForkServer",
    "ForkserverError",
    "GateOrder",
    "NoServerError",
    "RefusedError",
    "Request",
    "ensure_server",
    "reopen_child",
]
