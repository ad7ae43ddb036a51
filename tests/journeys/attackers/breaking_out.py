"""Try what programs break out of sandboxes with, and print what worked."""

import ctypes
import fcntl
import json
import os
import platform
import socket
import stat
import subprocess
import termios
from pathlib import Path

libc = ctypes.CDLL(None, use_errno=True)
# Numbers of the calls on x86-64 and on arm64.
CALLS = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "unshare": (272, 97),
    "setns": (308, 268),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "io_uring_setup": (425, 425),
    "userfaultfd": (323, 282),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "open_by_handle_at": (304, 265),
    "init_module": (175, 105),
    "kexec_load": (246, 104),
    "swapon": (167, 224),
    "reboot": (169, 142),
    "settimeofday": (164, 170),
    "sethostname": (170, 161),
    "acct": (163, 89),
}
NEW_USER, NEW_NAMESPACE, NEW_NETWORK, NEW_PROCESSES = 0x10000000, 0x20000, 0x40000000, 0x20000000
PTRACE_ATTACH = 16
worked = []


def attempt(name, trial):
    """Note an attempt that did not fail."""
    try:
        result = trial()
    except (OSError, ValueError, subprocess.SubprocessError):
        return
    if result not in (False, None):
        worked.append(f"{name}: {result}")


def call(name, *arguments):
    """Make a system call; False where it fails."""
    number = CALLS[name][platform.machine() == "aarch64"]
    passed = [a if isinstance(a, (bytes, type(None))) else ctypes.c_long(a) for a in arguments]
    result = libc.syscall(ctypes.c_long(number), *passed)
    return False if result == -1 else f"returned {result}"


first, server = 1, int(os.environ.get("JPY_PARENT_PID", os.getppid()))
buffer = ctypes.create_string_buffer(64)
attempt("attach to the user server", lambda: call("ptrace", PTRACE_ATTACH, server, 0, 0))
attempt("attach to the first process", lambda: call("ptrace", PTRACE_ATTACH, first, 0, 0))
attempt("take a descriptor", lambda: call("pidfd_getfd", os.pidfd_open(first), 0, 0))
attempt("compare processes", lambda: call("kcmp", first, server, 0, 0, 0))
attempt("mount", lambda: call("mount", b"none", b"/tmp", b"tmpfs", 0, None))
attempt("mount over /proc", lambda: call("mount", b"none", b"/proc", b"proc", 0, None))
attempt("make the home's mount ours", lambda: call("mount", None, b"/usr", None, 32 | 4096, None))  # rw bind
attempt("umount", lambda: call("umount2", b"/etc/passwd", 2))
attempt("pivot_root", lambda: call("pivot_root", b"/tmp", b"/tmp"))
attempt("open_tree", lambda: call("open_tree", -100, b"/", 1))
attempt("fsopen", lambda: call("fsopen", b"tmpfs", 0))
for what, flags in (
    ("user", NEW_USER), ("mount", NEW_NAMESPACE), ("network", NEW_NETWORK), ("process", NEW_PROCESSES),
    ("user and mount", NEW_USER | NEW_NAMESPACE),
):  # fmt: skip
    attempt(f"unshare the {what} namespace", lambda flags=flags: call("unshare", flags))
for name in ("user", "mnt", "net", "pid"):
    attempt(f"join {name}", lambda name=name: call("setns", os.open(f"/proc/1/ns/{name}", os.O_RDONLY), 0))
for name in ("bpf", "perf_event_open", "io_uring_setup", "userfaultfd", "keyctl", "add_key", "open_by_handle_at",
             "init_module", "kexec_load", "swapon", "reboot", "settimeofday", "sethostname", "acct"):  # fmt: skip
    attempt(name, lambda name=name: call(name, 0, 0, 0, 0, 0))
attempt("a new session keyring", lambda: call("keyctl", 1, 0))
attempt("become root", lambda: os.setuid(0) or "done")
attempt("become another group", lambda: os.setgroups([0]) or "done")
attempt("become somebody else", lambda: os.setresuid(30000, 30000, 30000) or "done")
attempt("chroot", lambda: os.chroot("/tmp") or "done")
attempt("chown", lambda: os.chown("/home/jovyan", 0, 0) or "done")
for kind, name in ((stat.S_IFBLK, "block"), (stat.S_IFCHR, "character")):
    for folder in ("/tmp", "/home/jovyan", "/dev/shm"):
        attempt(
            f"make a {name} device in {folder}",
            lambda kind=kind, folder=folder: os.mknod(f"{folder}/device", kind | 0o666, os.makedev(254, 0)) or "made",
        )
for family, name in ((17, "packet"), (40, "vsock"), (38, "alg"), (21, "rds"), (29, "can"), (31, "bluetooth")):
    attempt(f"a {name} socket", lambda family=family: socket.socket(family, socket.SOCK_RAW) and "opened")
attempt("a raw socket", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1) and "opened")
master, terminal = os.openpty()
attempt("type into a terminal", lambda: fcntl.ioctl(terminal, termios.TIOCSTI, b"x") == 0)
for path in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/sys/kernel/hostname",
             "/sys/fs/cgroup/cgroup.procs", "/dev/mem", "/dev/vda", "/proc/kcore", "/dev/kmsg"):  # fmt: skip
    attempt(f"open {path} to write", lambda path=path: Path(path).open("r+b") and "opened")
# A sealed copy in memory may change its mode, which nobody looks at; never a file of the machine.
attempt("change the program outside", lambda: (
    os.chmod("/proc/self/exe", 0o777) or not os.readlink("/proc/self/exe").startswith("/memfd:")
))  # fmt: skip
attempt("write the program outside", lambda: Path("/proc/self/exe").open("r+b") and "opened")
subprocess.run(["cp", "/bin/sh", "/tmp/sh"], check=True)
attempt("set a program's user bit", lambda: (
    os.chmod("/tmp/sh", 0o6755)
    or subprocess.run(["/tmp/sh", "-pc", "id -u"], capture_output=True, text=True, check=True).stdout != "1000\n"
))  # fmt: skip
COMMANDS = (
    ["su", "-c", "id"],
    ["mount", "-t", "tmpfs", "none", "/tmp"],
    ["unshare", "-Ur", "id"],
    ["bwrap", "--bind", "/", "/", "id"],
    ["nsenter", "-t", "1", "-m", "id"],
    ["sudo", "-n", "id"],
)
for command in COMMANDS:
    attempt(" ".join(command), lambda command=command: subprocess.run(
        command, check=True, capture_output=True, timeout=5, stdin=subprocess.DEVNULL).stdout or "done")  # fmt: skip
# Any process whose memory one can write is as good as one's own: the same walls stand around each.
for process in filter(str.isdigit, os.listdir("/proc")):
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:  # it has ended
        continue
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    held = {name: status[name] for name in ("CapEff", "CapPrm", "CapBnd", "CapInh", "CapAmb") if int(status[name], 16)}
    if held or status["NoNewPrivs"] != "1" or status["Seccomp"] != "2":
        worked.append(f"be {status['Name']}: {held} {status['NoNewPrivs']} {status['Seccomp']}")
print(json.dumps(worked))
