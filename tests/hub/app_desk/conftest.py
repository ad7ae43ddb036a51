"""People of each role at the desk of apps, and versions in every state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from tests.hub.app_desk.desk_forms import AUTHOR, REVIEWER
from tests.hub.app_desk.seeded_versions import SeededVersions, seed_versions
from tests.hub.hall.test_hall_people import enter
from tests.running_hall import RunningHall


def sign_in(hall: RunningHall, name: str, role: str) -> Iterator[httpx.Client]:
    with closing(hall.person(name, [role])) as client:
        page = enter(client)
        assert f">{name}" in page.text, page.text
        yield client


@pytest.fixture(scope="package")
def author(hall: RunningHall) -> Iterator[httpx.Client]:
    yield from sign_in(hall, AUTHOR, "researcher")


@pytest.fixture(scope="package")
def reviewer(hall: RunningHall) -> Iterator[httpx.Client]:
    yield from sign_in(hall, REVIEWER, "steward")


@pytest.fixture(scope="package")
def student(hall: RunningHall) -> Iterator[httpx.Client]:
    yield from sign_in(hall, "pages-student", "student")


@pytest.fixture(scope="package")
def seeded(hall: RunningHall) -> Iterator[SeededVersions]:
    with seed_versions(hall.home) as versions:
        yield versions
