"""Visitors see the published version of an app, with the data it was checked with, from one request to the next."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from datahall_hub.app_life.app_files import AppFiles, Submission

from tests.running_hall import PLAIN

from .running_apps import RunningApps, find_widget, open_visit, write_app

DATASET = "weather/seattle-weather"
OLD = "2001-01-01.0a1b2c3d"  # is not in the store; what is asked for shows all the same
SOURCE = """
import datahall, ipywidgets
ipywidgets.HTML(value={word!r} + " " + datahall.dataset("weather/seattle-weather").version, description="report")
"""


@pytest.fixture(scope="module")
def empty_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("no-shipped-apps")


@pytest.fixture(scope="module")
def served(apps_home: Path, bubblewrap: str, empty_folder: Path) -> Iterator[RunningApps]:
    """A service without any app of its own."""
    running = RunningApps(apps_home, apps_folder=empty_folder).start()
    yield running
    assert running.stop() == 0
    shutil.rmtree(apps_home / "apps", ignore_errors=True)


def publish(home: Path, slug: str, *, word: str, folder: Path, version: str | None) -> None:
    """Have visitors see a version that writes a word."""
    shutil.rmtree(folder / slug, ignore_errors=True)
    made = write_app(folder, slug, cells=[SOURCE.format(word=word)])
    notebook, manifest = ((made / name).read_bytes() for name in ("app.ipynb", "app.yaml"))
    files = AppFiles(home / "apps")
    digest = files.keep(slug, Submission(notebook, manifest, None, {}, {}))
    datasets = [{"id": DATASET, "version": version}] if version else []
    pointer = {"number": 1, "digest": digest, "published": "2026-01-02T03:04:05", "datasets": datasets}
    files.point_to(slug, {**pointer, "live_only": True})


def read_report(served: RunningApps, slug: str) -> str:
    async def read() -> str:
        async with open_visit(served, slug) as visit:
            widgets = await visit.read_widgets()
            return str(widgets[find_widget(widgets, "report")]["value"])

    return asyncio.run(read())


def test_it_opens_the_versions_that_it_was_checked_with(served: RunningApps, tmp_path: Path) -> None:
    publish(served.home, "pinned", word="first", folder=tmp_path, version=OLD)
    assert read_report(served, "pinned") == f"first {OLD}"
    publish(served.home, "pinned", word="first", folder=tmp_path, version=None)
    assert OLD not in read_report(served, "pinned")


def test_another_version_is_served_without_a_restart(served: RunningApps, tmp_path: Path) -> None:
    for word in ("first", "second", "first"):
        publish(served.home, "changing", word=word, folder=tmp_path, version=OLD)
        assert read_report(served, "changing").startswith(word)


def test_what_was_retired_is_not_served(served: RunningApps, tmp_path: Path) -> None:
    publish(served.home, "gone", word="first", folder=tmp_path, version=OLD)
    AppFiles(served.home / "apps").point_to("gone", None)
    assert httpx.get(f"{served.url}/gone", **PLAIN).status_code == 404


def test_the_page_names_the_version_of_its_data(served: RunningApps, tmp_path: Path) -> None:
    publish(served.home, "named", word="first", folder=tmp_path, version=OLD)
    assert f'<span class="app-version">{OLD}</span>' in httpx.get(f"{served.url}/named", timeout=60, **PLAIN).text
