"""Where a portal's pages are opened: at addresses of the web, or in the folder of a file. Both bounded and guarded.

On the web a portal leads nowhere but to its own host, and STAC's links not out of their folder; every hop is looked at
by `_download`. What fails for a while is asked for again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urlsplit

from .._harvesting.addresses import find_inside, make_whole
from .._harvesting.documents import MAX_BYTES, check_size
from .._harvesting.rdf import NO_BASE
from ..errors import N_, DatahallError, SourceFailed
from .limits import Limits

if TYPE_CHECKING:
    import httpx

_FORMS = (
    "application/json, application/ld+json;q=0.9, text/turtle;q=0.9, application/trig;q=0.9,"
    " application/rdf+xml;q=0.8, application/xml;q=0.7, */*;q=0.1"
)
_TRANSIENT = (408, 425, 429, 500, 502, 503, 504)
_GONE = (404, 410)
_HEAD = 300  # characters of what a server says in a header


@dataclass(frozen=True)
class Answer:
    """A page as it came; `content` is None where it is as it was."""

    content: bytes | None
    address: str = ""  # where it came from in the end
    etag: str = ""
    last_modified: str = ""


class PageGone(DatahallError):
    """There is no page at the address."""

    code = "unreachable"


class WebSite:
    """A portal at an address of the web."""

    goes_on = True  # without the next page it is not whole

    def __init__(self, limits: Limits, *, trusts: bool = False, pause: Callable[[float], None] = time.sleep) -> None:
        self._limits = limits
        self._trusts = trusts  # whether it may lead to hosts of an own network that the operator trusts
        self._pause = pause

    def open_page(
        self,
        address: str,
        *,
        etag: str = "",
        last_modified: str = "",
        is_guess: bool = False,
        patience: float | None = None,
    ) -> Answer:
        """Return what lies at `address`, unless it is as `etag` or `last_modified` say; a guess is tried only once.

        With `patience` the whole answer may take so many seconds, where the limits do not say less.

        Raises
        ------
        PageGone, SourceFailed, DatahallError
        """
        headers = {"Accept": _FORMS}
        headers |= {"If-None-Match": etag} if etag else {}
        headers |= {"If-Modified-Since": last_modified} if last_modified and not etag else {}
        for pause in (*(() if is_guess else self._limits.pauses), None):
            try:
                return self._ask(address, headers=headers, patience=patience)
            except _Busy as busy:
                if pause is None:
                    raise busy.failure from busy
                self._pause(min(max(pause, busy.wanted), self._limits.longest_pause))
        raise AssertionError

    def find_link(self, href: str, *, at: str, root: str, stays_inside: bool) -> str | None:
        """Return the address that `href` means on the page `at`; None where it leads elsewhere."""
        try:
            whole = urldefrag(make_whole(href, base=at)).url
            parts, home = urlsplit(whole), urlsplit(root)
        except ValueError:
            return None
        if stays_inside:
            return whole if find_inside(whole, at="", root=root) is not None else None
        return whole if parts.scheme in ("http", "https") and parts.hostname == home.hostname else None

    def _ask(self, address: str, *, headers: dict[str, str], patience: float | None) -> Answer:
        from .._addresses import unreachable
        from .._download import open_answer

        statuses = tuple(range(200, 600))
        try:
            with open_answer(
                address,
                headers=headers,
                accepted=statuses,
                patience=min(self._limits.answer_seconds, patience or self._limits.answer_seconds),
                trusts=self._trusts,
            ) as response:
                status, found = response.status_code, response.headers
                if status == 304 and len(headers) > 1:  # else nobody asked whether it has changed
                    return Answer(None)
                if status in _TRANSIENT:
                    raise _Busy(unreachable(address, f"HTTP {status}"), wanted=found.get("retry-after", ""))
                if status in _GONE:
                    raise PageGone(
                        N_("{url} cannot be fetched: {reason}."),
                        url=address,
                        reason=f"HTTP {status}",
                        hint=N_("Check the address."),
                    )
                if status != 200:
                    raise unreachable(address, f"HTTP {status}")
                content = _read_bounded(response, address=address)
                etag, last_modified = found.get("etag", ""), found.get("last-modified", "")
                return Answer(content, str(response.url), etag[:_HEAD], last_modified[:_HEAD])
        except SourceFailed as failure:
            if failure.__cause__ is not None and failure.code == "unreachable" and _is_transient(failure.__cause__):
                raise _Busy(failure) from failure
            raise


class FolderSite:
    """A catalog in a file, whose relative links are followed inside the file's own folder.

    Other files are named as the catalog names them: what is told of them stands on a public page.
    """

    goes_on = False  # a file stands for itself, wherever the portal that it was taken from goes on

    def __init__(self, file: Path) -> None:
        self._top = file.resolve().parent
        self.start = file.resolve().name

    def open_page(self, address: str, *, etag: str = "", last_modified: str = "") -> Answer:
        """Return what the file `address`, relative to the folder, holds."""
        path = (self._top / address).resolve()
        shown = str(path) if address == self.start else address
        if not path.is_relative_to(self._top):
            raise DatahallError(
                N_("{address} leads out of the folder of its catalog."),
                code="unsafe-document",
                address=address,
                hint=N_("Copy what belongs to the catalog into its folder."),
            )
        try:
            if not path.is_file():  # a pipe would keep its reader waiting for ever
                raise PageGone(
                    N_("There is no file {path}."),
                    code="no-file",
                    path=shown,
                    hint=N_("Name a file with a catalog, or a portal's address that begins with http:// or https://."),
                )
            check_size(path.stat().st_size, address=shown)
            with path.open("rb") as file:
                return Answer(file.read(MAX_BYTES + 1), shown)
        except OSError as error:
            raise SourceFailed(
                N_("{path} cannot be read: {reason}."),
                code="unreadable-file",
                path=shown,
                reason=error.strerror or error,
            ) from error

    def find_link(self, href: str, *, at: str, root: str, stays_inside: bool) -> str | None:
        """Return the file in the folder that `href` means in the file `at`; None where it leads elsewhere."""
        try:
            return find_inside(urldefrag(href.removeprefix(NO_BASE)).url, at=at, root=root)
        except ValueError:
            return None


Site = WebSite | FolderSite


class _Busy(Exception):
    """What may go well in a moment."""

    def __init__(self, failure: SourceFailed, *, wanted: str = "") -> None:
        super().__init__()
        self.failure = failure
        self.wanted = float(wanted) if wanted.isdecimal() and len(wanted) < 6 else 0.0


def _is_transient(cause: BaseException) -> bool:
    import httpx

    lasting = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)
    return isinstance(cause, httpx.TransportError) and not isinstance(cause, lasting)


def _read_bounded(response: httpx.Response, *, address: str) -> bytes:
    """Return the body; one that is too large is refused by what it announces, or once it is."""
    from .._wire import is_packed, read_body

    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and len(announced) < 16 and not is_packed(response):
        check_size(int(announced), address=address)
    parts: list[bytes] = []
    size = 0
    for part in read_body(response, url=address):
        size += len(part)
        check_size(size, address=address)
        parts.append(part)
    return b"".join(parts)
