"""What a person's kernel finds of harvested datasets, behind its walls and without asking the hall."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from tests.catalogs.harvested_records import file, keep_records, record
from tests.running_hall import RunningHall, RunningKernel

pytestmark = pytest.mark.sandbox

PORTAL = "glacier-office"
PATIENCE = 60.0
QUIET = "import os; os.environ.pop('DATAHALL_FETCH_URL', None); import datahall\n"  # nobody to ask


@pytest.fixture
def glaciers(hall: RunningHall) -> Iterator[None]:
    """A portal with one dataset, which the hall finds."""
    harvest(hall, "zermatt")
    yield
    harvest(hall)


def harvest(hall: RunningHall, *names: str) -> None:
    """Have the portal hold just these, and wait until the hall finds them."""
    kept = (
        record(file("https://portal.example/ice.csv"), id=each, title={"en": f"Icefall of {each}"}) for each in names
    )
    keep_records(hall.home, *(each.model_copy(update={"name": each.id}) for each in kept), source=PORTAL)
    with closing(hall.client()) as visitor:
        wait_for(lambda: count_found(visitor) == len(names))


def count_found(visitor: httpx.Client) -> int:
    return int(
        visitor.get("/services/hall/api/3/action/package_search", params={"q": "icefall"}).json()["result"]["count"]
    )


def wait_for(claim) -> None:
    deadline = time.monotonic() + PATIENCE
    while not claim():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def find_icefalls(kernel: RunningKernel) -> list[str]:
    return kernel.run("print(*sorted(each.id for each in datahall.search('icefall')))").split()


def test_a_sandbox_finds_harvested_datasets_and_goes_on_with_what_is_harvested_later(hall, glaciers, bubblewrap):
    with closing(hall.person("ines")) as ines:
        hall.start_server(ines, "ines")
        kernel = hall.open_kernel(ines, "ines")
        kernel.run(QUIET)

        assert find_icefalls(kernel) == [f"harvested/{PORTAL}--zermatt"]
        assert kernel.run("print(len(datahall.catalog['harvested']))").strip() == "1"
        opened = kernel.run(f"print(datahall.dataset('harvested/{PORTAL}--zermatt').entry.title)")
        assert "Icefall of zermatt" in opened

        harvest(hall, "zermatt", "aletsch")
        wait_for(lambda: len(find_icefalls(kernel)) == 2)
        assert kernel.run("print(len(datahall.catalog['harvested']))").strip() == "2"

        seen = kernel.run("!ls -a ~/catalogs/index ~/catalogs/index/search-*")
        assert "records.sqlite" in seen
        assert not {"cards.sqlite", "catalogs.stamp"} & set(seen.split())  # they name drafts
        held = kernel.run("!cat ~/catalogs/index/search-*/.tantivy-*.lock 2>&1; touch ~/catalogs/index/x 2>&1")
        assert held.count("No such file") == 2  # who could open a lock could hold it
        assert "Read-only file system" in held
        kernel.close()
        hall.stop_server(ines, "ines")
