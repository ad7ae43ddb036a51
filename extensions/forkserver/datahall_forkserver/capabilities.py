"""What a process may do beyond an ordinary one (Linux capabilities(7)), and how it gives that up for ever."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

from datahall_forkserver.seccomp import call_prctl

PR_CAPBSET_DROP = 24
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
VERSION_3 = 0x20080522  # _LINUX_CAPABILITY_VERSION_3 of linux/capability.h: two halves of 32 capabilities

_libc = ctypes.CDLL(None, use_errno=True)
# All that is needed stands before the fork.
_last = int(Path("/proc/sys/kernel/cap_last_cap").read_text())
_header = (ctypes.c_uint32 * 2)(VERSION_3, 0)  # 0: this very process
_none = (ctypes.c_uint32 * 6)()  # effective, permitted and inheritable, twice


def drop_capabilities() -> None:
    """Give up every capability: bounding, ambient, effective, permitted and inheritable."""
    for capability in range(_last + 1):
        call_prctl(PR_CAPBSET_DROP, capability)
    call_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    if _libc.capset(_header, _none) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"capset: {os.strerror(code)}")
