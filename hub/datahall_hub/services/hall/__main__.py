"""Start the hall behind the proxy: ``python -m datahall_hub.services.hall``."""

from __future__ import annotations

import logging
import os
import sys

import uvicorn

from datahall_hub.home import HomeError, ensure_home
from datahall_hub.listening_sockets import take_inherited_socket
from datahall_hub.settings import Settings


def main() -> int:
    """Serve until told to stop; return the exit code."""
    settings = Settings()
    try:
        home = ensure_home(settings.home)
    except HomeError as error:
        print(f"The hall cannot start: {error}", file=sys.stderr)
        return 1
    # The catalog library reads these; a hall that was told its home must not read another one's.
    os.environ["DATAHALL_HOME"] = str(home.root)
    os.environ.pop("DATAHALL_CATALOGS", None)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # one line for each question to the hub is no news
    from datahall_hub.services.hall.app import build_app

    configuration = uvicorn.Config(
        build_app(settings),
        host="127.0.0.1",
        port=settings.hall_port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # addresses.py reads what it trusts
        timeout_graceful_shutdown=3,
    )
    inherited = take_inherited_socket(settings.hall_port)
    uvicorn.Server(configuration).run(sockets=[inherited] if inherited else None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
