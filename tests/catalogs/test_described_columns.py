"""What a portal says of its columns: read, bounded, merged, found, exported, put beside the columns of the data."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import datahall
import pytest
from datahall._entries.entry import EntryField
from datahall._entries.record_entries import describe_record
from datahall._exports.gov_cn import describe_resource
from datahall._exports.schema_org import describe_dataset
from datahall._harvested.column_words import explain_column, read_column
from datahall._harvesting.columns import merge_fields, read_columns
from datahall._harvesting.detection import read_content
from datahall._harvesting.record import MAX_FIELDS, MAX_LINE, Record, RecordField
from datahall._index import SearchRequest, open_index
from datahall._records.record_store import RecordStore

from tests.catalogs.harvested_records import file, keep_records, record
from tests.catalogs.portal_answers import package, search_answer
from tests.catalogs.small_server import Reply, small_server

CKAN = "https://portal.example/api/3/action/package_search"


def read_one(content: bytes, *, address: str) -> Record:
    [found] = read_content(content, address=address).records
    return found


def test_what_a_source_says_of_a_column_is_told_without_marks() -> None:
    field = EntryField("a", "string", {"zh": "农场 <b>Farm</b>"}, description={"en": "**LL** one;\n<i>two</i>"})
    assert read_column(field, language="zh") == ("农场 Farm", "LL one; two")
    assert explain_column(field, language="en") == "农场 Farm: LL one; two"


def test_a_frictionless_package_of_the_world_says_what_its_columns_mean(portals: Path) -> None:
    path = portals / "frictionless" / "us-exchange-rates.datapackage.json"
    fields = read_one(path.read_bytes(), address=str(path)).fields
    resources = json.loads(path.read_text())["resources"]
    named = dict.fromkeys(each["name"] for resource in resources for each in (resource.get("schema") or {})["fields"])
    assert [each.name for each in fields] == list(named)
    assert [each.type for each in fields[:3]] == ["date", "string", "number"]
    assert fields[0].description == {"und": "Date in ISO format"}


def test_assets_of_socrata_say_what_their_columns_mean(portals: Path) -> None:
    path = portals / "socrata" / "discovery-catalog-v1.json"
    harvest = read_content(path.read_bytes(), address=str(path))
    assets = [each["resource"] for each in json.loads(path.read_text())["results"]]
    assert [[each.name for each in found.fields] for found in harvest.records] == [
        asset["columns_field_name"] for asset in assets
    ]
    described = {each.description.get("und") for found in harvest.records for each in found.fields}
    said = {" ".join(text.split())[:MAX_LINE].rstrip() for asset in assets for text in asset["columns_description"]}
    assert said - {""} <= described


@pytest.mark.parametrize(
    "resource",
    [
        {"schema": {"fields": [{"name": "mm", "type": "number", "title": "Rain", "description": "a day"}]}},
        {"schema": '{"fields": [{"name": "mm", "type": "number", "title": "Rain", "description": "a day"}]}'},
        {"fields": [{"id": "mm", "type": "numeric", "info": {"label": "Rain", "notes": "a day"}}]},
        {
            "fields": [
                {"id": "mm", "type": "text", "info": {"label": "Rain", "notes": "a day", "type_override": "numeric"}}
            ]
        },
    ],
    ids=["a table schema", "as JSON in a text", "the datastore's dictionary", "with another type"],
)
def test_a_resource_of_ckan_that_carries_a_dictionary_says_what_its_columns_mean(resource: dict[str, Any]) -> None:
    resource = {"url": "https://portal.example/a.csv", "format": "CSV", **resource}
    found = read_one(search_answer(package("a", resources=[resource], language="en")), address=CKAN)
    told = RecordField(name="mm", type="number", title={"en": "Rain"}, description={"en": "a day"})
    assert found.fields == (told,)


def test_what_is_told_in_a_catalog_of_china_comes_back_from_it() -> None:
    said = RecordField(
        name="mm", type="number", title={"zh": "雨量", "en": "Rain"}, description={"zh": "每日"}, unit="mm"
    )
    entry = describe_record(record(fields=(said,)), id="harvested/portal--rain", source="portal")
    catalog = {"信息资源": [describe_resource(entry, base_url="https://hall.example")]}
    content = json.dumps(catalog).encode()
    assert read_one(content, address="https://hall.example/catalog.gov-cn.json").fields == (said,)


@pytest.mark.parametrize(
    "schema",
    [
        None, 7, "x", "{", "[" * 100_000, {"fields": "x"}, {"fields": [1, None, {}, {"name": []}, {"name": ""}]},
        {"fields": {"a": 1}}, [[]], {"schema": {}}, '{"fields": ' + " " * 2_000_000 + "[]}",
    ],
)  # fmt: skip
def test_what_is_no_schema_has_no_columns(schema: object) -> None:
    assert read_columns(schema, language="und") == []


def test_columns_are_bounded_and_clean() -> None:
    many = [{"name": f"c{n}", "description": "x" * 5_000} for n in range(MAX_FIELDS + 5)]
    found: dict[str, RecordField] = {}
    merge_fields(found, [*read_columns(many, language="und"), *read_columns(many[-5:], language="und")])
    fields = tuple(found.values())
    assert len(fields) == MAX_FIELDS
    assert {len(each.description["und"]) for each in fields} == {MAX_LINE}
    [hostile] = read_columns(
        [{"name": "a\x00\u202eb\n", "type": {"x": 1}, "title": {"en": "x\ny", "not a tag!": "z"}, "unit": ["m"]}],
        language="und",
    )
    assert (hostile.name, hostile.type, hostile.title, hostile.unit) == ("ab", "any", {"en": "x y"}, None)


def test_columns_of_several_tables_are_one_by_name_and_the_first_word_counts() -> None:
    one = RecordField(name="a", type="string", title={"en": "A"})
    two = RecordField(name="a", type="number", title={"en": "B"}, description={"zh": "甲"}, unit="m")
    other = RecordField(name="b", type="any")
    merged = RecordField(name="a", type="string", title={"en": "A"}, description={"zh": "甲"}, unit="m")
    found: dict[str, RecordField] = {}
    merge_fields(found, [one, two])
    merge_fields(found, [other])
    assert tuple(found.values()) == (merged, other)


def test_a_column_of_many_tables_has_no_more_languages_than_of_one() -> None:
    tables = [{"name": "a", "title": {f"x-{table}-{number}": "A" for number in range(20)}} for table in range(30)]
    resources = [{"path": f"{at}.csv", "schema": {"fields": [each]}} for at, each in enumerate(tables)]
    content = json.dumps({"name": "p", "resources": resources}).encode()
    [field] = read_one(content, address="https://portal.example/datapackage.json").fields
    assert list(field.title) == [f"x-0-{number}" for number in range(20)]


def test_thousands_of_tables_of_a_thousand_columns_take_no_longer_than_they_are_long() -> None:
    wide = [{"name": f"c{number}"} for number in range(MAX_FIELDS)]
    resources = [{"path": "a.csv", "schema": {"fields": each}} for each in (wide, *[[{"name": "c1"}]] * 10_000)]
    content = json.dumps({"name": "p", "resources": resources}).encode()
    begun = time.process_time()
    assert len(read_one(content, address="https://portal.example/datapackage.json").fields) == MAX_FIELDS
    assert time.process_time() - begun < 1  # 1.3 seconds where all columns are looked at for each table


def test_words_of_columns_are_found_and_exported_and_stand_beside_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fields = (
        RecordField(name="STATION", type="string", description={"en": "the gauge that wobbles"}),
        RecordField(
            name="rain",
            type="any",
            title={"en": "rain_mm", "zh": "雨量"},
            description={"en": "a <b>day</b> <x>"},
            unit="cm",
        ),
        RecordField(name="birds", type="integer", unit="只"),
    )
    with small_server() as portal:
        portal.answers["/rain.csv"] = Reply(b"station,day,rain_mm,birds\nA,2024-01-01,0.5,4\nB,2024-01-02,3.25,7\n")
        monkeypatch.setenv("DATAHALL_HOME", str(tmp_path))
        monkeypatch.setenv("DATAHALL_TRUSTED_HOSTS", portal.netloc)
        keep_records(tmp_path, record(file(f"{portal.url}/rain.csv", format="csv"), fields=fields), address=portal.url)
        dataset = datahall.dataset("harvested/portal--rain")
        assert [each.description for each in dataset.entry.fields] == [each.description for each in fields]
        assert "the gauge that wobbles" in dataset._repr_html_()
        dataset.fetch()
        card = {each.name: each for each in dataset.fields}
        shown = dataset._repr_html_()
    assert card["station"].description is not None
    assert card["station"].description["zh"] == "the gauge that wobbles"
    assert card["rain_mm"].title["zh"] == "雨量"
    assert (card["rain_mm"].type, card["rain_mm"].unit) == ("number", "cm")  # its type as it was found
    assert card["birds"].unit == "只"
    assert card["day"].description is None
    assert "a day &lt;x&gt;" in shown
    stored = RecordStore().get("harvested/portal--rain")
    assert stored is not None
    told = describe_dataset(dataset.entry, language="en", base_url="https://hall.example")["variableMeasured"]
    assert "the gauge that wobbles" in json.dumps(told)
    [hit] = open_index().search(SearchRequest(text="wobbles")).hits
    assert hit.id == "harvested/portal--rain"


@pytest.mark.parametrize(("said", "type"), [("year", "integer"), ("yearmonth", "string"), ("object", "any")])
def test_types_that_are_none_of_ours_become_the_nearest_one(said: str, type: str) -> None:
    [column] = read_columns({"fields": [{"name": "when", "type": said}]}, language="en")
    assert column.type == type
