"""What changes with the day and between versions: freshness and drift."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import datahall
import numpy as np
import polars as pl
import pytest
from datahall import store
from datahall._quality.distributions import describe_fields
from datahall._quality.measuring import Earlier
from datahall._quality.shifts import expect_by_chance, total_variation

from tests.catalogs.card_drafts import CSV, OTHER_CSV, draft, field, save_card, save_data
from tests.catalogs.quality_cards import ID, NAME, TODAY, card_of, item_record, measured


@pytest.mark.parametrize(
    ("frequency", "temporal", "score"),
    [
        ("P1M", "2023/2024-01", 1.0),
        ("P1D", "2024-01-01/2024-01-12", 0.1),
        ("P1Y", "2020/2022", 1.0),
        ("PT1H", "2024-01-01/2024-01-31", 1.0),
        ("P1D", "2024-01-01/2025-01-01", 1.0),
        ("never", "1990/1991", None),
        ("irregular", "1990/1991", None),
        ("P1D", None, None),
        ("P1D", "2020/..", None),
    ],
    ids=["in time", "late", "a year", "hours", "future", "complete", "irregular", "undated", "open end"],
)
def test_freshness_is_judged_against_the_stated_frequency(
    home: Path, frequency: str, temporal: str | None, score: float | None
) -> None:
    save_card(home, draft(frequency=frequency, temporal=temporal))
    save_data(home, CSV)
    assert datahall.dataset(ID).quality(today=TODAY)["freshness"].score == score


def test_freshness_is_not_stored_and_changes_with_the_day(home: Path) -> None:
    save_card(home, draft())
    save_data(home, CSV)
    item = datahall.dataset(ID)
    assert "freshness" not in {measure["id"] for measure in item_record(item)["measures"]}
    assert item.quality(today=date(2030, 1, 1))["freshness"].score < item.quality(today=TODAY)["freshness"].score


def test_drift_names_fields_that_came_went_changed_type_or_moved() -> None:
    old = pl.DataFrame({"a": ["x"] * 50 + ["y"] * 50, "gone": [1] * 100, "kind": [1] * 100, "n": [1.0, 2.0] * 50})
    new = pl.DataFrame({"a": ["x"] * 100, "kind": ["1"] * 100, "n": [1.0, 2.0] * 50, "new": [1] * 100})
    before = Earlier(version="2023-01-01.00000000", fields=tuple(describe_fields(old.lazy())))
    found = measured(new, card_of(NAME), earlier=before)["drift"]
    assert found.score == pytest.approx((0.5 + 0 + 0 + 1) / 4)
    for word in ("2023-01-01.00000000", "added: new", "gone: gone", "another type: kind", "moved: a (50 %)"):
        assert word in found.reason.en


def test_the_same_rows_again_do_not_drift() -> None:
    rows = pl.DataFrame({"a": [f"{n % 40}" for n in range(500)], "n": [n / 7 for n in range(500)]})
    before = Earlier(version="v", fields=tuple(describe_fields(rows.lazy())))
    found = measured(rows, card_of(NAME), earlier=before)["drift"]
    assert (found.score, found.count, found.advice) == (1.0, 2, None)
    assert found.reason.en == "Against v: the same fields and types, and nothing moved."
    assert found.reason.zh == "与 v 相比：字段与类型相同，分布没有变动。"


def test_drift_names_only_what_there_is() -> None:
    before = Earlier(version="v", fields=tuple(describe_fields(pl.DataFrame({"a": ["x"] * 9}).lazy())))
    found = measured(pl.DataFrame({"a": ["x"] * 9, "b": [1] * 9}), card_of(NAME), earlier=before)["drift"]
    assert (found.reason.en, found.reason.zh) == ("Against v: fields added: b.", "与 v 相比：新增字段：b。")


def test_an_empty_cell_is_no_value() -> None:
    rows = pl.DataFrame({"one": ["x", "x", None], "none": [None, None, None]}, schema_overrides={"none": pl.String})
    assert [each.distinct for each in describe_fields(rows.lazy())] == [1, 0]


def test_what_is_made_up_is_never_late(home: Path) -> None:
    save_card(home, draft(frequency="P1D", temporal="1990/1991", synthetic=True))
    save_data(home, CSV)
    found = datahall.dataset(ID).quality(today=TODAY)["freshness"]
    assert (found.score, found.advice) == (None, None)


def test_a_second_version_is_compared_with_the_first(home: Path) -> None:
    save_card(home, draft(primary_key=["day"]))
    save_data(home, CSV)
    first = datahall.dataset(ID).fetch()
    save_data(home, OTHER_CSV)
    second = datahall.dataset(ID)
    assert second.fetch() != first
    assert first in second.quality()["drift"].reason.en
    assert datahall.dataset(f"{ID}@{first}").quality()["drift"].score is None


@pytest.mark.parametrize("quality", [{"empty": {"day": 0}}, None, {"measures": "?"}], ids=["old", "none", "damaged"])
def test_a_version_without_a_report_is_measured_when_asked_and_compared_with(home: Path, quality: Any) -> None:
    save_card(home, draft())
    save_data(home, CSV)
    item = datahall.dataset(ID)
    file = store.dataset_folder(ID) / item.fetch() / "version.json"
    record = {**json.loads(file.read_text()), "quality": quality}
    file.write_text(json.dumps(record))
    assert item.quality()["completeness"].score == 1.0
    assert ".quality() measures it" in item._repr_html_()
    save_data(home, OTHER_CSV)
    item.fetch()
    assert item.quality()["drift"].score is not None


def test_two_small_samples_of_one_distribution_do_not_drift_but_another_one_does() -> None:
    old, new, other = ([(n * n * step) % 97 / 9.7 for n in range(40)] for step in (5, 7, 0))
    before = Earlier(version="v", fields=tuple(describe_fields(pl.DataFrame({"a": old}).lazy())))
    assert measured(pl.DataFrame({"a": new}), card_of(NAME), earlier=before)["drift"].score == 1.0
    assert measured(pl.DataFrame({"a": other}), card_of(NAME), earlier=before)["drift"].score < 0.3


@pytest.mark.parametrize("sizes", [(50, 50), (400, 1_000)])
def test_the_distance_expected_by_chance_is_what_chance_gives(sizes: tuple[int, int]) -> None:
    chance = np.random.default_rng(7)
    shares = [0.4, 0.3, 0.2, 0.1]
    draws = [[chance.multinomial(size, shares).tolist() for size in sizes] for _ in range(400)]
    mean = sum(total_variation(*draw) for draw in draws) / len(draws)
    assert expect_by_chance(*draws[0]) == pytest.approx(mean, rel=0.15)


def test_long_values_that_begin_alike_do_not_drift() -> None:
    rows = pl.DataFrame({"a": ["x" * 100 + str(n % 3) for n in range(30)]})
    before = Earlier(version="v", fields=tuple(describe_fields(rows.lazy())))
    assert measured(rows, card_of(NAME), earlier=before)["drift"].score == 1.0


def compare(old: dict[str, Any], new: dict[str, Any], *, key: tuple[str, ...] = ()) -> Any:
    before = Earlier(version="v", fields=tuple(describe_fields(pl.DataFrame(old).lazy())))
    columns = [field(name, "string") for name in new]
    return measured(pl.DataFrame(new), card_of(*columns, primary_key=list(key)), earlier=before)["drift"]


NAMES = [f"name{n % 1000}" for n in range(20_000)]
DAYS = [date(2024, 1, 1 + n % 28) for n in range(500)]


@pytest.mark.parametrize(
    ("old", "new", "most", "words"),
    [
        (NAMES, NAMES[:2000], 0.11, ("rows: 20,000 before, 2,000 now", "行数：之前 20,000，现在 2,000")),
        (NAMES, [f"å§“{n % 1000}" for n in range(20_000)], 0.01, ("gone: a (100 %)", "已消失的原有值：a (100 %)")),
        (NAMES, [n % 2 * "x" or None for n in range(20_000)], 0.5, ("empty cells: a (50 %)", "空单元格比例：a (50 %)")),
        (DAYS, [date(1970, 1, 1)] * 500, 0.01, ("earliest time there was: a (100 %)", "早于以往最早时间：a (100 %)")),
        (DAYS, [date(2024, 1, 7)] * 500, 0.1, ("different values: a (96 %)", "不同值的数量：a (96 %)")),
    ],
    ids=["most rows lost", "mojibake", "half emptied", "all dates 1970", "all dates one day"],
)  # fmt: skip
def test_a_change_that_breaks_work_lowers_the_score_and_is_named(
    old: list[Any], new: list[Any], most: float, words: tuple[str, str]
) -> None:
    found = compare({"a": old}, {"a": new})
    assert found.score <= most
    assert words[0] in found.reason.en
    assert words[1] in found.reason.zh
    assert found.advice is not None


@pytest.mark.parametrize("seed", range(3))
def test_another_sample_of_the_same_rows_does_not_drift(seed: int) -> None:
    chance = np.random.default_rng(seed)

    def draw(rows: int) -> dict[str, Any]:
        days = chance.integers(0, 400, rows)
        return {
            "name": [f"name{int(n)}" for n in chance.zipf(1.6, rows) % 5000],
            "hole": [None if n < 0.2 else "x" for n in chance.random(rows)],
            "day": [date.fromordinal(738_000 + int(day)) for day in days],
            "amount": chance.lognormal(3, 1, rows).tolist(),
        }

    found = compare(draw(3_000), draw(2_950))
    assert found.score > 0.99, found.reason.en
    assert found.advice is None


def test_the_next_month_appended_or_alone_is_no_step_backward() -> None:
    march = [date(2024, 3, 1 + n % 28) for n in range(500)]
    assert compare({"a": DAYS}, {"a": march}).score == 1.0
    assert compare({"a": DAYS}, {"a": [*DAYS, *march]}).score == 1.0


def test_keys_that_lose_their_times_or_cells_are_told() -> None:
    found = compare({"a": DAYS}, {"a": [date(1970, 1, 1)] * 500}, key=("a",))
    assert "before the earliest" in found.reason.en
    assert "empty cells" in compare({"a": NAMES}, {"a": [*NAMES[:9_000], *[None] * 11_000]}, key=("a",)).reason.en


def test_a_version_without_rows_has_nothing_of_the_one_before() -> None:
    assert compare({"a": NAMES}, {"a": pl.Series([], dtype=pl.String)}).score == 0.0
    assert compare({"a": pl.Series([], dtype=pl.String)}, {"a": NAMES}).score is not None


def test_titles_that_each_edition_has_anew_do_not_drift() -> None:
    found = compare({"a": [f"title {n}" for n in range(900)]}, {"a": [f"title {n}" for n in range(900, 1_800)]})
    assert (found.score, found.advice) == (1.0, None)


SCHOOLS = [f"School {n * 7919}" for n in range(900)]


@pytest.mark.parametrize(
    ("ids", "names", "score"),
    [
        (range(900), [f"å§“ {name}" for name in SCHOOLS], 0.5),
        (range(900), [f"å§“ {name}" if n % 2 else name for n, name in enumerate(SCHOOLS)], 0.75),
        (range(900), SCHOOLS, 1.0),
        (range(90, 990), [*SCHOOLS[90:], *(f"New {n}" for n in range(90))], 1.0),
        (range(900, 1_800), [f"New {n}" for n in range(900)], 1.0),
    ],
    ids=["mojibake", "half of it", "the same", "a tenth new", "other rows"],
)
def test_names_that_went_from_rows_that_are_there_are_told(
    home: Path, ids: range, names: list[str], score: float
) -> None:
    columns = [field("school_id", "string"), field("title", "string")]
    source = {"path": "culture/visitors.csv", "format": "csv"}
    save_card(home, draft(sources=[source], fields=columns, primary_key=["school_id"]))
    for keys, texts in ((range(900), SCHOOLS), (ids, names)):
        lines = "".join(f"K{key},{text}\n" for key, text in zip(keys, texts, strict=True))
        save_data(home, f"school_id,title\n{lines}".encode())
        datahall.store.fetch(ID)
    found = datahall.dataset(ID).quality()["drift"]
    assert (1.0 if found.score is None else found.score) == pytest.approx(score, abs=0.01)
    assert ("earlier values that are gone: title" in found.reason.en) == (score < 1)
