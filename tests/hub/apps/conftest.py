"""One apps service over the curated apps, and one over small ones made for tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .running_apps import CHECKOUT, RunningApps, make_home, run_fork_server, write_app

# What an app could try. It says what it found in a widget, which is all that an app can say.
NOSY = """
import json, os, pathlib, socket
import ipywidgets

def attempt(action):
    try:
        return repr(action())
    except Exception as error:
        return type(error).__name__

report = {
    "environment": sorted(os.environ),
    "values": " ".join(os.environ.values()),
    "outside": attempt(lambda: socket.create_connection(("192.0.2.1", 80), timeout=2)),
    "service": attempt(lambda: socket.create_connection(("127.0.0.1", PORT), timeout=2)),
    "hub_state": attempt(lambda: pathlib.Path(HOME, "secrets/hall-token").read_text()),
    "homes": attempt(lambda: [path.name for path in pathlib.Path("/home").iterdir()]),
    "checkout": attempt(lambda: sorted(path.name for path in pathlib.Path(CHECKOUT).iterdir())),
    "home": attempt(lambda: sorted(path.name for path in pathlib.Path.home().iterdir() if path.name[0] != ".")),
    "write_home": attempt(lambda: (pathlib.Path.home() / "note").write_text("x")),
    "write_store": attempt(lambda: pathlib.Path(os.environ["DATAHALL_CATALOGS"], "store/x").write_text("x")),
    "write_cards": attempt(lambda: pathlib.Path(os.environ["DATAHALL_CATALOGS"], "datasets/x").write_text("x")),
    "processes": attempt(lambda: len([p for p in pathlib.Path("/proc").iterdir() if p.name.isdigit()])),
    "opened_outside": attempt(lambda: [os.readlink(f"/proc/{who}/fd/{n}") for who in (1, "self") for n in range(3)]),
    "noise": os.write(2, b"from an app\\n2026-01-01 00:00:00 ERROR datahall.apps \\x1b[31mforged\\n" + b"x" * 40_000),
    "folders_of_others": attempt(lambda: len(list(pathlib.Path("/tmp").glob("datahall-apps-*/*")))),
}
ipywidgets.HTML(value=json.dumps(report), description="report")
"""
FAILING = "secret_name = 'a path /srv/secret'\nraise RuntimeError(secret_name)"
SLOW = "import time\ntime.sleep(60)"
SOURCE_WITH_A_MARK = "mark_in_the_source = 1  # not to be read\nimport ipywidgets\nipywidgets.HTML(value='shown')"
SLOW_AFTER = 6


@pytest.fixture(scope="session")
def apps_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with cards and data, and the process that visitors' kernels are forked from."""
    home = make_home(tmp_path_factory.mktemp("apps") / "home")
    with run_fork_server(home):
        yield home


@pytest.fixture(scope="session")
def apps(apps_home: Path, bubblewrap: str) -> Iterator[RunningApps]:
    """The curated apps, served with the default settings."""
    running = RunningApps(apps_home, apps_folder=CHECKOUT / "notebooks/apps").start()
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="session")
def small_apps(apps_home: Path, bubblewrap: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApps]:
    """Apps that fail, dawdle or look around, with two seats and a short patience."""
    folder = tmp_path_factory.mktemp("small-apps")
    settings = {"DATAHALL_APPS_KERNELS": "2", "DATAHALL_APPS_START_TIMEOUT": str(SLOW_AFTER)}
    running = RunningApps(apps_home, apps_folder=folder, settings=settings)
    nosy = (
        NOSY.replace("PORT", str(running.port))
        .replace("HOME,", f"{str(apps_home)!r},")
        .replace("CHECKOUT", repr(str(CHECKOUT)))
    )
    for slug, source in {"nosy": nosy, "failing": FAILING, "slow": SLOW, "plain": SOURCE_WITH_A_MARK}.items():
        write_app(folder, slug, cells=[source])
    write_app(folder, "open-source", cells=[SOURCE_WITH_A_MARK], show_source=True)
    write_app(folder, "wrong", cells=["1"], license="")
    running.start()
    yield running
    assert running.stop() == 0
