"""The same attacks on a hall that an ordinary user has started, in a shorter run.

Everybody in it is that one user of the machine, parted by namespaces alone, and there are no control groups.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.arena import BOUNDS, Arena
from tests.journeys.ordinary_hall import find_users_processes, open_ordinary_hall
from tests.journeys.test_red_team import (
    test_a_fork_bomb_stays_within_a_persons_processes as test_a_fork_bomb_stays_within_a_persons_processes,
)
from tests.journeys.test_red_team import (
    test_a_kernel_that_fills_the_memory_ends_alone as test_a_kernel_that_fills_the_memory_ends_alone,
)
from tests.journeys.test_red_team import test_forged_requests_are_refused as test_forged_requests_are_refused
from tests.journeys.test_red_team import test_nobody_elses_door_opens as test_nobody_elses_door_opens
from tests.journeys.test_red_team import test_nothing_breaks_out as test_nothing_breaks_out
from tests.journeys.test_red_team import test_nothing_of_others_can_be_read as test_nothing_of_others_can_be_read
from tests.journeys.test_red_team import (
    test_what_is_planted_in_a_home_leads_nobody_elsewhere as test_what_is_planted_in_a_home_leads_nobody_elsewhere,
)
from tests.journeys.test_red_team import unharmed as unharmed

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("bubblewrap")]


@pytest.fixture(scope="module")
def arena(bubblewrap: str) -> Iterator[Arena]:
    options = [word for name, bound in BOUNDS.items() for word in (f"--{name}", str(bound))]
    with open_ordinary_hall(options) as hall:
        arena = Arena.open(hall)
        yield arena
        arena.close()
        hall.stop()
        assert find_users_processes() == []
