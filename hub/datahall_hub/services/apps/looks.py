"""Look at a version: its page at rest, in both languages, by axe-core on a phone and on a desk, and a picture of it.

One browser for all of it, bounded in time; where it cannot be had the report says why, and a reviewer looks instead.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from datahall_hub.app_life.kept_looks import keep_look
from datahall_hub.app_life.look_report import MOST_VIOLATIONS, Hindrance, LookReport, Violation
from datahall_hub.app_life.manifest import NOTEBOOK
from datahall_hub.sandbox import find_missing_wall

from .look_browser import Browser, find_chromium, run_browser
from .look_pipe import BrowserCrashed, BrowserFailed, Pipe
from .look_tab import ADDRESS, PICTURE, Tab
from .proofs import Proofs
from .shared_pages import FULL, NoRoomError, fill_page
from .trials import Language, read_notebook

WINDOWS = ((1280, 900), (390, 844))  # a desk, a phone
WITHIN = 120.0  # seconds for all of it; some five on a machine that does nothing else
TRIES = 2
LANGUAGES: tuple[Language, ...] = ("en", "zh")
HIDDEN = "shadowrootmode"  # of a template, whose content nobody can look into where it is "closed"
SCRIPT = Path(__file__).with_name("look.js")

log = logging.getLogger("datahall.apps")


@dataclass(frozen=True)
class Seen:
    """What came of looking."""

    violations: list[Violation]
    picture: bytes | None
    made_with: dict[str, str]


@dataclass(frozen=True)
class Looks:
    """Looks at versions; whoever calls sees to it that one is looked at at a time."""

    proofs: Proofs

    async def look(self, version: Path, *, slug: str, datasets: Mapping[str, str]) -> LookReport:
        """Look at the version in a folder and keep what was seen beside it; `datasets` are the versions it reads."""
        hindrance = await asyncio.to_thread(find_hindrance)
        if not hindrance:
            pages = await self.proofs.make_pages(version, slug=slug, datasets=datasets)
            seen = await self._look_at(version, pages) if pages else "not-rendered"
            if isinstance(seen, Seen):
                report = LookReport(
                    violations=seen.violations, has_picture=seen.picture is not None, made_with=seen.made_with
                )
                await asyncio.to_thread(_keep, version, report, picture=seen.picture)
                return report
            hindrance = seen
        log.warning("nobody has looked at %s %s: %s", slug, version.name[:8], hindrance)
        return LookReport(hindrance=hindrance)

    async def _look_at(self, version: Path, pages: Mapping[str, str]) -> Seen | Hindrance:
        numbers = await asyncio.to_thread(_find_numbers, version / NOTEBOOK)
        attempt = Attempt(pages, numbers, self.proofs.rendering.static_paths)
        looking = asyncio.get_running_loop().run_in_executor(None, attempt.make)
        try:
            return await asyncio.shield(looking)
        except asyncio.CancelledError:  # nobody waits any more
            attempt.give_up()
            await asyncio.wait([looking])
            raise


class Attempt:
    """One browser and what it sees, in a thread of its own; another one may give it up."""

    def __init__(self, pages: Mapping[str, str], numbers: Mapping[str, Sequence[int]], folders: Sequence[str]) -> None:
        self._pages, self._numbers, self._folders = pages, numbers, folders
        self._lock = threading.Lock()
        self._browser: Browser | None = None
        self._is_over = False

    def make(self) -> Seen | Hindrance:
        """Start a browser, look, and end it; once more where it crashed."""
        program = find_chromium()
        if program is None:
            return "no-chromium"
        for tries_left in reversed(range(TRIES)):
            with run_browser(program) as browser:
                with self._lock:
                    self._browser = browser
                    if self._is_over:
                        break
                try:
                    return look_at_pages(browser, self._pages, self._numbers, self._folders)
                except BrowserFailed as error:
                    log.warning("Chromium: %s; its last words: %s", error, browser.read_last_words())
                    if not isinstance(error, BrowserCrashed) or not tries_left:
                        break
        return "failed"

    def give_up(self) -> None:
        """End the browser; who reads from it is told by its end."""
        with self._lock:
            self._is_over = True
            if self._browser is not None:
                self._browser.kill()


def find_hindrance() -> Hindrance:
    """Return what keeps this machine from looking."""
    if find_chromium() is None:
        return "no-chromium"
    if read_axe() is None:
        return "no-axe"
    return "no-walls" if find_missing_wall() else ""


@cache
def read_axe() -> str | None:
    """Return axe-core's script; None where it is not installed. The package that carries it is not run."""
    try:
        return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
    except (ModuleNotFoundError, OSError):
        return None


def _keep(version: Path, report: LookReport, *, picture: bytes | None) -> None:
    try:
        keep_look(version, report, picture=picture)
    except OSError as error:
        if error.errno in FULL:
            raise NoRoomError("The disk is full: a look at an app could not be written.") from error
        raise


def _find_numbers(notebook: Path) -> dict[str, list[int]]:
    """Return by language which cells of a notebook its page has."""
    return {language: read_notebook(notebook, language=language).numbers for language in LANGUAGES}


def look_at_pages(
    browser: Browser, pages: Mapping[str, str], numbers: Mapping[str, Sequence[int]], folders: Sequence[str]
) -> Seen:
    """Return what is seen of pages by their languages; raise `BrowserFailed`. `numbers` are those of their cells."""
    pipe = Pipe(sending=browser.sending, receiving=browser.receiving, until=time.monotonic() + WITHIN)
    tab = Tab(pipe, folders=folders)
    made_with = {"chromium": str(pipe.ask("Browser.getVersion").get("product"))[:100]}
    violations: list[Violation] = []
    for language, page in pages.items():
        if HIDDEN in page.lower():
            raise BrowserFailed("the page has a part that may be closed to whoever looks")
        width, height = WINDOWS[0]
        tab.show(fill_page(page, kernel_id=""), width=width, height=height)
        tab.run(f"{read_axe()}; 0")
        tab.run(f"globalThis.datahall = {SCRIPT.read_text(encoding='utf-8')}; 0")
        seen = []
        for window in WINDOWS:
            tab.resize(*window)
            seen.append(_check(tab.run("datahall.look()")))
        made_with["axe-core"] = str(seen[0].get("axe"))[:100]
        violations += merge_windows(seen, language=language, numbers=numbers[language])
    return Seen(violations[:MOST_VIOLATIONS], _take_picture(tab, pages["en"]), made_with)


def merge_windows(
    seen: Sequence[Mapping[str, Any]], *, language: str, numbers: Sequence[int]
) -> list[Violation]:  # fmt: skip
    """Return what was seen of one page in windows of several sizes, each violation once, with its largest count."""
    merged: dict[tuple[str, int | None], Violation] = {}
    for each in seen:
        for fields in _list(each, "violations"):
            violation = _read_violation(fields, language=language, numbers=numbers)
            name = violation.rule, violation.cell
            if name not in merged or merged[name].count < violation.count:
                merged[name] = violation
    return list(merged.values())


def _read_violation(fields: Any, *, language: str, numbers: Sequence[int]) -> Violation:
    try:
        place = int(fields["cell"])
        cell = numbers[place - 1] if 0 < place <= len(numbers) else None
        return Violation.model_validate({**fields, "language": language, "cell": cell})
    except (KeyError, TypeError, ValueError, ValidationError) as error:
        raise BrowserFailed("our script says what is none of its violations") from error


def _take_picture(tab: Tab, page: str) -> bytes | None:
    tab.show(fill_page(page, kernel_id=""), width=PICTURE[0], height=PICTURE[1])
    address = tab.run(f"{SCRIPT.read_text(encoding='utf-8')}.bare()")
    if address != ADDRESS:
        raise BrowserFailed("the page has gone elsewhere")
    return tab.take_picture()


def _check(seen: Any) -> dict[str, Any]:
    """Return what our script saw, where it saw the page that it was to see."""
    if not isinstance(seen, dict) or seen.get("address") != ADDRESS:
        raise BrowserFailed("the page has gone elsewhere")
    return seen


def _list(seen: Mapping[str, Any], name: str) -> list[Any]:
    found = seen.get(name)
    return found if isinstance(found, list) else []
