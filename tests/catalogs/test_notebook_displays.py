"""What a notebook shows speaks the reader's language, escapes what it shows, and marks what is made up."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import get_args

import datahall
import polars as pl
import pytest
from datahall._difference import compare
from datahall._field_words import FIELD_WORDS
from datahall._markup import STYLE
from datahall._notebooks import _write_description
from datahall.card import FieldType

VERSIONS = ("2024-01-01.00000000", "2024-02-01.00000000")


@pytest.fixture(params=["en", "zh"])
def language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DATAHALL_LANGUAGE", request.param)
    return str(request.param)


def test_every_type_of_a_field_has_a_word() -> None:
    assert set(FIELD_WORDS) == set(get_args(FieldType))


def test_an_addition_shows_tables_fields_findings_and_the_card(tmp_path: Path, language: str) -> None:
    file = tmp_path / "rain.csv"
    file.write_text("day;rain;note\n2024-01-01;1,5;<script>alert(1)</script>\n2024-01-02;2,5;b\n")

    added = datahall.add(file)

    counts = {"en": "tables: 1; rows: 2; findings:", "zh": "1 张表，2 行"}[language]
    assert repr(added).startswith("<Addition: ")
    assert counts in repr(added)
    assert "\n" not in repr(added)
    page = added._repr_html_()
    for word in {"en": ("Draft card", "What was found", ">date<"), "zh": ("卡片草稿", "检查结果", ">日期<")}[language]:
        assert word in page
    assert "<script>" not in page


def test_a_difference_shows_counts_columns_and_first_rows(language: str) -> None:
    old = pl.LazyFrame({"id": [1, 2, 3], "name": ["a", "b", "c"], "gone": [1, 1, 1]})
    new = pl.LazyFrame({"id": [1, 2, 4], "name": ["a", "<b>&", "d"], "new": ["x", "x", "x"]})

    page = compare(old, new, id="weather/x", versions=VERSIONS, key=["id"])._repr_html_()

    for word in {"en": ("added", "Changed values", "Columns"), "zh": ("新增", "变更的值", "列")}[language]:
        assert word in page
    assert "b → &lt;b&gt;&amp;" in page
    assert "<code>gone</code>" in page
    assert "<code>new</code>" in page


def test_versions_that_are_the_same_are_said_to_be(language: str) -> None:
    rows = pl.LazyFrame({"id": [1]})
    page = compare(rows, rows, id="weather/x", versions=VERSIONS)._repr_html_()
    assert {"en": "hold the same columns", "zh": "相同"}[language] in page
    assert "<table" not in page


def test_results_mark_what_is_made_up_in_text_too(language: str) -> None:
    mark = {"en": "(synthetic data)", "zh": "(合成数据)"}[language]
    invented = repr(datahall.search("practice companies")).splitlines()
    assert invented
    assert all(line.endswith(mark) for line in invented)
    assert mark not in repr(datahall.search("seattle"))


def test_types_are_told_in_the_readers_language(language: str) -> None:
    page = datahall.dataset("enterprise/practice-companies")._repr_html_()
    assert {"en": ">text<", "zh": ">文本<"}[language] in page
    assert {"en": ">date<", "zh": ">日期<"}[language] in page


def test_the_badge_stays_on_one_line() -> None:
    mark = STYLE.replace("\n", "").partition(".datahall .mark{")[2].partition("}")[0]
    assert "white-space:nowrap" in mark


def test_a_failure_is_one_sentence_in_a_notebook_and_keeps_its_chain(tmp_path: Path) -> None:
    code = (
        "import socket, sys, datahall\n"
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "def refuse(*_, **__): raise socket.gaierror(-2, 'Name or service not known')\n"
        "socket.getaddrinfo = refuse\n"
        "shell = InteractiveShell()\n"
        "failed = shell.run_cell('import datahall; datahall.add(\"https://nowhere.example/a.csv\")').error_in_exec\n"
        "print('chain:', type(failed.__cause__).__name__)\n"
    )
    environment = {**os.environ, "IPYTHONDIR": str(tmp_path), "DATAHALL_LANGUAGE": "en"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    told, _, chain = done.stdout.strip().rpartition("\n")
    assert chain == "chain: gaierror"
    assert told.count("\n") == 0
    assert told.startswith("SourceFailed: https://nowhere.example/a.csv cannot be fetched: the name nowhere.example")


@pytest.mark.parametrize(
    ("description", "told"),
    [
        ("See [site](https://example.org) and **two** <b>b</b>", r"See site \(<https://example.org>\) and two b"),
        ("One file of each <year>, <script>too", r"One file of each \<year\>, \<script\>too"),
        ("It is at https://example.org/a.csv.", "It is at <https://example.org/a.csv>."),
        ("数据见https://example.org/数据，每日更新。", "数据见<https://example.org/数据>，每日更新。"),
    ],
)
def test_a_notebook_writes_a_description_as_the_page_does_with_addresses_that_end_where_they_end(
    description: str, told: str
) -> None:
    assert _write_description(description) == told
