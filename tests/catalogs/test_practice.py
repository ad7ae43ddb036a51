"""The practice city is the same for everybody, in any part and of any size, and names nobody."""

from __future__ import annotations

from pathlib import Path

import datahall
import numpy as np
import polars as pl
import pytest
from datahall._fingerprint import fingerprint_table
from datahall._practice.city import City
from datahall._practice.draws import draw
from datahall._practice.identifiers import CAPACITY, _starts, birth_places_and_days, is_invented
from datahall._practice.tables import PLACES, load_rows
from datahall._practice.writing import count_blocks, make_block, make_table
from stdnum.cn import ric, uscc
from stdnum.exceptions import InvalidComponent

from tests.catalogs.practice_tables import CITY, Table


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


@pytest.mark.parametrize("population", [1, 98, 1_000_000, 5_500_000, 10_000_000, 17_999_999, 18_000_000])
def test_no_birthplace_gives_more_numbers_than_it_has(population: int) -> None:
    counts = np.diff([*_starts(City(population, 1)), population])
    assert counts.sum() == population
    assert counts.min() >= 0
    assert counts.max() <= CAPACITY


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
    "dwellings": "3696301d",
    "schools": "cc3cdf15",
    "pupils": "1310d429",
    "clinics": "be0e7783",
    "visits": "0e50d787",
    "vaccinations": "3874b971",
    "companies": "1e113251",
    "permits": "375279f7",
    "jobs": "bf0a6432",
    "insured": "b2d38386",
    "inspections": "5be4a0ac",
    "incidents": "304f9b0f",
    "product-checks": "ee37c69a",
    "penalties": "144d492d",
    "company-loans": "66e79bf3",
    "budgets": "24dacd8e",
    "revenue": "aba99888",
    "trade": "00c23a0e",
    "trips": "00971a85",
    "stops": "6a4da013",
    "elder-care": "636408c3",
    "weather": "0bededeb",
    "sea-levels": "81756f68",
    "crops": "db1ee71e",
    "air": "778d4033",
    "electricity": "e8a3987b",
    "museums": "22f52998",
    "museum-visits": "1382a74d",
    "patents": "d89183e7",
}
