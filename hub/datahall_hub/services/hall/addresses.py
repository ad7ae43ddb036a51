"""Addresses of the hall: which page in which language, and the absolute form for this request.

Pure. An absolute address is built from the request's ``Host`` only where that host is known to be ours;
otherwise from the settings, so that a forged header is never repeated to anybody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from datahall_hub.settings import LOOPBACK, Settings
from datahall_hub.translations import LANGUAGES

BASE = "/services/hall"
HUB = "/hub"

_HOST = re.compile(r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")


def is_valid_host(host: str) -> bool:
    """Tell whether a ``Host`` header is well-formed."""
    return _HOST.fullmatch(host) is not None


def origin_of(headers: Mapping[str, str], *, settings: Settings) -> str:
    """Return scheme and host that people see, such as ``https://hall.example.org``."""
    host = headers.get("host", "")
    public = urlsplit(settings.public_url)
    if public.netloc and host == public.netloc:
        return settings.address
    if not is_valid_host(host) or not _is_ours(host, settings=settings):
        return settings.address
    return f"{_scheme(headers)}://{host}"


def base_url(headers: Mapping[str, str], *, settings: Settings) -> str:
    """Return the hall's absolute address, without a trailing slash."""
    return origin_of(headers, settings=settings) + BASE


def kept_base_url(settings: Settings) -> str:
    """Return the one address that documents are kept with, whatever host they were asked for at."""
    return settings.address + BASE


def page_path(path: str = "", *, language: str) -> str:
    """Return the address of a page, such as ``/services/hall/zh/datasets/``, from its path without a language."""
    return f"{BASE}/{language}/{path}"


def dataset_path(dataset_id: str, *, language: str) -> str:
    """Return the address of a dataset's page."""
    return page_path(f"datasets/{quote(dataset_id)}", language=language)


def data_path(dataset_id: str, *, suffix: str) -> str:
    """Return the address of a dataset's rows; data has no language."""
    return f"{BASE}/datasets/{quote(dataset_id)}/data.{suffix}"


def part_path(dataset_id: str, name: str, *, version: str) -> str:
    """Return the address of one of the files of a version that lies in parts."""
    return f"{BASE}/datasets/{quote(dataset_id)}/{quote(name)}?version={quote(version)}"


def split_language(path: str) -> tuple[str | None, str]:
    """Split ``/services/hall/zh/datasets/`` into ``("zh", "datasets/")``; ``None`` where no language is named."""
    rest = path.removeprefix(BASE).lstrip("/")
    first, _, remainder = rest.partition("/")
    return (first, remainder) if first in LANGUAGES else (None, rest)


def is_inside(path: str) -> bool:
    """Tell whether `path` is an address of the hall that one may be sent to after signing in."""
    parts = urlsplit(path)
    return (
        not parts.scheme
        and not parts.netloc
        and path.startswith(f"{BASE}/")
        and "\\" not in path
        and ".." not in parts.path
        and path.isprintable()
    )


def _is_ours(host: str, *, settings: Settings) -> bool:
    asked = urlsplit(f"//{host.lower()}")
    try:
        port = asked.port or 80
    except ValueError:  # no port has so large a number
        return False
    if asked.hostname in LOOPBACK or asked.hostname == settings.host:
        return port in {settings.port, settings.hall_port}
    # Open to other machines without a public address set: any name may lead here, so the request decides.
    return settings.is_public and not settings.public_url


def _scheme(headers: Mapping[str, str]) -> str:
    # The proxy in front appends its own word last; what stands before came from the client.
    forwarded = headers.get("x-forwarded-proto", "").rsplit(",", 1)[-1].strip()
    return forwarded if forwarded in {"http", "https"} else "http"
