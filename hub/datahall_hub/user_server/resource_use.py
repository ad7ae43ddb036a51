"""What the Lab shows of memory, processor and disk, at the addresses that jupyter-resource-usage's pages ask.

Its own server half counts the server's children, which kernels are not, and the whole machine's disk. This one tells
what the hall's limits service has measured; before that has spoken, and without walls, what can be seen from here.
"""

from __future__ import annotations

import json
import os
import re
from typing import Any

import psutil
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from person_use import read_use
from tornado.web import authenticated

WARN_AT = 0.9


class UseHandler(APIHandler):
    """What the person uses; the server's owner may ask."""

    auth_resource = "server"

    @authenticated
    async def get(self) -> None:
        """Tell it as jupyter-resource-usage does."""
        self.finish(json.dumps(describe_use(read_use() or measure_use())))


def describe_use(use: dict[str, Any]) -> dict[str, Any]:
    """Return the numbers by the names that the pages know."""
    memory, disk = use.get("memory"), use.get("disk")
    told: dict[str, Any] = {"rss": memory or 0, "pss": memory or 0, "limits": {}}
    if limit := use.get("memory_limit"):
        told["limits"]["memory"] = {"rss": limit, "pss": limit, "warn": (memory or 0) > WARN_AT * limit}
    if use.get("cpu_percent") is not None:
        told |= {"cpu_percent": use["cpu_percent"], "cpu_count": os.cpu_count() or 1}
        if limit := use.get("cpu_limit"):
            told["limits"]["cpu"] = {"cpu": limit, "warn": use["cpu_percent"] > 100 * WARN_AT * limit}
    if disk is not None and (limit := use.get("disk_limit")):
        told |= {"disk_used": disk, "disk_total": limit}
        told["limits"]["disk"] = {"disk": limit, "warn": bool(use.get("is_near_full") or use.get("is_full"))}
    return told


def measure_use() -> dict[str, Any]:
    """Return the memory of this server and what it has started."""
    memory = 0
    for process in [own := psutil.Process(), *own.children(recursive=True)]:
        try:
            memory += process.memory_info().rss
        except psutil.Error:
            continue
    return {"memory": memory}


def load_resource_use(app: Any) -> None:
    """Add the address; called by the server when it starts."""
    place = url_path_join(app.web_app.settings["base_url"], "api/metrics/v1")
    app.web_app.add_handlers(".*$", [(re.escape(place), UseHandler)])


def _load_jupyter_server_extension(app: Any) -> None:
    load_resource_use(app)


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "resource_use"}]
