"""Versions of apps for tests, put where the hall puts them, and asked for as the hall asks: over the private socket."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx
import nbformat
from datahall_hub.app_life.trial_report import TrialReport
from datahall_hub.home import resolve_home

from .running_apps import RunningApps, write_app

ANSWER_WITHIN = 60.0  # seconds; of a busy machine


def write_version(home: Path, slug: str, *, cells: Iterable[Any], **fields: Any) -> tuple[str, str]:
    """Write a version of an app into a home; return its slug and digest. A cell is a text of code or a whole cell."""
    cells = [nbformat.v4.new_code_cell(each) if isinstance(each, str) else each for each in cells]
    digest = hashlib.sha256(repr((slug, cells)).encode()).hexdigest()
    folder = write_app(home / "apps" / slug, digest, cells=[], **fields)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "app.ipynb")
    return slug, digest


def open_office(apps: RunningApps | Path) -> httpx.Client:
    """Return a client at the private address of a service, or of a home."""
    home = apps.home if isinstance(apps, RunningApps) else apps
    transport = httpx.HTTPTransport(uds=str(resolve_home(home).apps_socket))
    return httpx.Client(transport=transport, base_url="http://apps", timeout=ANSWER_WITHIN)


def ask_for(apps: RunningApps, path: str, wish: Mapping[str, Any]) -> httpx.Response:
    """Ask once and return the answer."""
    with open_office(apps) as office:
        return office.post(path, json=wish)


def try_version(apps: RunningApps, version: tuple[str, str], *, language: str = "en") -> TrialReport:
    """Return the report of a trial."""
    slug, digest = version
    answer = ask_for(apps, "/trials", {"slug": slug, "digest": digest, "language": language})
    assert answer.status_code == 200, answer.text
    return TrialReport.model_validate_json(answer.content)


def try_cells(apps: RunningApps, *cells: Any, language: str = "en") -> TrialReport:
    """Return the report of a trial of these cells."""
    return try_version(apps, write_version(apps.home, "tried", cells=cells), language=language)
