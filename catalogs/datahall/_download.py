"""Bring a source's bytes to a file, and believe nothing: size, sha256 and every address are checked.

Bytes are hashed while they stream; more than the card announces is cut off at once; a download that broke off goes on
where it stopped, in this fetch or the next. Each hop of a redirect must lead to where `_addresses` allows.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import urljoin

import httpx

from ._addresses import check_address, check_peer, find_proxy, unreachable
from ._connections import SLOWEST, Transport, Watch
from ._mirror import find_in_mirror
from ._network_faults import explain_fault
from ._partial import Partial
from ._wire import is_packed, read_body
from .card import Source
from .errors import N_, SourceFailed

Progress = Callable[[int, int | None], None]

MAXIMUM_REDIRECTS = 5
MAXIMUM_BYTES = 1 << 40  # what a card may announce at most
PATIENCE = 60.0  # seconds that every source has, however small
PAUSE = 0.5  # seconds before a broken connection is renewed
TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_HEADERS = {"User-Agent": "datahall", "Accept-Encoding": "identity"}  # so that bytes on the way are bytes counted
_OF_A_RANGE = (200, 206, 416)  # the whole, the rest, or that there is none
_REDIRECTS = (301, 302, 303, 307, 308)
_OTHER_EDITION = N_("Nothing was changed. Fetch again later, or correct the card if the source has a new edition.")


def download_source(source: Source, *, into: Path, progress: Progress | None = None) -> str:
    """Write `source` to the file `into` from the first place that has the right bytes; return that place."""
    failures: list[SourceFailed] = []
    mirrored, broken = _find_mirrored(source)  # a broken mirror must not hide the source itself
    own = [source.url] if source.url is not None else []
    for place in (*mirrored, *own, *source.mirrors):
        try:
            if isinstance(place, Path):
                _copy(place, source=source, into=into, progress=progress)
            else:
                _stream(place, source=source, into=into, progress=progress)
            return str(place)
        except SourceFailed as failure:
            if place in mirrored:
                broken = failure
            else:
                failures.append(failure)
    raise _all_failed(source, failures, broken=broken)


def _find_mirrored(source: Source) -> tuple[list[Path | str], SourceFailed | None]:
    """Return where the mirror has the source, if it has; and why it cannot be asked, if so."""
    try:
        found = find_in_mirror(source)
    except SourceFailed as failure:
        return [], failure
    return ([found] if found is not None else []), None


def _all_failed(source: Source, failures: list[SourceFailed], *, broken: SourceFailed | None) -> SourceFailed:
    """Return the failure of the card's own address, which tells a person most, and what is wrong with the mirror."""
    every = [*failures, *([broken] if broken is not None else [])]
    told = next((failure for failure in failures if source.url in failure.values()), every[-1])
    if broken is None or told is broken:
        return told
    return SourceFailed(
        N_("{failure} The mirror did not help either: {reason}."),
        code=told.code,
        failure=told,
        reason=broken,
        hint=N_("Nothing was changed. Check the network, and what DATAHALL_MIRROR names."),
    )


def download_bytes(url: str, *, maximum: int) -> bytes:
    """Return the body at `url`, at most `maximum` bytes."""
    with open_answer(url) as response:
        return read_whole(response, url=url, maximum=maximum)


def stream_bytes(url: str, *, maximum: int = MAXIMUM_BYTES, progress: Progress | None = None) -> Iterator[bytes]:
    """Yield the body at `url` part by part; no card announces its size yet, but the server may."""
    with open_answer(url) as response:
        announced = response.headers.get("content-length", "")
        is_known = announced.isdecimal() and len(announced) < 16 and not is_packed(response)
        total = int(announced) if is_known else None
        for part in _bounded(response, url=url, maximum=maximum):
            if progress is not None:
                progress(len(part), total)
            yield part


def read_whole(response: httpx.Response, *, url: str, maximum: int) -> bytes:
    """Return the whole body of an opened answer, at most `maximum` bytes."""
    return b"".join(_bounded(response, url=url, maximum=maximum))


def _copy(file: Path, *, source: Source, into: Path, progress: Progress | None) -> None:
    into.unlink(missing_ok=True)
    partial = Partial(into, source=source, progress=progress)
    try:
        with file.open("rb") as original:
            partial.append(iter(lambda: original.read(1 << 20), b""))
        _check_whole(partial, source=source, place=str(file))
    except BaseException:
        into.unlink(missing_ok=True)  # it is quickly copied again
        raise


def _stream(url: str, *, source: Source, into: Path, progress: Progress | None) -> None:
    """Write the body at `url` to `into`; go on with what is there already, and where a connection breaks."""
    partial = Partial(into, source=source, progress=progress)
    try:
        _receive(url, partial, source=source)
        if partial.was_resumed and not _is_whole(partial, source=source):
            partial.clear()  # the parts are of different editions, or one is damaged
            _receive(url, partial, source=source)
        _check_whole(partial, source=source, place=url)
    except (SourceFailed, OSError) as error:
        is_away = isinstance(error, SourceFailed) and error.code == "unreachable"
        if not (is_away and partial.size and partial.can_be_resumed):
            into.unlink(missing_ok=True)
        raise


def _receive(url: str, partial: Partial, *, source: Source) -> None:
    """Ask for what is missing until it is there; a connection that breaks is renewed as long as each brings more."""
    maximum = source.bytes if source.bytes is not None else MAXIMUM_BYTES
    deadline = time.monotonic() + PATIENCE + maximum / SLOWEST
    furthest = partial.size
    while not partial.is_complete:
        try:
            headers = partial.range_headers()
            with open_answer(url, headers=headers, accepted=_OF_A_RANGE if headers else (200,)) as response:
                if partial.begin(response):
                    rest = _bounded(response, url=url, maximum=maximum, before=partial.size, deadline=deadline)
                    partial.append(rest)
                    return
        except SourceFailed as failure:
            is_broken = isinstance(failure.__cause__, httpx.TransportError)
            if not is_broken or not partial.can_be_resumed or partial.size <= furthest:
                raise
            furthest = partial.size
            time.sleep(PAUSE)


def _is_whole(partial: Partial, *, source: Source) -> bool:
    return source.bytes in (None, partial.size) and source.sha256 in (None, partial.hexdigest())


def _check_whole(partial: Partial, *, source: Source, place: str) -> None:
    if source.bytes is not None and partial.size != source.bytes:
        raise SourceFailed(
            N_("{url} sent {size} bytes instead of {expected}."),
            code="wrong-size",
            url=place,
            size=partial.size,
            expected=source.bytes,
            hint=_OTHER_EDITION,
        )
    check_digest(partial.hexdigest(), source=source, place=place)


def check_digest(digest: str, *, source: Source, place: str) -> None:
    """Raise SourceFailed when `digest` is not the card's sha256."""
    if source.sha256 is not None and digest != source.sha256:
        raise SourceFailed(
            N_("{url} has the sha256 {found}, but the card says {expected}."),
            code="wrong-sha256",
            url=place,
            found=digest,
            expected=source.sha256,
            hint=_OTHER_EDITION,
        )


@contextmanager
def open_answer(
    url: str,
    *,
    headers: dict[str, str] | None = None,
    accepted: tuple[int, ...] = (200,),
    patience: float | None = None,
    trusts: bool = True,
) -> Iterator[httpx.Response]:
    """Open `url` for streaming, following only redirects to addresses that are allowed; other statuses are refused.

    What trickles is given up; with `patience` the whole answer, its body included, may take so many seconds. Without
    `trusts` not even hosts that the operator trusts are, since a stranger has written the address.
    """
    address = url
    watch = Watch(url, patience=patience)
    for _ in range(MAXIMUM_REDIRECTS + 1):
        addresses = check_address(address, origin=url, trusts=trusts)
        with (
            _client(address, origin=url, addresses=addresses, watch=watch) as client,
            _translated(url),
            client.stream("GET", address, headers=headers) as response,
        ):
            check_peer(response, address=address, origin=url, trusts=trusts)
            if response.status_code in _REDIRECTS and "location" in response.headers:
                address = _join(address, response.headers["location"], origin=url)
                continue
            if response.status_code not in accepted:
                raise unreachable(url, f"HTTP {response.status_code}")
            watch.note_head()
            yield response
            return
    raise unreachable(url, f"more than {MAXIMUM_REDIRECTS} redirects")


def _join(address: str, location: str, *, origin: str) -> str:
    try:
        return urljoin(address, location)
    except ValueError as error:
        raise unreachable(origin, str(error)) from error


def _client(address: str, *, origin: str, addresses: tuple[str, ...] | None, watch: Watch) -> httpx.Client:
    """Return a client that asks the proxy that the checks have reckoned with, or else the addresses that they saw."""
    proxy = find_proxy(address)
    try:
        return httpx.Client(
            timeout=TIMEOUT,
            follow_redirects=False,
            headers=_HEADERS,
            transport=Transport(
                watch=watch,
                addresses=addresses,
                verify=_read_authorities(),
                proxy=httpx.Proxy(proxy) if proxy is not None else None,
            ),
            trust_env=False,
        )
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        raise SourceFailed(
            N_("{url} cannot be fetched: the environment's proxy for it cannot be used (its scheme is {scheme})."),
            code="unusable-proxy",
            url=origin,
            scheme=(proxy or "").partition(":")[0],
            hint=N_(
                "Set http_proxy, https_proxy or all_proxy to an http:// address; "
                "for socks5:// install the Python package socksio."
            ),
        ) from error


@cache
def _read_authorities() -> ssl.SSLContext:
    """Return the certificate authorities that are trusted; reading them takes 20 ms, so it is done once."""
    return httpx.create_ssl_context()


@contextmanager
def _translated(url: str) -> Iterator[None]:
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise unreachable(url, explain_fault(error)) from error


def _bounded(
    response: httpx.Response, *, url: str, maximum: int, before: int = 0, deadline: float | None = None
) -> Iterator[bytes]:
    """Yield the body's bytes as sent; refuse more than `maximum` with those `before`, and a trickle."""
    deadline = deadline or time.monotonic() + PATIENCE + maximum / SLOWEST
    size = before
    for part in read_body(response, url=url):
        size += len(part)
        if size > maximum:
            raise SourceFailed(
                N_("{url} sends more than the {maximum} bytes that the card announces."),
                code="too-large",
                url=url,
                maximum=maximum,
                hint=N_("Nothing was changed. Correct the card if the source has a new edition."),
            )
        if time.monotonic() > deadline:
            raise unreachable(url, f"slower than {SLOWEST} bytes a second")
        yield part
