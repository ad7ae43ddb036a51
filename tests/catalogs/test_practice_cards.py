"""Cards and the command give the practice city to people, and always say that it is invented."""

from __future__ import annotations

import json
from pathlib import Path

import datahall
import polars as pl
import pyarrow.parquet as pq
import pytest
from datahall import cli
from datahall._practice.city import City
from datahall._practice.tables import EDITION, FEEDS, PLACES
from datahall._practice.writing import make_table, write_parquet

from tests.catalogs.card_drafts import draft, save_card

CARDS = [f"{theme}/practice-{table}" for table, (theme, _) in PLACES.items()]


@pytest.mark.parametrize("words", ["weather", "companies", "天气", "population"])
def test_real_data_is_found_before_invented_data(words: str) -> None:
    found = [item.card.synthetic for item in datahall.search(words)]
    assert set(found) == {True, False}
    assert not found[0]


def test_who_asks_for_practice_data_gets_it() -> None:
    assert all(item.card.synthetic for item in datahall.search("practice companies"))
    assert datahall.search("练习 企业")[0].card.synthetic


def test_every_table_has_a_card_and_every_theme_a_table() -> None:
    ids = {item.id for item in datahall.datasets() if item.card.synthetic}
    assert ids == {*CARDS, *(f"{theme}/practice-{feed}" for feed, (theme, _) in FEEDS.items())}
    assert {theme for theme, _ in PLACES.values()} == {theme.id for theme in datahall.themes()}


@pytest.mark.parametrize("dataset_id", CARDS)
def test_a_practice_card_gives_the_table_that_it_names(dataset_id: str) -> None:
    item = datahall.dataset(dataset_id)
    practice = item.card.sources[0].practice
    assert practice is not None
    assert dataset_id.endswith(f"/practice-{practice.table}")
    assert item.card.license == "CC0-1.0"
    item.fetch()
    expected = make_table(City(practice.population, practice.seed), practice.table)
    assert item.polars().collect().equals(expected)
    assert item.fetch() == item.version
    names = ", ".join(expected.columns)
    assert item.sql(f"select {names} from data limit 1").height == 1


@pytest.mark.parametrize(
    ("practice", "message"),
    [
        ({"table": "peeple"}, "no table peeple (did you mean people?)"),
        ({"table": "people", "population": 0}, "sources[0].practice.population"),
        ({"table": "people", "population": 10**9}, "sources[0].practice.population"),
        ({"table": "people", "seed": -1}, "sources[0].practice.seed"),
        ({"table": "people"}, "practice data is made up, and its card says so: synthetic: true"),
    ],
)
def test_a_card_cannot_ask_for_what_there_is_not(
    tmp_path: Path, practice: dict[str, object], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = save_card(tmp_path, draft(sources=[{"practice": practice, "format": "csv"}]))
    assert cli.run(["validate", str(file)]) == 1
    assert message in capsys.readouterr().out


def test_practice_data_comes_as_csv(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    card = draft(sources=[{"practice": {"table": "museums"}, "format": "json"}], synthetic=True)
    assert cli.run(["validate", str(save_card(tmp_path, card))]) == 1
    assert "sources[0].format: practice data comes as CSV: format: csv" in capsys.readouterr().out


def test_what_is_made_up_says_so_at_a_terminal_and_in_a_citation(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["search", "practice", "companies"]) == 0
    assert all(line.endswith("(synthetic data)") for line in capsys.readouterr().out.splitlines())
    assert cli.run(["open", "geography/practice-districts"]) == 0
    assert "(synthetic data)" in capsys.readouterr().err
    assert cli.run(["open", "geography/practice-districts", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["synthetic"] is True
    citation = datahall.dataset("geography/practice-districts").cite()
    assert "[Synthetic dataset]" in citation.texts["en"]
    assert "合成数据" in citation.texts["zh"]
    assert "Synthetic" in citation.bibtex
    assert citation.csl["genre"] == "synthetic data"


def test_another_edition_of_the_city_makes_another_version_necessary(monkeypatch: pytest.MonkeyPatch) -> None:
    datahall.dataset("geography/practice-districts").fetch()
    assert datahall.store.is_current("geography/practice-districts")
    monkeypatch.setattr("datahall._sources.EDITION", EDITION + 1)
    assert not datahall.store.is_current("geography/practice-districts")


def test_the_command_writes_marked_parquet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["practice", "--population", "500", "--seed", "4", "--into", str(tmp_path / "out"), "--json"]
    assert cli.run(arguments) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["synthetic"] is True
    assert [written["table"] for written in answer["tables"]] == list(PLACES)
    for written in answer["tables"]:
        frame = pl.read_parquet(written["path"])
        assert frame.height == written["rows"]
        assert frame.equals(make_table(City(500, 4), written["table"]))
        assert pl.read_parquet_metadata(written["path"])["synthetic"] == "true"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(
        ["README.md", *(f"{name}.parquet" for name in PLACES)]
    )
    wage = pq.read_schema(tmp_path / "out/jobs.parquet").field("wage")
    assert wage.metadata == {b"title:en": b"Wage a month", b"title:zh": "月工资".encode(), b"unit": b"CNY"}
    assert cli.run([*arguments, "--table", "jobs"]) == 0  # again, over what is there


def _make(into: Path, *more: str) -> int:
    return cli.run(["practice", "--population", "300", "--into", str(into), "--json", *more])


@pytest.mark.parametrize("other", [["--seed", "2"], ["--population", "301"]], ids=["seed", "population"])
def test_a_folder_holds_one_city_unless_told_otherwise(
    other: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _make(tmp_path, "--table", "museums", "--table", "districts") == 0
    before = (tmp_path / "museums.parquet").read_bytes()
    capsys.readouterr()
    assert _make(tmp_path, *other, "--table", "museums") == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "another-city"
    assert "--force" in error["hint"]
    assert (tmp_path / "museums.parquet").read_bytes() == before
    assert _make(tmp_path, *other, "--table", "museums", "--force") == 0
    assert (tmp_path / "museums.parquet").read_bytes() != before
    assert not (tmp_path / "districts.parquet").exists()  # it was of the other city


def test_the_folder_says_in_both_languages_what_it_holds(tmp_path: Path) -> None:
    assert _make(tmp_path, "--table", "museums") == 0
    assert _make(tmp_path, "--table", "districts") == 0
    told = (tmp_path / "README.md").read_text(encoding="utf-8")
    for word in ("nobody and nothing", "虚构", "300", "`museums.parquet`", "`districts.parquet`", "Museums", "博物馆"):
        assert word in told
    (tmp_path / "README.md").write_text("mine")
    assert _make(tmp_path, "--table", "museums") == 0
    assert (tmp_path / "README.md").read_text() == "mine"


def test_the_command_leaves_files_of_others_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pl.DataFrame({"mine": [1]}).write_parquet(tmp_path / "jobs.parquet")
    before = (tmp_path / "jobs.parquet").read_bytes()
    assert cli.run(["practice", "--population", "10", "--table", "jobs", "--into", str(tmp_path), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "not-practice"
    assert (tmp_path / "jobs.parquet").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("into", ["file", "file/below", "/proc/nowhere"])
def test_a_folder_that_cannot_be_written_is_said_in_a_sentence(
    into: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("mine")
    assert cli.run(["practice", "--population", "10", "--into", str(tmp_path / into), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "store-failed"
    assert (tmp_path / "file").read_text() == "mine"


def test_an_interrupted_table_is_not_there(tmp_path: Path) -> None:
    def interrupt(made: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_parquet(City(150_000, 1), "people", folder=tmp_path, advance=interrupt)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "wrong", [["--population", "0"], ["--population", "18000001"], ["--seed", "-1"], ["--table", "nope"]]
)
def test_a_city_that_cannot_be_is_misuse(wrong: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["practice", *wrong, "--into", str(tmp_path), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "misuse"
