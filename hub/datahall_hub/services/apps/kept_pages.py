"""The kept pages of published apps as they are sent, and what a visitor's kernel needs to fit one.

A page is sent at once, whatever else goes on; the visitor's kernel joins it when it has run the same cells.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

from datahall_hub.app_life.published_apps import PublishedApp

from .kernels import VisitorKernel
from .proofs import fit_kernel
from .shared_pages import fill_page, find_pages, has_pages
from .wakeups import kept_awake

MOST_AT_HAND = 32  # pages in memory; some hundred kB each
_FRONT_END = re.compile(r'<script src="[^"]*/voila\.js"></script>')
_BODY = '<body class="app-page"'


class KeptPages:
    """Finds the page of an app that is everybody's; the last ones stay in memory."""

    def __init__(self, *, mark: str) -> None:
        self._mark = mark
        self._known: OrderedDict[Path, tuple[int, str]] = OrderedDict()

    def find(self, app: PublishedApp, *, language: str) -> str | None:
        """Return the page; None where there is none, or only one that was made with another template or front end."""
        if not app.digest or app.is_live_only:
            return None
        file = find_pages(app.manifest.folder) / f"{language}.html"
        try:
            changed = file.stat().st_mtime_ns
            if self._known.get(file, (0, ""))[0] != changed:
                if not has_pages(app.manifest.folder, mark=self._mark):
                    return None
                self._known[file] = changed, file.read_text(encoding="utf-8")
        except OSError:
            return None
        self._known.move_to_end(file)
        while len(self._known) > MOST_AT_HAND:
            self._known.popitem(last=False)
        return self._known[file][1]


def rest_page(page: str) -> str:
    """Return a page for a visitor for whom there is no kernel: it shows what it shows, and says so."""
    return _FRONT_END.sub("", fill_page(page, kernel_id="")).replace(_BODY, f"{_BODY} data-at-rest", 1)


async def fit_visit(kernel: VisitorKernel, versions: Mapping[str, str | None]) -> None:
    """Make a visitor's kernel, which has just started, one that fits a kept page."""
    client = kernel.client()
    client.start_channels(stdin=False, hb=False, control=False)
    try:
        async with kept_awake(lambda: client):
            await client.wait_for_ready()
            await fit_kernel(client, versions)
    finally:
        client.stop_channels()
