"""The hall and the fetch service alone, as real processes on a home of their own, without hub and proxy.

Beside the shipped cards the home holds a few that ask for trouble: markup in a title, a dataset that is not
open, one that cannot be fetched, a broken card. Nothing outside this machine can be reached.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import httpx

from tests.running_hall import PLAIN, copy_two_apps, find_free_port, offline_environment

BASE = "/services/hall"
START_TIMEOUT = 60.0
TRAP = """<script>alert("x")</script> & 'quotes' </title>"""

CARD = """\
title: {{en: "{title}", zh: "{title}"}}
description: {{en: "One row per thing. {title}", zh: "每行一物。{title}"}}
theme: {theme}
publisher: world-bank
license: CC-BY-4.0
goals: [innovation]
access: {access}
frequency: never
{modified}keywords: {{en: [trial], zh: [试验]}}
homepage: https://example.org/data
synthetic: {synthetic}
sources:
  - {source}
fields:
  - {{name: name, type: string, title: {{en: "{title}", zh: "{title}"}}}}
  - {{name: {name}, type: {type}, title: {{en: Second, zh: 第二}}}}
"""


class SmallHall:
    """A running hall with its fetch service; `url` ends with ``/services/hall``."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.home = home
        self._environment = environment
        self.port = find_free_port()
        self.url = f"http://127.0.0.1:{self.port}{BASE}"
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> SmallHall:
        """Start both processes and wait until the hall reports that it is open; if it does not, leave none behind."""
        try:
            self.start_service("fetch")
            self.start_service("hall")
            deadline = time.monotonic() + START_TIMEOUT
            while not self._is_open():
                assert time.monotonic() < deadline, self.read_logs()
                time.sleep(0.05)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End both processes."""
        for name in list(self._processes):
            self.stop_service(name)

    def start_service(self, name: str) -> None:
        """Start ``hall`` or ``fetch``."""
        environment = offline_environment(
            {
                "DATAHALL_HOME": str(self.home),
                "DATAHALL_APPS_FOLDER": str(copy_two_apps(self.home.parent)),
                "DATAHALL_PORT": str(self.port),
                "DATAHALL_HALL_PORT": str(self.port),
                "DATAHALL_HUB_PORT": str(find_free_port()),  # nobody listens there: the hub is away
                **self._environment,
            }
        )
        environment.pop("DATAHALL_MIRROR", None)
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / f"{name}.test.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", f"datahall_hub.services.{name}"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def stop_service(self, name: str, *, kill: bool = False) -> int:
        """End one of the two and return its exit code."""
        process = self._processes.pop(name)
        process.kill() if kill else process.terminate()
        return process.wait(15)

    def wait_for_end(self, name: str) -> int:
        """Wait until one of the two has ended by itself, and return its exit code."""
        return self._processes.pop(name).wait(20)

    def client(self, **headers: str) -> httpx.Client:
        """Return a visitor without cookies who does not follow redirects; addresses begin after ``/services/hall``."""
        return httpx.Client(base_url=self.url, headers=headers, timeout=30, **PLAIN)

    def fetch_client(self) -> httpx.Client:
        """Return a client of the fetch service's socket."""
        transport = httpx.HTTPTransport(uds=str(self.home / "run/fetch.sock"), **PLAIN)
        return httpx.Client(base_url="http://fetch", transport=transport, timeout=70, **PLAIN)

    def read_logs(self) -> str:
        """Return what both have written."""
        return "\n".join(path.read_text() for path in sorted(self.home.glob("*.test.log")))

    def _is_open(self) -> bool:
        for name, process in self._processes.items():
            assert process.poll() is None, f"{name} ended:\n{self.read_logs()}"
        try:
            return httpx.get(f"{self.url}/health", **PLAIN).is_success
        except httpx.TransportError:
            return False


def write_card(
    home: Path,
    dataset_id: str,
    *,
    rows: str | None,
    title: str = "Trial",
    access: str = "open",
    synthetic: bool = False,
    modified: str | None = "2024-05-01",
    second: str = "amount: integer",
    more: str = "",
) -> None:
    """Write a card made in this hall; `rows` is its CSV, None a source that nobody can reach; `second` a field.

    `more` are lines with further keys.
    """
    theme, name = dataset_id.split("/")
    folder = home / "datasets" / theme
    folder.mkdir(parents=True, exist_ok=True)
    if rows is None:
        source = f'{{url: "http://127.0.0.1:9/gone.csv", sha256: "{"0" * 64}", bytes: 9, format: csv}}'
    else:
        source = f"{{path: {theme}/{name}.csv, format: csv}}"
        (folder / f"{name}.csv").write_text(rows)
    card = CARD.format(
        title=title.replace("\\", "\\\\").replace('"', '\\"'),
        theme=theme,
        access=access,
        synthetic=str(synthetic).lower(),
        source=source,
        modified=(f"modified: {modified}\n" if modified else "") + more,
        name=second.partition(": ")[0],
        type=second.partition(": ")[2],
    )
    scratch = folder / f".{name}.new"
    scratch.write_text(card)
    scratch.replace(folder / f"{name}.yaml")


def furnish(home: Path) -> None:
    """Write the cards that ask for trouble."""
    write_card(home, "culture/trap", rows="name,amount\n=1+1,1\n</td><b>,2\n", title=TRAP)
    write_card(home, "credit/on-request", rows="name,amount\nsecret-row,1\n", access="conditional")
    write_card(home, "ocean/unreachable", rows=None)
    write_card(home, "science/practice", rows="name,amount\na,1\nb,2\n", synthetic=True)
    broken = home / "datasets/quality/broken.yaml"
    broken.parent.mkdir(parents=True, exist_ok=True)
    broken.write_text("title: {en: Broken}\ntheme: quality\n")
