"""Where the service's ports are inside a sandbox: what it opens, and what its environment names."""

from __future__ import annotations

INSIDE = "127.0.0.1"
PROXY_PORT = 3128  # Squid's, which administrators know


def choose_proxy_port(hall_port: int) -> int:
    """Return the proxy's port inside, beside the hall's."""
    return PROXY_PORT if hall_port != PROXY_PORT else PROXY_PORT + 1
