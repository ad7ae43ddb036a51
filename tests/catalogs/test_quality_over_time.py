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
from datahall._quality.drift import expect_by_chance, total_variation
from datahall._quality.measuring import Earlier

from tests.catalogs.card_drafts import CSV, OTHER_CSV, draft, save_card, save_data
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
