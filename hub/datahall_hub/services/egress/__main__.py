"""Start the way out of sandboxes on its socket: ``python -m datahall_hub.services.egress``."""

from __future__ import annotations

import asyncio
import logging
import resource
import signal
import socket
import sys

from datahall_hub.home import HomeError, ensure_home
from datahall_hub.owner_socket import open_owner_socket
from datahall_hub.services.egress.control import LONGEST_LINE, Control
from datahall_hub.services.egress.destinations import Destinations, Rules
from datahall_hub.services.egress.hall_relay import find_hall
from datahall_hub.services.egress.journal import Journal
from datahall_hub.services.egress.seats import Hall
from datahall_hub.settings import Settings


def main() -> int:
    """Serve until told to stop; return the exit code."""
    settings = Settings()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        home = ensure_home(settings.home)
        listening = open_owner_socket(home.egress_socket, service="egress")
    except (HomeError, OSError) as error:
        print(f"The way out of sandboxes cannot be opened: {error}", file=sys.stderr)
        return 1
    control = Control(
        hall=find_hall(settings.local_url),
        destinations=Destinations(read_rules(settings)),
        seats=Hall.of_descriptors(_raise_descriptor_limit()),
        journal=Journal(home.egress_journal),
    )
    asyncio.run(_serve(control, listening))
    return 0


async def _serve(control: Control, listening: socket.socket) -> None:
    told_to_stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told_to_stop.set)
    await control.resume()
    server = await asyncio.start_unix_server(control.answer, sock=listening, limit=LONGEST_LINE)
    async with server:
        await told_to_stop.wait()
    control.close()


def read_rules(settings: Settings) -> Rules:
    """Return what the operator has set of where the proxy leads."""
    return Rules(
        ports=frozenset(int(port) for port in _split(settings.internet_ports)),
        hosts=frozenset(host.lower() for host in _split(settings.internet_hosts)),
    )


def _split(listed: str) -> list[str]:
    return [word.strip() for word in listed.split(",") if word.strip()]


def _raise_descriptor_limit() -> int:
    """Allow as many open descriptors as the system lets us, and return the number."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard if hard != resource.RLIM_INFINITY else max(soft, 65_536)


if __name__ == "__main__":
    sys.exit(main())
