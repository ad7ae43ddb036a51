"""Leave the session keyring of whoever started the hall (Linux ``keyctl(2)``).

A keyring passes from parent to child through every namespace: without this, the keys of the operator's own login,
such as Kerberos tickets, could be read inside a sandbox, and two sandboxes could leave each other messages.
"""

from __future__ import annotations

import ctypes
import platform

JOIN_SESSION_KEYRING = 1
# The system call has a number for each architecture, and the C library no function.
NUMBERS = {"x86_64": 250, "aarch64": 219, "riscv64": 219, "ppc64le": 271, "s390x": 280}
_number = NUMBERS.get(platform.machine())
_libc = ctypes.CDLL(None, use_errno=True)  # looked up before any fork: see `parent_death`


def leave_session_keyring() -> None:
    """Give this process an empty session keyring of its own; for use between fork and exec.

    Where the system knows no keyrings, or lets nobody use them, there is nothing to leave.
    """
    if _number is not None:
        _libc.syscall(_number, JOIN_SESSION_KEYRING, None)
