"""A catalog of more than a thousand datasets is a catalog of catalogs, which Intake by itself opens part by part."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import datahall
import intake
import pytest
import yaml
from datahall import cli
from datahall._entries.entry import Entry, EntryDistribution
from datahall._entries.record_entries import describe_stored
from datahall._exports.intake_parts import find_page, is_readable, list_parts, write_index, write_part
from datahall._exports.pages import Page
from datahall._exports.shelf import open_shelf
from datahall._harvesting.detection import read
from datahall._records.record_store import RecordStore

from tests.catalogs.harvested_records import file, keep_records, record
from tests.catalogs.portal_entries import read_file

HALL = "https://hall.example/services/hall"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address at which a server has it."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield tmp_path, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def harvested(number: int, url: str, **said: Any) -> Entry:
    said = {"access": "open", "license": "CC-BY-4.0", **said}
    offer = EntryDistribution(url, is_download=True, format="csv")
    return Entry(f"harvested/p--{number}", {"en": f"Rain {number}"}, source="p", distributions=(offer,), **said)


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # of aiohttp's sessions, which fsspec leaves open
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_plain_intake_opens_a_thousand_and_more_by_parts(served: tuple[Path, str]) -> None:
    folder, address = served
    (folder / "rain.csv").write_text("day,mm\n2024-01-01,3\n2024-01-02,4\n")
    entries = [harvested(number, f"{address}/rain.csv") for number in range(1_100)]
    pages = Page(len(entries))
    parts = list_parts(datahall.datasets(), harvested=pages)
    (folder / "catalog.yaml").write_bytes(write_index(parts, datahall.datasets(), base_url=address))
    (folder / "catalog").mkdir()
    for number in (1, 2):
        part = write_part([], entries[(number - 1) * 1_000 : number * 1_000], base_url=address)
        (folder / "catalog" / f"harvested-{number}.yaml").write_bytes(part)
    weather = [each for each in datahall.datasets() if each.theme == "weather"]
    (folder / "catalog" / "weather.yaml").write_bytes(write_part(weather, [], base_url=address))

    catalog = intake.from_yaml_file(f"{address}/catalog.yaml")

    assert {"weather", "transport", "harvested-1", "harvested-2"} <= set(catalog)
    second = catalog["harvested-2"].read()
    assert len(second.aliases) == 100
    assert second["harvested/p--1099"].read()["mm"].tolist() == [3, 4]
    assert set(catalog["weather"].read().aliases) == {each.id for each in weather}
    assert {each.id for each in weather} <= set(catalog.aliases)


def test_the_documented_line_means_the_same_in_a_hall_that_has_harvested_much() -> None:
    parts = list_parts(datahall.datasets(), harvested=Page(2_300))
    large = yaml.safe_load(write_index(parts, datahall.datasets(), base_url=HALL))
    small = yaml.safe_load(write_part(datahall.datasets(), [], base_url=HALL))

    line = "weather/seattle-weather"
    assert large["entries"][large["aliases"][line]] == small["entries"][small["aliases"][line]]
    assert small["data"].items() <= large["data"].items()


def test_a_terminal_exports_harvested_datasets_too(home: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    keep_records(home, record(file("https://portal.example/rain.csv", format="csv", is_download=True), access="open"))

    for more in ([], ["--base-url", HALL]):
        assert cli.run(["export", "intake", *more]) == 0
        document = yaml.safe_load(capsysbinary.readouterr().out)
        assert {"weather/seattle-weather", "harvested/portal--rain"} <= set(document["aliases"])
        assert document["data"]["harvested/portal--rain.csv"]["kwargs"]["url"] == "https://portal.example/rain.csv"


def test_of_a_thousand_distributions_only_the_one_that_intake_reads_is_looked_at(home: Path) -> None:
    unreadable = [
        file("https://portal.example/rain.xlsx", format="xlsx", is_download=True),
        file("https://portal.example/rain.zip", format="csv", packed="zip", is_download=True),
        file("https://portal.example/rain", format="csv"),
        file("ftp://portal.example/rain.csv", format="csv", is_download=True),
        file("no address", format="csv", is_download=True),
    ]
    more = [file(f"https://portal.example/{n}.csv", format="csv", is_download=True) for n in range(900)]
    keep_records(
        home,
        *(record(*unreadable * 19, *more, id=f"r{n}", name=f"r{n}", access="open") for n in range(3)),
        record(*unreadable, id="none", name="none", access="open"),
        record(id="empty", name="empty", access="open"),
        record(more[0], id="closed", name="closed", access="restricted"),
    )
    shelf = open_shelf()
    page = shelf.pages_of_harvested(1_000)
    taken = list(shelf.take_harvested(page, fits=is_readable))

    whole = list(map(describe_stored, RecordStore().take(start=0, rows=10)))
    assert all(len(entry.distributions) <= 1 for entry in taken)
    assert sum(len(entry.distributions) for entry in taken) == 4
    assert write_part([], taken, base_url=HALL) == write_part([], whole, base_url=HALL)
    assert len(yaml.safe_load(write_part([], taken, base_url=HALL))["aliases"]) == 3


@pytest.mark.parametrize(
    "name",
    ["ckan/package_search_q-name-bolsa.json", "dcat-us/gsa-harvester/dcatus_with_none.json"],
)
def test_a_part_is_the_same_as_that_of_whole_records(home: Path, portals: Path, name: str) -> None:
    harvest = read(read_file(portals / name))
    keep_records(home, *harvest.records)
    shelf = open_shelf()

    taken = shelf.take_harvested(shelf.pages_of_harvested(1_000), fits=is_readable)
    whole = map(describe_stored, RecordStore().take(start=0, rows=1_000))
    assert write_part([], taken, base_url=HALL) == write_part([], whole, base_url=HALL)


def test_every_dataset_is_in_one_part() -> None:
    parts = list_parts(datahall.datasets(), harvested=Page(2_300))

    assert sum(parts.values()) == len(datahall.datasets()) + 2_300
    assert (parts["harvested-1"], parts["harvested-3"]) == (1_000, 300)


@pytest.mark.parametrize(
    ("part", "number"),
    [("harvested-2", 2), ("harvested-", None), ("harvested-x", None), ("transport", None), ("harvested-²", None),
     ("harvested-99999999999999999999", None)],
)  # fmt: skip
def test_a_part_names_a_page_or_none(part: str, number: int | None) -> None:
    page = find_page(part, harvested=Page(2_300))

    assert (page.number if page else None) == number


@pytest.mark.parametrize("access", ["conditional", "restricted"])
def test_what_is_not_open_is_no_entry(access: Any) -> None:
    document = yaml.safe_load(write_part([], [harvested(1, "https://p.example/a.csv", access=access)], base_url=HALL))

    assert document["entries"] == {}


@pytest.mark.parametrize("url", ["{env(HOME)}", "https://p.example/{env(HOME)}.csv", "file:///etc/passwd", "a.csv"])
def test_no_address_of_a_stranger_is_run_or_leads_into_this_machine(url: str) -> None:
    document = yaml.safe_load(write_part([], [harvested(1, url)], base_url=HALL))

    urls = [each["kwargs"]["url"] for each in document["data"].values()]
    assert all(found.startswith("https://p.example/") and "{" not in found for found in urls)


def test_only_known_readers_are_named() -> None:
    offers = tuple(
        EntryDistribution(f"https://p.example/{form}", is_download=True, format=form, packed=packed)
        for form, packed in (("xlsx", None), ("csv", "zip"), ("tsv", None), ("parquet", None))
    )
    entry = Entry("harvested/p--1", {"en": "X"}, source="p", access="open", distributions=offers)

    document = yaml.safe_load(write_part([], [entry], base_url=HALL))

    assert [each["reader"] for each in document["entries"].values()] == ["intake.readers.readers:PandasCSV"]
    assert "\\t" in json.dumps(document["entries"])
