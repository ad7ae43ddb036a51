"""The catalog in the fields of China's guide: whole, never more open than its source, and harvested again unchanged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from datahall import frequencies
from datahall._entries.entry import Entry, EntryField
from datahall._entries.field_lengths import find_length
from datahall._exports.gov_cn import describe_resource, make_code, write_catalog
from datahall._exports.pages import Page
from datahall._exports.shelf import open_shelf
from datahall._harvesting.detection import NAMES, read_content
from datahall._quality.record import Distribution
from datahall._vocabulary import semantics
from datahall.card import CardField, Text

from tests.catalogs.portal_entries import load_portal_entries, sample
from tests.catalogs.test_exports_dcat_ap import HOSTILE

HALL = "https://hall.example/services/hall"
# The core metadata of the guide (政务信息资源目录编制指南, 2017), in its order.
CORE = [
    "信息资源分类", "信息资源名称", "信息资源代码", "信息资源提供方", "信息资源提供方代码", "信息资源摘要",
    "信息资源格式", "信息项", "共享属性", "开放属性", "更新周期", "发布日期", "关联资源代码",
]  # fmt: skip


def write(*entries: Entry) -> bytes:
    return write_catalog(entries, base_url=HALL, page=Page(len(entries)))


def test_each_dataset_of_our_own_has_the_whole_core_metadata() -> None:
    resources = json.loads(write(*open_shelf().own))["信息资源"]

    assert all(list(resource)[: len(CORE)] == CORE for resource in resources)
    assert all(resource["信息项"] and resource["信息资源摘要"] and resource["信息资源格式"] for resource in resources)
    codes = [resource["信息资源代码"] for resource in resources]
    assert len(set(codes)) == len(codes)


def test_a_field_has_its_type_and_length() -> None:
    code = next(meaning for meaning in semantics().values() if meaning.width)
    fields = (
        EntryField("code", "string", {"en": "Division", "zh": "区划代码"}, semantic=code.id),
        EntryField("day", "date", {"en": "Day", "zh": "日期"}),
        EntryField("count", "integer", {"en": "Count", "zh": "数量"}, unit="persons"),
    )

    items = describe_resource(Entry("statistics/x", {"zh": "某"}, fields=fields), base_url=HALL)["信息项"]

    assert [(item["信息项名称"], item["数据类型"], item["数据长度"]) for item in items] == [
        ("区划代码", "字符型C", code.width),
        ("日期", "日期型D", 10),
        ("数量", "整型I", None),
    ]
    assert items[2]["计量单位"] == "persons"


def field(kind: str, **said: Any) -> CardField:
    return CardField(name="x", type=kind, title=Text(en="X", zh="某"), **said)  # type: ignore[arg-type]  # a type


def seen(**said: Any) -> Distribution:
    known: dict[str, Any] = {"name": "x", "kind": "words", "type": "string", "filled": 5, "empty": 0}
    return Distribution(**{**known, **said})


@pytest.mark.parametrize(
    ("declared", "found", "length"),
    [
        pytest.param(field("string", enum=("red", "green")), None, 5, id="the longest allowed word"),
        pytest.param(field("string", semantic="iso-3166-1-numeric"), None, 3, id="a code"),
        pytest.param(field("string", zero_fill=8), None, 8, id="a code with its leading zeros"),
        pytest.param(field("string"), None, None, id="a text of which nothing is known"),
        pytest.param(field("string"), seen(values=("某某", "a"), counts=(3, 2)), 2, id="all values are noted"),
        pytest.param(field("string"), seen(values=("ab", "a"), counts=(3, 1)), None, id="other values are not noted"),
        pytest.param(field("string"), seen(values=("a" * 60,), counts=(5,)), None, id="a value that was cut"),
        pytest.param(field("integer", minimum=-5, maximum=120), None, 3, id="bounds"),
        pytest.param(field("integer", minimum=-500, maximum=120), None, 4, id="the sign counts"),
        pytest.param(field("integer", minimum=0), None, None, id="one bound tells nothing"),
        pytest.param(field("integer", minimum=0), seen(kind="numbers", minimum="1", maximum="12345"), 5, id="seen"),
        pytest.param(
            field("integer"), seen(kind="numbers", minimum="0.5", maximum="7.25"), None, id="no whole numbers"
        ),
        pytest.param(field("integer", minimum=0, maximum=1e300), None, None, id="a bound beyond exact numbers"),
        pytest.param(field("number", minimum=0, maximum=99), None, None, id="decimals may be many"),
    ],
)
def test_a_length_is_what_card_or_values_tell_and_never_a_guess(
    declared: CardField, found: Distribution | None, length: int | None
) -> None:
    assert find_length(declared, found) == length


@pytest.mark.parametrize(
    ("theme", "words", "expected"),
    [
        ("transport", ("https://eu.example/TRAN", "Public transport"), "Public transport"),
        ("transport", ("Transport", "交通"), ""),
        ("transport", (), ""),
        (None, ("Public transport",), ""),
    ],
)
def test_the_class_below_the_theme_is_the_portals_word_for_it(
    theme: str | None, words: tuple[str, ...], expected: str
) -> None:
    entry = Entry("harvested/x--1", {"zh": "某"}, theme=theme, theme_words=words, source="x")

    assert describe_resource(entry, base_url=HALL)["信息资源分类"]["目"] == expected


@pytest.mark.parametrize(
    ("access", "sharing", "is_opened"),
    [
        ("open", "无条件共享", "是"),
        ("conditional", "有条件共享", "是"),
        ("restricted", "不予共享", "否"),
        ("unknown", "未说明", "未说明"),
    ],
)
def test_access_is_said_in_the_words_of_the_guide_and_read_again(access: Any, sharing: str, is_opened: str) -> None:
    entry = Entry("harvested/x--1", {"zh": "某"}, access=access, source="x")

    resource = json.loads(write(entry))["信息资源"][0]
    (record,) = read_content(write(entry)).records

    assert (resource["共享属性"]["共享类型"], resource["开放属性"]["是否向社会开放"]) == (sharing, is_opened)
    assert record.access == access


def test_a_code_names_the_theme_and_the_dataset() -> None:
    assert make_code(Entry("geography/cities", {})) == "200000/cities"
    assert make_code(Entry("geography/cities", {}, theme="geography")) == "207000/cities"


def test_what_the_form_holds_comes_back() -> None:
    own = {entry.id: entry for entry in open_shelf().own}

    harvest = read_content(write(*own.values()))

    assert (harvest.kind, harvest.rejected, harvest.total) == ("gov-cn", (), len(own))
    for record in harvest.records:
        entry = own[record.id]
        assert (record.title, record.theme, record.frequency) == (entry.title, entry.theme, entry.frequency)
        assert (record.license, record.access, record.issued) == (entry.license, entry.access, record.modified)
        assert (record.temporal_start, record.temporal_end) == (entry.temporal_start, entry.temporal_end)
        assert (record.spatial, record.languages) == (entry.spatial, entry.languages)
        assert entry.publisher is not None
        assert record.publisher == entry.publisher.title
        assert [each.format for each in record.distributions] == (["csv", "parquet", "json"] * (entry.access == "open"))


def test_harvested_datasets_come_back_with_their_files_and_terms(portals: Path) -> None:
    entries = {each.id: each for found in load_portal_entries(portals).values() for each in sample(found, odd=4)}

    records = read_content(write(*entries.values())).records

    assert {record.id for record in records} == set(entries)
    for record in records:
        entry = entries[record.id]
        assert (record.license, record.access, record.frequency) == (entry.license, entry.access, entry.frequency)
        assert record.bbox == entry.bbox
        assert record.theme == entry.theme


def test_a_hostile_record_is_valid_json_and_is_read() -> None:
    (record,) = read_content(write(HOSTILE)).records

    assert record.access == "restricted"


def test_a_page_leads_to_the_next() -> None:
    entries = [Entry(f"weather/x-{number}", {"zh": f"某{number}"}) for number in range(3)]
    content = write_catalog(entries[:2], base_url=HALL, page=Page(3, 1, size=2))

    harvest = read_content(content)

    assert (harvest.total, harvest.next_page) == (3, f"{HALL}/catalog.gov-cn.json?page=2")


def test_a_catalog_of_another_office_is_read_by_the_guides_fields_alone() -> None:
    resource = {
        "信息资源分类": {"类": "主题信息资源", "项": "交通"},
        "信息资源名称": "公交线路",
        "信息资源代码": "307011000001/000012",
        "信息资源提供方": "市交通运输局",
        "信息资源摘要": "每行一条公交线路。",
        "开放属性": {"是否向社会开放": "是", "开放条件": "经审核"},
        "更新周期": "每季度",
        "发布日期": "2017-09-30",
    }

    (record,) = read_content(json.dumps([resource, 3], ensure_ascii=False).encode()).records

    assert (record.id, record.title, record.publisher) == (
        "307011000001/000012",
        {"zh": "公交线路"},
        {"zh": "市交通运输局"},
    )
    assert (record.theme, record.access, record.frequency) == ("transport", "conditional", "P3M")
    assert record.license is None


@pytest.mark.parametrize("damage", [None, 3, "x", [], {"类": []}, [[["x"]]], {"项": {"项": 1}}])
@pytest.mark.parametrize("field", [*CORE, "扩展信息"])
def test_a_field_of_another_kind_takes_no_record_away(field: str, damage: Any) -> None:
    resource = {"信息资源名称": "某", "信息资源代码": "1/2", field: damage}

    harvest = read_content(json.dumps({"信息资源": [resource]}).encode())

    assert harvest.found == 1


def test_every_frequency_is_read_as_it_is_written() -> None:
    for frequency in frequencies():
        (record,) = read_content(write(Entry("weather/x", {"zh": "某"}, frequency=frequency))).records
        assert record.frequency == frequency


def test_its_name_can_be_given() -> None:
    assert NAMES["gov-cn"] == "gov-cn"
