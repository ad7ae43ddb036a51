"""One service for all tests that only use it, as root and as an ordinary user."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.hub.egress.running_egress import Inside, RunningEgress, run_egress


@pytest.fixture(scope="package", params=["root", "ordinary user"])
def starter(request: pytest.FixtureRequest, bubblewrap: str) -> bool:
    """Whether root starts the service."""
    is_root = request.param == "root"
    if is_root and os.geteuid() != 0:
        pytest.skip("only root can be root")
    return is_root


@pytest.fixture(scope="package")
def egress(starter: bool) -> Iterator[RunningEgress]:
    with run_egress(is_root=starter) as running:
        yield running


@pytest.fixture(scope="package")
def inside(egress: RunningEgress) -> Inside:
    return egress.make_inside()
