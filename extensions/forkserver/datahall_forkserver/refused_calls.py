"""Which system calls nobody in a sandbox may make: one declaration, for each architecture's numbers.

The list is what container runtimes refuse a program without capabilities: Docker's default profile
(github.com/moby/profiles, seccomp/default.json, as of 2026), which names what it allows; here stands what
Linux knows beside that. Further refused is what it allows since Linux 4.8, reading and writing other processes.
Numbers are from the kernel's `asm/unistd_64.h` and `asm-generic/unistd.h`.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass

# The last call that the list has been compared with (`removexattrat`, Linux 6.13): a later one is refused unseen.
NEWEST = 466

# name: (number on x86_64, number on aarch64); None where an architecture has no such call.
REFUSED: dict[str, tuple[int | None, int | None]] = {
    # Other file systems, other roots
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "open_by_handle_at": (304, 265),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "fanotify_init": (300, 262),
    # Other namespaces
    "setns": (308, 268),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    # Other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    "perf_event_open": (298, 241),
    "move_pages": (279, 239),
    "migrate_pages": (256, 238),
    # Large parts of the kernel, of which holes are known from the past
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "get_mempolicy": (239, 236),
    "mbind": (237, 235),
    "set_mempolicy": (238, 237),
    "set_mempolicy_home_node": (450, 450),
    "lookup_dcookie": (212, 18),
    "lsm_get_self_attr": (459, 459),
    "lsm_set_self_attr": (460, 460),
    "lsm_list_modules": (461, 461),
    # The machine itself
    "acct": (163, 89),
    "clock_settime": (227, 112),
    "settimeofday": (164, 170),
    "reboot": (169, 142),
    "syslog": (103, 116),
    "vhangup": (153, 58),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "iopl": (172, None),
    "ioperm": (173, None),
    # Relics; most answer ENOSYS by themselves
    "_sysctl": (156, None),
    "afs_syscall": (183, None),
    "create_module": (174, None),
    "get_kernel_syms": (177, None),
    "getpmsg": (181, None),
    "nfsservctl": (180, 42),
    "putpmsg": (182, None),
    "query_module": (178, None),
    "security": (185, None),
    "sysfs": (139, None),
    "tuxcall": (184, None),
    "uselib": (134, None),
    "ustat": (136, None),
    "vserver": (236, None),
}
# Calls of which the arguments decide; `seccomp` says how.
WEIGHED: dict[str, tuple[int, int]] = {
    "clone": (56, 220),
    "clone3": (435, 435),
    "ioctl": (16, 29),
    "personality": (135, 92),
    "socket": (41, 198),
    "unshare": (272, 97),
}


@dataclass(frozen=True)
class Architecture:
    """A machine whose system calls are known."""

    audit: int  # AUDIT_ARCH_… of the kernel's linux/audit.h, by which a filter tells whose numbers it sees
    column: int

    def find_number(self, name: str) -> int | None:
        """Return the number of a call, or None where this architecture has no such call."""
        return (REFUSED.get(name) or WEIGHED[name])[self.column]


ARCHITECTURES = {
    "x86_64": Architecture(audit=0xC000003E, column=0),
    "aarch64": Architecture(audit=0xC00000B7, column=1),
}


def find_architecture() -> Architecture | None:
    """Return this machine's architecture, or None where its system calls are not known here."""
    return ARCHITECTURES.get(platform.machine())
