"""A card is checked before anything believes it; what is wrong is named by file, line and field."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, get_args

import datahall
import pytest
from datahall._card_reasons import FORMS
from datahall._locations import shipped_folder
from datahall.card import Card, FileFormat

from tests.catalogs.card_drafts import CSV, draft, field, save_card, save_data


def problems_of(home: Path, **changes: Any) -> list[tuple[str, str]]:
    save_card(home, draft(**changes))
    return [(problem.field, problem.message) for problem in datahall.invalid_cards()]


def test_a_whole_card_has_no_problems(home: Path) -> None:
    assert problems_of(home) == []
    assert datahall.dataset("culture/visitors").title("zh") == "每日访客"


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        ({"title": {"en": "Only English"}}, "title.zh", "is missing"),
        ({"licence": "MIT"}, "licence", "not a key"),
        ({"theme": "culture", "license": "MIT-ish"}, "license", "MIT-ish is not in the vocabulary"),
        ({"publisher": "nobody"}, "publisher", "nobody is not in the vocabulary"),
        ({"goals": ["fame"]}, "goals[0]", "fame is not in the vocabulary"),
        ({"frequency": "P1X"}, "frequency", "P1X is not in the vocabulary"),
        ({"access": "secret"}, "access", "secret is not in the vocabulary"),
        ({"synthetic": "no"}, "synthetic", "must be true or false"),
        ({"homepage": "javascript:alert(1)"}, "homepage", "must be an address such as https://"),
        ({"temporal": "2024-13/2024-14"}, "temporal", "no such date: 2024-13"),
        ({"temporal": "2024/2023"}, "temporal", "ends before it begins"),
        ({"modified": "2024-02-30"}, "modified", "must be a date"),
        ({"deprecated": "soon"}, "deprecated", "must be a date"),
        ({"deprecated": "2024-05-01", "replaced_by": "visitors"}, "replaced_by", "must be the id of a dataset such as"),
        ({"replaced_by": "culture/guests"}, "replaced_by", "only a deprecated dataset is replaced"),
        (
            {"deprecated": "2024-05-01", "replaced_by": "culture/visitors"},
            "replaced_by",
            "a dataset does not replace itself",
        ),
        ({"primary_key": ["hour"]}, "primary_key[0]", "there is no field hour"),
        ({"fields": [field("a", "text")]}, "fields[0].type", "must be one of"),
        ({"fields": [field("a", "string"), field("a", "date")]}, "fields[1].name", "the field a occurs twice"),
        ({"fields": [field("a", "string", pattern="(")]}, "fields[0].pattern", "not a regular expression"),
        ({"sources": []}, "sources", "must not be empty"),
        ({"sources": [{"format": "csv"}]}, "sources[0]", "exactly one of url, path, package, practice and stream"),
        ({"sources": [{"url": "https://example.org/a", "format": "csv"}]}, "sources[0]", "needs sha256 and bytes"),
        (
            {"sources": [{"url": "file:///etc/passwd", "format": "csv"}]},
            "sources[0].url",
            "must be an address such as https://",
        ),
        (
            {"sources": [{"package": {"module": "os", "resource": "a.csv"}, "format": "csv"}]},
            "sources[0].package.module",
            "must be one of vega_datasets, statsmodels.datasets",
        ),
    ],
)
def test_what_is_wrong_with_a_card_is_named(home: Path, changes: dict[str, Any], place: str, words: str) -> None:
    found = problems_of(home, **changes)
    assert [where for where, _ in found if where == place], found
    assert any(words in message for _, message in found), found


def test_a_card_says_since_when_it_is_deprecated_and_what_takes_its_place(home: Path) -> None:
    save_card(home, draft(deprecated="2024-05-01", replaced_by="weather/seattle-weather"))
    card = datahall.dataset("culture/visitors").card
    assert (card.deprecated, card.replaced_by) == (date(2024, 5, 1), "weather/seattle-weather")


def test_what_is_wrong_with_a_replacement_is_said_in_chinese_too(home: Path) -> None:
    save_card(home, draft(replaced_by="culture/guests"))
    [problem] = datahall.invalid_cards()
    assert "replaced_by：只有已弃用的数据集才有替代" in problem.message_in("zh")


def test_a_problem_names_file_and_line(home: Path) -> None:
    file = save_card(home, draft(publisher="nobody"))
    [problem] = datahall.invalid_cards()
    line = file.read_text().splitlines()[problem.line - 1]
    assert (problem.file, line) == (str(file), "publisher: nobody")
    words = shipped_folder("vocabulary") / "publishers.yaml"
    assert problem.message == f"{file}, line {problem.line}, publisher: nobody is not in the vocabulary {words}."
    assert problem.message_in("zh") == f"{file} 第 {problem.line} 行，publisher：nobody 不在词表 {words} 中。"


MANY_MISTAKES = """\
title: {en: Visitors, zh: 访客}
description: {en: One row per day., zh: 每行是一天。}
theme: cultur
publisher: NOAA
licence: CC BY 4.0
goals: [economic]
frequnecy: daily
keywords: {en: [1], zh: [访客]}
homepage: example.org
sources:
  - url: https://example.org/a.csv
    fromat: csvv
    sha256: abc
feilds:
  - {nmae: day, type: dat, title: {en: Day, zh: 日期}}
  - {name: visitors, type: int, title: {en: Visitors, zh: 访客}}
  - {name: visitors, type: integer, title: {en: Visitors, zh: 访客}}
primary_key: [dya]
temporal: 2024/2023
"""


def test_every_mistake_is_named_in_one_round_once_and_with_what_was_meant(home: Path) -> None:
    file = home / "datasets" / "culture" / "visitors.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(MANY_MISTAKES)
    found = [(p.line, p.field, p.message.partition(f"{p.field}: ")[2]) for p in datahall.invalid_cards()]
    types = "must be one of string, integer, number, boolean, date, datetime, time, duration, geopoint, geojson, list"
    assert sorted(found) == [
        (3, "theme", "cultur is not in the vocabulary (did you mean culture?)."),
        (4, "publisher", "NOAA is not in the vocabulary (did you mean noaa?)."),
        (5, "licence", "CC BY 4.0 is not in the vocabulary (did you mean CC-BY-4.0?)."),
        (5, "licence", "is not a key that a card knows (did you mean license?)."),
        (6, "goals[0]", "economic is not in the vocabulary (did you mean economy?)."),
        (7, "frequnecy", "daily is not in the vocabulary (did you mean P1D?)."),
        (7, "frequnecy", "is not a key that a card knows (did you mean frequency?)."),
        (8, "keywords.en[0]", "must be text (put it in quotes)."),
        (9, "homepage", "must be an address such as https://example.org/data.csv."),
        (11, "sources[0]", "a source with a url needs sha256 and bytes; datahall digest <url> prints both."),
        (12, "sources[0].fromat", "is not a key that a card knows (did you mean format?)."),
        (12, "sources[0].fromat", f"must be one of {', '.join(get_args(FileFormat))} (did you mean csv?)."),
        (13, "sources[0].sha256", "must be 64 digits of 0–9 and a–f, as datahall digest prints them."),
        (14, "feilds", "is not a key that a card knows (did you mean fields?)."),
        (15, "feilds[0].nmae", "is not a key that a card knows (did you mean name?)."),
        (15, "feilds[0].type", f"{types} (did you mean date?)."),
        (16, "feilds[1].type", f"{types} (did you mean integer?)."),
        (17, "feilds[2].name", "the field visitors occurs twice."),
        (18, "primary_key[0]", "there is no field dya (did you mean day?)."),
        (19, "temporal", "temporal ends before it begins."),
    ]


def test_a_chinese_list_of_words_holds_no_english(home: Path) -> None:
    save_card(home, draft(fields=[field("a", "text")]))
    [problem] = datahall.invalid_cards()
    assert "必须是 string、integer、number、" in problem.message_in("zh")
    assert "list 之一（您要写的是 string 吗？）。" in problem.message_in("zh")


def patterns(schema: Any, key: str = "") -> Iterator[str]:
    """Yield the keys of a card below which the model holds a pattern."""
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield key
        for name, part in schema.items():
            yield from patterns(part, key if name in ("anyOf", "items", "properties") else name)
    elif isinstance(schema, list):
        for part in schema:
            yield from patterns(part, key)


def test_every_form_is_told_in_words_and_never_as_a_pattern() -> None:
    assert set(patterns(datahall.card_schema())) == set(FORMS)


def test_an_invalid_card_hides_no_other(home: Path) -> None:
    before = {item.id for item in datahall.datasets()}
    save_card(home, draft())
    save_card(home, draft(publisher="nobody"), name="broken")
    assert {item.id for item in datahall.datasets()} == before | {"culture/visitors"}
    assert len(datahall.invalid_cards()) == 1


def test_what_is_no_card_hides_no_card(home: Path) -> None:
    before = len(datahall.datasets())
    folder = home / "datasets" / "culture"
    folder.mkdir(parents=True)
    (folder / "gone.yaml").symlink_to(folder / "nowhere")
    (folder / ".draft.yaml").write_text("title:")
    (folder / "folder.yaml").mkdir()
    (folder / "notes.txt").write_text("")
    assert len(datahall.datasets()) == before
    assert [Path(problem.file).name for problem in datahall.invalid_cards()] == ["folder.yaml"]


def test_a_card_may_end_in_yml(home: Path) -> None:
    file = save_card(home, draft())
    file.rename(file.with_suffix(".yml"))
    assert datahall.dataset("culture/visitors").title("en") == "Visitors by day"


@pytest.mark.parametrize("access", ["conditional", "restricted"])
def test_data_that_is_not_open_does_not_come_into_the_store(home: Path, access: str) -> None:
    save_data(home, CSV)
    save_card(home, draft(access=access))
    with pytest.raises(datahall.NotPresent, match="not open data") as caught:
        datahall.dataset("culture/visitors").polars()
    assert caught.value.code == "not-open"
    assert "culture/visitors" not in datahall.to_intake_yaml(datahall.datasets(), base_url="https://hall.example")


@pytest.mark.timeout(20)
def test_a_pipe_in_a_cards_place_keeps_nobody_waiting(home: Path) -> None:
    save_card(home, draft())
    os.mkfifo(home / "datasets/culture/pipe.yaml")
    assert datahall.dataset("culture/visitors").title("en") == "Visitors by day"
    [problem] = datahall.invalid_cards()
    assert "pipe.yaml is not a file" in problem.message


def test_data_that_is_no_longer_open_cannot_be_read_and_leaves_the_store(home: Path) -> None:
    save_data(home, CSV)
    save_card(home, draft())
    version = datahall.dataset("culture/visitors").fetch()
    save_card(home, draft(access="restricted"))
    for read in ("polars", "pandas", "arrow", "fetch", "parquet_path"):
        with pytest.raises(datahall.NotPresent, match="not open data"):
            getattr(datahall.dataset("culture/visitors"), read)()
    with pytest.raises(datahall.NotPresent, match="not open data"):
        datahall.dataset(f"culture/visitors@{version}").polars()
    assert datahall.store.withdraw("culture/visitors")
    assert not (home / "store/culture/visitors").exists()
    assert (home / "conditional/culture/visitors" / version / "data.parquet").is_file()
    assert not datahall.store.withdraw("culture/visitors")


def test_a_changed_card_is_seen_at_once(home: Path) -> None:
    save_card(home, draft())
    assert datahall.dataset("culture/visitors").title("en") == "Visitors by day"
    save_card(home, draft(title={"en": "People by day", "zh": "每日人数"}))
    assert datahall.dataset("culture/visitors").title("en") == "People by day"


def test_a_second_card_of_one_id_does_not_replace_the_first(home: Path) -> None:
    save_card(home, draft(theme="weather"), name="seattle-weather")
    [problem] = datahall.invalid_cards()
    assert "weather/seattle-weather is already that of" in problem.message
    assert datahall.dataset("weather/seattle-weather").title("en") == "Daily weather in Seattle"


@pytest.mark.parametrize(
    "dataset_id", ["../weather/seattle-weather", "weather/../weather/seattle-weather", "weather/.hidden", "a/b/c",
                   "weather/", "weather/seattle-weather.yaml", "weather/\0", "weather/\ud800", "x" * 300 + "/y"],
)  # fmt: skip
def test_an_id_leads_to_no_other_file_than_its_card(home: Path, dataset_id: str) -> None:
    save_card(home, draft(theme="weather"), name="visitors").rename(home / "datasets/weather/.hidden.yaml")
    with pytest.raises(datahall.errors.UnknownDataset):
        datahall.dataset(dataset_id)


def test_a_card_with_mistakes_does_not_hide_a_good_one_of_the_same_id(home: Path) -> None:
    file = save_card(home, draft(theme="weather"), name="visitors")
    file.with_suffix(".yml").write_bytes(file.read_bytes())
    file.write_text("title: {en: Broken}")
    assert datahall.dataset("weather/visitors").id in {dataset.id for dataset in datahall.datasets()}


def test_a_card_lies_in_the_folder_of_its_theme(home: Path) -> None:
    file = save_card(home, draft(theme="culture"))
    file.rename(home / "datasets" / "elsewhere.yaml")
    (home / "datasets" / "ocean").mkdir()
    (home / "datasets" / "elsewhere.yaml").rename(home / "datasets" / "ocean" / "visitors.yaml")
    assert "must lie in the folder of its theme, not in ocean" in datahall.invalid_cards()[0].message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title: [", "this is not YAML"),
        ("a: &x 1\nb: *x", "anchors, aliases"),
        ("- " * 60 + "1", "nesting deeper than 24"),
        ("a: !!python/object/apply:os.system [id]", "the tag"),
        ("a: 1\na: 2", "the key 'a' occurs twice"),
        ("a: \x07", "this is not YAML"),
        ("", "must be a mapping"),
        ("- 1", "must be a mapping"),
    ],
    ids=["broken", "alias", "deep", "tag", "twice", "control character", "empty", "a list"],
)
def test_a_file_that_is_no_plain_yaml_is_a_problem_and_runs_nothing(home: Path, text: str, words: str) -> None:
    file = home / "datasets" / "culture" / "bad.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    [problem] = datahall.invalid_cards()
    assert words in problem.message
    assert str(file) in problem.message


def test_an_alias_bomb_is_refused_before_it_unfolds(home: Path) -> None:
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 30)]
    file = home / "datasets" / "culture" / "bomb.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("l0: &l0 [lol]\n" + "\n".join(levels))
    assert "anchors, aliases" in datahall.invalid_cards()[0].message


def test_a_huge_file_and_one_in_another_encoding_are_problems(home: Path) -> None:
    folder = home / "datasets" / "culture"
    folder.mkdir(parents=True)
    (folder / "huge.yaml").write_bytes(b"a: 1\n" * 300_000)
    (folder / "latin.yaml").write_bytes("title: Tübingen".encode("latin-1"))
    messages = [problem.message for problem in datahall.invalid_cards()]
    assert "larger than 1000000 bytes" in messages[0]
    assert "not UTF-8" in messages[1]


def test_norway_and_dates_stay_what_they_are(home: Path) -> None:
    save_card(home, draft(modified="2024-05-01", spatial=["NO"]))
    card = datahall.dataset("culture/visitors").card
    assert (card.spatial, str(card.modified)) == (("NO",), "2024-05-01")


@pytest.mark.parametrize("path", ["../../../etc/passwd", "/etc/passwd", "culture/../../outside.csv"])
def test_a_path_source_stays_in_its_folder(home: Path, path: str) -> None:
    save_data(home, CSV)
    (home / "outside.csv").write_bytes(CSV)
    save_card(home, draft(sources=[{"path": path, "format": "csv"}]))
    with pytest.raises(datahall.SourceFailed, match="outside of") as caught:
        datahall.dataset("culture/visitors").fetch()
    assert caught.value.code == "refused-path"


def test_a_link_does_not_lead_a_path_source_out(home: Path) -> None:
    (home / "datasets" / "culture").mkdir(parents=True)
    (home / "secret.csv").write_bytes(CSV)
    (home / "datasets" / "culture" / "visitors.csv").symlink_to(home / "secret.csv")
    save_card(home, draft())
    with pytest.raises(datahall.SourceFailed, match="outside of"):
        datahall.dataset("culture/visitors").fetch()


def test_the_published_schema_names_every_key() -> None:
    schema = datahall.card_schema()
    assert set(schema["properties"]) == set(Card.model_fields)
    assert schema["additionalProperties"] is False
