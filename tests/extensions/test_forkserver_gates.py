"""Gates of a fork server: what those inside a sandbox can have there, and what they can't."""

from __future__ import annotations

import pytest

from tests.soak import rounds

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("bubblewrap")]

# What each program below begins with; the package is in memory, as the fork server's own.
BEGIN = """
import json, os, signal, socket, sys, time
from datahall_forkserver import ForkServer, ForkserverError, RefusedError, Request, reopen_child
GATE = "/run/datahall/s"
server = ForkServer(GATE)
def program(code):
    path = f"/home/person/own{abs(hash(code))}.py"  # a child that has just begun may be reading another
    if not os.path.exists(path):
        with open(path, "w") as file: file.write(code)
    return {"file": path, "folder": "/home/person"}
def run(code, **request):
    end, start = os.pipe()
    child = server.fork(Request(**program(code), **request), streams=(0, start, 2))
    os.close(start)
    with os.fdopen(end) as said: return child, said.read(), child.wait(10)
NOTHING = os.memfd_create("environment")
def ask(line, descriptors=(), sent=None):
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        client.connect(GATE)
        try: socket.send_fds(client, [line], descriptors) if descriptors else client.sendall(line)
        except BrokenPipeError: pass
        said = b""
        while not said.endswith(b"\\n"):
            more = client.recv(65536)
            if not more: break
            said += more
    return json.loads(said or b"null")
def code_of(line, descriptors=()): return ask(line, descriptors)["error"]["code"]
"""


def through(visitor, code, **gate):
    told = visitor.fork({"code": BEGIN + code}, gate=gate)
    (one,) = told["forks"]
    assert one.get("returncode") == 0, one
    return one["said"].strip(), told


def test_a_child_that_is_asked_for_through_a_gate_is_inside_and_called_by_its_id_there(visitor):
    code = """
child, said, ended = run("import os, sys; print(os.getpid(), os.getuid(), os.listdir('/home')); sys.exit(3)")
print(said.split()[0] == str(child.pid), said.split()[1:], ended.returncode)
print(server.find_child(pid=child.pid, started=child.started).wait(5).returncode)
"""
    assert through(visitor, code)[0].splitlines() == ["True ['1000', \"['person']\"] 3", "3"]


def test_a_signal_reaches_a_child_of_a_gate_and_what_it_started(visitor):
    code = """
end, start = os.pipe()
asked = Request(**program("import os, time; os.fork(); print(1, flush=True); time.sleep(60)"))
child = server.fork(asked, streams=(0, start, 2))
os.close(start)
os.read(end, 9)
child.send_signal(signal.SIGTERM, group=True)
print(child.wait(10).returncode, reopen_child(pid=child.pid, started=child.started))
while os.read(end, 99): pass
"""
    assert through(visitor, code)[0] == "-15 None"


def test_what_is_not_theirs_to_choose_is_refused(visitor):
    code = """
for field in (
    '"sandbox": {"pid": 1, "started": 1}', '"identity": {"user": 1, "group": 1}', '"groups": ["/x"]',
    '"dies_with_server": true', '"descriptors": ["a"]', '"limits": {"RLIMIT_NOFILE": -1}', '"module": "os"',
    '"colour": "red"',
):
    line = '{"do": "fork", "file": "/home/person/none.py", %s}\\n' % field
    print(code_of(line.encode(), (NOTHING, 0, 1, 2)))
for question in ("retire", "open-gate", "close-gate", "dance"):
    print(code_of(json.dumps({"do": question, "name": "g"}).encode() + b"\\n"))
print(run("import os; print(os.nice(0))", nice=-5)[1].strip())
"""
    assert through(visitor, code, nice=3)[0].splitlines() == ["bad-request"] * 12 + ["3"]


def test_limits_can_be_lowered_and_not_raised(visitor):
    code = """
import resource
show = "import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE), resource.getrlimit(resource.RLIMIT_CORE))"
for asked in ({}, {"RLIMIT_NOFILE": 50}, {"RLIMIT_NOFILE": 5000, "RLIMIT_CORE": 2**62}):
    print(run(show, limits=asked)[1].strip())
"""
    said, _ = through(visitor, code, limits={"RLIMIT_NOFILE": 100, "RLIMIT_CORE": 0})

    assert said.splitlines() == ["(100, 100) (0, 0)", "(50, 50) (0, 0)", "(100, 100) (0, 0)"]


def test_no_more_children_run_at_a_time_than_the_gate_allows(visitor):
    code = """
children, refused = [], []
for _ in range(4):
    try: children.append(server.fork(Request(**program("import time; time.sleep(60)")), streams=(0, 1, 2)))
    except RefusedError as error: refused.append(error.code)
for child in children: child.send_signal(signal.SIGKILL); child.wait(5)
print(len(children), refused, run("print('again')")[1].strip())
"""
    assert through(visitor, code, children=2)[0] == "2 ['too-many', 'too-many'] again"


def test_a_gate_closes_with_its_sandbox_and_leaves_nothing(visitor):
    _, told = through(visitor, "run('pass')")

    assert told["left"] == []
    assert told["children"] == 0


def test_a_child_of_a_client_that_died_before_it_was_told_does_not_begin(visitor):
    code = """
for _ in range(5):
    line = json.dumps({"do": "fork", **program("open('/home/person/begun', 'w')")}).encode() + b"\\n"
    client = socket.socket(socket.AF_UNIX)
    client.connect(GATE)
    client.shutdown(socket.SHUT_RD)  # on a busy machine it would be told before it has come to close
    socket.send_fds(client, [line], (NOTHING, 0, 1, 2))
    client.close()
time.sleep(0.5)
deadline = time.monotonic() + 10
while server.describe()["children"] and time.monotonic() < deadline: time.sleep(0.05)
print(os.path.exists("/home/person/begun"), server.describe()["children"])
"""
    assert through(visitor, code)[0] == "False 0"


def test_descriptors_of_every_kind_hurt_nobody(visitor):
    code = """
import resource
odd = [os.open("/", os.O_PATH), os.open("/home/person", os.O_RDONLY), os.pidfd_open(os.getpid()), os.memfd_create("m"),
       os.eventfd(0)]
sockets = [socket.socket(socket.AF_UNIX).detach(), socket.socketpair()[0].detach(), os.open(GATE, os.O_PATH),
           socket.socket().detach()]
tell = []
LINE = json.dumps({"do": "fork", **program("pass")}).encode() + b"\\n"
for each in odd:
    answer = ask(LINE, (NOTHING, *(each,) * 3))
    tell.append("pid" in answer)
print(all(tell), {code_of(LINE, (NOTHING, *(each,) * 3)) for each in sockets})
print(server.describe()["children"] <= len(odd), run("print(1)")[2].returncode)
never, _ = os.pipe()
print([code_of(LINE, (each, 0, 1, 2)) for each in (never, odd[0])])
"""
    said = through(visitor, code)[0].splitlines()

    assert said == ["True {'bad-request'}", "True 0", "['not-started', 'not-started']"]


def test_a_socket_that_holds_up_whoever_closes_it_last_holds_up_nobody(visitor):
    code = """
import struct
listening = socket.create_server(("127.0.0.1", 0))
def halfway(client, sender): socket.send_fds(client, [b'{"do": "fork"'], (sender,)); time.sleep(0.1)
def unread(client, sender):
    client.send(b"nonsense\\n")
    for _ in range(3): socket.send_fds(client, [b"x"], (sender,))
def too_many(client, sender): socket.send_fds(client, [b'{"do": "fork"'], (sender,) * 200)
def urgent(client, sender): socket.send_fds(client, [b"x"], (sender,), socket.MSG_OOB); time.sleep(0.1)
def within(client, sender, kind=socket.SOCK_STREAM, flags=0):
    outer, inner = socket.socketpair(socket.AF_UNIX, kind)
    if kind != socket.SOCK_STREAM: outer.send(b"")
    socket.send_fds(outer, [b"x"], (sender,), flags)
    further, innermost = socket.socketpair(socket.AF_UNIX, kind)
    socket.send_fds(further, [b"x"], (inner.fileno(),))
    outer.close(); inner.close(); further.close()
    socket.send_fds(client, [b'{"do": "describe"}\\n'], (innermost.fileno(),))
    innermost.close()
def in_a_packet(client, sender): within(client, sender, socket.SOCK_SEQPACKET)
def in_a_letter(client, sender): within(client, sender, socket.SOCK_DGRAM)
def urgent_within(client, sender): within(client, sender, socket.SOCK_STREAM, socket.MSG_OOB)
def in_a_line(client, sender):
    waiting, caller = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
    waiting.bind(f"/tmp/waiting-{sender}"); waiting.listen(); caller.connect(waiting.getsockname())
    os.unlink(f"/tmp/waiting-{sender}")
    socket.send_fds(caller, [b"x"], (sender,))
    socket.send_fds(client, [b'{"do": "describe"}\\n'], (waiting.fileno(),))
    waiting.close(); caller.close()
def beside(client, sender, *options):
    outer, inner = socket.socketpair(socket.AF_UNIX)
    for option in options:
        try: inner.setsockopt(socket.SOL_SOCKET, option, 1)
        except OSError: pass  # younger than this Linux
    others = [os.open("/dev/null", os.O_RDONLY) for _ in range(252)]
    socket.send_fds(outer, [b"x"], (*others, sender))
    for other in others: os.close(other)
    socket.send_fds(client, [b'{"do": "describe"}\\n'], (inner.fileno(),))
    outer.close(); inner.close()
PASSCRED, PASSSEC, PASSPIDFD = 16, 34, 76
def beside_credentials(client, sender): beside(client, sender, PASSCRED)
def beside_everything(client, sender): beside(client, sender, PASSCRED, PASSSEC, PASSPIDFD)
WAYS = (halfway, unread, too_many, urgent, within, in_a_packet, in_a_letter, urgent_within, in_a_line, unread,
        beside_credentials, beside_everything)
def hand_over(way):
    sender = socket.create_connection(listening.getsockname())
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 60))
    sender.setblocking(False)
    try:
        while sender.send(b"x" * 65536): pass
    except BlockingIOError: pass
    client = socket.socket(socket.AF_UNIX)
    client.connect(GATE)
    try: way(client, sender.fileno())
    except OSError: pass  # it was sent away before it had said everything
    os._exit(0)  # with all of it open: who closes is held up, who ends is not
failed = []
for way in WAYS:
    if os.fork() == 0: hand_over(way)
    failed.append(os.wait()[1])
    time.sleep(0.1)
begun = time.monotonic()
server.describe()
print(time.monotonic() - begun < 2, any(failed))
"""
    assert through(visitor, code)[0] == "True False"


def test_a_socket_that_makes_descriptors_of_what_is_read_leaves_none(visitor):
    code = """
PASSPIDFD = 76
def flood():
    outer, inner = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try: inner.setsockopt(socket.SOL_SOCKET, PASSPIDFD, 1)
    except OSError: pass  # younger than this Linux
    outer.setblocking(False)
    try:
        while outer.send(b"x"): pass
    except BlockingIOError: pass
    return inner
full = [flood() for _ in range(200)]
print(code_of(b"{}\\n", [each.fileno() for each in full]), run("print('served')")[1].strip())
"""
    _, before = through(visitor, "run('pass')")

    said, after = through(visitor, code)

    assert said == "bad-request served"
    assert after["descriptors"] <= before["descriptors"]


def test_many_clients_that_are_silent_or_huge_keep_nobody_else_waiting(visitor):
    code = """
silent = []
for _ in range(200):
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(1)
    try: client.connect(GATE); client.send(b'{"do":')
    except OSError: pass
    silent.append(client)
print("full", flush=True)
time.sleep(60)
"""
    huge = """
print("go", flush=True)
for _ in range(20):
    try: ask(b"[" * (1 << 20) + b"\\n")
    except (OSError, ValueError): pass
print("done")
"""
    told = visitor.fork(
        {"code": BEGIN + code, "then": "leave"},
        {"code": BEGIN + huge, "then": "leave"},
        {"code": "pass"},
        gate={},
    )

    last = told["forks"][-1]
    assert last["returncode"] == 0
    assert last["took"] < 1


def test_somebody_outside_who_is_shown_the_socket_is_not_served(visitor):
    told = visitor.fork({"code": "pass"}, gate={})

    assert told["outsider"] == ""


def test_a_gate_is_open_again_when_the_next_server_serves(visitor):
    code = """
child = server.fork(Request(**program("import time; time.sleep(1.5); raise SystemExit(9)")), streams=(0, 1, 2))
print("on", flush=True)
time.sleep(0.7)
print(run("print('again')")[1].strip(), child.poll())
print(server.find_child(pid=child.pid, started=child.started).wait(10).returncode)
"""
    told = visitor.fork({"code": BEGIN + code, "then": "kill the server"}, gate={}, serve=["--standby"])["forks"][0]

    assert told["said"].splitlines()[-2:] == ["again None", "9"]


@pytest.mark.soak
def test_servers_killed_while_those_inside_start_children_leave_nothing(visitor):
    code = """
print("on", flush=True)
children, refused = [], 0
until = time.monotonic() + SECONDS
while time.monotonic() < until:
    try: children.append(server.fork(Request(**program("import time; time.sleep(600)")), streams=(0, 1, 2)))
    except ForkserverError: refused += 1
    while len(children) > 5: children.pop(0).send_signal(signal.SIGKILL)
    time.sleep(0.02)
time.sleep(2)  # until nobody kills any more
for child in children: child.send_signal(signal.SIGKILL); child.wait(10)
for _ in range(50):
    try: server.describe()
    except ForkserverError: time.sleep(0.1)
    else: break
time.sleep(1)
print(run("print('served')")[1].strip())
left = [name for name in os.listdir("/proc") if name.isdigit() and int(name) > 1 and int(name) != os.getpid()]
print([open(f"/proc/{name}/stat").read() for name in left])
"""
    seconds = rounds(30)
    told = visitor.fork(
        {"code": BEGIN + code.replace("SECONDS", str(seconds)), "then": "kill servers", "seconds": seconds},
        gate={}, serve=["--standby"],
    )  # fmt: skip

    (one,) = told["forks"]
    assert one["said"].splitlines()[1:] == ["served", "[]"], one
    assert len(told["family"]) == 1  # the one that serves
    assert told["left"] == []
