"""A notebook about another portal's dataset says which file it opens, and how another one is read."""

from __future__ import annotations

import json
import re
from pathlib import Path

import datahall
import polars as pl
import pytest
from datahall._harvesting.record import Distribution
from datahall._notebooks import write_notebook

from tests.catalogs.harvested_records import RAIN, file, keep_records, record
from tests.catalogs.small_server import Reply, SmallServer

ID = "harvested/portal--rain"
BAD = "x](javascript:alert(1)) <img src=x> `**"


def tell_files(home: Path, *files: Distribution, language: str = "en", address: str = "https://portal.example") -> str:
    """Return what a notebook says of the files of a dataset."""
    (home / "index").mkdir(parents=True, exist_ok=True)
    keep_records(home, record(*files), address=address)
    cells = json.loads(write_notebook(ID, language=language))["cells"]
    texts = ["".join(cell["source"]) for cell in cells[1:] if cell["cell_type"] == "markdown"]
    return texts[0] if texts else ""


@pytest.mark.parametrize(("language", "opened"), [("en", "It is tried first"), ("zh", "首先尝试读取此文件")])
def test_the_best_file_is_named_and_others_are_listed(home: Path, language: str, opened: str) -> None:
    files = [file(f"https://p.example/{n}.csv", format="csv", title=f"Rain of {n}") for n in range(2000, 2020)]
    told = tell_files(home, *files, language=language)
    first, *rest = told.split("\n\n")
    assert "Rain of 2000 (CSV) <https://p.example/2000.csv>" in first
    assert opened in first
    assert told.count("\n- Rain of") == 5
    assert "14" in rest[1].splitlines()[-1]
    assert 'pl.read_csv("https://p.example/2001.csv"' in told


def test_the_file_whose_rows_are_here_is_named_and_another_one_can_be_read(
    home: Path, server: SmallServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers["/away.csv"] = Reply(status=404)
    server.answers["/rain.csv"] = Reply(RAIN)
    files = [file(f"{server.url}/{name}.csv", format="csv") for name in ("away", "rain")]
    tell_files(home, *files, address=server.url)
    monkeypatch.setenv("DATAHALL_TRUSTED_HOSTS", server.netloc)
    datahall.dataset(ID).fetch()
    told = tell_files(home, *files, address=server.url)
    assert f"rain.csv (CSV) <{server.url}/rain.csv>. It is the one whose rows are in the hall." in told
    lines = re.search(r"```python\n(.*)\n```", told, re.DOTALL)
    assert lines is not None
    names: dict[str, object] = {}
    exec(lines[1].replace("away.csv", "rain.csv"), names)
    other = names["other"]
    assert isinstance(other, pl.DataFrame)
    assert other.height == 3


def test_what_a_portal_calls_its_files_stays_text(home: Path) -> None:
    files = [file(f"https://p.example/{n}`<b>.csv", format="csv", title=BAD) for n in (1, 2)]
    told = tell_files(home, *files, file("javascript:alert(2)//x.csv", format="csv", is_download=True))
    assert BAD not in told
    assert "<img" not in told.replace("\\<img", "")
    assert "javascript:alert(2)" not in told
    assert "<https://p.example/1%60%3Cb%3E.csv>" in told


def test_a_dataset_with_one_file_has_no_list(home: Path) -> None:
    told = tell_files(home, file("https://p.example/rain.csv", format="csv"))
    assert "rain.csv (CSV) <https://p.example/rain.csv>" in told
    assert "```" not in told


def test_a_dataset_without_files_says_nothing_of_them(home: Path) -> None:
    assert tell_files(home, file("https://p.example/about.html")) == ""
