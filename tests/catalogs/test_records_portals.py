"""Every file of the shared portals, by the command line into one store: harvested, or listed with the reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from datahall import cli
from datahall._records.record_store import RecordStore

from tests.catalogs.test_harvesting_portals import COUNTERS, NO_CATALOGS, all_files

pytestmark = pytest.mark.usefixtures("home")

# Where the links inside the file's own folder lead to more records than the file itself has.
TREES = {"stac/cbers-partial/catalog.json": 4}


def harvest(place: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = cli.run(["harvest", str(place), "--json", *more])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_all_files_of_all_portals_are_harvested_into_one_store(
    portals: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = kept = 0
    for number, name in enumerate(all_files(portals)):
        if name.startswith("shapes/") or name in NO_CATALOGS:
            code, answer = harvest(portals / name, capsys)
            assert (code, answer["error"]["code"]) == (1, "unknown-format"), name
            continue
        code, answer = harvest(portals / name, capsys, "--name", f"p{number}")
        expected = TREES.get(name) or COUNTERS[name.partition("/")[0]](portals / name)
        assert code == 0, name
        assert set(answer) == {"harvested", "updated", "unchanged", "missing", "rejected"}
        assert answer["harvested"] + len(answer["rejected"]) == expected, name
        assert RecordStore().count(source=f"p{number}") == answer["harvested"], name
        found, kept = found + expected, kept + answer["harvested"]
    store = RecordStore()
    assert store.count() == kept == len({stored.id for stored in store.raw_changes()})
    assert found > 5_000
    assert kept >= 0.99 * found
