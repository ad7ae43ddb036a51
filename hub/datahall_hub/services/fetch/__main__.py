"""Start the fetch service on its socket: ``python -m datahall_hub.services.fetch``."""

from __future__ import annotations

import logging
import os
import socket
import sys
from pathlib import Path

import uvicorn

from datahall_hub.home import HomeError, ensure_home
from datahall_hub.settings import Settings

LONGEST_SOCKET_PATH = 107  # bytes, of the kernel


def main() -> int:
    """Serve until told to stop; return the exit code."""
    settings = Settings()
    try:
        home = ensure_home(settings.home)
        listening = open_socket(home.fetch_socket)
    except (HomeError, OSError) as error:
        print(f"The fetch service cannot start: {error}", file=sys.stderr)
        return 1
    # The catalog library reads these; a hall that was told its home must not read another one's.
    os.environ["DATAHALL_HOME"] = str(home.root)
    os.environ.pop("DATAHALL_CATALOGS", None)
    if settings.mirror:
        os.environ["DATAHALL_MIRROR"] = settings.mirror
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    from datahall_hub.services.fetch.app import build_app
    from datahall_hub.services.fetch.daily_collection import DailyCollection
    from datahall_hub.services.fetch.daily_shares import DailyShares
    from datahall_hub.services.fetch.fetch_queue import FetchQueue
    from datahall_hub.services.fetch.harvest_schedule import HarvestSchedule
    from datahall_hub.services.fetch.harvested_queue import HarvestedQueue
    from datahall_hub.services.fetch.stream_follower import StreamFollower

    collection = DailyCollection(apps=settings.apps_folder)
    fetches = FetchQueue()  # while it opens the hall, streams stand back
    app = build_app(
        fetches,
        harvested=HarvestedQueue(apps=settings.apps_folder, shares=DailyShares(settings.harvested_person_bytes)),
        collection=collection,
        follower=StreamFollower(may_begin=fetches.is_ready),
        harvests=HarvestSchedule(settings.harvests, may_begin=fetches.is_ready),
    )
    config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=2)
    uvicorn.Server(config).run(sockets=[listening])
    return 0


def open_socket(path: Path) -> socket.socket:
    """Return a listening socket at `path` that only this user can open (0600).

    Raises
    ------
    OSError
        If the path is too long, or another fetch service answers there.
    """
    if len(os.fsencode(path)) > LONGEST_SOCKET_PATH:
        raise OSError(
            f"{path} is too long for a socket (at most {LONGEST_SOCKET_PATH} bytes). "
            "Choose a shorter folder with --home."
        )
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    if _is_answering(path):
        raise OSError(f"another fetch service answers at {path}. Stop it first: datahall-hub down")
    path.unlink(missing_ok=True)
    mask = os.umask(0o177)
    try:
        listening.bind(str(path))
    finally:
        os.umask(mask)
    listening.listen(128)
    return listening


def _is_answering(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True


if __name__ == "__main__":
    sys.exit(main())
