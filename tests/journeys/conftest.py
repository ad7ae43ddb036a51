"""One newcomer's hall for all journeys, and one Chromium."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.conftest import require_program
from tests.journeys.fresh_checkout import Newcomer
from tests.soak import rounds

# Where no root runs the tests, the halls of `test_red_team.py` and `test_survival.py` are an ordinary user's already.
collect_ignore_glob = [] if os.geteuid() == 0 else ["*_of_an_ordinary_user.py"]


@pytest.fixture(scope="module")
def mirror() -> str:
    """The folder of real source files; without it a journey is skipped, and fails where CI is set."""
    folder = os.environ.get("DATAHALL_MIRROR")
    if not folder:
        reason = "DATAHALL_MIRROR names no folder of source files"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return folder


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory, mirror: str) -> Iterator[Newcomer]:
    """Somebody who copied the checkout into an empty folder, lost power while it was set up, and typed `make up`."""
    require_program("bwrap")
    person = Newcomer(tmp_path_factory.mktemp("newcomer"), mirror=mirror)
    person.set_up()
    try:
        person.kill_set_up(times=rounds(20))
        person.make_up()
        yield person
    finally:
        person.end()
