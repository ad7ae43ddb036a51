"""The same falls in a hall that an ordinary user has started, in a shorter run."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys import test_survival
from tests.journeys.ordinary_hall import ask_as_user, find_users_processes, open_ordinary_hall
from tests.journeys.test_survival import Class, check, wait_for
from tests.soak import rounds

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("bubblewrap")]
PEOPLE = max(2, rounds(10))
FORK_SERVERS = ("fork-server", "fork-kernel")
FIND_SERVING = """
from datahall_forkserver import ForkServer
from datahall_hub.home import resolve_home
from pathlib import Path
print(ForkServer(resolve_home(Path({home!r})).fork_socket({profile!r})).describe()["pid"])
"""


class ClassOfAnOrdinaryUser(Class):
    """Its fork servers answer nobody else, not even root."""

    def find_serving(self, name: str) -> int:
        code = FIND_SERVING.format(home=str(self.hall.home), profile=name.removeprefix("fork-"))
        return int(ask_as_user(self.hall, code))


@pytest.fixture(scope="module")
def at_work(bubblewrap: str) -> Iterator[Class]:
    with open_ordinary_hall([]) as hall:
        yield ClassOfAnOrdinaryUser.gather(hall, count=PEOPLE)
    assert find_users_processes() == []


test_whatever_is_killed_everybody_works_on = (
    test_survival.test_whatever_is_killed_everybody_works_on_and_somebody_new_starts
)


def test_when_packages_change_everybody_works_on_and_who_comes_next_is_forked_anew(at_work):
    serving = {name: at_work.find_serving(name) for name in FORK_SERVERS}
    python = Path(next(word for word in at_work.hall.command if word.endswith("/.venv/bin/python")))
    installed = next(python.parents[1].glob("lib/python3*/site-packages/numpy-*.dist-info"))

    os.utime(installed)  # as an upgrade leaves it

    wait_for(lambda: check(all(at_work.find_serving(name) != pid for name, pid in serving.items())), within=60)
    noted = json.loads((at_work.hall.home / "run/hall.json").read_text())["children"]
    assert {name: noted[name]["renewals"] for name in FORK_SERVERS} == dict.fromkeys(FORK_SERVERS, 1)
    at_work.assert_all_at_work()
    assert at_work.start_somebody_new() < 60
    assert "is renewed, and whatever was forked runs on" in at_work.hall._read_output()


test_nothing_outlives_the_hall = test_survival.test_no_zombie_is_left_and_nothing_of_it_all_outlives_the_hall
