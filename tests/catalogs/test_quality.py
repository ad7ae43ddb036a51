"""What is measured of a version's rows: each measure counts what is good."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import datahall
import polars as pl
import pytest
from datahall._quality.measure import TITLES, percent
from datahall._quality.validation import count_invalid

from tests.catalogs.card_drafts import CSV, draft, field, save_card, save_data
from tests.catalogs.quality_cards import AGE, ID, NAME, card_of, measured


@pytest.mark.parametrize(
    ("measure", "frame", "key", "count", "of"),
    [
        ("completeness", {"name": ["a", None, " "], "age": [1, 2, 3]}, [], 4, 6),
        ("validity", {"name": ["a", "b"], "age": [-1, 121]}, [], 2, 4),
        ("uniqueness", {"name": ["a", "a", None, "b"], "age": [1, 2, 3, 4]}, ["name"], 2, 4),
        ("duplicates", {"name": ["a", "a", "a"], "age": [1, 1, 2]}, [], 2, 3),
        ("ranges", {"name": ["a", "b", "c"], "age": [1, 200, None]}, [], 1, 2),
    ],
    ids=["empty and blank cells", "ages that cannot be", "a key repeated and empty", "a row twice", "out of range"],
)
def test_a_measure_counts_what_is_good_and_says_how_to_improve_it(
    measure: str, frame: dict[str, Any], key: list[str], count: int, of: int
) -> None:
    found = measured(pl.DataFrame(frame), card_of(NAME, AGE, primary_key=key))[measure]
    assert (found.count, found.of) == (count, of)
    assert found.score == pytest.approx(count / of, abs=1e-4)
    assert found.reason.en != found.reason.zh
    assert found.advice is not None
    assert found.advice.en != found.advice.zh


def test_what_is_whole_has_full_scores_and_no_advice() -> None:
    found = measured(pl.DataFrame({"name": ["a", "b"], "age": [1, 2]}), card_of(NAME, AGE, primary_key=["name"]))
    for name in ("completeness", "validity", "uniqueness", "duplicates", "ranges"):
        assert (found[name].score, found[name].advice) == (1.0, None)


def test_every_measure_that_has_a_title_is_measured(home: Path) -> None:
    save_card(home, draft())
    save_data(home, CSV)
    assert [measure.id for measure in datahall.dataset(ID).quality().measures] == list(TITLES)


def test_without_a_primary_key_uniqueness_is_not_judged_but_advised() -> None:
    found = measured(pl.DataFrame({"name": ["a"], "age": [1]}), card_of(NAME, AGE))["uniqueness"]
    assert found.score is None
    assert "primary_key" in found.advice.en


def test_one_bad_cell_in_many_is_not_called_whole() -> None:
    frame = pl.DataFrame({"name": ["a"] * 99_999 + [None], "age": [1] * 100_000})
    found = measured(frame, card_of(NAME, AGE))["completeness"]
    assert found.score < 1
    assert percent(found.score) == "99.99 %"


@pytest.mark.parametrize(
    ("changes", "frame", "wrong"),
    [
        ({"type": "integer", "required": True}, {"a": [1, None]}, 1),
        ({"type": "string", "enum": ["x"], "pattern": "^x"}, {"a": ["x", "y", None]}, 1),
        ({"type": "date"}, {"a": ["2024-01-01"]}, 1),
        ({"type": "number"}, {"b": [1.0, 2.0]}, 2),
        ({"type": "list"}, {"a": [["x"], None]}, 0),
        ({"type": "time"}, {"a": [time(1), None]}, 0),
        ({"type": "duration"}, {"a": [timedelta(1)]}, 0),
        ({"type": "datetime"}, {"a": [datetime(2024, 1, 1)]}, 0),
    ],
    ids=["required", "wrong twice is one cell", "type", "missing field", "list", "time", "duration", "datetime"],
)
def test_validity_counts_each_cell_once(changes: dict[str, Any], frame: dict[str, Any], wrong: int) -> None:
    rows = pl.DataFrame(frame)
    kind = changes.pop("type")
    card = card_of(field("a", kind, **changes))
    assert sum(count_invalid(rows.lazy(), fields=card.fields, height=rows.height).values()) == wrong


def test_validation_cannot_be_switched_off_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    from pandera.config import config_context

    rows = pl.DataFrame({"name": ["a"], "age": [-1]})
    with config_context(validation_enabled=False):
        assert measured(rows, card_of(NAME, AGE))["validity"].score == 0.5


def test_batches_make_no_difference_to_validity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datahall._quality.validation.CELLS_AT_ONCE", 1)
    rows = pl.DataFrame({"name": ["a"] * 2_500, "age": [-1, 1, 1, 1, 1] * 500})
    assert count_invalid(rows.lazy(), fields=card_of(NAME, AGE).fields, height=2_500) == {"age": 500}


def test_parts_of_hashes_make_no_difference_to_duplicates(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = pl.DataFrame({"name": ["a", "b"] * 50, "age": list(range(50)) * 2})
    whole = measured(rows, card_of(NAME, AGE))["duplicates"].count
    monkeypatch.setattr("datahall._distinct_rows.HASHES_AT_ONCE", 7)
    assert measured(rows, card_of(NAME, AGE))["duplicates"].count == whole == 50


def test_a_far_out_number_is_told_until_the_card_declares_its_range() -> None:
    rows = pl.DataFrame({"x": [float(n) for n in range(20)] + [1e6]})
    assert measured(rows, card_of(field("x", "number")))["ranges"].count == 20
    assert measured(rows, card_of(field("x", "number", maximum=1e6)))["ranges"].count == 21


def test_a_pattern_that_cannot_be_searched_for_fails_its_field_only() -> None:
    card = card_of(field("name", "string", pattern="(?=a)a"), AGE)
    rows = pl.DataFrame({"name": ["a", "b"], "age": [1, 2]})
    assert count_invalid(rows.lazy(), fields=card.fields, height=2) == {"name": 2}


def test_an_empty_table_is_not_called_good() -> None:
    rows = pl.DataFrame(schema={"name": pl.String, "age": pl.Int64})
    assert {each.score for each in measured(rows, card_of(NAME, AGE, primary_key=["name"])).values()} == {None}


def test_a_table_without_any_of_the_cards_fields_is_wholly_invalid() -> None:
    assert measured(pl.DataFrame({"other": [1, 2]}), card_of(NAME, AGE))["validity"].score == 0


@pytest.mark.parametrize(("language", "told"), [("en", "of about 249 values"), ("zh", "共约 249 种取值")])
def test_an_estimate_of_different_values_is_told_as_one_and_never_above_the_cells(language: str, told: str) -> None:
    from datahall._quality.picture import describe_distribution
    from datahall._quality.record import Distribution

    known = Distribution(
        name="code", kind="words", type="string", filled=249, empty=0, distinct=279, values=("AD",), counts=(1,)
    )
    assert told in describe_distribution(known, language=language)
    few = known.model_copy(update={"distinct": 5})
    assert "249" not in describe_distribution(few, language=language)
