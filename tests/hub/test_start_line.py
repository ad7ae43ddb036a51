"""The line in which starts wait."""

from __future__ import annotations

import asyncio

from datahall_hub.start_line import Place, StartLine


class Walk:
    """Somebody who stands in the line, goes on, and is let out."""

    def __init__(self, line: StartLine, *, name: str, went: list[str]) -> None:
        self.place = Place()
        self.out = asyncio.Event()
        self._line, self._name, self._went = line, name, went
        self.task = asyncio.create_task(self._go())

    async def _go(self) -> None:
        async with self._line.turn(self.place):
            self._went.append(self._name)
            await self.out.wait()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_so_many_go_at_once_and_the_others_in_the_order_they_came():
    async def play() -> None:
        line, went = StartLine(2), list[str]()
        walks = [Walk(line, name=name, went=went) for name in "abcd"]
        await settle()
        assert went == ["a", "b"]
        assert [line.count_before(walk.place) for walk in walks] == [None, None, 0, 1]

        walks[1].out.set()
        await settle()
        assert went == ["a", "b", "c"]
        assert line.count_before(walks[3].place) == 0
        assert walks[3].place.moved.is_set()
        for walk in walks:
            walk.out.set()
        await asyncio.gather(*(walk.task for walk in walks))
        assert went == ["a", "b", "c", "d"]

    asyncio.run(play())


def test_whoever_leaves_the_line_lets_those_behind_move_up():
    async def play() -> None:
        line, went = StartLine(1), list[str]()
        walks = [Walk(line, name=name, went=went) for name in "abcd"]
        await settle()
        walks[1].task.cancel()
        await settle()
        assert [line.count_before(walk.place) for walk in walks] == [None, None, 0, 1]

        walks[0].task.cancel()  # one who is going may be stopped as well
        await settle()
        assert went == ["a", "c"]
        for walk in walks:
            walk.out.set()
        await asyncio.gather(*(walk.task for walk in walks), return_exceptions=True)
        assert went == ["a", "c", "d"]

    asyncio.run(play())


def test_one_who_is_called_and_stopped_in_the_same_moment_takes_nobodys_turn():
    async def play() -> None:
        line, went = StartLine(1), list[str]()
        walks = [Walk(line, name=name, went=went) for name in "abc"]
        await settle()
        walks[0].out.set()
        await asyncio.sleep(0)  # a leaves, b is called
        walks[1].task.cancel()
        walks[2].out.set()
        await asyncio.wait_for(walks[2].task, 1)
        assert went[-1] == "c"

    asyncio.run(play())


def test_whoever_takes_too_long_goes_on_and_keeps_nobody_waiting():
    async def play() -> None:
        line, went = StartLine(1, longest=0.05), list[str]()
        walks = [Walk(line, name=name, went=went) for name in "ab"]
        await asyncio.sleep(0.1)
        assert went == ["a", "b"]
        assert not walks[0].task.done()

        later = Walk(line, name="c", went=went)  # b's turn has passed, too, and a's end gives nobody a second one
        await settle()
        walks[0].out.set()
        walks[1].out.set()
        late = Walk(line, name="d", went=went)
        await settle()
        assert went == ["a", "b", "c"]
        for walk in (later, late):
            walk.out.set()
        await asyncio.gather(*(walk.task for walk in (*walks, later, late)))

    asyncio.run(play())
