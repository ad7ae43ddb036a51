"""A notebook is told once that a newer version is there, or that the columns are others."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import datahall
import pytest
from datahall import DatahallWarning, _used_versions, _version_warnings, cli, store
from datahall.card import CardField

from tests.catalogs.card_drafts import CSV, OTHER_CSV, draft, field, save_card, save_data

ID = "culture/visitors"


def make_version(home: Path, content: bytes, **card: Any) -> str:
    save_data(home, content)
    save_card(home, draft(**card))
    return datahall.dataset(ID).fetch()


def said(dataset_id: str) -> list[DatahallWarning]:
    """Read the dataset; return what was said of it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        datahall.dataset(dataset_id).polars()
    assert all(Path(each.filename) == Path(__file__) for each in caught)
    return [each.message for each in caught if isinstance(each.message, DatahallWarning)]


def test_a_pinned_version_that_is_no_longer_the_latest_is_said_once(home: Path) -> None:
    first, second = make_version(home, CSV), make_version(home, OTHER_CSV)
    assert said(ID) == []
    (warning,) = said(f"{ID}@{first}")
    assert warning.code == "outdated"
    assert f"{ID} is read in its version {first}; the newest in the store is {second}." in str(warning)
    assert f"datahall diff {ID} {first} {second}" in str(warning)
    assert said(f"{ID}@{first}") == []
    assert said(f"{ID}@{second}") == []


def test_it_is_said_in_the_readers_language(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = make_version(home, CSV), make_version(home, OTHER_CSV)
    monkeypatch.setenv("DATAHALL_LANGUAGE", "zh")
    assert f"最新版本是 {second}" in str(said(f"{ID}@{first}")[0])


def test_a_deprecated_dataset_is_said_to_be_so_once_with_what_takes_its_place(home: Path) -> None:
    version = make_version(home, CSV, deprecated="2024-05-01", replaced_by="culture/guests")
    (warning,) = said(ID)
    assert warning.code == "deprecated"
    assert str(warning) == (
        f"{ID} is deprecated since 2024-05-01. Use this one instead: datahall.dataset('culture/guests')"
    )
    assert said(f"{ID}@{version}") == []


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", f"{ID} is deprecated since 2024-05-01. Its card names no other one."),
        ("zh", f"{ID} 自 2024-05-01 起已弃用。它的卡片没有写明应改用哪个数据集。"),
    ],
)
def test_a_deprecated_dataset_may_have_no_other_in_its_place(
    home: Path, monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    monkeypatch.setenv("DATAHALL_LANGUAGE", language)
    make_version(home, CSV, deprecated="2024-05-01")
    assert [str(each) for each in said(ID)] == [words]


DAY, VISITORS = field("day", "date"), field("visitors", "integer", unit="persons")
INCOMPATIBLE = {
    "a column that is gone": ([DAY], {"ignore": ["visitors"]}, "visitors is gone"),
    "another type": ([DAY, field("visitors", "number")], {}, "visitors is number instead of integer"),
    "another name": ([DAY, field("people", "integer", source_name="visitors")], {}, "visitors is gone"),
    "another unit": (
        [DAY, field("visitors", "integer", unit="groups")],
        {},
        "visitors is in groups instead of persons",
    ),
}


def source(**more: Any) -> list[dict[str, Any]]:
    return [{"path": "culture/visitors.csv", "format": "csv", **more}]


@pytest.mark.parametrize(("fields", "reading", "words"), INCOMPATIBLE.values(), ids=INCOMPATIBLE)
def test_a_card_that_no_longer_fits_what_is_read_is_said(
    home: Path, fields: list[dict[str, Any]], reading: dict[str, Any], words: str
) -> None:
    version = make_version(home, CSV, fields=[DAY, VISITORS])
    save_card(home, draft(fields=fields, sources=source(**reading)))
    (warning,) = said(ID)
    assert (warning.code, words in str(warning)) == ("changed", True)
    assert said(f"{ID}@{version}") == []
    _version_warnings._given.clear()  # as in a new kernel
    _used_versions._used.clear()
    assert words in str(said(f"{ID}@{version}")[0])


def test_readers_of_the_newest_are_told_what_it_broke(home: Path) -> None:
    first = make_version(home, CSV)
    make_version(home, CSV, fields=[field("day", "date")], sources=source(ignore=["visitors"]))
    (warning,) = said(ID)
    assert warning.code == "changed"
    assert f"than in {first} before: visitors is gone." in str(warning)
    assert f"datahall.dataset('{ID}@{first}')" in str(warning)
    assert said(ID) == []


@pytest.mark.parametrize(
    "fields",
    [
        [DAY, VISITORS, field("more", "string")],
        [VISITORS, DAY],
        [field("day", "date", description={"en": "The day.", "zh": "当天。"}), VISITORS],
        [DAY, field("visitors", "integer", unit="persons", minimum=0)],
    ],
    ids=["a further column", "another order", "another description", "a bound"],
)
def test_a_change_that_breaks_nothing_is_not_said(home: Path, fields: list[dict[str, Any]]) -> None:
    make_version(home, CSV, fields=[DAY, VISITORS])
    save_card(home, draft(fields=fields))
    assert said(ID) == []


FORMATS = {"datetime": {"format": "%Y-%m-%dT%H:%M:%S%#z"}}


@pytest.mark.parametrize("kind", ["datetime", "geopoint", "geojson"])
def test_a_type_that_is_stored_under_another_name_fits(home: Path, kind: str) -> None:
    values = {"datetime": "2024-01-01T10:00:00Z", "geopoint": '"1,2"', "geojson": '"{""type"":""Point""}"'}
    make_version(home, f"v\n{values[kind]}\n".encode(), fields=[field("v", kind, **FORMATS.get(kind, {}))])
    assert said(ID) == []


def test_every_shipped_type_is_judged() -> None:
    assert set(_version_warnings._STORED) == set(CardField.model_fields["type"].annotation.__args__)  # type: ignore[union-attr]


def test_an_early_record_without_fields_is_not_judged(home: Path) -> None:
    version = make_version(home, CSV)
    record = store.dataset_folder(ID) / version / "version.json"
    record.write_text('{"rows": 2, "created": "2024-01-01T00:00:00.000000+00:00"}')
    assert said(ID) == []


def test_pythons_filters_silence_it(home: Path) -> None:
    first = make_version(home, CSV)
    make_version(home, OTHER_CSV)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", category=datahall.DatahallWarning)
        datahall.dataset(f"{ID}@{first}").polars()


def test_a_terminal_shows_it_as_a_remark(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = make_version(home, CSV)
    make_version(home, OTHER_CSV)
    assert cli.run(["open", f"{ID}@{first}", "--json"]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["version"] == first
    assert shown.err.startswith(f"datahall: {ID} is read in its version {first};")
    assert "cli.py" not in shown.err
