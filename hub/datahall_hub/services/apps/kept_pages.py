"""The kept pages of published apps: sent at once, whatever else goes on; `visits` has a kernel join each."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from datahall_hub.app_life.published_apps import PublishedApp

from .packed_page import PackedPage, pack_page
from .shared_pages import KERNEL_ID, NONCE, find_pages, has_pages

MOST_AT_HAND = 32  # pages in memory; some hundred kB each


class KeptPages:
    """Finds the page of an app that is everybody's; the last ones stay in memory."""

    def __init__(self, *, mark: str) -> None:
        self._mark = mark
        self._known: OrderedDict[Path, tuple[int, PackedPage | None]] = OrderedDict()

    def find(self, app: PublishedApp, *, language: str) -> PackedPage | None:
        """Return the page; None where there is none, or only one that was made with something else."""
        if not app.digest or app.is_live_only:
            return None
        file = find_pages(app.manifest.folder) / f"{language}.html"
        try:
            changed = file.stat().st_mtime_ns
            if self._known.get(file, (0, None))[0] != changed:
                if not has_pages(app.manifest.folder, mark=self._mark):
                    return None
                self._known[file] = changed, pack_page(file.read_text(encoding="utf-8"), marks=(KERNEL_ID, NONCE))
        except OSError:
            return None
        self._known.move_to_end(file)
        while len(self._known) > MOST_AT_HAND:
            self._known.popitem(last=False)
        return self._known[file][1]
