"""Large answers are made one after another, and only so many wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

import httpx
import pytest
from datahall_hub.services.hall.ckan.actions import FEW, Call, is_large
from datahall_hub.services.hall.ckan.arguments import Arguments
from datahall_hub.services.hall.ckan.routes import answer_in_turn
from datahall_hub.services.hall.turns import Crowded, Turns
from fastapi import Request, Response


def test_one_has_a_turn_at_a_time_and_too_many_are_refused() -> None:
    turns, running, most = Turns(most_waiting=2), 0, 0

    async def have_a_turn(client: str) -> str:
        nonlocal running, most
        try:
            async with turns.take(client):
                running += 1
                most = max(most, running)
                await asyncio.sleep(0.01)
                running -= 1
                return "had"
        except Crowded:
            return "refused"

    async def ask() -> list[list[str]]:
        return [await asyncio.gather(*map(have_a_turn, "abcde")) for _ in range(2)]

    assert asyncio.run(ask()) == [["had"] * 3 + ["refused"] * 2] * 2
    assert most == 1


def test_a_turn_ends_with_an_error_and_with_whoever_gives_up() -> None:
    turns = Turns(most_waiting=1)

    async def fail() -> None:
        async with turns.take(""):
            await asyncio.sleep(0.01)
            raise ZeroDivisionError

    async def ask() -> str:
        failing, waiting = asyncio.create_task(fail()), asyncio.create_task(fail())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(failing, waiting, return_exceptions=True)
        async with turns.take(""):
            return "had"

    assert asyncio.run(ask()) == "had"


def test_one_client_has_two_turns_and_others_theirs() -> None:
    turns = Turns()

    async def have_a_turn(client: str) -> str:
        try:
            async with turns.take(client):
                await asyncio.sleep(0.01)
                return "had"
        except Crowded:
            return "refused"

    async def ask() -> list[list[str]]:
        return [await asyncio.gather(*map(have_a_turn, ["a"] * 30 + ["b", "c"])) for _ in range(2)]

    assert asyncio.run(ask()) == [["had"] * 2 + ["refused"] * 28 + ["had"] * 2] * 2


@pytest.mark.parametrize(
    ("name", "parameters", "expected"),
    [
        ("package_search", {"rows": str(FEW + 1)}, True),
        ("package_search", {"rows": FEW}, False),
        ("package_search", {}, False),
        ("package_list", {}, False),
        ("package_list", {"limit": 10}, False),
        ("current_package_list_with_resources", {}, True),
        ("package_show", {"id": "a"}, False),
    ],
)
def test_an_answer_is_large_by_how_many_datasets_are_asked_for(
    name: str, parameters: dict[str, Any], expected: bool
) -> None:
    assert is_large(name, Call(Arguments(parameters), base_url="", language="en")) is expected


def ask_much(client: httpx.AsyncClient, *, place: str) -> Coroutine[Any, Any, httpx.Response]:
    headers = {"x-forwarded-for": place}
    return client.get("/api/3/action/package_search", params={"rows": 1_000}, headers=headers)


def test_who_asks_much_and_hangs_up_keeps_nobody_from_the_api(visitor: httpx.Client) -> None:
    async def hang_up(stop: asyncio.Event) -> None:
        while not stop.is_set():
            _, writer = await asyncio.open_connection(visitor.base_url.host, visitor.base_url.port)
            path = f"{visitor.base_url.path}api/3/action/package_search?rows=1000"
            writer.write(f"GET {path} HTTP/1.1\r\nHost: hall\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n".encode())
            await writer.drain()
            await asyncio.sleep(0.01)
            writer.close()

    async def ask() -> tuple[set[int], set[int]]:
        stop = asyncio.Event()
        greedy = [asyncio.create_task(hang_up(stop)) for _ in range(22)]
        names, whole = set(), set()
        async with httpx.AsyncClient(base_url=visitor.base_url, timeout=60, trust_env=False) as client:
            for _ in range(4):
                await asyncio.sleep(0.05)
                same = {"x-forwarded-for": "192.0.2.1"}
                names.add((await client.get("/api/3/action/package_list", headers=same)).status_code)
                whole.add((await ask_much(client, place="192.0.2.2")).status_code)
            stop.set()
            await asyncio.gather(*greedy)
            deadline = time.monotonic() + 10
            while (await ask_much(client, place="192.0.2.1")).status_code != 200:  # its places become free again
                assert time.monotonic() < deadline
                await asyncio.sleep(0.1)
        return names, whole

    assert asyncio.run(ask()) == ({200}, {200})


@pytest.mark.parametrize("stays", [True, False])
def test_nothing_is_made_for_who_hung_up_while_waiting(*, stays: bool) -> None:
    made = []

    async def receive() -> dict[str, Any]:
        if stays:
            await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    def make() -> Response:
        made.append("answer")
        return Response()

    request = Request({"type": "http", "method": "GET", "headers": []}, receive)
    asyncio.run(answer_in_turn(request, Turns(), make))
    assert made == (["answer"] if stays else [])


def test_a_flood_of_large_answers_leaves_readers_theirs(visitor: httpx.Client) -> None:
    async def flood() -> tuple[list[int], list[float]]:
        limits = httpx.Limits(max_connections=100)
        async with httpx.AsyncClient(base_url=visitor.base_url, timeout=60, limits=limits, trust_env=False) as client:
            large = [ask_much(client, place=f"192.0.2.{number}") for number in range(60)]
            asked = asyncio.gather(*large)
            waits = []
            while not asked.done():
                begun = time.monotonic()
                (await client.get("/api/3/action/status_show")).raise_for_status()
                waits.append(time.monotonic() - begun)
                await asyncio.sleep(0.02)
            return [answer.status_code for answer in await asked], waits

    statuses, waits = asyncio.run(flood())

    assert set(statuses) <= {200, 503}
    assert statuses.count(200) > 20
    assert sorted(waits)[len(waits) // 2] < 0.5
