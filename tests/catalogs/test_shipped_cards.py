"""The datasets that come with Datahall: whole cards, real data, every value that of the source."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any

import datahall
import polars as pl
import pytest
from datahall._locations import shipped_folder
from datahall._vocabulary import semantics
from datahall.card import Card, CardField, Source

from tests.catalogs.plain_workbook import read_cells

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


def is_packaged(card: Card) -> bool:
    return all(source.package is not None for source in card.sources)


def test_there_are_enough_of_them() -> None:
    cards = [item.card for item in datahall.datasets() if not item.card.synthetic]
    assert datahall.invalid_cards() == []
    assert len(cards) >= 60
    by_theme = Counter(card.theme for card in cards)
    assert len(by_theme) == 20
    assert min(by_theme.values()) >= 2
    assert sum(is_packaged(card) for card in cards) >= 9


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


def rows_of(card: Card, mirror: Path | None) -> Iterator[list[Any]]:
    """Read the sources again, with csv and json and nothing of ours."""
    for source in card.sources:
        for record in _records(_bytes(source, mirror), source, card):
            record |= source.constants
            yield [_value(record.get(field.source_name or field.name), field, source) for field in card.fields]


def _bytes(source: Source, mirror: Path | None) -> bytes:
    if source.package is not None:
        top, *rest = source.package.module.split(".")
        origin = find_spec(top).origin  # type: ignore[union-attr]
        return Path(str(origin)).parent.joinpath(*rest, source.package.resource).read_bytes()
    assert mirror is not None
    index = {entry["sha256"]: entry["path"] for entry in json.loads((mirror / "index.json").read_text())}
    return (mirror / index[source.sha256]).read_bytes()


def _lines(content: bytes, source: Source) -> list[list[str]]:
    if source.format == "xlsx":
        return read_cells(content, sheet=source.sheet)
    text = content.decode(source.encoding).removeprefix("\ufeff")
    delimiter = source.delimiter or ("\t" if source.format == "tsv" else ",")
    return list(csv.reader(StringIO(text, newline=""), delimiter=delimiter))


def _records(content: bytes, source: Source, card: Card) -> Iterator[dict[str, Any]]:
    if source.format == "json":
        found = json.loads(content.decode(source.encoding))
        yield from found[source.records] if source.records else found
        return
    lines = _lines(content, source)
    lines = lines[source.skip_rows : len(lines) - source.skip_footer]
    heads = lines.pop(0) if source.header else []
    names = source.columns or [name or f"column_{number}" for number, name in enumerate(heads, start=1)]
    lines = [line for line in lines if any(line) or (line and not source.skip_empty)]
    records = [dict(zip(names, line, strict=True)) for line in lines]
    if source.unpivot is None:
        yield from records
        return
    how = source.unpivot
    wide = [name for name in names if name not in (*how.keep, *source.ignore)]
    for record in records:
        for name in wide:
            if record[name] or not how.drop_empty:
                yield {**{key: record[key] for key in how.keep}, how.name: name, how.value: record[name]}


_BOOLEANS = {
    **dict.fromkeys(("1", "TRUE", "true", "Y", "X", "x", "Jah"), True),
    **dict.fromkeys(("0", "FALSE", "false", "N", "n", "Ei"), False),
}


def _value(written: Any, field: CardField, source: Source) -> Any:
    if isinstance(written, list):
        return written if field.type == "list" else (field.separator or "").join(written)
    if written is None or written in source.null_values:
        return None
    if isinstance(written, bool):
        return written
    written = str(written)  # JSON has numbers too
    for old, new in source.replace.items():
        written = written.replace(old, new)
    for old, new in field.replace.items():
        written = written.replace(old, new)
    match field.type:
        case "integer":
            return int(written)
        case "number":
            bare = written.removesuffix(field.suffix or "").strip().replace(field.group or "\0", "")
            return float(bare.replace(field.decimal, "."))
        case "boolean":
            return _BOOLEANS[written]
        case "date":
            return datetime.strptime(written.strip(), field.format or "%Y-%m-%d").date()
        case "list":
            return written.split(field.separator)
        case "datetime" if field.format is None or "%.f" not in field.format:
            return datetime.strptime(written, field.format or "%Y-%m-%dT%H:%M:%S")
        case "datetime":
            return datetime.fromisoformat(written)
    code = written.removesuffix(field.suffix or "")
    return "0" * ((field.zero_fill or 0) - len(code)) + code


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
