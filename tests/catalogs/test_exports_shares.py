"""A list of many datasets stays small, however many distributions a portal gives each of them."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
from datahall._entries.entry import Entry, EntryDistribution
from datahall._entries.offered_formats import list_offered
from datahall._entries.record_entries import describe_stored
from datahall._entries.short_entries import describe_short
from datahall._exports import dcat_ap, dcat_us, gov_cn
from datahall._exports.ckan import describe_package
from datahall._exports.pages import Page
from datahall._exports.shares import FEW, MOST_OF_ONE, ON_AVERAGE, leave_out, share_room
from datahall._exports.shelf import open_shelf
from datahall._harvesting.detection import read, read_content
from datahall._index import SearchRequest, open_index
from datahall._records.harvest_run import HarvestRun
from datahall._records.record_lists import take_raw
from datahall._records.record_store import RecordStore
from datahall._records.records_file import find_file, writing

from tests.catalogs.portal_entries import read_file

PORTALS = ("ckan/package_search_q-name-bolsa.json", "dcat-us/gsa-harvester/dcatus_with_none.json")
BASE = "https://hall.example/services/hall"


def make_entry(name: str, *, distributions: int) -> Entry:
    given = tuple(EntryDistribution(f"https://portal.example/{name}/{number}.csv") for number in range(distributions))
    return Entry(f"harvested/{name}", {"en": name}, distributions=given, access="open", source="portal")


def test_a_list_of_few_datasets_shows_the_first_fifty_distributions_of_each() -> None:
    shared = share_room([make_entry("large", distributions=1_000), make_entry("small", distributions=3)], count=2)

    assert [(len(entry.distributions), entry.left_out) for entry in shared] == [(MOST_OF_ONE, 950), (3, 0)]
    assert shared[0].distributions[0].url.endswith("/0.csv")


@pytest.mark.parametrize("count", [20, 200, 1_000])
def test_a_list_has_room_for_ten_distributions_a_dataset_on_average(count: int) -> None:
    shared = share_room((make_entry(f"d{number}", distributions=200) for number in range(count)), count=count)

    assert sum(len(entry.distributions) for entry in shared) <= max(FEW, ON_AVERAGE * count)
    assert all(len(entry.distributions) + entry.left_out == 200 for entry in shared)


def test_cutting_as_they_come_leaves_as_many_as_cutting_all_at_the_end() -> None:
    chance = random.Random(4)
    for count in (3, 70, 400):
        counts = [chance.choice([0, 3, 12, 60, 300]) for _ in range(count)]
        room = max(FEW, ON_AVERAGE * count)
        most = next(m for m in range(MOST_OF_ONE, 0, -1) if sum(min(each, m) for each in counts) <= room)

        shared = share_room((make_entry("d", distributions=each) for each in counts), count=count)

        assert [len(entry.distributions) for entry in shared] == [min(each, most) for each in counts]


def test_what_real_portals_have_is_not_cut() -> None:
    entries = [make_entry(f"d{number}", distributions=number % 12) for number in range(500)]

    assert share_room(entries, count=500) == entries


def test_large_datasets_do_not_take_the_room_of_small_ones() -> None:
    entries = [make_entry(f"d{number}", distributions=1_000 if number % 2 else 8) for number in range(1_000)]

    assert all(entry.left_out == 0 for entry in share_room(entries, count=1_000)[::2])


def test_each_form_says_where_the_rest_is() -> None:
    (entry,) = share_room([make_entry("large", distributions=1_000)], count=1)
    rest = f"{BASE}/datasets/harvested/large.jsonld"

    us = dcat_us.describe_dataset(entry, base_url=BASE)
    cn = gov_cn.describe_resource(entry, base_url=BASE)["扩展信息"]
    package = describe_package(entry, base_url=BASE, language="en")
    graph = json.loads(dcat_ap.write_catalog([entry], base_url=BASE, page=Page(1), form="jsonld"))["@graph"]
    (dataset,) = (node for node in graph if node["@type"] == ["dcat:Dataset"])

    assert us["references"] == [rest]
    assert (cn["数据地址总数"], cn["全部数据地址"]) == (1_000, rest)
    assert (package["num_resources"], len(package["resources"])) == (1_000, MOST_OF_ONE)
    assert {"key": "resources_total", "value": "1000"} in package["extras"]
    assert dataset["rdfs:seeAlso"] == [{"@id": rest}]
    assert "50 of its 1000 distributions" in json.dumps(dataset["dct:provenance"])
    assert "references" not in dcat_us.describe_dataset(replace(entry, left_out=0), base_url=BASE)


@pytest.mark.usefixtures("home")
def test_a_page_of_a_portal_that_gives_too_much_is_cut_and_a_file_is_not() -> None:
    given = [{"downloadURL": f"https://portal.example/{number}.csv"} for number in range(300)]
    given.append({"downloadURL": "https://portal.example/all.pdf", "format": "PDF"})
    content = {"dataset": [{"identifier": "a", "title": "Rain", "accessLevel": "public", "distribution": given}]}
    with writing(find_file()) as connection:
        written = HarvestRun(connection, name="portal", address="https://portal.example/data.json")
        written.keep_page("1", read_content(json.dumps(content).encode()))
        written.finish(kind="dcat-us")
    shelf = open_shelf()

    assert shelf.take_shares(Page(shelf.total))[-1] == leave_out(shelf.take(Page(shelf.total))[-1], most=MOST_OF_ONE)
    assert len(shelf.take_shares(Page(shelf.total))[-1].distributions) == MOST_OF_ONE
    assert len(list(shelf.entries())[-1].distributions) == 301
    (hit,) = open_index().search(SearchRequest(text="rain", filters={"source": ("portal",)})).hits
    assert (len(hit.entry.distributions), hit.entry.distributions_total) == (MOST_OF_ONE, 301)
    assert list_offered(hit.entry) == ("csv", "PDF")
    whole = open_index().get(hit.id)
    assert whole is not None
    assert len(whole.distributions) == 301


@pytest.mark.usefixtures("home")
def test_records_are_read_for_lists_as_they_are_read_whole(portals: Path) -> None:
    harvests = [read(read_file(portals / name)) for name in PORTALS]
    with writing(find_file()) as connection:
        for number, harvest in enumerate(harvests):
            run = HarvestRun(connection, name=f"portal-{number}", address="https://portal.example/")
            run.keep_page("1", harvest)
            run.finish(kind=harvest.kind)
    count = RecordStore().count()
    whole = list(map(describe_stored, RecordStore().take(start=5, rows=count)))

    assert list(map(describe_short, take_raw(start=5, rows=count))) == [leave_out(each, most=50) for each in whole]
    assert any(each.left_out for each in map(describe_short, take_raw(start=0, rows=count)))
    assert list(take_raw(start=count, rows=10)) == []


def test_what_a_record_has_no_room_for_is_counted_too() -> None:
    entry = replace(make_entry("huge", distributions=1_000), not_kept=7)

    own = json.loads(dcat_ap.write_dataset(entry, base_url=BASE, form="jsonld"))
    package = describe_package(entry, base_url=BASE, language="en")
    listed = describe_package(leave_out(entry, most=10), base_url=BASE, language="en")

    assert "1007 distributions, of which 1000 are kept here" in json.dumps(own)
    assert gov_cn.describe_resource(entry, base_url=BASE)["扩展信息"]["数据地址总数"] == 1_007
    assert package["num_resources"] == listed["num_resources"] == 1_007
    assert "references" not in dcat_us.describe_dataset(entry, base_url=BASE)  # there is no fuller document


def test_a_package_that_is_whole_says_nothing_of_a_total() -> None:
    package = describe_package(make_entry("small", distributions=3), base_url=BASE, language="en")

    assert package["num_resources"] == 3
    assert "resources_total" not in {extra["key"] for extra in package["extras"]}
