"""Prove that a version of an app renders: its page is made twice in each language, as a visitor's is, and compared.

Pages that are the same are kept for everybody (`shared_pages`); an app whose pages are not is served live only. Where
both drew the same pictures, and a third page that took them instead of drawing is the same again, they are kept, too
(`drawn_pictures`).
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from datahall_hub.app_life.manifest import DatasetUse, ManifestError, load_manifest
from datahall_hub.app_life.published_apps import PublishedApp
from datahall_hub.app_life.trial_report import Ending

from .drawn_pictures import MOST
from .headers import make_nonce
from .kernel_fitting import end_pictures, fit_kernel, give_pictures, note_pictures
from .labels import page_labels
from .rendering import BASE_URL, Rendering
from .shared_pages import NoRoomError, has_pages, keep_pages, mark_page, remove_pages
from .stills import add_stills
from .trial_kernels import TrialKernel, TrialKernels
from .trial_runs import opened_client, run_bounded
from .trials import UnreadableNotebookError, read_notebook

__all__ = ["NoRoomError", "Proof", "Proofs"]

LANGUAGES = ("en", "zh")
CELL_NAME = re.compile(r'id="cell-id=[^"]{0,64}"')
LARGEST_NOTES = 2 * MOST  # bytes of the answer in which a kernel tells what it has drawn, besides what it puts out
FAILURE = "data-datahall-failure"  # by which a page tells that a cell of it failed

Problem = Literal["", "unreadable", "failed", "too-slow", "too-large", "died"]
log = logging.getLogger("datahall.apps")


@dataclass
class Proof:
    """Whether a version renders, whether its pages differ from visit to visit, what went wrong, how long it took."""

    renders: bool = True
    live_only: bool = False
    problem: Problem = ""
    seconds: dict[str, float] = field(default_factory=dict)  # until the first page was there, by language


@dataclass(frozen=True)
class Page:
    """A page as it was made, with the mark of its kernel; no text where it cannot be shared."""

    text: str | None
    ending: Ending
    seconds: float
    pictures: bytes = b""  # that its cells drew, packed


@dataclass
class Collected:
    """What comes of a page while it is made."""

    snippets: list[str] = field(default_factory=list)
    widgets: dict[str, Any] = field(default_factory=dict)
    pictures: bytes = b""  # that the kernel takes, or has noted
    is_noting: bool = True


@dataclass(frozen=True)
class Proofs:
    """Renders versions in the kernels of trials, each page within the time and output of one trial."""

    kernels: TrialKernels
    rendering: Rendering
    seconds: int
    largest_output: int

    async def prove(
        self, version: Path, *, slug: str, datasets: Mapping[str, str], is_kept: bool = False
    ) -> dict[str, Any]:
        """Render the version in a folder and keep its pages; `datasets` are the versions of data that it reads.

        With `is_kept` nothing is done where its pages are there, and made with what this hall has (`Rendering.mark`).

        Raises
        ------
        NoRoomError
            If the disk is full.
        """
        proof, pages = Proof(), dict[str, Page]()
        if is_kept and await asyncio.to_thread(has_pages, version, mark=self.rendering.mark):
            return asdict(proof)
        app = await _load(version, slug=slug, datasets=datasets)
        if app is None:
            return asdict(Proof(renders=False, problem="unreadable"))
        for language in LANGUAGES:
            page = await self._prove_language(app, language=language, proof=proof)
            if not proof.renders:
                break
            if page is not None:
                pages[language] = page
        await asyncio.to_thread(_settle, version, proof, pages, mark=self.rendering.mark)
        log.info("%s %s: %s", slug, version.name[:8], proof)
        return asdict(proof)

    async def make_pages(self, version: Path, *, slug: str, datasets: Mapping[str, str]) -> dict[str, str]:
        """Return the page of a version in each language, made once; none where it does not render in both."""
        app = await _load(version, slug=slug, datasets=datasets)
        pages = dict[str, str]()
        for language in LANGUAGES if app else ():
            assert app
            page = await self._render(app, language=language, is_noting=False)
            if page.ending != "finished" or page.text is None:
                return {}
            pages[language] = page.text
        return pages

    async def _prove_language(self, app: PublishedApp, *, language: str, proof: Proof) -> Page | None:
        """Return the page in one language where it is everybody's; write the rest into the proof."""
        first = await self._render(app, language=language)
        proof.seconds[language] = round(first.seconds, 3)
        second = first
        if first.ending == "finished":
            second = await self._render(app, language=language)
        if second.ending != "finished":
            proof.renders, proof.problem = False, second.ending
            return None
        if not _are_same(first, second):
            proof.live_only = True
            return None
        if first.pictures and first.pictures == second.pictures:
            third = await self._render(app, language=language, pictures=first.pictures, is_noting=False)
            if third.ending == "finished" and _are_same(first, third):
                return first
        return replace(first, pictures=b"")

    async def _render(self, app: PublishedApp, *, language: str, pictures: bytes = b"", is_noting: bool = True) -> Page:
        """Make a page; `pictures` are what the kernel takes instead of drawing, with `is_noting` it notes them."""
        begun = time.monotonic()
        collected, nonce = Collected(pictures=pictures, is_noting=is_noting), make_nonce()
        largest = self.largest_output + (LARGEST_NOTES if is_noting else 0)
        async with self.kernels.hold(language=language, largest_output=largest) as kernel:
            kernel_id = kernel.visit
            work = self._collect(collected, app, language=language, kernel=kernel, nonce=nonce)
            ending, _ = await run_bounded(work, kernel=kernel, until=begun + self.seconds)
        text = "".join(collected.snippets)
        if ending == "finished" and FAILURE in text:
            ending = "failed"
        seconds = time.monotonic() - begun
        if ending == "finished":
            text = await asyncio.to_thread(add_stills, text, collected.widgets)
        return Page(mark_page(text, kernel_id=kernel_id, nonce=nonce), ending, seconds, collected.pictures)

    async def _collect(
        self, collected: Collected, app: PublishedApp, *, language: str, kernel: TrialKernel, nonce: str
    ) -> None:
        """Collect the pieces of a page, of which a visitor would get one after the other, and what goes with them."""
        path = f"{BASE_URL}{app.slug}"
        labels = page_labels(app.manifest, datasets=app.list_datasets(), language=language, path=path)
        ready = _fit(kernel, {use.id: use.version for use in app.datasets}, collected)
        page = self.rendering.stream(
            app.manifest,
            language=language,
            kernel_id=kernel.visit,
            kernel=ready,
            labels=labels,
            nonce=nonce,
            widgets=collected.widgets,
        )
        async for snippet in page:
            collected.snippets.append(snippet)
        if collected.is_noting:
            async with opened_client(kernel) as client:
                collected.pictures = await end_pictures(client)


async def _load(version: Path, *, slug: str, datasets: Mapping[str, str]) -> PublishedApp | None:
    """Return the version in a folder as an app that reads these versions of data; None where it cannot be read."""
    opened = tuple(DatasetUse.model_construct(id=name, version=number) for name, number in datasets.items())
    try:
        manifest = load_manifest(version, slug=slug)
        await asyncio.to_thread(read_notebook, manifest.notebook, language="en")
    except (ManifestError, UnreadableNotebookError) as error:
        log.warning("%s", error)
        return None
    return PublishedApp(manifest, datasets=opened)


def _are_same(page: Page, other: Page) -> bool:
    """Return whether two pages differ in names of cells at most: a notebook without any gets new ones each time."""
    if page.text is None or other.text is None:
        return False
    return CELL_NAME.sub("", page.text) == CELL_NAME.sub("", other.text)


async def _fit(kernel: TrialKernel, versions: Mapping[str, str | None], collected: Collected) -> TrialKernel:
    """Return the kernel once it fits a page for everybody; called when the head of the page has been made."""
    async with opened_client(kernel) as client:
        await client.wait_for_ready()
        await fit_kernel(client, versions)
        if collected.pictures:
            await give_pictures(client, collected.pictures)
        elif collected.is_noting:
            await note_pictures(client)
    return kernel


def _settle(version: Path, proof: Proof, pages: Mapping[str, Page], *, mark: str) -> None:
    """Keep the pages that are everybody's; an app that is not the same for all has none, nor has one that fails."""
    if proof.renders and not proof.live_only:
        texts = {language: page.text or "" for language, page in pages.items()}
        pictures = {language: page.pictures for language, page in pages.items() if page.pictures}
        keep_pages(version, texts, mark=mark, pictures=pictures)
    else:
        remove_pages(version)
