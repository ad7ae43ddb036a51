"""Apps whose page is kept: published as the hall publishes them, and fetched."""

from __future__ import annotations

import re
from typing import Any

import httpx
from datahall_hub.app_life.app_files import AppFiles

from tests.running_hall import PLAIN

from .running_apps import RunningApps
from .version_wishes import ask_for, write_version

SLIDER = """
import ipywidgets, time
time.sleep({seconds})
slider = ipywidgets.IntSlider(value=3, description="Level")
report = ipywidgets.HTML(value="<picture>level 3</picture>", description="report")
def follow(change):
    report.value = f"<picture>level {{change['new']}}</picture>"
slider.observe(follow, "value")
ipywidgets.VBox([slider, report])
"""


def publish(served: RunningApps, slug: str, *cells: Any) -> str:
    """Have a version of these cells prove itself, and visitors see it."""
    slug, digest = write_version(served.home, slug, cells=cells)
    proof = ask_for(served, "/proofs", {"slug": slug, "digest": digest}).json()
    assert proof["renders"], proof
    pointer = {"number": 1, "digest": digest, "published": "2026-01-02T03:04:05", "datasets": []}
    AppFiles(served.home / "apps").point_to(slug, {**pointer, "live_only": proof["live_only"]})
    return slug


def get(served: RunningApps, slug: str, *, language: str = "en") -> httpx.Response:
    return httpx.get(f"{served.url}/{slug}", params={"language": language}, timeout=60, **PLAIN)


def kernel_of(page: str) -> str:
    found = re.search(r'"kernelId": "([^"]*)"', page)
    assert found
    return found[1]
