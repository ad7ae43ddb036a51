"""What a person uses of memory, processor and disk, for the status bar of the Lab extension.

The hall's limits service has measured it; before that has spoken, and without walls, this tells what can be seen from
here.
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
    _track_activity = False  # a page that was left open asks for ever, and would keep its server from being culled

    @authenticated
    async def get(self) -> None:
        """Tell it."""
        self.set_header("Cache-Control", "no-store")
        self.finish(json.dumps(describe_use(read_use() or measure_use())))


def describe_use(use: dict[str, Any]) -> dict[str, Any]:
    """Return bytes, the share of the processors that a person may have, and what there is not much left of."""
    memory, limit = use.get("memory"), use.get("memory_limit")
    percent, cores = use.get("cpu_percent"), use.get("cpu_limit") or os.cpu_count() or 1
    return {
        "memory": memory,
        "memory_limit": limit,
        "is_memory_near": bool(memory and limit and memory > WARN_AT * limit),
        "cpu_share": None if percent is None else min(1.0, percent / 100 / cores),
        "disk": use.get("disk"),
        "disk_limit": use.get("disk_limit"),
        "is_disk_near": bool(use.get("is_near_full") or use.get("is_full")),
        "kernel_memory_limit": int(os.environ.get("DATAHALL_KERNEL_MEMORY", 0)) or None,
    }


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
    place = url_path_join(app.web_app.settings["base_url"], "datahall/use")
    app.web_app.add_handlers(".*$", [(re.escape(place), UseHandler)])


def _load_jupyter_server_extension(app: Any) -> None:
    load_resource_use(app)


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "resource_use"}]
