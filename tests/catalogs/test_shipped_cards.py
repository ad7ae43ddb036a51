"""The datasets that come with Datahall: whole cards, real data, every value that of the source."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import datahall
import polars as pl
import pytest
from datahall._locations import shipped_folder
from datahall._vocabulary import semantics
from datahall.card import CardField

from tests.catalogs.plain_sources import is_packaged, rows_of

ALL = sorted(f"{file.parent.name}/{file.stem}" for file in shipped_folder("datasets").glob("*/*.yaml"))
IDS = [name for name in ALL if "/practice-" not in name]  # these are real; test_practice_cards.py is about the others

TYPES = {
    "string": pl.String,
    "integer": pl.Int64,
    "number": pl.Float64,
    "boolean": pl.Boolean,
    "date": pl.Date,
    "list": pl.List(pl.String),
}


def test_there_are_enough_of_them() -> None:
    cards = [item.card for item in datahall.datasets() if not item.card.synthetic]
    assert datahall.invalid_cards() == []
    assert len(cards) >= 140
    by_theme = Counter(card.theme for card in cards)
    assert len(by_theme) == 20
    assert min(by_theme.values()) >= 2
    assert sum(is_packaged(card) for card in cards) >= 9


def test_each_theme_has_a_table_of_the_practice_city() -> None:
    practised = {item.card.theme for item in datahall.datasets() if item.card.synthetic}
    assert practised == {theme.id for theme in datahall.themes()}


def test_the_twenty_themes_have_both_names_and_a_sentence() -> None:
    themes = datahall.themes()
    assert " ".join(theme.id for theme in themes) == (
        "credit transport medical health employment social-security geography culture education science resources "
        "agriculture environment safety finance quality statistics weather ocean enterprise"
    )
    assert "".join(theme.title.zh for theme in themes) == (
        "信用交通医疗卫生就业社保地理文化教育科技资源农业环境安监金融质量统计气象海洋企业登记监管"
    )
    assert all(theme.sentence.en.endswith(".") and theme.sentence.zh.endswith("。") for theme in themes)


@pytest.mark.parametrize("dataset_id", ALL)
def test_a_card_speaks_both_languages(dataset_id: str) -> None:
    card = datahall.dataset(dataset_id).card
    texts = [card.title, card.description, *(field.title for field in card.fields)]
    assert all(any("\u4e00" <= c <= "\u9fff" for c in text.zh) or text.en == text.zh for text in texts)
    assert not any("\u4e00" <= c <= "\u9fff" for text in (card.title, *texts[2:]) for c in text.en)
    assert card.description.en.startswith("One row per ")
    assert card.description.zh.startswith("每行是")
    assert card.synthetic == ("/practice-" in dataset_id)


def test_what_fields_identify_is_a_word_of_the_vocabulary() -> None:
    meant = {field.semantic for item in datahall.datasets() for field in item.card.fields} - {None}
    assert meant <= set(semantics())


@pytest.mark.parametrize("dataset_id", IDS)
def test_every_value_is_that_of_the_source(dataset_id: str, request: pytest.FixtureRequest) -> None:
    item = datahall.dataset(dataset_id)
    folder = None if is_packaged(item.card) else request.getfixturevalue("mirror")
    item.fetch()
    assert [measure.score for measure in item.known_quality().measures if measure.id == "validity"] == [1.0]
    rows = item.polars().collect()
    expected = list(rows_of(item.card, folder))
    assert rows.height == len(expected) == item.rows
    for position, field in enumerate(item.card.fields):
        assert rows.schema[field.name] == _type(field), field.name
        assert rows[field.name].to_list() == [row[position] for row in expected], field.name


def _type(field: CardField) -> pl.DataType | type[pl.DataType]:
    if field.type == "datetime":
        return pl.Datetime("us", time_zone="UTC" if "%z" in (field.format or "") else None)
    return TYPES[field.type]


def test_the_packaged_datasets_need_neither_network_nor_mirror() -> None:
    packaged = [item for item in datahall.datasets() if is_packaged(item.card)]
    assert len(packaged) >= 12
    for item in packaged:
        assert item.fetch().startswith(item.card.version_date())
        assert item.is_present


def test_fetching_from_the_mirror_twice_gives_one_version(mirror: Path) -> None:
    item = datahall.dataset("geography/china-provinces")
    assert not item.is_present
    assert item.fetch() == item.fetch()
    assert item.versions() == [item.version]
    assert item.record()["sources"][0]["sha256"] == item.card.sources[0].sha256
