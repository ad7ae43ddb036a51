"""The judged queries are whole: every grade is of a card that exists, and both files ask in the same ways."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Literal

import pytest
from datahall._documents import load_document
from datahall._locations import shipped_folder
from pydantic import BaseModel, ConfigDict

FOLDER = Path(__file__).with_name("judged")
FEWEST = {"queries": 60, "held_apart": 20}  # from fewer, a mean says more about one query than about the search
CARDS = {f"{file.parent.name}/{file.stem}" for file in shipped_folder("datasets").glob("*/*.yaml")}

every_file = pytest.mark.parametrize("name", FEWEST)


class JudgedQuery(BaseModel):
    """What somebody types, and what each card is worth to them; a card that is not named is worth nothing."""

    model_config = ConfigDict(extra="forbid", strict=True)

    query: str
    language: Literal["zh", "en", "mixed"]
    who: Literal["operator", "researcher", "startup", "teacher", "student", "steward", "public"]
    kind: str
    wants: str
    grades: dict[str, Literal[1, 2, 3]]


def _read(name: str) -> list[JudgedQuery]:
    return [JudgedQuery.model_validate(entry) for entry in load_document(FOLDER / f"{name}.yaml").values]


def _language_of(query: str) -> str:
    chinese, latin = re.search(r"[\u4e00-\u9fff]", query), re.search("[A-Za-z]", query)
    return "mixed" if chinese and latin else "zh" if chinese else "en"


@every_file
def test_a_grade_is_of_a_card_that_exists(name: str) -> None:
    assert {(judged.query, card) for judged in _read(name) for card in judged.grades.keys() - CARDS} == set()


@every_file
def test_there_are_enough_queries_and_half_of_them_in_each_language(name: str) -> None:
    languages = Counter(judged.language for judged in _read(name))

    assert languages.total() >= FEWEST[name]
    assert min(languages["zh"], languages["en"]) >= 0.4 * languages.total()
    assert languages["mixed"] > 0


@every_file
def test_a_query_is_of_the_language_that_it_is_said_to_be(name: str) -> None:
    assert {judged.query for judged in _read(name) if judged.language != _language_of(judged.query)} == set()


@every_file
def test_all_but_one_query_have_a_card_that_is_useful(name: str) -> None:
    without = [judged for judged in _read(name) if max(judged.grades.values(), default=0) < 2]

    assert [(judged.kind, judged.grades) for judged in without] == [("nothing", {})]


@every_file
def test_invented_data_is_the_best_answer_only_where_it_is_asked_for(name: str) -> None:
    best = {
        judged.query: judged.kind
        for judged in _read(name)
        if any(grade == 3 and "/practice-" in card for card, grade in judged.grades.items())
    }

    assert set(best.values()) == {"practice"}


def test_no_query_is_judged_twice() -> None:
    asked = Counter(judged.query.casefold() for name in FEWEST for judged in _read(name))

    assert [query for query, times in asked.items() if times > 1] == []


def test_the_queries_held_apart_are_of_the_same_kinds() -> None:
    shown, apart = ({judged.kind for judged in _read(name)} for name in FEWEST)

    assert shown == apart
