"""The practice city: its tables agree, are the same for everybody, and name nobody."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import datahall
import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest
from datahall import cli
from datahall._fingerprint import fingerprint_table
from datahall._practice.city import TODAY, City
from datahall._practice.draws import draw
from datahall._practice.identifiers import CAPACITY, _starts, birth_places_and_days, is_invented
from datahall._practice.tables import EDITION, FEEDS, PLACES, load_rows
from datahall._practice.writing import count_blocks, make_block, make_table, write_parquet
from stdnum.cn import ric, uscc
from stdnum.exceptions import InvalidComponent

from tests.catalogs.card_drafts import draft, save_card

CITY = City(50_000, 7)
CARDS = [f"{theme}/practice-{table}" for table, (theme, _) in PLACES.items()]


@pytest.fixture(scope="module")
def table() -> Callable[[str], pl.DataFrame]:
    made: dict[str, pl.DataFrame] = {}

    def get(name: str) -> pl.DataFrame:
        if name not in made:
            made[name] = make_table(CITY, name)
        return made[name]

    return get


Table = Callable[[str], pl.DataFrame]


# ── The same for everybody ────────────────────────────────────────────────────────────────────────────────────────


def test_draws_are_those_of_splitmix64() -> None:
    published = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]  # of seed 0
    assert draw(0, np.arange(3)).tolist() == published


def test_a_city_is_the_same_on_every_machine() -> None:
    city = City(3_000, 1)
    plain = {name: make_table(city, name).to_arrow() for name in PLACES}
    found = {name: fingerprint_table(_stored(frame))[:8] for name, frame in plain.items()}
    assert found == PINNED


def _stored(frame: object) -> object:
    import pyarrow as pa

    assert isinstance(frame, pa.Table)
    kinds = [pa.string() if field.type == pa.large_string() else field.type for field in frame.schema]
    return frame.cast(pa.schema(list(zip(frame.schema.names, kinds, strict=True))))


@pytest.mark.parametrize("name", ["people", "jobs", "vaccinations", "electricity"])
def test_a_block_made_alone_is_that_block_of_the_whole(name: str) -> None:
    city = City(150_000, 3)
    assert count_blocks(city, name) > 2
    alone = make_block(city, name, 1)
    before = make_block(city, name, 0).height
    assert make_table(city, name).slice(before, alone.height).equals(alone)


@pytest.mark.parametrize("name", PLACES)
def test_rows_do_not_depend_on_the_blocks_they_are_made_in(name: str) -> None:
    city, rows = City(2_000, 5), load_rows(name)
    whole = make_table(city, name)
    pieces = np.array_split(np.arange(rows.count(city), dtype=np.int64), 7)
    if rows.count(city) > 1 and name != "trips":  # ways to work and back are listed block by block
        assert pl.concat([rows.make(city, piece) for piece in pieces]).equals(whole)
    assert rows.make(city, np.arange(0)).schema == whole.schema or name == "population"


def test_another_seed_makes_another_city() -> None:
    one, other = (make_table(City(1_000, seed), "people") for seed in (1, 2))
    assert one["name"].to_list() != other["name"].to_list()


# ── Identifiers ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("population", [1, 300, 100_000])
def test_citizen_numbers_are_distinct_valid_and_nobodys(population: int) -> None:
    people = make_table(City(population, 9), "people")
    assert people["citizen_number"].n_unique() == population
    for number, birthday, sex in people.select("citizen_number", "birthday", "sex").head(2_000).iter_rows():
        assert ric.calc_check_digit(number) == number[-1]
        assert number[6:14] == f"{birthday:%Y%m%d}"
        assert int(number[16]) % 2 == (sex == "male")
        assert is_invented(number)
        with pytest.raises(InvalidComponent):  # valid but for the division, which was never assigned
            ric.validate(number)


def test_a_large_city_has_distinct_citizen_numbers_where_districts_are_full() -> None:
    city = City(3_500_000, 1)
    assert np.diff(_starts(city)).max() == CAPACITY
    place, day, serial = birth_places_and_days(city, np.arange(city.population))
    assert np.bincount((place * 365 + day) * 500 + serial).max() == 1


def test_credit_codes_are_distinct_valid_and_nobodys(table: Table) -> None:
    codes = table("companies")["credit_code"]
    assert codes.n_unique() == len(codes) == CITY.companies
    assert all(uscc.is_valid(code) and is_invented(code) for code in codes)


def test_the_divisions_were_never_assigned(mirror: Path) -> None:
    datahall.dataset("geography/china-provinces").fetch()
    real = datahall.dataset("geography/china-provinces").polars().collect()["code"].to_list()
    assert "19" not in {code[:2] for code in real}


# ── Tables that agree ─────────────────────────────────────────────────────────────────────────────────────────────

JOINS = [
    ("households", "head", "people", "citizen_number"),
    ("households", "dwelling", "dwellings", "dwelling"),
    ("people", "household", "households", "household"),
    ("people", "district", "districts", "district"),
    ("pupils", "citizen_number", "people", "citizen_number"),
    ("pupils", "school", "schools", "school"),
    ("visits", "citizen_number", "people", "citizen_number"),
    ("visits", "clinic", "clinics", "clinic"),
    ("vaccinations", "citizen_number", "people", "citizen_number"),
    ("vaccinations", "clinic", "clinics", "clinic"),
    ("companies", "representative", "people", "citizen_number"),
    ("jobs", "citizen_number", "people", "citizen_number"),
    ("penalties", "inspection", "inspections", "inspection"),
    ("electricity", "dwelling", "dwellings", "dwelling"),
    ("museum-visits", "museum", "museums", "museum"),
    *((name, "credit_code", "companies", "credit_code") for name in ("jobs", "inspections", "penalties", "permits")),
    *((name, "credit_code", "companies", "credit_code") for name in ("incidents", "product-checks", "company-loans")),
    ("patents", "credit_code", "companies", "credit_code"),
]


@pytest.mark.parametrize(("name", "column", "other", "key"), JOINS)
def test_whatever_is_named_exists(table: Table, name: str, column: str, other: str, key: str) -> None:
    assert table(name).height > 0
    assert table(other)[key].is_unique().all()
    assert table(name).join(table(other), left_on=column, right_on=key, how="anti").height == 0


def test_the_insured_of_a_company_are_its_employees(table: Table) -> None:
    pair = ["citizen_number", "credit_code"]
    insured, jobs = table("insured"), table("jobs")
    assert insured.select(*pair, pl.col("insured_since").alias("started")).equals(jobs.select(*pair, "started"))
    employed = table("people").filter("employed")["citizen_number"]
    assert set(jobs["citizen_number"]) == set(employed)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("inspections", "day"),
        ("penalties", "decided"),
        ("incidents", "day"),
        ("product-checks", "sampled"),
        ("permits", "granted"),
        ("company-loans", "granted"),
        ("patents", "filed"),
        ("jobs", "started"),
    ],
)
def test_a_company_stands_in_the_register_on_the_day(table: Table, name: str, day: str) -> None:
    joined = table(name).join(table("companies"), on="credit_code", suffix="_company")
    last = pl.col("left_on").fill_null(TODAY)
    assert joined.select(pl.col(day).is_between(pl.col("established"), last)).to_series().all()


def test_employers_are_active_and_employees_of_age(table: Table) -> None:
    joined = table("jobs").join(table("companies"), on="credit_code").join(table("people"), on="citizen_number")
    assert (joined["status"] == "active").all()
    assert (joined["started"] >= joined["birthday"].dt.offset_by("18y")).all()


def test_penalties_follow_the_inspections_that_failed(table: Table) -> None:
    failed = table("inspections").filter(result="failed")
    assert failed["inspection"].to_list() == table("penalties")["inspection"].to_list()
    joined = table("penalties").join(failed, on="inspection")
    assert (joined["credit_code"] == joined["credit_code_right"]).all()
    assert (joined["decided"] >= joined["day"]).all()


def test_households_have_the_size_that_the_register_counts(table: Table) -> None:
    counted = table("people").group_by("household").len().sort("household")
    assert counted["len"].cast(pl.Int64).to_list() == table("households")["size"].to_list()
    heads = table("people").filter(role="head")
    assert heads["citizen_number"].to_list() == table("households")["head"].to_list()
    assert heads["age"].min() >= 20  # type: ignore[operator]


def test_the_published_population_is_the_register_counted(table: Table) -> None:
    published = table("population")
    assert published["people"].sum() == CITY.population
    age = pl.min_horizontal(pl.col("age") // 5 * 5, 95).alias("age_from")
    counted = table("people").group_by("district", "sex", age).len("counted")
    joined = published.join(counted, on=["district", "sex", "age_from"], how="left")
    assert (joined["people"] == joined["counted"].fill_null(0)).all()


def test_pupils_go_to_a_school_of_their_district_and_level(table: Table) -> None:
    joined = table("pupils").join(table("schools"), on="school").join(table("people"), on="citizen_number")
    assert (joined["district"] == joined["district_right"]).all()
    assert (joined["level"] == joined["level_right"]).all()
    assert joined["age"].is_between(6, 17).all()


def test_everybody_employed_travels_from_home_to_work_and_back(table: Table) -> None:
    jobs = table("jobs").join(table("people"), on="citizen_number").join(table("companies"), on="credit_code")
    ways = ["from_district", "to_district"]
    wanted = jobs.group_by(pl.col("district").alias(ways[0]), pl.col("district_right").alias(ways[1])).len().sort(ways)
    morning = table("trips").filter(pl.col("departed") == pl.col("departed").min().over("card"))
    assert morning.group_by(ways).len().sort(ways).equals(wanted)
    assert table("trips").height == 2 * jobs.height


def test_doses_of_a_vaccine_follow_one_another(table: Table) -> None:
    series = table("vaccinations").sort("citizen_number", "vaccine", "dose").group_by("citizen_number", "vaccine")
    found = series.agg(
        (pl.col("day").diff().dt.total_days().min() > 0).alias("ordered"),
        (pl.col("dose") == pl.int_range(1, pl.len() + 1)).all().alias("whole"),
    )
    assert found["ordered"].drop_nulls().all()
    assert found["ordered"].count() > 1_000
    assert found["whole"].all()


def test_empty_dwellings_draw_next_to_nothing(table: Table) -> None:
    joined = table("electricity").join(table("dwellings"), on="dwelling")
    mean = dict(joined.group_by("occupied").agg(pl.col("energy").mean()).iter_rows())
    assert mean[False] < 5 < 100 < mean[True]
    assert set(table("households")["dwelling"]) == set(table("dwellings").filter("occupied")["dwelling"])


def test_the_air_is_washed_by_the_rain_of_the_weather(table: Table) -> None:
    joined = table("air").join(table("weather"), on=["district", "day"])
    assert joined.height == table("air").height == table("weather").height
    mean = dict(joined.group_by(pl.col("rain") > 0).agg(pl.col("pm25").mean()).iter_rows())
    assert mean[True] < 0.85 * mean[False]


# ── Distributions: README.md beside the code names their public sources ───────────────────────────────────────────


@pytest.mark.parametrize(
    ("what", "share", "published", "tolerance"),
    [
        ("people below 15", lambda t: (t("people")["age"] < 15).mean(), 0.1795, 0.02),
        ("people from 60", lambda t: (t("people")["age"] >= 60).mean(), 0.1870, 0.02),
        ("men and boys", lambda t: (t("people")["sex"] == "male").mean(), 0.5124, 0.015),
        ("members of a household", lambda t: t("households")["size"].mean(), 2.62, 0.05),
        ("households of one", lambda t: (t("households")["size"] == 1).mean(), 0.2539, 0.01),
        ("households of two", lambda t: (t("households")["size"] == 2).mean(), 0.2968, 0.01),
        ("people called 王", lambda t: t("people")["name"].str.starts_with("王").mean(), 0.0726, 0.02),
        ("people employed", lambda t: t("people")["employed"].mean(), 0.52, 0.04),
        ("micro companies", lambda t: (t("companies")["size"] == "micro").mean(), 0.853, 0.01),
        ("people working for large ones", lambda t: _of_size(t, "large"), 0.206, 0.02),
        ("loans that fail", lambda t: (t("company-loans")["state"] == "non-performing").mean(), 0.015, 0.008),
        ("mean temperature", lambda t: t("weather")["mean"].mean(), 17.5, 0.6),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_shares_are_near_the_published_ones(
    table: Table, what: str, share: Callable[[Table], float], published: float, tolerance: float
) -> None:
    assert share(table) == pytest.approx(published, abs=tolerance), what


def _of_size(table: Table, size: str) -> float:
    joined = table("jobs").join(table("companies"), on="credit_code")
    return float((joined["size"] == size).mean())  # type: ignore[arg-type]


# ── Cards and commands ────────────────────────────────────────────────────────────────────────────────────────────


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
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(f"{name}.parquet" for name in PLACES)
    wage = pq.read_schema(tmp_path / "out/jobs.parquet").field("wage")
    assert wage.metadata == {b"title:en": b"Wage a month", b"title:zh": "月工资".encode(), b"unit": b"CNY"}
    assert cli.run([*arguments, "--table", "jobs"]) == 0  # again, over what is there


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


@pytest.mark.parametrize("population", [1, 2, 3, 49, 259, 260, 261, 521])
def test_a_village_agrees_with_itself_too(population: int) -> None:
    city = City(population, population)
    people, households, jobs, companies, dwellings = (
        make_table(city, name) for name in ("people", "households", "jobs", "companies", "dwellings")
    )
    assert people["citizen_number"].n_unique() == population == households["size"].sum()
    assert set(people["household"]) == set(households["household"])
    assert set(households["dwelling"]) == set(dwellings.filter("occupied")["dwelling"])
    assert set(companies["representative"]) <= set(people["citizen_number"])
    assert set(jobs["credit_code"]) <= set(companies["credit_code"])


@pytest.mark.parametrize("population", [1, 98, 1_000_000, 5_500_000, 10_000_000, 17_999_999, 18_000_000])
def test_no_birthplace_gives_more_numbers_than_it_has(population: int) -> None:
    counts = np.diff([*_starts(City(population, 1)), population])
    assert counts.sum() == population
    assert counts.min() >= 0
    assert counts.max() <= CAPACITY


@pytest.mark.parametrize(
    "wrong", [["--population", "0"], ["--population", "18000001"], ["--seed", "-1"], ["--table", "nope"]]
)
def test_a_city_that_cannot_be_is_misuse(wrong: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["practice", *wrong, "--into", str(tmp_path), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "misuse"


@pytest.mark.parametrize(("population", "seed"), [(0, 1), (18_000_001, 1), (5, -1), (5, 1 << 63)])
def test_a_city_has_limits(population: int, seed: int) -> None:
    with pytest.raises(datahall.DatahallError):
        City(population, seed)


# The first digits of each table of City(3_000, 1); a new EDITION of the city comes with new ones.
PINNED = {
    "people": "33253aa8",
    "households": "cf0ebe0a",
    "population": "58529f6d",
    "districts": "39c4c182",
    "dwellings": "fb57af13",
    "schools": "cc3cdf15",
    "pupils": "1310d429",
    "clinics": "be0e7783",
    "visits": "3561753d",
    "vaccinations": "3874b971",
    "companies": "4a87f9f3",
    "permits": "4811d68a",
    "jobs": "0fb95ba1",
    "insured": "be261911",
    "inspections": "0476e804",
    "incidents": "ef47207c",
    "product-checks": "ee37c69a",
    "penalties": "9112b90f",
    "company-loans": "1f8340fe",
    "budgets": "24dacd8e",
    "trips": "65158ca6",
    "weather": "0bededeb",
    "sea-levels": "81756f68",
    "crops": "db1ee71e",
    "air": "778d4033",
    "electricity": "12f7a0a8",
    "museums": "22f52998",
    "museum-visits": "1382a74d",
    "patents": "d89183e7",
}
