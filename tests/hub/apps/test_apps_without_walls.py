"""Where no sandbox can be made, apps stay closed unless the operator has decided otherwise."""

from __future__ import annotations

import sys
from pathlib import Path

import httpx
import pytest
from datahall_hub.services.apps.application import judge_walls

from .running_apps import RunningApps, write_app

MISSING = "bubblewrap is not installed"
# A folder of programs without bubblewrap.
NO_BUBBLEWRAP = {"PATH": str(Path(sys.executable).parent)}


@pytest.mark.parametrize(
    ("is_unsafe", "missing", "on", "closed"),
    [
        (False, None, True, False),
        (False, MISSING, False, True),
        (True, MISSING, False, False),
        (True, None, False, False),
    ],
)
def test_only_the_unsafe_option_opens_apps_without_walls(
    is_unsafe: bool, missing: str | None, on: bool, closed: bool
) -> None:
    walled = judge_walls(is_unsafe=is_unsafe, missing=missing)

    assert walled.on == on
    assert bool(walled.missing) == closed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One app that shows a word."""
    write_app(tmp_path / "apps", "plain", cells=["import ipywidgets\nipywidgets.HTML(value='shown')"])
    return tmp_path / "apps"


def test_without_bubblewrap_the_page_says_so_in_both_languages(tmp_path: Path, folder: Path) -> None:
    apps = RunningApps(tmp_path / "home", apps_folder=folder, settings=NO_BUBBLEWRAP).start()
    try:
        english = httpx.get(f"{apps.url}/plain")
        chinese = httpx.get(f"{apps.url}/plain?language=zh")
        health = httpx.get(f"{apps.url}/health").json()
    finally:
        apps.stop()

    assert english.status_code == chinese.status_code == 503
    assert "apt install bubblewrap" in english.text
    assert "沙箱" in chinese.text
    assert health["sandbox"].startswith("off: bubblewrap")
    assert "apps are not opened: bubblewrap" in apps.log.read_text()


def test_with_the_sandbox_switched_off_an_app_opens_and_the_log_warns(tmp_path: Path, folder: Path) -> None:
    settings = {**NO_BUBBLEWRAP, "DATAHALL_UNSAFE_NO_SANDBOX": "true"}
    apps = RunningApps(tmp_path / "home", apps_folder=folder, settings=settings).start()
    try:
        page = httpx.get(f"{apps.url}/plain", timeout=60)
    finally:
        apps.stop()

    assert page.status_code == 200
    assert "app-finished" in page.text
    assert "data-datahall-failure" not in page.text
    assert "the sandbox is switched off" in apps.log.read_text()
