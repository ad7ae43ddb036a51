"""Large answers are made one after another, and only so many wait."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import pytest
from datahall_hub.services.hall.ckan.actions import FEW, Call, is_large
from datahall_hub.services.hall.ckan.arguments import Arguments
from datahall_hub.services.hall.turns import Crowded, Turns


def test_one_has_a_turn_at_a_time_and_too_many_are_refused() -> None:
    turns, running, most = Turns(most_waiting=2), 0, 0

    async def have_a_turn() -> str:
        nonlocal running, most
        try:
            async with turns.take():
                running += 1
                most = max(most, running)
                await asyncio.sleep(0.01)
                running -= 1
                return "had"
        except Crowded:
            return "refused"

    async def ask() -> list[list[str]]:
        return [await asyncio.gather(*(have_a_turn() for _ in range(5))) for _ in range(2)]

    assert asyncio.run(ask()) == [["had"] * 3 + ["refused"] * 2] * 2
    assert most == 1


def test_a_turn_ends_with_an_error_and_with_whoever_gives_up() -> None:
    turns = Turns(most_waiting=1)

    async def fail() -> None:
        async with turns.take():
            await asyncio.sleep(0.01)
            raise ZeroDivisionError

    async def ask() -> str:
        failing, waiting = asyncio.create_task(fail()), asyncio.create_task(fail())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(failing, waiting, return_exceptions=True)
        async with turns.take():
            return "had"

    assert asyncio.run(ask()) == "had"


@pytest.mark.parametrize(
    ("name", "parameters", "expected"),
    [
        ("package_search", {"rows": str(FEW + 1)}, True),
        ("package_search", {"rows": FEW}, False),
        ("package_search", {}, False),
        ("package_list", {}, True),
        ("package_list", {"limit": 10}, False),
        ("current_package_list_with_resources", {}, True),
        ("package_show", {"id": "a"}, False),
    ],
)
def test_an_answer_is_large_by_how_many_datasets_are_asked_for(
    name: str, parameters: dict[str, Any], expected: bool
) -> None:
    assert is_large(name, Call(Arguments(parameters), base_url="", language="en")) is expected


def test_a_flood_of_large_answers_leaves_readers_theirs(visitor: httpx.Client) -> None:
    async def flood() -> tuple[list[int], list[float]]:
        limits = httpx.Limits(max_connections=100)
        async with httpx.AsyncClient(base_url=visitor.base_url, timeout=60, limits=limits, trust_env=False) as client:
            large = [client.get("/api/3/action/package_search", params={"rows": 1_000}) for _ in range(60)]
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
