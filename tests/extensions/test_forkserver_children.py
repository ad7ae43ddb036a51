"""The fork server and its client, without Jupyter: what a child is, how it ends, and who can be in the way."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from datahall_forkserver import Child, ForkServer, NoServerError, RefusedError, Request, ensure_server, reopen_child
from datahall_forkserver.protocol import LONGEST_LINE
from datahall_forkserver.starting import FOLDER_VARIABLE, find_place

from tests.extensions.conftest import end_servers, is_running, start_bare_server, wait_until
from tests.soak import rounds


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    return tmp_path


def fork(server: ForkServer, scripts: Path, code: str, *, life: int | None = None, **request: object) -> Child:
    """Run `code` as a module in a child; what it prints goes to the file `said`."""
    (scripts / "told.py").write_text(code)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(scripts)} | dict(request.pop("environment", {}))
    said = os.open(scripts / "said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    null = os.open(os.devnull, os.O_RDONLY)
    try:
        asked = {"folder": str(scripts), **request, "environment": environment, "is_tied": life is not None}
        return server.fork(Request(module="told", **asked), streams=(null, said, said), life=life)
    finally:
        os.close(said)
        os.close(null)


def said(scripts: Path) -> str:
    return (scripts / "said").read_text().strip()


@pytest.mark.parametrize(
    ("code", "returncode"),
    [
        ("pass", 0),
        ("import sys; sys.exit(3)", 3),
        ("raise KeyboardInterrupt", -2),
        ("raise ValueError('x')", 1),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -9),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", -15),
    ],
    ids=["falls off its end", "exits with 3", "is interrupted", "raises", "is killed", "is terminated"],
)
def test_a_child_ends_as_a_program_does_that(bare_server, scripts, code, returncode):
    assert fork(bare_server, scripts, code).wait(10).returncode == returncode


def test_a_child_takes_down_what_is_its_own_when_it_ends(bare_server, scripts):
    code = """
import atexit, threading, time
atexit.register(print, "at exit")
threading.Thread(target=lambda: (time.sleep(0.2), print("thread"))).start()
kept = open("kept", "w"); n = kept.write("flushed")
class Farewell:
    def __del__(self): print("farewell")
one = Farewell()
"""
    assert fork(bare_server, scripts, code).wait(10).returncode == 0

    assert said(scripts).splitlines() == ["thread", "at exit", "farewell"]
    assert (scripts / "kept").read_text() == "flushed"


def test_a_child_that_fails_tells_where_and_one_that_exits_with_words_says_them(bare_server, scripts):
    fork(bare_server, scripts, "1 / 0").wait(10)
    assert said(scripts).startswith("Traceback")
    assert said(scripts).endswith("ZeroDivisionError: division by zero")

    assert fork(bare_server, scripts, "import sys; sys.exit('so long')").wait(10).returncode == 1
    assert said(scripts) == "so long"


def test_a_child_has_the_environment_folder_arguments_and_mask_that_were_asked_for_and_nothing_else(
    bare_server, scripts
):
    code = """
import json, os, sys
mask = os.umask(0)
print(json.dumps([dict(os.environ), os.getcwd(), sys.argv[1:], mask, os.getpid() == os.getsid(0) == os.getpgid(0)]))
"""
    child = fork(bare_server, scripts, code, environment={"WORD": "好"}, arguments=("a", "b c"), umask=0o077)
    child.wait(10)

    environment, folder, arguments, mask, leads = json.loads(said(scripts))
    environment.pop("LC_CTYPE", None)  # the interpreter's own doing
    assert environment == {"WORD": "好", "PATH": os.environ["PATH"], "PYTHONPATH": str(scripts)}
    assert (folder, arguments, mask, leads) == (str(scripts), ["a", "b c"], 0o077, True)


def test_a_child_has_nothing_open_but_its_streams(bare_server, scripts):
    code = "import os; print([f for f in os.listdir('/proc/self/fd') if os.path.exists('/proc/self/fd/' + f)])"
    fork(bare_server, scripts, code).wait(10)

    assert eval(said(scripts)) == ["0", "1", "2"]


def test_a_child_answers_signals_as_a_fresh_interpreter(bare_server, scripts):
    code = """
import signal
print({n.name: str(signal.getsignal(n)) for n in signal.Signals if signal.getsignal(n) != signal.SIG_DFL},
      signal.pthread_sigmask(signal.SIG_BLOCK, ()))"""
    fork(bare_server, scripts, code).wait(10)
    fresh = subprocess.run([sys.executable, scripts / "told.py"], capture_output=True, text=True, check=True)

    assert said(scripts).split(" at 0x")[0] == fresh.stdout.strip().split(" at 0x")[0]


def test_a_limit_holds(bare_server, scripts):
    code = "import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE))"
    fork(bare_server, scripts, code, limits={"RLIMIT_NOFILE": 64}).wait(10)

    assert said(scripts) == "(64, 64)"


def test_a_key_that_siblings_would_share_is_drawn_anew(bare_server, scripts):
    code = "import multiprocessing, random; print(multiprocessing.current_process().authkey.hex(), random.random())"
    keys = set()
    for _ in range(3):
        fork(bare_server, scripts, code).wait(10)
        keys.add(said(scripts))

    assert len(keys) == 3


def test_a_child_that_cannot_begin_tells_why(bare_server, scripts):
    with pytest.raises(RefusedError, match=r"FileNotFoundError.*nowhere") as refused:
        fork(bare_server, scripts, "pass", folder=str(scripts / "nowhere"))

    assert refused.value.code == "not-started"


def test_a_signal_reaches_the_child_and_where_asked_what_it_started(bare_server, scripts):
    code = "import subprocess, time; p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True); time.sleep(60)"
    child = fork(bare_server, scripts, code)
    wait_until(lambda: said(scripts).isdigit())
    grandchild = int(said(scripts))

    child.send_signal(signal.SIGTERM, group=True)

    assert child.wait(10).returncode == -signal.SIGTERM
    wait_until(lambda: not is_running(grandchild))


def test_a_signal_to_a_child_that_has_ended_reaches_nobody(bare_server, scripts):
    child = fork(bare_server, scripts, "pass")
    child.wait(10)

    child.send_signal(signal.SIGKILL)
    child.send_signal(signal.SIGKILL, group=True)


def test_a_later_asker_learns_how_a_child_ended(bare_server, scripts):
    child = fork(bare_server, scripts, "import sys; sys.exit(7)")
    child.wait(10)

    assert bare_server.find_child(pid=child.pid, started=child.started).wait(10).returncode == 7
    with pytest.raises(RefusedError, match="no child"):
        bare_server.find_child(pid=child.pid, started=child.started + 1)


def test_a_child_outlives_the_client_that_asked_for_it_and_is_found_by_another(bare_server, scripts):
    child = fork(bare_server, scripts, "import time; time.sleep(60)")
    child.close()

    again = bare_server.find_child(pid=child.pid, started=child.started)
    assert again.poll() is None
    again.send_signal(signal.SIGKILL)
    assert again.wait(10).returncode == -9


def test_a_child_outlives_its_server_and_is_known_again(bare_server, scripts):
    child = fork(bare_server, scripts, "import time; time.sleep(60)")
    os.kill(bare_server.describe()["pid"], signal.SIGKILL)
    wait_until(lambda: child.poll() is None and not _answers(bare_server))

    again = reopen_child(pid=child.pid, started=child.started)

    assert again is not None
    assert again.poll() is None
    assert reopen_child(pid=child.pid, started=child.started + 1) is None
    again.send_signal(signal.SIGKILL)
    assert again.wait(10).returncode == child.wait(10).returncode == 255


def _answers(server: ForkServer) -> bool:
    try:
        server.describe()
    except NoServerError:
        return False
    return True


def test_a_child_that_is_tied_ends_with_the_life_it_is_tied_to(bare_server, scripts):
    with subprocess.Popen(["sleep", "60"]) as life:
        pidfd = os.pidfd_open(life.pid)
        child = fork(bare_server, scripts, "import time; time.sleep(60)", life=pidfd)
        os.close(pidfd)
        assert child.poll() is None

        life.kill()

    assert child.wait(10).returncode == 1


def test_a_child_dies_with_its_server_where_that_is_asked(bare_server, scripts):
    child = fork(bare_server, scripts, "import time; time.sleep(60)", dies_with_server=True)

    os.kill(bare_server.describe()["pid"], signal.SIGKILL)

    child.wait(10)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"hello\n", "bad-request"),
        (b"[1]\n", "bad-request"),
        (b"[" * 100_000 + b"\n", "bad-request"),
        (b'{"do": "dance"}\n', "bad-request"),
        (b'{"do": "fork"}\n', "bad-request"),
        (b'{"do": "fork", "module": "../x"}\n', "bad-request"),
        (b'{"do": "fork", "module": "os", "folder": "relative"}\n', "bad-request"),
        (b'{"do": "fork", "module": "os", "environment": {"A=B": "c"}}\n', "bad-request"),
        (b'{"do": "fork", "module": "os", "limits": {"RLIMIT_AS": -1}}\n', "bad-request"),
        (b'{"do": "fork", "module": "os", "colour": "red"}\n', "bad-request"),
        (b'{"do": "fork", "module": "os"}\n', "bad-request"),
        (b'{"do": "watch", "pid": "1"}\n', "bad-request"),
        (b'{"do": "watch", "pid": 1, "started": 1}\n', "no-child"),
        (b"x" * (LONGEST_LINE + 1), "too-long"),
    ],
    ids=lambda value: value[:30].decode() if isinstance(value, bytes) else value,
)
def test_a_bad_request_is_told_so_and_hurts_nobody(bare_server, line, code):
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(str(bare_server.path))
        try:
            client.sendall(line)
        except (BrokenPipeError, ConnectionResetError):
            assert code == "too-long"
        answer = client.recv(65536)

    assert json.loads(answer)["error"]["code"] == code
    assert bare_server.describe()["children"] == 0


def test_descriptors_that_nobody_wants_are_closed(bare_server):
    server = psutil.Process(bare_server.describe()["pid"])
    before = server.num_fds()
    null = os.open(os.devnull, os.O_RDONLY)
    for count in (3, 5, 21, 250):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(bare_server.path))
            socket.send_fds(client, [b'{"do": "fork", "module": "os"}\n'], [null] * count)
            assert b"error" in client.recv(65536)
    os.close(null)

    wait_until(lambda: server.num_fds() <= before)


def test_clients_that_stay_silent_or_do_not_read_keep_nobody_waiting(bare_server, scripts):
    silent = [socket.socket(socket.AF_UNIX) for _ in range(50)]
    for number, client in enumerate(silent):
        client.connect(str(bare_server.path))
        client.sendall(b'{"do": "fo' if number % 2 else b'{"do":"describe"}\n')
    began = time.monotonic()

    assert fork(bare_server, scripts, "pass").wait(10).returncode == 0

    assert time.monotonic() - began < 3
    for client in silent:
        client.close()


@pytest.mark.soak
def test_a_server_leaves_no_zombie_and_no_descriptor_behind(bare_server, scripts):
    server = psutil.Process(bare_server.describe()["pid"])
    fork(bare_server, scripts, "pass").wait(10)
    before = server.num_fds()
    for _ in range(rounds(500)):
        fork(bare_server, scripts, "pass").wait(10)

    wait_until(lambda: server.num_fds() <= before)
    assert server.children() == []


def test_an_answer_that_is_larger_than_a_socket_takes_at_once_arrives_whole(server_folder):
    folder = server_folder / "large"
    folder.mkdir(mode=0o700)
    for number in range(3):
        (folder / "site-packages").mkdir(exist_ok=True)
        for each in range(1000):
            (folder / "site-packages" / f"a-distribution-with-a-long-name-{number}-{each}{'x' * 90}.dist-info").mkdir()
    environment = {**os.environ, FOLDER_VARIABLE: str(folder), "PYTHONPATH": str(folder / "site-packages")}

    server = ensure_server("bare", environment=environment)

    assert len(server.describe()["surroundings"]["signs"]) >= 3000
    end_servers(folder)


def test_a_server_ends_when_nobody_wants_it_or_its_socket_is_gone(scripts, server_folder):
    idle, lost = server_folder / "idle", server_folder / "lost"
    for folder in (idle, lost):
        folder.mkdir(mode=0o700)
    pids = [start_bare_server(idle, "--idle-end", "0.1").describe()["pid"]]
    pids.append(start_bare_server(lost).describe()["pid"])
    (lost / "s").unlink()

    wait_until(lambda: not any(map(is_running, pids)), within=15)


def test_a_server_that_retires_waits_for_its_children(bare_server, scripts):
    child = fork(bare_server, scripts, "import sys, time; time.sleep(0.5); sys.exit(4)")

    bare_server.retire()

    with pytest.raises(NoServerError):
        bare_server.describe()
    assert child.wait(10).returncode == 4


def test_a_server_does_not_listen_where_others_can_enter(tmp_path):
    tmp_path.chmod(0o755)
    argv = [sys.executable, "-m", "datahall_forkserver", "serve", "--profile", "bare", "--socket", str(tmp_path / "s")]

    ended = subprocess.run(argv, capture_output=True, text=True, timeout=30)

    assert ended.returncode == 1
    assert "can be entered by others" in ended.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_another_user_is_not_served_even_where_the_folder_lets_them_in(bare_server):
    bare_server.path.parent.chmod(0o711)
    bare_server.path.chmod(0o666)
    code = f"""
import os, socket
os.setuid(65534)
client = socket.socket(socket.AF_UNIX)
client.connect({str(bare_server.path)!r})
try:
    client.sendall(b'{{"do":"describe"}}\\n')
    print(client.recv(100))
except OSError as error:
    print(b"")
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)

    assert told.stdout.strip() == "b''", told.stderr


def test_a_preloaded_user_server_has_one_thread_and_holds_nothing_open_but_its_socket(server_folder, scripts):
    folder = server_folder / "user-server"
    folder.mkdir(mode=0o700)

    server = start_bare_server(folder, "--profile", "server")

    process = psutil.Process(server.describe()["pid"])
    assert "jupyterlab" in server.describe()["surroundings"]["loaded"]
    assert process.num_threads() == 1
    assert process.open_files() == []
    assert process.net_connections() == []
    code = "import asyncio, jupyterlab.labapp; asyncio.run(asyncio.sleep(0)); print(jupyterlab.labapp.LabApp.__name__)"
    assert fork(server, scripts, code).wait(10).returncode == 0
    assert said(scripts) == "LabApp"
    code = """
import sys
def read(): return next(int(line.split()[1]) for line in open("/proc/self/smaps_rollup") if "Private_Dirty" in line)
before = read()
files = [module.__file__ for module in sys.modules.copy().values() if hasattr(module, "__file__")]
print(len(files) > 1000 and read() - before)
"""
    assert fork(server, scripts, code).wait(10).returncode == 0
    assert 0 < int(said(scripts)) < 3000  # kB; ten thousand where modules lie scattered
    end_servers(folder)


def test_what_one_child_is_given_is_not_in_the_memory_of_the_next(bare_server, scripts):
    secret = "".join(reversed("a token that nobody else may have"))
    fork(bare_server, scripts, "pass", environment={"TOKEN": secret[::-1]}).wait(10)
    code = """
import re, sys
backwards = sys.argv[1].encode()
begin, rest = backwards[:-9:-1], backwards[:-8]  # so that the whole is nowhere but where it was found
found = []
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb") as memory:
    for line in maps:
        first, last = (int(each, 16) for each in line.split()[0].split("-"))
        if " rw" in line and "[v" not in line:
            memory.seek(first)
            data = memory.read(last - first)
            places = [match.end() for match in re.finditer(re.escape(begin), data)]
            found.append(sum(data[place : place + len(rest)][::-1] == rest for place in places))
print(sum(found), len(found) > 5)
"""
    fork(bare_server, scripts, code, arguments=(secret,)).wait(10)

    assert said(scripts) == "0 True"
    fork(bare_server, scripts, code, arguments=(secret,), environment={"TOKEN": secret[::-1]}).wait(10)
    assert int(said(scripts).split()[0]) > 0  # it would have been seen


def test_two_that_start_a_server_at_once_get_the_same(server_folder):
    folder = server_folder / "two"
    environment = {**os.environ, FOLDER_VARIABLE: str(folder)}
    pids: list[int] = []
    threads = [
        threading.Thread(target=lambda: pids.append(ensure_server("bare", environment=environment).describe()["pid"]))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(pids) == 4
    assert len(set(pids)) == 1
    end_servers(folder)


@pytest.mark.parametrize("trap", ["open", "link"])
def test_a_folder_that_somebody_else_prepared_is_not_used(tmp_path, trap):
    folder = tmp_path / "servers"
    if trap == "open":
        folder.mkdir(mode=0o777)
        folder.chmod(0o777)
    else:
        (tmp_path / "theirs").mkdir(mode=0o700)
        folder.symlink_to(tmp_path / "theirs")

    with pytest.raises(NoServerError, match="only its owner"):
        find_place("bare", environment={FOLDER_VARIABLE: str(folder)})


def test_a_server_learns_nothing_secret_of_who_starts_it(server_folder):
    folder = server_folder / "secret"
    environment = {**os.environ, FOLDER_VARIABLE: str(folder), "JUPYTERHUB_API_TOKEN": "hush"}

    server = ensure_server("bare", environment=environment)

    assert b"hush" not in Path(f"/proc/{server.describe()['pid']}/environ").read_bytes()
    end_servers(folder)


def test_whoever_has_a_child_ended_says_why(bare_server, tmp_path):
    (tmp_path / "own.py").write_text("import time; print(1, flush=True); time.sleep(60)")
    end, start = os.pipe()
    child = bare_server.fork(Request(file=str(tmp_path / "own.py")), streams=(0, start, start))
    os.read(end, 1)

    assert not bare_server.end_child(pid=child.pid, started=child.started + 1, reason="disk")
    assert bare_server.end_child(pid=child.pid, started=child.started, reason="disk")

    ended = child.wait(5)
    assert (ended.signal, ended.reason) == (9, "disk")
    later = bare_server.find_child(pid=child.pid, started=child.started).wait(5)
    assert later == ended
    with pytest.raises(RefusedError):
        bare_server.end_child(pid=1, started=1, reason="two words")
    os.close(end)
    os.close(start)
