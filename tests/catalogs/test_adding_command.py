"""`datahall add` answers people and programs, and writes only what it is asked to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import datahall
import pytest
from datahall.cli import run
from datahall.errors import DatahallError

from tests.catalogs.added_files import STATISTICS, Write, accept_draft
from tests.catalogs.small_server import Reply, SmallServer


def answer(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, Any]:
    code = run(arguments)
    return code, json.loads(capsys.readouterr().out)


def test_the_answer_in_json_is_what_programs_rely_on(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    code, content = answer(["add", "--json", str(write(STATISTICS))], capsys)
    assert code == 1
    assert content["rows"] == 3
    (table,) = content["tables"]
    assert set(table) == {"name", "rows", "fields", "findings", "card"}
    assert set(table["findings"][0]) == {"code", "severity", "line", "field", "message", "done"}
    assert datahall.Card.model_validate(table["card"], strict=False)


@pytest.mark.parametrize(
    ("content", "code"), [(b"a,b\n1,2\n", 0), (b"a;b\n1;2\n", 1), (b"\0" * 99, 2)], ids=["clean", "findings", "binary"]
)
def test_the_exit_code_says_how_it_went(
    write: Write, capsys: pytest.CaptureFixture[str], content: bytes, code: int
) -> None:
    assert answer(["add", "--json", str(write(content))], capsys)[0] == code


def test_nothing_is_written_unless_asked_for(write: Write, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["add", str(write("a,b\n1,2\n"))]) == 0
    assert not home.exists()
    assert "Nothing was written" in capsys.readouterr().err


def test_a_card_that_is_there_is_not_replaced(write: Write, home: Path) -> None:
    file = write("a,b\n1,2\n")
    datahall.add(file, save="weather/my-rain")
    (home / "datasets/weather/my-rain.yaml").write_text("title: mine\n")
    with pytest.raises(DatahallError) as raised:
        datahall.add(file, save="weather/my-rain")
    assert raised.value.code == "exists"
    assert sorted(path.name for path in (home / "datasets/weather").iterdir()) == ["my-rain.csv", "my-rain.yaml"]


def test_a_shipped_dataset_is_not_hidden_by_one_made_here(write: Write, home: Path) -> None:
    with pytest.raises(DatahallError) as raised:
        datahall.add(write("a,b\n1,2\n"), save="weather/seattle-weather")
    assert raised.value.code == "exists"
    assert not home.exists()


@pytest.mark.parametrize("name", ["../../etc/passwd", "weather/../x", "nowhere/x", "weather/Rain", "weather"])
def test_an_id_that_is_none_is_refused_before_anything_is_read(write: Write, name: str) -> None:
    with pytest.raises(DatahallError) as raised:
        datahall.add(write(""), save=name)
    assert raised.value.code == "invalid-id"


def test_a_table_at_an_address_keeps_the_address(server: SmallServer) -> None:
    server.answers["/rain.csv"] = Reply(b"a,b\n1,2\n")
    (table,) = datahall.add(f"http://{server.netloc}/rain.csv", save="weather/rain").tables
    assert table.card["sources"][0]["url"].endswith("/rain.csv")
    accept_draft("weather/rain")
    assert datahall.dataset("weather/rain").polars().collect().rows() == [(1, 2)]
