"""The judged queries are whole: every grade is of a card that exists, and both files ask in the same ways."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
import yaml
from datahall._locations import shipped_folder
from pydantic import BaseModel, ConfigDict

FOLDER = Path(__file__).with_name("judged")
CARDS = {f"{file.parent.name}/{file.stem}" for file in shipped_folder("datasets").glob("*/*.yaml")}
FILES = [file.stem for file in sorted(FOLDER.glob("*.yaml"))]


class JudgedQuery(BaseModel):
    """One line of a person's, and what each card is worth to them."""

    model_config = ConfigDict(extra="forbid", strict=True)

    query: str
    language: Literal["zh", "en", "mixed"]
    who: Literal["operator", "researcher", "startup", "teacher", "student", "steward", "public"]
    kind: Literal[
        "broad",
        "field",
        "inflected",
        "nothing",
        "phrase",
        "place",
        "practice",
        "publisher",
        "specific",
        "synonym",
        "traditional",
        "typo",
        "word",
        "year",
    ]
    wants: str
    grades: dict[str, Literal[1, 2, 3]]


def _read(name: str) -> list[JudgedQuery]:
    return [JudgedQuery(**entry) for entry in yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))]


@pytest.mark.parametrize("name", FILES)
def test_a_grade_is_of_a_card_that_exists(name: str) -> None:
    assert {(judged.query, card) for judged in _read(name) for card in judged.grades.keys() - CARDS} == set()
