"""The files an app's page consists of: Voila's bundles, our template's, the widgets' front end, and no others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tornado.web import HTTPError, StaticFileHandler

from .headers import FOR_OWN_PAGES
from .pages import Page
from .rendering import FRONT_END

STATIC_FOR = 86400  # seconds a browser keeps them
LONGEST_NAME = 250  # bytes; the longest of a bundle has about 80


class PageFile(Page, StaticFileHandler):
    """A file from the first of several folders that has it; what is missing or odd is a 404 without a cookie."""

    def initialize(self, folders: Sequence[str]) -> None:  # type: ignore[override] # several folders, not one
        """Take the folders; tornado calls this first."""
        self.folders = [str(Path(folder).resolve()) for folder in folders]
        super().initialize(path=self.folders[0])

    def find_folder(self, path: str) -> str:
        """Return the first folder that has the file, for tornado's check that it does not lie outside."""
        return next((folder for folder in self.folders if (Path(folder) / path).is_file()), self.folders[0])

    def parse_url_path(self, url_path: str) -> str:
        """Choose the folder; tornado calls this before it looks for the file."""
        if "\0" in url_path or len(url_path) > LONGEST_NAME:
            raise HTTPError(404)
        self.root = self.find_folder(url_path)
        path = super().parse_url_path(url_path)
        try:
            self.get_absolute_path(self.root, path)
        except HTTPError as error:
            raise HTTPError(404) from error
        return path

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        """Refuse what lies outside or is no file, all in the same words; tornado calls this before it reads."""
        try:
            return super().validate_absolute_path(root, absolute_path)
        except HTTPError as error:
            raise HTTPError(404) from error

    def set_extra_headers(self, path: str) -> None:
        """Let browsers keep the file, and pages of apps read it; tornado calls this for a file that is there."""
        for name, value in FOR_OWN_PAGES.items():
            self.set_header(name, value)
        self.set_header("Cache-Control", f"public, max-age={STATIC_FOR}")


class FrontEndFile(PageFile):
    """``voila/labextensions/…``: the extensions an app's page needs, and no others."""

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        """Refuse what is not of a needed extension; tornado calls this before it reads a file."""
        if not any(f"/labextensions/{name}/static/" in absolute_path for name in FRONT_END):
            raise HTTPError(404)
        return super().validate_absolute_path(root, absolute_path)
