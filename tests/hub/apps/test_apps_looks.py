"""A version's page is looked at by a Chromium that has nothing of the hall; what the page holds cannot mislead it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import nbformat
import psutil
import pytest
from datahall_hub.app_life.check_records import find_record
from datahall_hub.app_life.kept_looks import PNG, find_look, find_picture
from datahall_hub.app_life.look_report import LookReport
from datahall_hub.app_life.manifest import load_manifest
from datahall_hub.home import resolve_home
from datahall_hub.services.apps.look_browser import find_chromium, run_browser
from datahall_hub.services.apps.look_pipe import BrowserFailed, Pipe
from datahall_hub.services.apps.look_tab import PICTURE, Tab
from datahall_hub.services.apps.looks import SCRIPT, read_axe

from tests.conftest import require_program

from .running_apps import CHECKOUT, RunningApps, make_home, run_fork_server
from .version_wishes import ask_for, write_version

CURATED = ("nations-compared", "weather-explorer")
WITHIN = 60.0  # seconds


@pytest.fixture(scope="session")
def chromium() -> str:
    """Chromium's path."""
    return require_program("chromium")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, bubblewrap: str, chromium: str) -> Iterator[RunningApps]:
    """A service whose private address is asked."""
    home = make_home(tmp_path_factory.mktemp("looked-at") / "home")
    with run_fork_server(home):
        running = RunningApps(home, apps_folder=CHECKOUT / "notebooks/apps").start()
        yield running
        assert running.stop() == 0
    assert "Traceback" not in running.log.read_text()


def look(office: RunningApps, *cells: Any, **fields: Any) -> LookReport:
    """Return what is seen of an app of these cells."""
    slug, digest = write_version(office.home, "seen", cells=cells, **fields)
    return look_at(office, slug, digest)


def look_at(office: RunningApps, slug: str, digest: str) -> LookReport:
    answer = ask_for(office, "/looks", {"slug": slug, "digest": digest, "datasets": {}})
    assert answer.status_code == 200, answer.text
    return LookReport.model_validate_json(answer.content)


def show(html: str) -> str:
    return f"from IPython.display import HTML\nHTML({html!r})"


def markdown(source: str) -> Any:
    return nbformat.v4.new_markdown_cell(source)


def rules(report: LookReport) -> set[tuple[str, int | None]]:
    assert report.hindrance == ""
    return {(each.rule, each.cell) for each in report.violations}


@pytest.mark.sandbox
@pytest.mark.parametrize("slug", CURATED)
def test_the_curated_apps_keep_nobody_out_and_their_records_fit(office: RunningApps, slug: str) -> None:
    shipped = CHECKOUT / "notebooks/apps" / slug
    version = office.home / "apps" / slug / ("c" * 64)
    shutil.copytree(shipped, version)

    report = look_at(office, slug, version.name)

    assert report.hindrance == ""
    assert [each for each in report.violations if each.impact in ("serious", "critical")] == []
    record = find_record(shipped, version=version)
    assert record is not None, "make it anew: python -m datahall_hub.app_life.check_records"
    assert {each.rule for each in record.violations} == {each.rule for each in report.violations}


PALE = '<p style="color:#bbb;background:#fff">pale</p>'


@pytest.mark.sandbox
def test_what_keeps_people_out_is_found_with_the_cell_that_shows_it(office: RunningApps) -> None:
    source = "import ipywidgets\nipywidgets.VBox([ipywidgets.Dropdown(options=['a']), ipywidgets.Text()])"
    english = markdown(PALE)
    english.metadata["tags"] = ["language-en"]

    report = look(office, "1 + 1", english, show("<button></button>" + PALE * 2), source)

    assert ("color-contrast", 2) in rules(report)
    assert {each.language for each in report.violations if each.cell == 2} == {"en"}
    assert {("color-contrast", 3), ("button-name", 3), ("select-name", 4), ("label", 4)} <= rules(report)
    [pale] = [
        each for each in report.violations if (each.rule, each.cell, each.language) == ("color-contrast", 3, "zh")
    ]
    assert (pale.count, pale.impact) == (2, "serious")
    assert "pale" in pale.example


@pytest.mark.sandbox
def test_widgets_with_a_description_have_a_name(office: RunningApps) -> None:
    source = (
        "import ipywidgets as w\n"
        "w.VBox([w.Dropdown(options=['a'], description='Which'), w.Text(description='Name'), w.IntSlider(),\n"
        "        w.Checkbox(description='Rain'), w.Textarea(description='Words'), w.ToggleButtons(options=['a', 'b'])])"
    )

    assert [each for each in look(office, source).violations if each.impact in ("serious", "critical")] == []


EVASIONS = {
    "a script that takes it out": show(PALE + "<script>document.body.innerHTML = ''</script>"),
    "a script in Markdown": markdown(PALE + "\n\n<script>document.body.remove(); window.axe = null</script>"),
    "a handler": markdown(PALE + "\n\n<img src=x alt=x onerror=\"document.body.innerHTML=''\">"),
    "outside of the cells": markdown("</div></div></div></div></div></main>" + PALE),
    "in what looks like the hall's own": markdown(f'<div id="app-state" class="app-title">{PALE}</div>'),
    "in a footer of the hall": markdown(f'<footer class="site">{PALE}</footer>'),
    "a picture in place of the document": markdown(f'{PALE}\n\n<img alt="x" name="documentElement" id="body">'),
    "a field in place of a form's content": markdown(f'<form><input aria-label="x" name="childNodes">{PALE}</form>'),
    "a field that is its form's parent": markdown(f'<form><input aria-label="x" name="parentElement">{PALE}</form>'),
    "folded up": markdown(f"<details><summary>More</summary>{PALE}</details>"),
    "not to be touched": markdown(f"<div inert>{PALE}</div>"),
    "another address for everything": markdown(f'<base href="http://elsewhere.invalid/">{PALE}'),
}


@pytest.mark.sandbox
@pytest.mark.parametrize("cell", EVASIONS.values(), ids=EVASIONS.keys())
def test_an_app_cannot_hide_what_keeps_people_out(office: RunningApps, cell: Any) -> None:
    assert "color-contrast" in {rule for rule, _ in rules(look(office, cell))}


@pytest.mark.sandbox
def test_a_page_with_a_part_that_nobody_can_look_into_is_left_to_a_reviewer(office: RunningApps) -> None:
    assert (
        look(office, markdown(f'<div><template shadowRootMode="closed">{PALE}</template></div>')).hindrance == "failed"
    )


@pytest.mark.sandbox
def test_a_page_that_goes_elsewhere_is_not_called_fine(office: RunningApps) -> None:
    report = look(office, markdown('<meta http-equiv="refresh" content="0;url=about:blank">' + PALE))

    assert report.hindrance == "failed" or "color-contrast" in {rule for rule, _ in rules(report)}


@pytest.mark.sandbox
def test_a_picture_of_the_app_is_kept_beside_it_and_the_authors_own_wins(office: RunningApps) -> None:
    slug, digest = write_version(office.home, "pictured", cells=[show("<h2>Rain</h2>")])
    folder = office.home / "apps" / slug / digest

    report = look_at(office, slug, digest)

    picture = find_picture(load_manifest(folder, slug=slug))
    assert report.has_picture
    assert picture is not None
    content = picture.read_bytes()
    assert content.startswith(PNG)
    assert (int.from_bytes(content[16:20]), int.from_bytes(content[20:24])) == PICTURE
    assert find_look(folder) == report
    assert sorted(each.name for each in folder.iterdir()) == ["app.ipynb", "app.yaml"]
    (folder / "own.png").write_bytes(PNG)
    manifest = json.loads((folder / "app.yaml").read_text())
    (folder / "app.yaml").write_text(json.dumps({**manifest, "thumbnail": "own.png"}))
    assert find_picture(load_manifest(folder, slug=slug)) == folder / "own.png"


def list_browsers(office: RunningApps) -> list[psutil.Process]:
    started = psutil.Process(office.process.pid).children(recursive=True)
    return [each for each in started if each.name() in ("sh", "nice", "bwrap", "chromium")]


@contextlib.asynccontextmanager
async def asking(office: RunningApps, slug: str, digest: str) -> AsyncIterator[asyncio.Task[httpx.Response]]:
    """Ask for a look, and have the answer come meanwhile."""
    transport = httpx.AsyncHTTPTransport(uds=str(resolve_home(office.home).apps_socket))
    async with httpx.AsyncClient(transport=transport, base_url="http://apps", timeout=60) as client:
        yield asyncio.create_task(client.post("/looks", json={"slug": slug, "digest": digest, "datasets": {}}))


@pytest.mark.sandbox
def test_a_browser_that_crashes_is_started_once_more(office: RunningApps) -> None:
    slug, digest = write_version(office.home, "crashing", cells=[show("<p>fine</p>")])

    async def ask_and_kill() -> httpx.Response:
        async with asking(office, slug, digest) as answer:
            while not any(kill_renderer(each) for each in list_browsers(office)):
                assert not answer.done()
                await asyncio.sleep(0.05)
            return await answer

    report = LookReport.model_validate(asyncio.run(ask_and_kill()).json())

    assert report.hindrance == ""
    assert report.has_picture


def kill_renderer(process: psutil.Process) -> bool:
    """Kill a process if it draws a page; return whether it did and was still there."""
    with contextlib.suppress(psutil.NoSuchProcess):
        if "--type=renderer" in process.cmdline():
            process.kill()
            return True
    return False


@pytest.mark.sandbox
def test_who_hangs_up_ends_the_browser(office: RunningApps) -> None:
    slug, digest = write_version(office.home, "hung-up", cells=[show("<p>1</p>" * 20_000)])

    async def ask_and_hang_up() -> list[psutil.Process]:
        async with asking(office, slug, digest) as answer:
            while not (browsers := list_browsers(office)):
                assert not answer.done()
                await asyncio.sleep(0.05)
            answer.cancel()
            return browsers

    browsers = asyncio.run(ask_and_hang_up())

    assert psutil.wait_procs(browsers, timeout=10)[1] == []
    assert list_browsers(office) == []
    assert find_look(office.home / "apps" / slug / digest) is None


def open_tab(page: str, *, folders: list[str]) -> tuple[Any, dict[str, Any]]:
    """Return what our script sees of a page, and what a browser inside its walls sees of the machine."""
    program = find_chromium()
    assert program
    with run_browser(program) as browser:
        pipe = Pipe(sending=browser.sending, receiving=browser.receiving, until=time.monotonic() + WITHIN)
        tab = Tab(pipe, folders=folders)
        tab.show(page, width=390, height=800)
        tab.run(f"{read_axe()}; 0")
        tab.run(f"globalThis.datahall = {SCRIPT.read_text()}; 0")
        seen = tab.run("datahall.look()")
        tried = {
            "scripts": tab.run("document.title"),
            "styles": tab.run("getComputedStyle(document.body).marginTop"),
            "marked": tab.run("getComputedStyle(document.body).marginBottom"),
        }
    return seen, tried


@pytest.mark.sandbox
def test_nothing_of_a_page_runs_and_only_style_sheets_are_served(
    tmp_path: Path, bubblewrap: str, chromium: str
) -> None:
    (tmp_path / "static").mkdir()
    (tmp_path / "static/a.css").write_text("body { margin-top: 7px }")
    (tmp_path / "static/b.css").write_text("body { margin-bottom: 8px }")
    (tmp_path / "static/a.js").write_text("document.title = 'ran'")
    (tmp_path / "secret.css").write_text("body { margin-top: 9px !important }")
    base = "/services/apps/voila/static/"
    page = (
        f'<!DOCTYPE html><html lang="en"><head><title>still</title><link rel="stylesheet" href="{base}a.css">'
        f'<link rel="stylesheet" href="{base}b.css?v=0123abc">'
        f'<link rel="stylesheet" href="{base}%2e%2e/secret.css"><link rel="stylesheet" href="{base}..%2fsecret.css">'
        f'<script src="{base}a.js"></script><script>document.title = "ran"</script></head>'
        "<body onload=\"document.title='ran'\"><main><h1>One</h1></main></body></html>"
    )

    seen, tried = open_tab(page, folders=[str(tmp_path / "static")])

    assert tried == {"scripts": "still", "styles": "7px", "marked": "8px"}
    assert seen["violations"] == []


@pytest.mark.sandbox
def test_the_browser_sees_nothing_of_the_hall(tmp_path: Path, bubblewrap: str, chromium: str) -> None:
    program = find_chromium()
    assert program
    with run_browser(program) as browser:
        pipe = Pipe(sending=browser.sending, receiving=browser.receiving, until=time.monotonic() + WITHIN)
        pipe.ask("Browser.getVersion")
        inside = max(psutil.Process(browser.process.pid).children(recursive=True), key=lambda each: each.pid)
        root = Path(f"/proc/{inside.pid}/root")
        assert {each.name for each in root.iterdir()} <= {
            "bin", "sbin", "lib", "lib32", "lib64", "usr", "etc", "proc", "dev", "tmp", "var", "opt",
        }  # fmt: skip
        assert {each.name for each in (root / "etc").iterdir()} <= {"fonts", "ld.so.cache", "alternatives"}
        assert not (root / str(CHECKOUT).lstrip("/")).exists()
        assert not (root / str(tmp_path).lstrip("/")).exists()
        interfaces = [
            line.split(":")[0].strip() for line in Path(f"/proc/{inside.pid}/net/dev").read_text().splitlines()[2:]
        ]
        assert set(interfaces) <= {"lo"}
        assert inside.nice() >= 10
        everything = psutil.Process(browser.process.pid).children(recursive=True)
    assert psutil.wait_procs(everything, timeout=5)[1] == []


def test_where_there_is_no_chromium_the_report_says_so(tmp_path: Path) -> None:
    settings = {"DATAHALL_UNSAFE_NO_SANDBOX": "true", "PATH": str(tmp_path)}
    apps = RunningApps(tmp_path / "home", apps_folder=tmp_path / "none", settings=settings).start()
    try:
        report = look(apps, "1")
    finally:
        assert apps.stop() == 0

    assert report == LookReport(hindrance="no-chromium")


def test_a_browser_that_says_nothing_or_nonsense_is_given_up() -> None:
    receiving, theirs = os.pipe()
    heard, sending = os.pipe()
    try:
        pipe = Pipe(sending=sending, receiving=receiving, until=time.monotonic() + 0.3)
        with pytest.raises(BrowserFailed, match="too long"):
            pipe.ask("Browser.getVersion")
        pipe = Pipe(sending=sending, receiving=receiving, until=time.monotonic() + 5)
        os.write(theirs, b"[]\0")
        with pytest.raises(BrowserFailed, match="no message"):
            pipe.ask("Browser.getVersion")
        os.write(theirs, b"{\0")
        with pytest.raises(BrowserFailed, match="no JSON"):
            pipe.ask("Browser.getVersion")
    finally:
        for end in (receiving, theirs, heard, sending):
            os.close(end)
