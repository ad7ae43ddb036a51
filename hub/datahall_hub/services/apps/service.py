"""The apps service from its start to its end: settings, walls, the server, the signal that stops it."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
from pathlib import Path

import nbformat
from datahall_forkserver.namespaces import find_missing_filter
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from datahall_hub.app_life.manifest import find_problems
from datahall_hub.home import Home
from datahall_hub.listening_sockets import take_inherited_socket
from datahall_hub.sandbox import find_missing_wall
from datahall_hub.settings import Settings
from datahall_hub.use_counter import UseCounter

from .application import (
    judge_walls,
    make_application,
    make_kernels,
    make_private_address,
    make_trial_kernels,
)
from .font_list import ensure_font_list, font_list_folder
from .prefetch import fetch_datasets
from .rendering import BASE_URL
from .runtime_folder import hold_runtime_folder, remove_left_folders
from .visits import Visits

BODY_WITHIN = 30.0  # seconds

log = logging.getLogger("datahall.apps")


def main() -> None:
    """Read the settings, serve, and end every visit on SIGTERM or SIGINT."""
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # jupyter_server says at each start, connection and stop what this service says itself, and on each
    # connection that its ping interval (milliseconds) is not what tornado expects (seconds).
    for name, level in (("traitlets", "WARNING"), ("tornado.application", "WARNING"), ("tornado.general", "ERROR")):
        logging.getLogger(name).setLevel(level)
    settings = Settings()
    remove_left_folders()
    with hold_runtime_folder() as runtime_folder:
        asyncio.run(serve(settings, runtime_folder=runtime_folder))


async def serve(settings: Settings, *, runtime_folder: Path) -> None:
    """Serve until a signal asks to stop."""
    home = Home(settings.home.expanduser().resolve())
    walled = judge_walls(is_unsafe=settings.unsafe_no_sandbox, missing=find_missing_wall() or find_missing_filter())
    _log_walls(settings, missing=walled.missing)
    for problem in find_problems(settings.apps_folder):
        log.error("app left out: %s", problem)
    kernels = make_kernels(settings, home=home, walled=walled, runtime_folder=runtime_folder)
    uses = UseCounter(home.root)
    visits = Visits(kernels, limit=settings.apps_start_timeout)
    application = make_application(settings, kernels=kernels, visits=visits, walled=walled, uses=uses)
    server = HTTPServer(application, xheaders=True, body_timeout=BODY_WITHIN)
    trial_kernels = make_trial_kernels(settings, home=home, walled=walled, runtime_folder=runtime_folder)
    private = make_private_address(
        settings,
        home=home,
        kernels=trial_kernels,
        rendering=application.settings["rendering"],
        walled=walled,
        previews=application.settings["previews"],
    )
    _settle()
    inherited = take_inherited_socket(settings.apps_port)
    server.add_sockets([inherited] if inherited else bind_sockets(settings.apps_port, "127.0.0.1"))
    private.start()
    kernels.watch()
    visits.watch()
    uses.start()
    fetching = asyncio.create_task(fetch_datasets(settings.apps_folder, socket=home.fetch_socket))
    listing = asyncio.create_task(ensure_font_list(font_list_folder(home.index)))
    log.info("apps are served at http://127.0.0.1:%d%s", settings.apps_port, BASE_URL)
    await _wait_for_signal()
    fetching.cancel()
    listing.cancel()
    server.stop()
    await visits.stop()
    await asyncio.gather(private.stop(), kernels.end_all())
    await trial_kernels.end_all()
    await asyncio.to_thread(uses.stop)


def _settle() -> None:
    """Have the first visitors wait for nothing that is done once, and what is loaded by now never be walked through."""
    nbformat.validate(nbformat.v4.new_notebook())  # compiles the schema
    gc.collect()
    gc.freeze()


def _log_walls(settings: Settings, *, missing: str | None) -> None:
    if settings.unsafe_no_sandbox:
        log.warning("the sandbox is switched off: apps run with the rights of this service")
    elif missing:
        log.error("apps are not opened: %s", missing)


async def _wait_for_signal() -> None:
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    await asked.wait()
