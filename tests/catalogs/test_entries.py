"""Datasets of our own and harvested ones are described in the same terms."""

from __future__ import annotations

from datetime import date

import pytest
from datahall._cards import load_shelf
from datahall._entries.card_entries import describe_card
from datahall._entries.entry import choose_text
from datahall._entries.record_entries import describe_record
from datahall._harvesting.record import Distribution, Record


def test_every_card_has_an_entry_in_both_languages() -> None:
    entries = [describe_card(loaded) for loaded in load_shelf().cards.values()]

    assert len(entries) > 100
    assert [entry.id for entry in entries if not (entry.title_in("en") and entry.title_in("zh") and entry.fields)] == []
    assert not any(entry.is_harvested for entry in entries)


def test_the_period_of_a_card_is_whole_years_where_it_names_years() -> None:
    card = load_shelf().cards["weather/seattle-weather"]

    entry = describe_card(card)

    assert (entry.temporal_start, entry.temporal_end) == (date(2012, 1, 1), date(2015, 12, 31))


def test_a_harvested_record_keeps_what_nobody_knows_unknown() -> None:
    record = Record(
        kind="ckan",
        id="1",
        title={"pt": "Bolsa"},
        license_texts=("sem licença",),
        distributions=(Distribution(url="https://portal.example/a.csv", format="csv"),),
    )

    entry = describe_record(record, id="harvested/portal--bolsa", source="portal")

    assert (entry.license, entry.access, entry.theme) == (None, "unknown", None)
    assert (entry.license_texts, entry.formats) == (("sem licença",), ("csv",))
    assert entry.is_harvested
    assert entry.title_in("zh") == "Bolsa"


@pytest.mark.parametrize(
    ("texts", "language", "expected"),
    [
        ({"en": "Metro", "zh": "地铁"}, "zh", "地铁"),
        ({"en": "Metro", "zh-TW": "捷運"}, "zh", "捷運"),
        ({"fr": "Métro", "en": "Metro"}, "zh", "Metro"),
        ({"fr": "Métro", "und": "Métro?"}, "en", "Métro?"),
        ({"fr": "Métro", "en": ""}, "en", "Métro"),
        ({}, "en", ""),
    ],
)
def test_a_text_is_chosen_in_the_language_asked_for_or_the_best_other_one(
    texts: dict[str, str], language: str, expected: str
) -> None:
    assert choose_text(texts, language=language) == expected
