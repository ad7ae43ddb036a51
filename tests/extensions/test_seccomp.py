"""The filter of system calls: its program weighed call by call, and the kernel's own answers from inside."""

from __future__ import annotations

import errno
import platform
import socket

import pytest
from datahall_forkserver.refused_calls import ARCHITECTURES, NEWEST, REFUSED, WEIGHED, find_architecture
from datahall_forkserver.seccomp import (
    ALLOW,
    ARCHITECTURE,
    JUMP_IF_ABOVE,
    JUMP_IF_ANY_BIT,
    JUMP_IF_EQUAL,
    KILL,
    LOAD,
    NO_FAMILY,
    NUMBER,
    REFUSE,
    RETURN,
    UNKNOWN,
    write_instructions,
)

from tests.extensions.visitors import Visitor

NEW_USER, NEW_NET, NEW_TIME, THREAD = 0x10000000, 0x40000000, 0x80, 0x3D0F00
TIOCSTI, TIOCGWINSZ = 0x5412, 0x5413


def weigh(machine: str, number: int, *arguments: int, audit: int | None = None) -> int:
    """Run the filter's program as the kernel would."""
    architecture = ARCHITECTURES[machine]
    data = {NUMBER: number, ARCHITECTURE: architecture.audit if audit is None else audit}
    for place in range(6):
        data[16 + 8 * place] = (arguments[place] if place < len(arguments) else 0) & 0xFFFFFFFF
    program, counter, held = write_instructions(architecture), 0, 0
    while True:
        code, if_true, if_false, operand = program[counter]
        counter += 1
        if code == RETURN:
            return operand
        if code == LOAD:
            held = data[operand]
            continue
        tests = {JUMP_IF_EQUAL: held == operand, JUMP_IF_ABOVE: held > operand, JUMP_IF_ANY_BIT: bool(held & operand)}
        counter += if_true if tests[code] else if_false


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_each_listed_call_is_refused_and_every_other_known_one_allowed(machine):
    architecture = ARCHITECTURES[machine]
    refused = {architecture.find_number(name) for name in REFUSED} - {None}
    weighed = {architecture.find_number(name) for name in WEIGHED}

    for number in set(range(NEWEST + 1)) - weighed:
        assert weigh(machine, number) == (REFUSE if number in refused else ALLOW), number


@pytest.mark.parametrize("machine", ARCHITECTURES)
@pytest.mark.parametrize(
    ("name", "arguments", "answer"),
    [
        ("clone", (THREAD,), ALLOW),
        ("clone", (17,), ALLOW),
        ("clone", (THREAD | NEW_USER,), REFUSE),
        ("clone", (NEW_NET,), REFUSE),
        ("clone3", (0, 88), UNKNOWN),
        ("unshare", (0x400,), ALLOW),
        ("unshare", (NEW_USER,), REFUSE),
        ("unshare", (NEW_TIME,), REFUSE),
        ("unshare", (NEW_USER | 1 << 32,), REFUSE),
        ("ioctl", (0, TIOCGWINSZ), ALLOW),
        ("ioctl", (0, TIOCSTI), REFUSE),
        ("ioctl", (0, TIOCSTI | 1 << 32), REFUSE),
        ("ioctl", (0, 0x541C), REFUSE),
        ("personality", (0xFFFFFFFF,), ALLOW),
        ("personality", (0x0040000,), REFUSE),
        ("socket", (socket.AF_UNIX,), ALLOW),
        ("socket", (socket.AF_NETLINK,), ALLOW),
        ("socket", (40,), NO_FAMILY),
        ("socket", (38,), NO_FAMILY),
        ("socket", (17,), NO_FAMILY),
    ],
)
def test_of_some_calls_the_arguments_decide(machine, name, arguments, answer):
    number = ARCHITECTURES[machine].find_number(name)

    assert weigh(machine, number, *arguments) == answer


def test_calls_of_another_architecture_end_the_process():
    assert weigh("x86_64", 39, audit=0x40000003) == KILL  # i386


@pytest.mark.parametrize("number", [NEWEST + 1, 0x40000000, 0x40000000 | 39, 0xFFFFFFFF])
def test_calls_newer_than_the_list_and_those_of_x32_are_unknown(number):
    assert weigh("x86_64", number) == UNKNOWN


@pytest.mark.sandbox
@pytest.mark.usefixtures("bubblewrap")
def test_the_kernel_refuses_each_call_from_inside(visitor: Visitor):
    architecture = find_architecture()
    assert architecture is not None
    numbers = {name: number for name in REFUSED if (number := architecture.find_number(name)) is not None}
    asked = {
        **{name: (number, [-1] * 5) for name, number in numbers.items()},
        "clone3": (WEIGHED["clone3"][architecture.column], [0, 0]),
        "unshare": (WEIGHED["unshare"][architecture.column], [NEW_USER]),
        "clone": (WEIGHED["clone"][architecture.column], [NEW_USER | 17, 0, 0, 0, 0]),
        "a newer call": (NEWEST + 1, []),
        "personality": (WEIGHED["personality"][architecture.column], [0x40000]),
        "vsock": (WEIGHED["socket"][architecture.column], [40, 1, 0]),
    }
    source = f"""
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
found = {{}}
for name, (number, arguments) in {asked!r}.items():
    answer = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(each) for each in arguments])
    found[name] = ctypes.get_errno() if answer == -1 else 0
"""
    others = {"clone3": errno.ENOSYS, "a newer call": errno.ENOSYS, "vsock": errno.EAFNOSUPPORT}

    found = visitor.find(source)

    assert found == {name: others.get(name, errno.EPERM) for name in asked}


@pytest.mark.sandbox
@pytest.mark.skipif(platform.machine() != "x86_64", reason="a door of x86 alone")
@pytest.mark.usefixtures("bubblewrap")
def test_the_32_bit_door_to_the_kernel_ends_the_process(visitor: Visitor):
    source = """
import ctypes, mmap, os
door = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
door.write(bytes.fromhex("b814000000" "cd80" "c3"))  # mov eax, 20 (getpid); int 0x80; ret
pid = os.fork()
if pid == 0:
    ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(door)))()
    os._exit(0)
found = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
"""
    assert visitor.find(source) == -31  # SIGSYS
