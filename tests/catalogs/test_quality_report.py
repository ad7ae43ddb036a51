"""What was measured is stored within bounds, told in both languages, and shown."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import datahall
import polars as pl
import pytest
from datahall._quality.distributions import BINS, MOST_FREQUENT, count_alike, describe_fields
from datahall._quality.measure import TITLES
from datahall._quality.measuring import measure_rows
from datahall._quality.metadata import DIMENSIONS, assess_metadata
from datahall._quality.record import StoredQuality
from datahall.card import Card
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.catalogs.card_drafts import CSV, draft, field, save_card, save_data
from tests.catalogs.quality_cards import ID, TODAY, card_of, item_record


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
@example([None, 0.0, 2.225073858507e-311])
@example([-1.7e308, 1.7e308])
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


def test_the_guide_explains_every_measure() -> None:
    guide = Path(__file__).parents[2].joinpath("catalogs/README.md").read_text()
    explained = [
        line.split("`")[1] for line in guide.split("## What quality means here")[1].splitlines() if "| `" in line
    ]
    assert explained[: len(TITLES)] == list(TITLES)


@pytest.mark.parametrize(
    ("score", "en", "zh"),
    [(0.9, "", ""), (0.899, "fair", "尚可"), (0.5, "fair", "尚可"), (0.09, "low", "偏低"), (None, "", "")],
)
def test_a_score_that_is_not_good_is_called_so_in_a_word(home: Path, score: float | None, en: str, zh: str) -> None:
    save_card(home, draft())
    quality = datahall.dataset(ID).known_quality()
    assert (quality.level(score, "en"), quality.level(score, "zh")) == (en, zh)
