"""One small hall for all claims that only read it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.hub.hall.portal_records import BARE, HOSTILE, MANY, TAME, keep
from tests.hub.hall.small_hall import SmallHall, furnish


@pytest.fixture(scope="session")
def small_hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallHall]:
    """A furnished hall without hub and proxy, which has harvested a portal; what tests change they put back."""
    home = tmp_path_factory.mktemp("small") / "home"
    furnish(home)
    keep(home, TAME, HOSTILE, BARE, MANY)
    running = SmallHall(home).start()
    with running.fetch_client() as client:  # its failure is what some tests are about
        client.post("/fetch", json={"ids": ["ocean/unreachable"], "wait": 30}).raise_for_status()
    yield running
    running.stop()


@pytest.fixture
def visitor(small_hall: SmallHall) -> Iterator[httpx.Client]:
    """A visitor of the small hall, without cookies."""
    with small_hall.client() as client:
        yield client


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each operation that schemathesis asks an id of its own; with pytest 9.2 they share one, and run once."""
    for item in items:
        if (label := getattr(item, "operation_label", None)) and item.id.params is None:
            item._id = item.id.with_params(label)
