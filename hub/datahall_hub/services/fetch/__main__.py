"""Start the fetch service on its socket: ``python -m datahall_hub.services.fetch``."""

from __future__ import annotations

import logging
import os
import sys

import uvicorn

from datahall_hub.home import HomeError, ensure_home
from datahall_hub.owner_socket import open_owner_socket
from datahall_hub.settings import Settings


def main() -> int:
    """Serve until told to stop; return the exit code."""
    settings = Settings()
    try:
        home = ensure_home(settings.home)
        listening = open_owner_socket(home.fetch_socket, service="fetch")
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


if __name__ == "__main__":
    sys.exit(main())
