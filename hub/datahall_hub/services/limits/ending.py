"""The end of a process that went beyond what it may have; whoever started it learns the reason."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

from datahall_forkserver.client import ForkServer
from datahall_forkserver.errors import ForkserverError
from datahall_forkserver.process_start import find_start


def end_process(kernels: Path, *, pid: int, started: int, reason: str) -> bool:
    """End a process; where it was forked by the kernels' fork server, that is told why. Return whether it ran."""
    with contextlib.suppress(ForkserverError, OSError):
        if ForkServer(kernels).end_child(pid=pid, started=started, reason=reason):
            return True
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    try:
        if find_start(pid) != started:  # looked at once the descriptor holds whatever process it is
            return False
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    except ProcessLookupError:
        return False
    finally:
        os.close(descriptor)
    return True
