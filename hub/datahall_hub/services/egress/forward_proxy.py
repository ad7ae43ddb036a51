"""The HTTP proxy inside a sandbox: CONNECT for whatever is encrypted, and plain requests with a whole address.

What is asked is read by h11 and written anew, so that nothing reaches a server that was not understood here: one
request at a time, framed by us, its `Host` the one that was looked up and checked. A redirection is the client's to
follow, and is checked like any other request.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import h11

from datahall_hub.services.egress.destinations import Destination, Destinations
from datahall_hub.services.egress.proxy_messages import (
    Headers,
    frame_body,
    keep_headers,
    parse_authority,
    parse_target,
    write_authority,
    write_authorization,
)
from datahall_hub.services.egress.refusals import N_, BadRequest, Refusal, SlowRequest, TooSlow, Unreachable
from datahall_hub.services.egress.seats import Share
from datahall_hub.services.egress.streams import PIECE, Stream, connect, join_streams

LARGEST_HEAD = 32_768  # bytes of a request line with its headers, and of a response's
HEAD_WITHIN = 20.0  # seconds for a request's head, from the connection or the answer before on
SILENT_FOR = 120.0  # seconds that a server may think, and a client may take for the next piece
CONNECT_WITHIN = 10.0  # seconds for each address of a host
MOST_FOREWORDS = 10  # answers of a server that say no more than that there will be one
MOST_ADDRESSES = 4  # of a host that are tried

log = logging.getLogger("datahall.egress")


@dataclass
class _Peer:
    """One end of a conversation in HTTP."""

    stream: Stream
    protocol: h11.Connection

    async def read_event(self, *, within: float) -> h11.Event | type[h11.PAUSED]:
        """Return the next event; one side's silence ends the waiting."""
        async with asyncio.timeout(within):
            while True:
                event = self.protocol.next_event()
                if event is not h11.NEED_DATA:
                    return event  # type: ignore[return-value]  # h11 types its sentinels as classes
                self.protocol.receive_data(await self.stream.reader.read(PIECE))

    async def send(self, event: h11.Event, *, share: Share | None = None) -> None:
        """Write an event, in the turn of whose it is where it may be large, and wait until there is room for more."""
        data = self.protocol.send(event)
        if data and share is not None:
            async with share.turn():
                self.stream.writer.write(data)
        elif data:
            self.stream.writer.write(data)
        async with asyncio.timeout(SILENT_FOR):
            await self.stream.writer.drain()


async def serve_proxy(stream: Stream, *, destinations: Destinations, share: Share) -> None:
    """Serve one connection until it ends, falls silent, or asks for what is refused."""
    client = _Peer(stream, h11.Connection(h11.SERVER, max_incomplete_event_size=LARGEST_HEAD))
    try:
        while await _serve_request(client, destinations=destinations, share=share):
            client.protocol.start_next_cycle()
        await stream.finish()
    except Refusal as refusal:
        share.refused += 1
        await _answer_refusal(client, refusal)
    except h11.RemoteProtocolError as error:
        share.refused += 1
        status = error.error_status_hint
        await _answer_refusal(
            client, BadRequest("bad-request", N_("This is no request that can be understood.")), status
        )
    except (OSError, h11.LocalProtocolError):
        pass  # somebody has broken off or keeps silent: half an answer is ended, so that nobody takes it for whole
    finally:
        stream.abort()


async def _serve_request(client: _Peer, *, destinations: Destinations, share: Share) -> bool:
    """Serve one request; return whether another may follow on this connection."""
    try:
        request = await client.read_event(within=HEAD_WITHIN)
    except TimeoutError:
        if client.protocol.trailing_data[0]:
            raise SlowRequest("request-slow", N_("The request did not come in time.")) from None
        return False
    if not isinstance(request, h11.Request):
        return False
    if request.method == b"CONNECT":
        await _serve_tunnel(client, request, destinations=destinations, share=share)
        return False
    await _serve_plain(client, request, destinations=destinations, share=share)
    return client.protocol.our_state is h11.DONE and client.protocol.their_state is h11.DONE


async def _serve_tunnel(client: _Peer, request: h11.Request, *, destinations: Destinations, share: Share) -> None:
    host, port = parse_authority(request.target)
    destination = await destinations.find(host, port, scheme="https", share=share)
    log.debug("tunnel to %s", destination.host)
    onward = await _open_tunnel(destination)
    try:
        await client.send(h11.Response(status_code=200, headers=[], reason=b"Connection established"))
        early, _ = client.protocol.trailing_data
        if early:
            onward.writer.write(early)
    except BaseException:
        onward.abort()
        raise
    await join_streams(client.stream, onward, share=share)


async def _serve_plain(client: _Peer, request: h11.Request, *, destinations: Destinations, share: Share) -> None:
    host, port, path = parse_target(request.target)
    destination = await destinations.find(host, port, scheme="http", share=share)
    log.debug("request to %s", destination.host)
    authority = write_authority(destination)
    further: Headers = []
    if destination.proxy:
        path = b"http://" + authority + path
        further = write_authorization(destination.proxy)
        stream = await _connect_to_proxy(destination.proxy)
    else:
        stream = await _connect_to_any(destination)
    server = _Peer(stream, h11.Connection(h11.CLIENT, max_incomplete_event_size=LARGEST_HEAD))
    headers = [(b"host", authority), *further, (b"connection", b"close"), *frame_body(request.headers)]
    headers += keep_headers(request.headers, without={b"host", b"content-length"})

    def give_up(sent: asyncio.Future[None]) -> None:
        """Wait for no answer where what was asked could not be sent whole."""
        if not sent.cancelled() and sent.exception() is not None:
            stream.abort()

    try:
        await server.send(h11.Request(method=request.method, target=path, headers=headers))
        sending = asyncio.ensure_future(_send_body(client, server, share=share))
        sending.add_done_callback(give_up)
        try:
            await _return_answer(server, client, share=share)
        finally:
            sending.cancel()  # where the answer came first, the rest is not wanted, nor this connection again
            await asyncio.gather(sending, return_exceptions=True)
    except (OSError, h11.RemoteProtocolError):
        if client.protocol.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            raise Unreachable("bad-answer", N_("{host} gave no answer that can be understood."), host=host) from None
        raise ConnectionAbortedError from None  # half an answer
    finally:
        stream.abort()


async def _send_body(client: _Peer, server: _Peer, *, share: Share) -> None:
    if client.protocol.they_are_waiting_for_100_continue:
        await client.send(h11.InformationalResponse(status_code=100, headers=[]))
    async for data in _read_body(client):
        await server.send(h11.Data(data=data), share=share)
    await server.send(h11.EndOfMessage())


async def _return_answer(server: _Peer, client: _Peer, *, share: Share) -> None:
    """Read what a server answers and pass it on; what it says before the answer itself is for us alone."""
    try:
        for _ in range(MOST_FOREWORDS):
            answer = await server.read_event(within=SILENT_FOR)
            if not isinstance(answer, h11.InformationalResponse):
                break
    except TimeoutError:
        raise TooSlow("no-answer", N_("No answer came in time.")) from None
    if not isinstance(answer, h11.Response):
        raise h11.RemoteProtocolError("it ended without an answer")
    headers = keep_headers(answer.headers, without=set())
    await client.send(h11.Response(status_code=answer.status_code, headers=headers, reason=answer.reason))
    async for data in _read_body(server):
        await client.send(h11.Data(data=data), share=share)
    await client.send(h11.EndOfMessage())


async def _read_body(peer: _Peer) -> AsyncIterator[bytes]:
    while True:
        event = await peer.read_event(within=SILENT_FOR)
        if not isinstance(event, h11.Data):
            return
        yield bytes(event.data)


async def _open_tunnel(destination: Destination) -> Stream:
    """Return a stream that ends at the destination, by the operator's proxy where there is one."""
    if not destination.proxy:
        return await _connect_to_any(destination)
    stream = await _connect_to_proxy(destination.proxy)
    proxy = _Peer(stream, h11.Connection(h11.CLIENT, max_incomplete_event_size=LARGEST_HEAD))
    target = write_authority(destination, always_port=True)
    try:
        headers = [(b"host", target), *write_authorization(destination.proxy)]
        await proxy.send(h11.Request(method=b"CONNECT", target=target, headers=headers))
        answer = await proxy.read_event(within=SILENT_FOR)
        early = proxy.protocol.trailing_data[0]
    except (OSError, h11.ProtocolError):
        stream.abort()
        raise _unreachable(destination.host) from None
    if not isinstance(answer, h11.Response) or answer.status_code // 100 != 2:
        stream.abort()
        raise _unreachable(destination.host)
    # Whoever listens speaks last here: nothing has been asked of the destination yet.
    if early:
        stream.reader.feed_data(early)
    return stream


async def _connect_to_any(destination: Destination) -> Stream:
    for number in destination.addresses[:MOST_ADDRESSES]:
        with contextlib.suppress(OSError):
            async with asyncio.timeout(CONNECT_WITHIN):
                return await connect(number, destination.port)
    raise _unreachable(destination.host)


async def _connect_to_proxy(proxy: str) -> Stream:
    parts = urlsplit(proxy)
    tls = parts.scheme == "https"
    try:
        async with asyncio.timeout(CONNECT_WITHIN):
            return await connect(parts.hostname or "", parts.port or (443 if tls else 80), tls=tls)
    except (OSError, ssl.SSLError):
        raise Unreachable("proxy-away", N_("The proxy of this hall's own network does not answer.")) from None


def _unreachable(host: str) -> Unreachable:
    return Unreachable("unreachable", N_("{host} can't be reached."), host=host)


async def _answer_refusal(client: _Peer, refusal: Refusal, status: int | None = None) -> None:
    """Say why, where nothing has been said yet."""
    if client.protocol.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
        return
    body = refusal.describe().encode()
    headers = [
        ("content-type", "text/plain; charset=utf-8"), ("content-length", str(len(body))), ("connection", "close"),
        ("x-datahall-refusal", refusal.code),
    ]  # fmt: skip
    with contextlib.suppress(OSError, h11.LocalProtocolError):
        # Of a tunnel that is refused most programs tell nothing but the status and its phrase.
        phrase = f"refused by the hall: {refusal.code}".encode()
        await client.send(h11.Response(status_code=status or refusal.status, headers=headers, reason=phrase))
        await client.send(h11.Data(data=body))
        await client.send(h11.EndOfMessage())
        await client.stream.finish()
