"""A hall of our own, started as an operator does, with state and port of its own."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.hub_session import HubSession
from tests.running_hall import RunningHall


@contextlib.contextmanager
def open_hall() -> Iterator[RunningHall]:
    """Run `datahall-hub up` in a temporary folder until the block ends."""
    with tempfile.TemporaryDirectory(prefix="datahall-bench-") as name:
        hall = RunningHall(Path(name) / "home").start()
        try:
            hall.wait_until_calm()
            yield hall
        finally:
            hall.stop()


@contextlib.contextmanager
def sign_in_somebody(hall: RunningHall, *, name: str = "alice") -> Iterator[HubSession]:
    """Sign in a new researcher, to whom the admin has given an account."""
    password = hall.create_person(name)
    with HubSession(f"{hall.url}/hub", name=name) as person:
        person.sign_in(password)
        yield person
