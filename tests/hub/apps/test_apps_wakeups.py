"""A reader that was not told of its message is woken: without that a page now and then never ends."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import zmq
import zmq.asyncio
from datahall_hub.services.apps.wakeups import kept_awake

SOON = 2.0  # seconds


async def lose_an_edge(reader: zmq.asyncio.Socket, writer: zmq.Socket[bytes]) -> asyncio.Future[int]:
    """Start to wait for a message, let it come, and take away the news of it before the event loop looks."""
    waiting = asyncio.ensure_future(reader.poll())
    await asyncio.sleep(0.05)
    writer.send(b"the reply")
    while not zmq.Socket.shadow(reader.underlying).get(zmq.EVENTS) & zmq.POLLIN:
        pass
    await asyncio.sleep(0.2)
    return waiting


async def wait_for_a_reply_whose_edge_is_lost(*, awake: bool) -> bool:
    """Return whether the reader learned of its message."""
    with zmq.asyncio.Context() as context:
        reader = context.socket(zmq.PAIR)
        port = reader.bind_to_random_port("tcp://127.0.0.1")
        quiet = context.socket(zmq.PAIR)
        with zmq.Context() as plain, plain.socket(zmq.PAIR) as writer, reader, quiet:
            writer.connect(f"tcp://127.0.0.1:{port}")
            channel, other = SimpleNamespace(socket=reader), SimpleNamespace(socket=quiet)
            client = SimpleNamespace(channels_running=True, shell_channel=channel, iopub_channel=other)
            waiting = await lose_an_edge(reader, writer)
            async with kept_awake(lambda: client if awake else None):
                done, _ = await asyncio.wait([waiting], timeout=SOON)
            waiting.cancel()
            return bool(done)


def test_a_reader_that_missed_its_message_is_woken():
    assert asyncio.run(wait_for_a_reply_whose_edge_is_lost(awake=True))


def test_without_being_woken_it_sleeps_beside_its_message():
    assert not asyncio.run(wait_for_a_reply_whose_edge_is_lost(awake=False))
