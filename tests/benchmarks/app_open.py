"""`app-content` and `app-open`: twenty cold visits to the same app, by Voila with its defaults and by ours.

Cold means: the service has just been started, nobody has been there before, no kernel waits in a pool, nothing is in
memory. Each visit gets a service of its own; starting that is not counted. Ours serves a published app, as a hall does.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import aiohttp
from datahall_forkserver.client import ForkServer
from datahall_forkserver.errors import ForkserverError
from datahall_hub.home import ensure_home, resolve_home
from datahall_hub.process_plans import PRELOADED_BESIDES

from tests.benchmarks import app_data, app_publish
from tests.benchmarks.app_browser import browse_app
from tests.benchmarks.app_visitor import Visit, VisitError, visit_app
from tests.benchmarks.measurement import Measurement, Tries
from tests.benchmarks.processes import (
    BenchmarkError,
    clean_environment,
    free_port,
    running,
    wait_until_it_answers,
)

VISITS = 20
LIMIT = 60.0  # seconds until a visit has failed
MOST_FAILURES = 3  # in a row; then the rest are taken to fail too, or a run would last for hours
READY_WITHIN = 60.0  # seconds

Service = Callable[[], AbstractContextManager[str]]


def measure() -> list[Measurement]:
    """Measure stock, then ours, on the same data, then look at each once with a real Chromium."""
    with tempfile.TemporaryDirectory(prefix="datahall-bench-apps-") as name:
        folder = Path(name)
        home = prepare_home(folder)
        stock, ours = stock_service(folder, home=home), our_service(folder, home=home)
        with ours():
            app_publish.publish(home, app_data.SLUG)
        stock_visits, stock_failures = _visit(stock)
        visits, failures = _visit(ours)
        browsed = f"in Chromium: ours {_browse(ours)}; stock {_browse(stock)}"
    return [
        _summarise(name, visits, failures, stock_visits, stock_failures, note=browsed)
        for name in ("app-content", "app-open")
    ]


def prepare_home(folder: Path) -> Path:
    """Make a DATAHALL_HOME with the app's data in the store and the catalogs as a hall mounts them."""
    home = ensure_home(folder / "home").root
    (folder / "no-shipped-apps").mkdir()
    dataset = app_data.write_dataset(home)
    environment = clean_environment(folder, DATAHALL_HOME=str(home))
    for argv in (
        ["-c", f"import datahall.store; datahall.store.fetch({dataset!r})"],
        ["-m", "datahall_hub.catalog_mounts", str(home)],
    ):
        result = subprocess.run([sys.executable, *argv], env=environment, capture_output=True, text=True, timeout=120)
        if result.returncode != 0:
            raise BenchmarkError(f"the app's data could not be prepared:\n{result.stderr}")
    return home


def stock_service(folder: Path, *, home: Path) -> Service:
    """Return what runs Voila with its defaults for the one notebook."""

    @contextlib.contextmanager
    def serve() -> Iterator[str]:
        port, log = free_port(), folder / "stock.log"
        argv = [sys.executable, "-m", "voila", "--no-browser", f"--port={port}", str(app_data.NOTEBOOK)]
        environment = clean_environment(folder, DATAHALL_HOME=str(home))
        with running(argv, environment=environment, folder=folder, log=log) as process:
            # Any address of it will do, but the app's: that would already be a visit.
            probe = f"http://127.0.0.1:{port}/voila/static/voila.js"
            wait_until_it_answers(probe, process=process, log=log, limit=READY_WITHIN)
            yield f"http://127.0.0.1:{port}/"

    return serve


def our_service(folder: Path, *, home: Path) -> Service:
    """Return what runs the hall's apps service beside its fork server, as the supervisor starts them."""
    place = resolve_home(home).fork_socket("kernel")
    further = ("--module", *PRELOADED_BESIDES["kernel"])
    argv = [sys.executable, "-m", "datahall_forkserver", "serve", "--profile", "kernel", "--standby", *further]

    @contextlib.contextmanager
    def serve() -> Iterator[str]:
        environment = clean_environment(folder, LANG="C.UTF-8")
        forks = running(
            [*argv, "--socket", str(place)], environment=environment, folder=folder, log=folder / "fork.log"
        )
        with forks as process:
            _wait_until_it_forks(place, process=process)
            with serve_apps() as url:
                yield url

    @contextlib.contextmanager
    def serve_apps() -> Iterator[str]:
        port, log = free_port(), folder / "ours.log"
        argv = [sys.executable, "-m", "datahall_hub.services.apps"]
        environment = clean_environment(
            folder,
            DATAHALL_HOME=str(home),
            DATAHALL_APPS_PORT=str(port),
            DATAHALL_APPS_FOLDER=str(folder / "no-shipped-apps"),
        )
        with running(argv, environment=environment, folder=folder, log=log) as process:
            url = f"http://127.0.0.1:{port}/services/apps"
            wait_until_it_answers(f"{url}/health", process=process, log=log, limit=READY_WITHIN)
            yield f"{url}/{app_data.SLUG}"

    return serve


def _wait_until_it_forks(place: Path, *, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(ForkserverError):
            ForkServer(place).describe()
            return
        time.sleep(0.05)
    raise BenchmarkError("the fork server did not start")


def _visit(service: Service) -> tuple[list[Visit], list[str]]:
    """Return the visits that came to an end and why the others did not."""
    visits: list[Visit] = []
    failures: list[str] = []
    in_a_row = 0
    while len(visits) + len(failures) < VISITS:
        if in_a_row == MOST_FAILURES:
            failures += [f"given up after {MOST_FAILURES} failures in a row"] * (VISITS - len(visits) - len(failures))
            break
        try:
            with service() as url:
                visits.append(asyncio.run(visit_app(url, limit=LIMIT)))
            in_a_row = 0
        except (TimeoutError, VisitError, OSError, aiohttp.ClientError) as error:
            failures.append(f"{type(error).__name__}: {error}"[:300])
            in_a_row += 1
    return visits, failures


def _summarise(
    name: str,
    visits: list[Visit],
    failures: list[str],
    stock_visits: list[Visit],
    stock_failures: list[str],
    *,
    note: str,
) -> Measurement:
    field = "content" if name == "app-content" else "answer"
    ours = Tries(tuple(getattr(visit, field) for visit in visits), len(failures), LIMIT)
    stock = Tries(tuple(getattr(visit, field) for visit in stock_visits), len(stock_failures), LIMIT)
    reasons = "".join(
        f"; {who} failed: {found[0]}" for who, found in (("ours", failures), ("stock", stock_failures)) if found
    )
    said = (
        f"p95 of {VISITS} cold visits, each to a service just started (ours in a sandbox); "
        f"medians: ours {ours.median:.2f} s, stock {stock.median:.2f} s; {note}{reasons}"
    )
    return Measurement(name, "s", ours.p95, stock.p95, len(failures), len(stock_failures), note=said)


def _browse(service: Service) -> str:
    try:
        with service() as url:
            return browse_app(url, limit=LIMIT)
    except (TimeoutError, BenchmarkError) as error:
        return f"failed ({error})"
