"""`server-start`: a person's notebook server, from the request at the hub's API until it is ready."""

from __future__ import annotations

from tests.benchmarks.hub_session import HubSession
from tests.benchmarks.measurement import Measurement, Tries
from tests.benchmarks.our_hall import open_hall, sign_in_somebody
from tests.benchmarks.stock_hub import stock_hub

ROUNDS = 5
LIMIT = 120.0  # seconds


def measure() -> list[Measurement]:
    """Measure stock, then ours: never both at once."""
    with stock_hub() as hub, HubSession(hub, name="alice") as person:
        person.sign_in("any password will do")
        stock_first, stock = _rounds(person)
    with open_hall() as hall, sign_in_somebody(hall) as person:
        first, ours = _rounds(person)
    note = (
        f"median of {ROUNDS} starts of one person's server, after a first one that took {first:.2f} s (ours) and "
        f"{stock_first:.2f} s (stock: SimpleLocalProcessSpawner, JupyterLab); ours starts inside a sandbox"
    )
    return [Measurement("server-start", "s", ours.median, stock.median, ours.failures, stock.failures, note=note)]


def _rounds(person: HubSession) -> tuple[float, Tries]:
    """Return the seconds of a first start, and the tries after it."""
    first = person.start_server(limit=LIMIT)
    person.stop_server(limit=60)
    seconds, failures = [], 0
    for _ in range(ROUNDS):
        try:
            seconds.append(person.start_server(limit=LIMIT))
        except TimeoutError:
            failures += 1
        person.stop_server(limit=60)
    return first, Tries(tuple(seconds), failures, LIMIT)
