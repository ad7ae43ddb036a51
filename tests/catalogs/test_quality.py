"""What is measured of a version's rows and of its card, and that it is stored, told and shown."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import datahall
import numpy as np
import polars as pl
import pytest
from datahall import store
from datahall._quality.distributions import BINS, MOST_FREQUENT, count_alike, describe_fields
from datahall._quality.drift import expect_by_chance, total_variation
from datahall._quality.measure import TITLES, percent
from datahall._quality.measuring import Earlier, measure_rows
from datahall._quality.metadata import DIMENSIONS, assess_metadata
from datahall._quality.record import StoredQuality
from datahall._quality.validation import count_invalid
from datahall.card import Card
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.catalogs.card_drafts import CSV, OTHER_CSV, draft, field, save_card, save_data

ID = "culture/visitors"
TODAY = date(2024, 2, 1)


def card_of(*fields: dict[str, Any], **changes: Any) -> Card:
    return Card.model_validate(draft(fields=list(fields), **changes))


def measured(frame: pl.DataFrame, card: Card, **more: Any) -> dict[str, Any]:
    return {measure.id: measure for measure in measure_rows(frame.lazy(), card=card, **more).measures}


NAME, AGE = field("name", "string"), field("age", "integer", minimum=0, maximum=120)


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


def item_record(item: datahall.Dataset) -> dict[str, Any]:
    return dict(item.record()["quality"])


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


def test_the_report_does_not_change_the_version(home: Path) -> None:
    save_card(home, draft())
    save_data(home, CSV)
    item = datahall.dataset(ID)
    version = item.fetch()
    save_card(home, draft(keywords={"en": ["other"], "zh": ["别的"]}))
    assert item.fetch() == version == "2024-01-31." + version[-8:]


def test_what_is_stored_is_what_is_shown(home: Path) -> None:
    save_card(home, draft())
    save_data(home, CSV)
    item = datahall.dataset(ID)
    item.fetch()
    stored = StoredQuality.model_validate(item_record(item))
    assert stored.fields == item.quality().fields
    shown = item.quality().as_json()
    assert json.loads(json.dumps(shown, allow_nan=False)) == shown
    assert shown["measures"][0]["reason"]["zh"] == stored.measures[0].reason.zh


def test_a_whole_card_has_every_point_and_a_poor_one_is_told_what_is_missing() -> None:
    source = {"url": "https://example.org/a.csv", "sha256": "0" * 64, "bytes": 1, "format": "csv"}
    whole = Card.model_validate(draft(sources=[source], modified="2024-01-01", spatial=["CN"]))
    found = assess_metadata(whole, is_present=True)
    assert (found.points, found.of, found.rating("en"), found.rating("zh")) == (405, 405, "excellent", "优秀")
    assert [each.id for each in found.dimensions] == list(DIMENSIONS)
    assert [each.of for each in found.dimensions] == [100, 100, 110, 75, 20]
    poor = assess_metadata(Card.model_validate(draft(temporal=None)), is_present=False)
    assert poor.points < 300
    advice = " ".join(answer.advice.en for each in poor.dimensions for answer in each.answers if answer.advice)
    for word in ("spatial", "temporal", "modified", "bytes", "url", "Fetch"):
        assert word in advice


@pytest.mark.parametrize(
    "values",
    [
        [],
        [None, None],
        [1.7e308, -1.7e308],
        [float("inf"), 1.0, float("nan"), -float("inf")],
        [float("nan")],
        [5.0],
        [2**63 - 1, -(2**63)],
        [2**53 + 1],
        [True, None],
        ["<b>", "😀" * 200, "", None],
        [[], ["a"], None],
        [b"\x00"],
        [time(23, 59), time(0)],
        [timedelta(days=-1)],
        [date(1, 1, 1), date(9999, 12, 31)],
        [datetime(1, 1, 1), None],
        [datetime(2024, 1, 1, tzinfo=UTC)],
    ],
    ids=repr,
)
def test_any_values_can_be_described_and_stored(values: list[Any]) -> None:
    rows = pl.DataFrame({"a": pl.Series(values, strict=True)})
    stored = measure_rows(rows.lazy(), card=card_of(field("a", "string")))
    text = json.dumps(stored.model_dump(mode="json", exclude_defaults=True), allow_nan=False)
    assert StoredQuality.model_validate(json.loads(text)) == stored
    assert len(text) < 15_000


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(allow_nan=False)), max_size=60))
def test_bars_count_every_number_once(values: list[float | None]) -> None:
    rows = pl.DataFrame({"a": pl.Series(values, dtype=pl.Float64)}).lazy()
    (found,) = describe_fields(rows)
    finite = [value for value in values if value is not None and abs(value) != float("inf")]
    assert sum(found.counts) == (len(finite) if len(set(finite)) or not values else 0)
    if found.counts:
        assert count_alike(rows, like=found)[: len(found.counts)] == list(found.counts)


def test_what_is_stored_of_a_field_is_bounded() -> None:
    rows = pl.DataFrame({"word": [f"{n}-" + "x" * 500 for n in range(3_000)], "n": list(range(3_000))})
    words, numbers = describe_fields(rows.lazy())
    assert len(words.values) == MOST_FREQUENT
    assert max(map(len, words.values)) <= 60
    assert len(numbers.counts) == BINS
    assert words.rest == 3_000 - MOST_FREQUENT


def test_a_table_of_very_many_fields_is_measured_and_its_record_stays_small() -> None:
    rows = pl.DataFrame({f"f{n}": [n, n + 1] for n in range(1_000)})
    card = card_of(*(field(f"f{n}", "integer") for n in range(1_000)))
    stored = measure_rows(rows.lazy(), card=card)
    assert len(stored.fields) == 1_000
    assert len(json.dumps(stored.model_dump(mode="json", exclude_defaults=True))) < 300_000


@pytest.mark.parametrize(("language", "word"), [("en", "Completeness"), ("zh", "完整性")])
def test_the_report_is_told_in_the_readers_language(
    home: Path, monkeypatch: pytest.MonkeyPatch, language: str, word: str
) -> None:
    monkeypatch.setenv("DATAHALL_LANGUAGE", language)
    save_card(home, draft())
    save_data(home, CSV)
    quality = datahall.dataset(ID).quality(today=TODAY)
    assert word in str(quality)
    assert word in quality._repr_html_()
    assert '<svg xmlns="http://www.w3.org/2000/svg"' in quality._repr_html_()
    assert 'role="img" aria-labelledby=' in quality._repr_html_()
    assert "<desc id=" in quality._repr_html_()


def test_the_command_line_tells_both_scores(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from datahall.cli import run

    save_card(home, draft())
    save_data(home, CSV)
    datahall.dataset(ID).fetch()
    assert run(["show", ID]) == 0
    assert "of 405 points" in capsys.readouterr().out
    assert run(["show", ID, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["quality"]["measures"][0]["score"] == 1.0


def test_nothing_in_the_data_becomes_markup(home: Path) -> None:
    attack = "<img src=x onerror=alert(1)>\"'"
    quoted = '"' + attack.replace('"', '""') + '"'
    fields = [field("name", "string"), field("age", "string")]
    save_card(home, draft(fields=fields))
    save_data(home, f"name,age\n{quoted},1\n{quoted},1\n".encode())
    item = datahall.dataset(ID)
    item.fetch()
    for shown in (item._repr_html_(), item.quality()._repr_html_()):
        assert "<img" not in shown
    assert "&lt;img" in item._repr_html_()


def test_a_dataset_shows_its_rows_distributions_quality_and_citation_without_being_used(home: Path) -> None:
    save_card(home, draft())
    save_data(home, CSV)
    item = datahall.dataset(ID)
    assert "<svg" in (before := item._repr_html_())  # the card alone can be judged
    assert "2024-01-02" not in before
    item.fetch()
    opened = datahall.used()
    shown = item._repr_html_()
    for part in (
        "2024-01-02",
        "Values of visitors",
        "5 – 7, median",
        "Metadata: ",
        "@misc{",
        "Creative Commons Zero",
        "NOAA",
    ):
        assert part in shown
    assert datahall.used() == opened


def test_a_dataset_that_is_not_open_shows_its_card_only(home: Path) -> None:
    save_card(home, draft(access="conditional"))
    item = datahall.dataset(ID)
    assert [measure.id for measure in item.quality().measures] == ["freshness"]
    assert "First rows" not in item._repr_html_()
    assert "The data is not open" in str(item.quality())


def test_every_shipped_card_can_be_judged() -> None:
    for item in datahall.datasets():
        found = assess_metadata(item.card, is_present=True)
        assert 221 <= found.points <= found.of == 405, item.id


def test_a_known_report_needs_no_engine_and_fetches_nothing(home: Path) -> None:
    save_card(home, draft())
    save_data(home, CSV)
    item = datahall.dataset(ID)
    assert [measure.id for measure in item.known_quality().measures] == ["freshness"]
    assert item.version is None
    item.fetch()
    code = (
        "import sys, datahall\n"
        f"print(datahall.dataset({ID!r}).known_quality()['completeness'].score)\n"
        "print([name for name in ('polars', 'pandera', 'pandas', 'pyarrow') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["1.0", "[]"]


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


def test_a_pattern_that_cannot_be_searched_for_fails_its_field_only() -> None:
    card = card_of(field("name", "string", pattern="(?=a)a"), AGE)
    rows = pl.DataFrame({"name": ["a", "b"], "age": [1, 2]})
    assert count_invalid(rows.lazy(), fields=card.fields, height=2) == {"name": 2}


def test_an_empty_table_is_not_called_good() -> None:
    rows = pl.DataFrame(schema={"name": pl.String, "age": pl.Int64})
    assert {each.score for each in measured(rows, card_of(NAME, AGE, primary_key=["name"])).values()} == {None}


def test_a_table_without_any_of_the_cards_fields_is_wholly_invalid() -> None:
    assert measured(pl.DataFrame({"other": [1, 2]}), card_of(NAME, AGE))["validity"].score == 0


def test_the_guide_explains_every_measure() -> None:
    guide = Path(__file__).parents[2].joinpath("catalogs/README.md").read_text()
    explained = [
        line.split("`")[1] for line in guide.split("## What quality means here")[1].splitlines() if "| `" in line
    ]
    assert explained[: len(TITLES)] == list(TITLES)
