"""Everything that a person reads is there in both languages."""

from __future__ import annotations

import string
from pathlib import Path

import datahall
import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from datahall._messages import chosen_language

PACKAGE = Path(datahall.__file__).parent


def marked() -> set[str]:
    found = extract_from_dir(PACKAGE, keywords={"N_": None})
    return {message for _, _, message, *_ in found if isinstance(message, str)}


def chinese() -> dict[str, str]:
    with (PACKAGE / "locale" / "zh" / "datahall.po").open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file, locale="zh") if m.id}


def test_every_message_is_translated_and_none_is_left_over() -> None:
    assert marked() == {english for english, text in chinese().items() if text}


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize(("english", "text"), chinese().items())
def test_a_translation_names_the_same_things(english: str, text: str) -> None:
    assert names(text) == names(english)


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_TW.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "DATAHALL_LANGUAGE": "zh"}, "zh"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
    ],
)
def test_the_environment_chooses_the_language(
    variables: dict[str, str], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATAHALL_LANGUAGE", "LC_ALL", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert chosen_language() == language
