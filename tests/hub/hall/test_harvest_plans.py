"""Which portals are harvested and when: the plans of the settings, and the schedule that is made of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from datahall_hub.services.fetch.harvest_schedule import find_due, name_plans
from datahall_hub.settings import HarvestPlan, Settings
from pydantic import ValidationError

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
DAILY = HarvestPlan(address="https://portal.example/")


def state(**more: Any) -> Any:
    nothing = {"finished": None, "failure": None, "failed": None, "failures": 0}
    return SimpleNamespace(**nothing | more)


def test_a_portal_is_due_when_its_period_has_passed_since_the_last_harvest() -> None:
    assert find_due(DAILY, state(finished=NOW)) == NOW + timedelta(days=1)
    assert find_due(DAILY, None) < NOW
    assert find_due(DAILY, state(started=NOW)) < NOW  # it was interrupted


@pytest.mark.parametrize(
    ("failures", "every", "minutes"),
    [(1, "P1D", 15), (2, "P1D", 30), (3, "P1D", 60), (20, "P7D", 1440), (1, "PT10M", 15), (9, "PT10M", 15)],
)
def test_a_portal_that_fails_is_left_in_peace_for_longer_and_longer(failures: int, every: str, minutes: int) -> None:
    plan = HarvestPlan.model_validate({"address": "https://portal.example/", "every": every})
    failed = state(failure={"code": "unreachable"}, failed=NOW, failures=failures)
    assert find_due(plan, failed) == NOW + timedelta(minutes=minutes)


def test_two_catalogs_on_one_host_have_names_of_their_own() -> None:
    plans = [HarvestPlan(address=f"https://portal.example/{each}.json") for each in "ab"]
    assert len(name_plans(plans)) == 2
    assert list(name_plans(plans[:1])) == ["portal-example"]


@pytest.mark.parametrize(
    "text",
    ['[{"address": "https://a.example/", "every": "PT6H"}]', '[{"address": "https://a.example/", "name": "a"}]', "[]"],
)
def test_harvests_are_set_by_json_and_handed_on_as_they_are(
    text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path, harvests=text)  # type: ignore[arg-type]  # as the command line gives it
    for name, value in settings.as_environment().items():
        monkeypatch.setenv(name, value)
    assert Settings().harvests == settings.harvests
    assert len(settings.harvests) == len(json.loads(text))


def test_harvests_are_set_in_the_file_by_tables(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('[[harvests]]\naddress = "https://a.example/"\nevery = "P7D"\n')
    assert Settings(home=tmp_path).harvests == (HarvestPlan(address="https://a.example/", every=timedelta(days=7)),)


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        '[{"address": "file:///etc/passwd"}]',
        '[{"address": "https://me:secret@a.example/"}]',
        '[{"address": "https://a.example/", "every": "PT1S"}]',
        '[{"address": "https://a.example/", "name": "../x"}]',
        '[{"address": "https://a.example/", "naem": "x"}]',
        '[{"address": "https://a.example/"}, {"address": "https://a.example/"}]',
    ],
)
def test_a_harvest_that_cannot_be_meant_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="harvests"):
        Settings(home=tmp_path, harvests=text)  # type: ignore[arg-type]  # as the command line gives it


@pytest.mark.parametrize("name", ["own", "unknown"])
def test_a_portal_of_the_settings_cannot_pass_for_this_hall(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="cannot be called own or unknown"):
        Settings(home=tmp_path, harvests=({"address": "https://p.example", "name": name},))  # type: ignore[arg-type]  # as in the file
