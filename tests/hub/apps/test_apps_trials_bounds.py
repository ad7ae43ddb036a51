"""A trial ends in time and in bounds, whatever the version does, and nothing is left of it; visitors notice nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from datahall_forkserver.client import ForkServer
from datahall_hub.home import resolve_home

from .running_apps import RunningApps, make_home, open_visit, run_fork_server, write_app
from .version_wishes import ask_for, try_cells, write_version

pytestmark = pytest.mark.sandbox
SECONDS = 12  # that a trial may take here; a busy machine needs some for what is too large, too
MEMORY = 900_000_000
# More than what the service may grow by for a version that says too much: what it has itself, and two such messages.
MOST_OF_SERVICE = 350_000_000
# Past zmq, into the connections themselves: one message of parts without end, each of them small enough.
ENDLESS = """
import os, socket, struct, threading, time
frame = b"\\3" + struct.pack(">Q", 1_000_000) + b"x" * 1_000_000

def flood(connection):
    connection.setblocking(True)
    while True:
        connection.sendall(frame)

for number in map(int, os.listdir("/proc/self/fd")):
    try:
        connection = socket.socket(fileno=os.dup(number))
        connection.getpeername()
    except OSError:
        continue
    threading.Thread(target=flood, args=(connection,), daemon=True).start()
time.sleep(1000)
"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, bubblewrap: str) -> Iterator[RunningApps]:
    """A service with little patience, and one app for visitors."""
    home = make_home(tmp_path_factory.mktemp("bounded") / "home")
    folder = tmp_path_factory.mktemp("bounded-apps")
    write_app(folder, "plain", cells=["import ipywidgets\nipywidgets.HTML(value='shown')"])
    settings = {
        "DATAHALL_APPS_CHECK_SECONDS": str(SECONDS),
        "DATAHALL_APPS_CHECK_OUTPUT": "2000000",
        "DATAHALL_APPS_MEMORY": str(MEMORY),
        "DATAHALL_APPS_KERNELS": "1",
    }
    with run_fork_server(home):
        running = RunningApps(home, apps_folder=folder, settings=settings).start()
        yield running
        assert running.stop() == 0


@pytest.fixture(autouse=True)
def nothing_left(office: RunningApps) -> Iterator[None]:
    """Whatever a version did: no process, no folder and no seat is left, and the next one runs."""
    yield
    server = ForkServer(resolve_home(office.home).fork_socket("kernel"))
    assert psutil.Process(office.process.pid).children(recursive=True) == []
    assert server.describe()["children"] == 0
    assert list_kernel_folders(office) == []
    assert try_cells(office, "print('next')").ending == "finished"


def list_kernel_folders(office: RunningApps) -> list[str]:
    """Return the folders of kernels in the service's own folder."""
    own = [path for path in Path("/tmp").glob("datahall-apps-*") if (path / "owner.lock").exists()]
    opened = {each.path for each in psutil.Process(office.process.pid).open_files()}
    (folder,) = [path for path in own if str(path / "owner.lock") in opened]
    return [path.name for path in folder.iterdir() if path.is_dir()]


DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
time.sleep(1000)
"""
INTO_A_WIDGET = """
import ipywidgets, time
with ipywidgets.Output():
    while True:
        print("x" * 10_000)
        time.sleep(0.01)
"""
ENDINGS = {
    "a loop without end": ("while True:\n    pass", "too-slow"),
    "a long sleep": ("import time\ntime.sleep(1000)", "too-slow"),
    "deaf to signals": (DEAF, "too-slow"),
    "prints for ever": ("while True:\n    print('x' * 1000)", "too-large"),
    "prints for ever, bit by bit": ("while True:\n    print('x' * 1000, flush=True)", "too-large"),
    "shows for ever": ("from IPython.display import HTML\nwhile True:\n    display(HTML('x' * 100_000))", "too-large"),
    "changes a widget for ever": (
        "import ipywidgets\ntext = ipywidgets.Text()\nwhile True:\n    text.value += 'x' * 10_000",
        "too-large",
    ),
    "prints into a widget for ever": (INTO_A_WIDGET, "too-large"),
    "prints 100 MB": ("print('x' * 100_000_000)", "too-large"),
    "fails with 50 MB": ("raise ValueError('x' * 50_000_000)", "too-large"),
    "shows a picture of 50 MB": ("import ipywidgets\nipywidgets.Image(value=b'x' * 50_000_000)", "too-large"),
    "a message without end": (ENDLESS, "too-large"),
    "eats memory": ("held = []\nwhile True:\n    held.append(b'x' * 10_000_000)", "died"),
    "ends itself": ("import os\nos._exit(3)", "died"),
    "kills itself": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "died"),
    "dies of itself": (
        "import os, threading, time\nthreading.Timer(1, os._exit, [0]).start()\ntime.sleep(100)",
        "died",
    ),
}


@pytest.mark.parametrize(("source", "ending"), ENDINGS.values(), ids=ENDINGS.keys())
def test_every_trial_ends(office: RunningApps, source: str, ending: str) -> None:
    begun = time.monotonic()

    report = try_cells(office, "print('begun')", source)

    assert report.ending == ending
    assert report.error is None
    assert time.monotonic() - begun < SECONDS + 6
    assert psutil.Process(office.process.pid).memory_info().rss < MOST_OF_SERVICE


def test_an_app_that_breeds_is_held_to_its_processes(office: RunningApps) -> None:
    breeding = "import subprocess\nchildren = []\nwhile True:\n    children.append(subprocess.Popen(['sleep', '1000']))"

    report = try_cells(office, breeding)

    assert report.ending == "failed"
    assert report.error is not None
    assert report.error.name == "BlockingIOError"


def test_a_daemon_that_an_app_leaves_ends_with_it(office: RunningApps) -> None:
    leaving = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    while True:\n        time.sleep(1)"

    assert try_cells(office, leaving).ending == "finished"


def test_a_visitor_is_served_while_a_version_is_tried(office: RunningApps) -> None:
    """There is one seat for visitors, and the trial does not have it."""

    async def visit() -> tuple[float, str]:
        trial = asyncio.create_task(asyncio.to_thread(try_cells, office, "while True:\n    print('x', flush=True)"))
        await asyncio.sleep(1)
        begun = time.monotonic()
        async with open_visit(office, "plain") as page:
            assert await page.read_widgets()
        took = time.monotonic() - begun
        return took, (await trial).ending

    took, ending = asyncio.run(visit())

    assert ending in ("too-slow", "too-large")
    assert took < 15
    office.wait_for_visits(0)


FORGERIES = {
    "no JSON": "kernel.iopub_socket.send_multipart([b'x', b'<IDS|MSG>', b'y', b'{', b'{}', b'{}', b'{}'])",
    "unsigned": "kernel.iopub_socket.send_multipart([b'<IDS|MSG>', b'', b'{}', b'{}', b'{}', b'{}'])",
    "no parts": "kernel.iopub_socket.send_multipart([b'x'])",
    "nested without end": (
        "kernel.session.send(kernel.iopub_socket, 'stream', parent=kernel.get_parent(), content=deep)"
    ),
    "a widget without state": (
        "kernel.session.send(kernel.iopub_socket, 'comm_open', parent=kernel.get_parent(),"
        " content={'comm_id': 'x', 'target_name': 'jupyter.widget', 'data': {'state': {}}})"
    ),
    "an output of no kind": (
        "kernel.session.send(kernel.iopub_socket, 'display_data', parent=kernel.get_parent(), content={'data': 1})"
    ),
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_kernel_that_says_what_no_kernel_says_is_ended(office: RunningApps, forgery: str) -> None:
    begin = (
        "from ipykernel.kernelbase import Kernel\nkernel = Kernel.instance()\ndeep = {}\nfor _ in range(900):\n"
        "    deep = {'a': deep}\n"
    )

    report = try_cells(office, begin + forgery + "\nimport time\ntime.sleep(1)", "print('on')")

    assert (report.ending, report.error) == ("died", None)


def test_nothing_stays_open_in_the_service(office: RunningApps) -> None:
    def try_all() -> int:
        for source in ("print(1)", "1 / 0", "import os\nos._exit(1)", "print('x' * 50_000_000)"):
            try_cells(office, source)
        version = write_version(office.home, "proven", cells=["print(1)", "print('x' * 50_000_000)", *["1"] * 50])
        wish = {"slug": version[0], "digest": version[1], "datasets": {}}
        assert ask_for(office, "/proofs", wish).json()["problem"] == "too-large"
        time.sleep(1)  # nbclient looks each second whether a kernel lives
        return psutil.Process(office.process.pid).num_fds()

    before = try_all()

    assert try_all() + try_all() < 2 * before + 2 * 12  # two kernels' sockets may wait for Python to tidy up


def test_values_too_deep_for_any_reader_are_not_told(office: RunningApps) -> None:
    deep = "deep = {}\nfor _ in range(400):\n    deep = {'a': deep}\n"
    show = "from IPython.display import publish_display_data\npublish_display_data({'application/json': deep})"

    report = try_cells(office, deep + show)

    assert (report.ending, report.cells) == ("died", [])
