"""What a person holds: frames, versions, citation, and how they are shown."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import datahall
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from datahall import store
from IPython.core.interactiveshell import InteractiveShell

from tests.catalogs.card_drafts import CSV, OTHER_CSV, draft, field, save_card, save_data

ID = "culture/visitors"


@pytest.fixture
def visitors(home: Path) -> datahall.Dataset:
    save_data(home, CSV)
    save_card(home, draft())
    return datahall.dataset(ID)


def test_one_table_in_four_forms(visitors: datahall.Dataset) -> None:
    assert isinstance(visitors.polars(), pl.LazyFrame)
    assert visitors.polars().collect()["visitors"].to_list() == [5, 7]
    assert visitors.pandas()["visitors"].tolist() == [5, 7]
    assert visitors.arrow().column("visitors").to_pylist() == [5, 7]
    assert visitors.sql("select sum(visitors) as n from data")["n"].to_list() == [12]


def test_types_are_those_of_the_card(home: Path) -> None:
    save_data(home, b"d,i,n,b,s\n2024-01-01,1,0.5,true,x\n,,,,\n")
    kinds = {"d": "date", "i": "integer", "n": "number", "b": "boolean", "s": "string"}
    save_card(home, draft(fields=[field(name, kind) for name, kind in kinds.items()]))
    item = datahall.dataset(ID)
    assert list(item.polars().collect_schema().values()) == [pl.Date, pl.Int64, pl.Float64, pl.Boolean, pl.String]
    assert item.arrow().schema.types == [pa.date32(), pa.int64(), pa.float64(), pa.bool_(), pa.string()]
    frame = item.pandas()
    assert [str(kind) for kind in frame.dtypes] == ["datetime64[ms]", "Int64", "float64", "boolean", "str"]
    assert frame["i"].tolist() == [1, pd.NA]


def test_a_whole_number_stays_exact_in_pandas_where_cells_are_empty(home: Path) -> None:
    save_data(home, b'i\n9007199254740993\n\n""\n')
    save_card(home, draft(fields=[field("i", "integer")]))
    assert datahall.dataset(ID).pandas()["i"][0] == 9007199254740993


def test_before_the_first_fetch_nothing_is_there(visitors: datahall.Dataset) -> None:
    assert (visitors.is_present, visitors.version, visitors.versions(), visitors.rows) == (False, None, [], None)
    visitors.polars()
    assert (visitors.is_present, visitors.rows) == (True, 2)


def test_a_version_is_kept_when_a_newer_one_comes(home: Path, visitors: datahall.Dataset) -> None:
    first = visitors.fetch()
    save_data(home, OTHER_CSV)
    second = visitors.fetch()
    assert visitors.versions() == [second, first]
    assert visitors.version == second
    old = datahall.dataset(f"{ID}@{first}")
    with pytest.warns(datahall.DatahallWarning, match="the newest in the store"):
        assert (old.version, old.sql("select max(visitors) as n from data")["n"][0]) == (first, 7)


def test_going_back_to_earlier_data_gives_the_earlier_version(home: Path, visitors: datahall.Dataset) -> None:
    first = visitors.fetch()
    save_data(home, OTHER_CSV)
    visitors.fetch()
    save_data(home, CSV)
    assert visitors.fetch() == first == visitors.version
    assert len(visitors.versions()) == 2


def test_a_damaged_pointer_falls_back_to_the_newest_version(visitors: datahall.Dataset) -> None:
    version = visitors.fetch()
    (store.dataset_folder(ID) / store.LATEST).write_text("{")
    assert visitors.version == version
    assert visitors.fetch() == version


def test_latest_is_a_path_that_stays_for_plain_tools(home: Path, visitors: datahall.Dataset) -> None:
    visitors.fetch()
    save_data(home, OTHER_CSV)
    visitors.fetch()
    assert pl.read_parquet(home / "store" / ID / "latest" / "data.parquet")["visitors"].to_list() == [5, 8]


def test_the_record_says_where_a_version_comes_from(visitors: datahall.Dataset) -> None:
    version = visitors.fetch()
    record = visitors.record()
    assert (record["id"], record["version"], record["rows"]) == (ID, version, 2)
    assert record["sources"][0]["bytes"] == len(CSV)
    assert record["fields"] == [{"name": "day", "type": "date"}, {"name": "visitors", "type": "integer"}]
    assert record["quality"]["measures"][0]["score"] == 1.0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("culture/visitor", "Did you mean culture/visitors"),
        ("nothing", "no dataset 'nothing'"),
        ("../../etc/passwd", "no dataset"),
        (f"{ID}@yesterday", "not a version"),
        (f"{ID}@../../../etc", "not a version"),
    ],
)
def test_an_id_that_is_none_is_answered_with_help(visitors: datahall.Dataset, name: str, words: str) -> None:
    with pytest.raises(datahall.UnknownDataset, match=words):
        datahall.dataset(name)


def test_an_id_far_from_the_one_meant_is_not_proposed() -> None:
    with pytest.raises(datahall.UnknownDataset, match=r"Did you mean weather/seattle-weather\?$"):
        datahall.dataset("seattle-weather")


def test_a_query_that_cannot_be_answered_names_the_columns(visitors: datahall.Dataset) -> None:
    with pytest.raises(datahall.InvalidQuery, match=r'"guests" not found.*columns are: day, visitors\.$') as caught:
        visitors.sql("select guests from data")
    assert caught.value.code == "invalid-query"
    with pytest.raises(datahall.InvalidQuery, match="syntax error"):
        visitors.sql("select from where")


def test_a_notebook_shows_one_line_for_an_expected_failure(capsys: pytest.CaptureFixture[str]) -> None:
    shell: Any = InteractiveShell()
    shell.run_cell("import datahall; datahall.dataset('no/such')")
    message = "UnknownDataset: There is no dataset 'no/such'. datahall.datasets() lists them all.\n"
    assert capsys.readouterr().out == message


def test_the_fields_are_those_of_the_card(visitors: datahall.Dataset) -> None:
    assert [field.name for field in visitors.fields] == ["day", "visitors"]


def test_what_a_notebook_shows_names_publisher_and_licence(
    visitors: datahall.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATAHALL_LANGUAGE", "zh")
    for shown in (visitors._repr_html_(), datahall.search("visitors")._repr_html_()):
        assert "知识共享 CC0 1.0（放弃权利）" in shown
        assert "CC0-1.0" not in shown
    assert "美国国家海洋和大气管理局" in visitors._repr_html_()


def test_a_version_that_is_not_in_the_store_is_named(visitors: datahall.Dataset) -> None:
    visitors.fetch()
    with pytest.raises(datahall.UnknownDataset, match=r"has no version 2024-01-31\.00000000 in the store; it has"):
        datahall.dataset(f"{ID}@2024-01-31.00000000").polars()


def test_used_lists_what_this_process_has_opened(visitors: datahall.Dataset) -> None:
    code = (
        "import datahall as d\n"
        f"d.dataset({ID!r}).title(); print(d.used())\n"
        f"d.dataset({ID!r}).polars(); d.dataset({ID!r}).pandas(); d.dataset('resources/nile-flow').sql('from data')\n"
        "import json; print(json.dumps(d.used()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    before, after = done.stdout.splitlines()
    assert before == "[]"
    assert [entry["id"] for entry in json.loads(after)] == [ID, "resources/nile-flow"]
    assert json.loads(after)[0]["version"] == visitors.version


def test_a_citation_names_publisher_title_version_licence_and_place(visitors: datahall.Dataset) -> None:
    version = visitors.fetch()
    citation = visitors.cite()
    for part in ("NOAA", "(2024)", "Visitors by day", ID, version, "Creative Commons Zero", "https://example.org/"):
        assert part in citation.text
    assert "美国国家海洋和大气管理局. 每日访客[DB/OL]" in citation.texts["zh"]
    assert f"version = {{{version}}}" in citation.bibtex
    assert citation.bibtex.count("{") == citation.bibtex.count("}")
    assert citation.csl["type"] == "dataset"
    assert citation.csl["issued"] == {"date-parts": [[2024]]}
    assert json.loads(json.dumps(citation.csl)) == citation.csl


def test_a_citation_escapes_what_tex_would_run(home: Path) -> None:
    save_card(home, draft(title={"en": "100% \\input{x} & more_", "zh": "标题"}))
    assert "100\\% input" in datahall.dataset(ID).cite().bibtex.replace("  ", " ").replace("\\{x\\}", "")
    assert "\\input" not in datahall.dataset(ID).cite().bibtex


def test_what_a_notebook_shows_is_escaped_in_both_languages_and_marks_synthetic_data(home: Path) -> None:
    attack = "<script>alert(1)</script>"
    save_card(home, draft(title={"en": attack, "zh": f"每日{attack}"}, synthetic=True))
    item = datahall.dataset(ID)
    for shown in (item._repr_html_(), datahall.search("visitors")._repr_html_()):
        assert "<script>" not in shown
        assert "&lt;script&gt;" in shown
        assert "每日" in shown
        assert "synthetic" in shown
        assert "合成数据" in shown


def test_the_title_is_in_the_language_asked_for(visitors: datahall.Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (visitors.title(), visitors.title("zh")) == ("Visitors by day", "每日访客")
    monkeypatch.setenv("DATAHALL_LANGUAGE", "zh")
    assert visitors.title() == "每日访客"


@pytest.mark.parametrize(("language", "first"), [("en", ">id · 标识符<"), ("zh", ">标识符 · id<")])
def test_headings_stand_in_the_readers_language_first(
    home: Path, monkeypatch: pytest.MonkeyPatch, language: str, first: str
) -> None:
    save_card(home, draft())
    monkeypatch.setenv("DATAHALL_LANGUAGE", language)
    for shown in (datahall.dataset("culture/visitors")._repr_html_(), datahall.search("visitors")._repr_html_()):
        assert first in shown
