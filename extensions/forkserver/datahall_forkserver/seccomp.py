"""A filter between a sandbox and the kernel (Linux `seccomp(2)`): built beforehand, laid on in the child.

It is a small program in the kernel's classic BPF. It refuses what `refused_calls` names, and of some calls certain
arguments: new namespaces by whatever way, typing into a terminal, sockets of rare families. Whatever is asked in
another architecture's way (32 bit on a 64-bit machine) ends the process; x32 and calls newer than the list are
answered as if the kernel did not know them. A filter can't be taken off, and passes on to every process that
the child starts.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import struct
from collections.abc import Sequence

from datahall_forkserver.refused_calls import NEWEST, REFUSED, Architecture

PR_SET_NO_NEW_PRIVS = 38
PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2

# linux/seccomp.h: what a filter answers
ALLOW = 0x7FFF0000
KILL = 0x80000000
REFUSE = 0x00050000 | errno.EPERM
UNKNOWN = 0x00050000 | errno.ENOSYS
NO_FAMILY = 0x00050000 | errno.EAFNOSUPPORT

# linux/bpf_common.h: the instructions used here
LOAD, JUMP_IF_EQUAL, JUMP_IF_ABOVE, JUMP_IF_ANY_BIT, RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
# Where struct seccomp_data has the number, the architecture, and the lower half of an argument (little endian).
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16

# CLONE_NEW… of linux/sched.h: cgroup, uts, ipc, user, pid, net, mount; `unshare` knows time besides.
NAMESPACES = 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000 | 0x00020000
TIME_NAMESPACE = 0x00000080
TYPING = (0x5412, 0x541C)  # TIOCSTI and TIOCLINUX put words into a terminal as if its user had typed them
# netlink is what the C library lists addresses with
FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK)
# Linux, 32-bit Linux, each without random addresses or not, and the question which it is; as Docker has it
PERSONALITIES = (0, 8, 0x20000, 0x20008, 0xFFFFFFFF)

_libc = ctypes.CDLL(None, use_errno=True)  # looked up before any fork

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, operand


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


class Filter:
    """A filter ready to be laid on; its memory stands before the fork."""

    def __init__(self, instructions: Sequence[Instruction]) -> None:
        self.code = b"".join(struct.pack("=HBBI", *each) for each in instructions)
        self._code = ctypes.create_string_buffer(self.code)
        self._program = _Program(len(instructions), ctypes.addressof(self._code))

    def lay_on(self) -> None:
        """Lay the filter on this process, which gains no rights by starting programs any more."""
        call_prctl(PR_SET_NO_NEW_PRIVS, 1)
        call_prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(self._program))


def call_prctl(option: int, *arguments: int) -> int:
    """Call `prctl(2)`; raise what the kernel says against it."""
    given = [ctypes.c_ulong(value) for value in (*arguments, *[0] * (4 - len(arguments)))]
    answer = int(_libc.prctl(option, *given))
    if answer < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"prctl {option}: {os.strerror(code)}")
    return answer


def build_filter(architecture: Architecture) -> Filter:
    """Return the filter for a machine."""
    return Filter(write_instructions(architecture))


def write_instructions(architecture: Architecture) -> list[Instruction]:
    """Return the filter's program."""
    program: list[Instruction] = [
        (LOAD, 0, 0, ARCHITECTURE),
        (JUMP_IF_EQUAL, 1, 0, architecture.audit),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
        (JUMP_IF_ABOVE, 0, 1, NEWEST),  # x32 as well: its calls have bit 30 set
        (RETURN, 0, 0, UNKNOWN),
    ]
    for name in REFUSED:
        number = architecture.find_number(name)
        if number is not None:
            program += [(JUMP_IF_EQUAL, 0, 1, number), (RETURN, 0, 0, REFUSE)]
    for name, verdict in _weigh().items():
        number = architecture.find_number(name)
        assert number is not None
        program += [(JUMP_IF_EQUAL, 0, len(verdict), number), *verdict]
    return [*program, (RETURN, 0, 0, ALLOW)]


def _weigh() -> dict[str, list[Instruction]]:
    """Return, for each call whose arguments decide, the instructions that decide; each list ends with an answer."""
    return {
        "clone": _refuse_bits(NAMESPACES),
        "unshare": _refuse_bits(NAMESPACES | TIME_NAMESPACE),
        # Its flags lie in memory, which a filter can't read; the C library then takes `clone`.
        "clone3": [(RETURN, 0, 0, UNKNOWN)],
        "ioctl": _choose(TYPING, argument=1, listed=REFUSE, others=ALLOW),
        "personality": _choose(PERSONALITIES, argument=0, listed=ALLOW, others=REFUSE),
        "socket": _choose(FAMILIES, argument=0, listed=ALLOW, others=NO_FAMILY),
    }


def _refuse_bits(bits: int) -> list[Instruction]:
    return [_load_argument(0), (JUMP_IF_ANY_BIT, 0, 1, bits), (RETURN, 0, 0, REFUSE), (RETURN, 0, 0, ALLOW)]


def _choose(values: Sequence[int], *, argument: int, listed: int, others: int) -> list[Instruction]:
    tests = [
        (JUMP_IF_EQUAL, len(values) - place, 0, int(value)) for place, value in enumerate(values)
    ]  # to the last instruction; else on to the next
    return [_load_argument(argument), *tests, (RETURN, 0, 0, others), (RETURN, 0, 0, listed)]


def _load_argument(place: int) -> Instruction:
    # The kernel, too, takes only the lower half of these arguments.
    return (LOAD, 0, 0, ARGUMENTS + 8 * place)
