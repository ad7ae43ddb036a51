"""The same falls in a hall that an ordinary user has started, in a shorter run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys import test_survival
from tests.journeys.ordinary_hall import ask_as_user, find_users_processes, open_ordinary_hall
from tests.journeys.test_survival import Class
from tests.soak import rounds

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("bubblewrap")]
PEOPLE = max(2, rounds(10))
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
test_nothing_outlives_the_hall = test_survival.test_no_zombie_is_left_and_nothing_of_it_all_outlives_the_hall
