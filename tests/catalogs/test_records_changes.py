"""A large portal of CKAN is asked for what has changed, and read whole where that does not add up."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from datahall._records.harvesting import harvest
from datahall._records.record_store import RecordStore

from tests.catalogs.portal_answers import TITLE, CkanPortal
from tests.catalogs.small_server import SmallServer

NOW = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
WHOLE = 3  # pages of the portal below


@pytest.fixture
def portal(server: SmallServer, home: object) -> CkanPortal:
    """A portal of 2,500 datasets that has been harvested."""
    made = CkanPortal(server, *(f"d{number}" for number in range(2_500)))
    harvest(made.url, name="big")
    server.asked.clear()
    return made


def counts(portal: CkanPortal) -> tuple[int, ...]:
    result = harvest(portal.url, name="big").result
    return tuple(result[word] for word in ("harvested", "added", "updated", "unchanged", "missing"))


def test_of_a_portal_that_has_not_changed_only_the_number_is_asked_for(portal: CkanPortal, server: SmallServer) -> None:
    assert counts(portal) == (2_500, 0, 0, 2_500, 0)
    assert len(server.asked) == 2 + TITLE
    assert counts(portal) == (2_500, 0, 0, 2_500, 0)


def test_what_is_new_or_has_changed_is_taken_in_without_the_rest(portal: CkanPortal, server: SmallServer) -> None:
    portal.modified = {"d7": NOW, "new": NOW}
    portal.names.append("new")
    assert counts(portal) == (2_501, 1, 1, 2_499, 0)
    assert len(server.asked) == 2 + TITLE
    assert counts(portal) == (2_501, 0, 0, 2_501, 0)
    assert RecordStore().last_change == 2_502


def test_where_one_is_gone_the_whole_is_read(portal: CkanPortal, server: SmallServer) -> None:
    portal.names.remove("d9")
    portal.names.append("new")
    portal.modified = {"new": NOW}
    assert counts(portal) == (2_500, 1, 0, 2_499, 1)
    assert len(server.asked) == 2 + WHOLE + TITLE
    assert counts(portal) == (2_500, 0, 0, 2_500, 1)


def test_a_portal_that_cannot_filter_is_read_whole(portal: CkanPortal, server: SmallServer) -> None:
    portal.rejects_filters = True
    assert counts(portal) == (2_500, 0, 0, 2_500, 0)
    assert len(server.asked) == 2 + WHOLE + TITLE


def test_after_a_week_the_whole_is_read(
    portal: CkanPortal, server: SmallServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datahall._records.ckan_changes.WHOLE_EVERY", datetime.max - datetime.max)
    assert counts(portal) == (2_500, 0, 0, 2_500, 0)
    assert len(server.asked) == WHOLE + TITLE
