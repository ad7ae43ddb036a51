"""What ids call a source: what somebody says, what it was called before, what a catalog in a file calls itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from datahall import cli
from datahall._harvesting.detection import read_content
from datahall._records.harvesting import harvest
from datahall._records.record_store import RecordStore
from datahall._records.source_names import name_catalog

from tests.catalogs.portal_answers import CONFORMS, data_json

pytestmark = pytest.mark.usefixtures("home")


def catalog(*publishers: str, **more: Any) -> bytes:
    """A data.json with a dataset of each publisher."""
    datasets = [
        {"identifier": f"d{number}", "title": f"D {number}", "publisher": {"name": name}}
        for number, name in enumerate(publishers)
    ]
    return json.dumps({"conformsTo": CONFORMS, "dataset": datasets, **more}).encode()


def name_of(content: bytes) -> str:
    return name_catalog(read_content(content, address="data.json"))


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (catalog("Rain office", title="Open data of Wien"), "open-data-of-wien"),
        (catalog("Rain office", title="Öppna data från Åre"), "oppna-data-fran-are"),
        (catalog("Rain office", title={"zh": "公共数据目录", "en": "Public data"}), "public-data"),
        (catalog("Rain office", "Rain office"), "rain-office"),
        (catalog("Rain office", title="公共数据目录"), "rain-office"),
        (catalog("Rain office", "Snow office"), ""),
        (catalog("Rain office", ""), ""),
        (catalog("气象局"), ""),
        (catalog("", title="own"), ""),
        (catalog("", title="This Hall"), ""),
        (catalog("", title="../../etc/passwd"), "etc-passwd"),
        (catalog("", title="word " * 60), "word-word-word-word-word-word-word-word-word-word-word-word"[:59]),
        (catalog(), ""),
    ],
    ids=[
        "title", "accents", "languages", "publisher", "Chinese title", "several", "one unsaid", "Chinese publisher",
        "a word of filters", "this hall", "a path", "a long one", "nothing",
    ],
)  # fmt: skip
def test_a_catalog_in_a_file_is_called_as_it_calls_itself(content: bytes, name: str) -> None:
    assert name_of(content) == name


def test_catalogs_of_the_world_name_themselves(portals: Path) -> None:
    names = {
        "dcat-ap/sweden-sgu.rdf": "oppna-data-fran-sveriges-geologiska-undersokning",
        "dcat-ap/italy-unical-catalog.rdf": "universita-della-calabria",
        "stac/landsat-collection-0.9.0.json": "usgs",
    }
    for file, name in names.items():
        assert harvest(str(portals / file)).name == name


def test_a_name_that_is_given_or_known_comes_first(tmp_path: Path) -> None:
    file = tmp_path / "data.json"
    file.write_bytes(catalog("Rain office"))
    assert harvest(str(file), name="mine").name == "mine"
    file.write_bytes(catalog("Snow office", title="Snow"))
    assert harvest(str(file)).name == "mine"  # its ids stay
    assert RecordStore().list_ids(rows=9) == ["harvested/mine--d0"]


def test_two_files_of_one_title_have_names_of_their_own_and_a_nameless_one_is_called_as_the_file(
    tmp_path: Path,
) -> None:
    names = []
    for folder, content in (
        ("a", catalog("x", title="Rain")),
        ("b", catalog("y", title="Rain")),
        ("c", data_json("d")),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "data.json").write_bytes(content)
        names.append(harvest(str(tmp_path / folder / "data.json")).name)
    assert names[0] == "rain"
    assert names[1].startswith("rain-")
    assert len(names[1]) == len("rain-123456")
    assert names[2] == "data"


def test_the_help_says_what_ids_call_a_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["harvest", "--help"]) == 0
    assert "by its host, a file by its title or publisher" in " ".join(capsys.readouterr().out.split())
