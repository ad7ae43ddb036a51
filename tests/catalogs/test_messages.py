"""Everything that a person reads is there in both languages."""

from __future__ import annotations

import string
from pathlib import Path

import datahall
import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from datahall._messages import chosen_language, join_sentences
from datahall.errors import SourceFailed

PACKAGE = Path(datahall.__file__).parent


def marked() -> set[str]:
    found = extract_from_dir(PACKAGE, keywords={"N_": None}, directory_filter=lambda _folder: True)  # private ones, too
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
    ("sentences", "text"),
    [
        (("没有领域。", "您要找的是 weather 吗？"), "没有领域。您要找的是 weather 吗？"),
        (("There is none.", "Did you mean weather?"), "There is none. Did you mean weather?"),
        (("There is none.", ""), "There is none."),
        (("请运行：datahall fetch a/b", "请稍后再试。"), "请运行：datahall fetch a/b 请稍后再试。"),
    ],
    ids=["Chinese", "English", "without a hint", "Chinese that ends in a command"],
)
def test_sentences_are_joined_as_their_language_does(sentences: tuple[str, ...], text: str) -> None:
    assert join_sentences(*sentences) == text


@pytest.mark.parametrize(
    ("language", "reason", "text"),
    [
        ("en", "The name is not known.", "a/b could not be fetched: The name is not known. Try again later."),
        ("zh", "主机名未知。", "未能获取 a/b：主机名未知。请稍后再试。"),
        ("zh", "Name not known.", "未能获取 a/b：Name not known。请稍后再试。"),
    ],
)
def test_a_reason_brings_no_second_full_stop(
    monkeypatch: pytest.MonkeyPatch, language: str, reason: str, text: str
) -> None:
    monkeypatch.setenv("DATAHALL_LANGUAGE", language)
    error = SourceFailed("{id} could not be fetched: {reason}.", id="a/b", reason=reason, hint="Try again later.")
    assert str(error) == text


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
