"""A ticket opens one socket of one visit, within a minute."""

from __future__ import annotations

import asyncio

import pytest
import websockets
from datahall_hub.services.apps import socket_tickets
from datahall_hub.services.apps.socket_tickets import MOST_HELD, VALID_FOR, SocketTickets

from .running_apps import RunningApps, ask_for_socket, open_visit


def test_a_ticket_is_used_up_by_its_own_visit_alone():
    tickets = SocketTickets()
    ticket = tickets.issue("one")
    assert not tickets.use_up("other", ticket)
    assert not tickets.use_up("one", "")
    assert not tickets.use_up("one", "什么")
    assert tickets.use_up("one", ticket)
    assert not tickets.use_up("one", ticket)


def test_a_visit_holds_few_and_all_end(monkeypatch):
    tickets, now = SocketTickets(), 1000.0
    monkeypatch.setattr(socket_tickets.time, "monotonic", lambda: now)
    given = [tickets.issue("one") for _ in range(MOST_HELD + 1)]
    assert not tickets.use_up("one", given[0])
    assert tickets.use_up("one", given[1])
    now += VALID_FOR
    assert not tickets.use_up("one", given[2])
    tickets.issue("other")
    assert list(tickets._held) == ["other"]


@pytest.mark.sandbox
def test_the_address_of_a_socket_opens_it_once(small_apps: RunningApps) -> None:
    async def visit() -> list[int]:
        refused = []
        async with open_visit(small_apps, "plain") as page:
            used = await ask_for_socket(page.url, page.kernel_id)
            async with websockets.connect(used, proxy=None):
                pass
            for address in (used, used.partition("?")[0]):
                with pytest.raises(websockets.InvalidStatus) as answer:
                    await websockets.connect(address, proxy=None)
                refused.append(answer.value.response.status_code)
        return refused

    assert asyncio.run(visit()) == [403, 403]
