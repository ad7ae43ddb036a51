"""Every word of the Lab extension has its Chinese, and no Chinese stands there for words that are gone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

LAB = Path(__file__).parents[2] / "extensions/lab"
CATALOGUE = LAB / "datahall_lab/locale/zh_CN/LC_MESSAGES/datahall_lab.json"
# A text as it stands in the source, in any of TypeScript's quotes; one that is put together is found below.
TEXT = r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`)"""
ONE = re.compile(rf"\btrans\s*\.__\(\s*{TEXT}")
MANY = re.compile(rf"\btrans\s*\._n\(\s*{TEXT}\s*,\s*{TEXT}")
CALL = re.compile(r"\btrans\s*\.\w+\(")
PLACEHOLDER = re.compile(r"%\d")
CHINESE = re.compile(r"[\u4e00-\u9fff、]")


def list_sources() -> list[Path]:
    return sorted(path for path in (LAB / "src").rglob("*.ts*") if "__tests__" not in path.parts)


def unquote(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def find_texts() -> Iterator[tuple[str, str | None]]:
    """Yield each text of the source, with its plural where it counts something."""
    for path in list_sources():
        source = path.read_text()
        yield from ((unquote(one), None) for one in ONE.findall(source))
        yield from ((unquote(one), unquote(many)) for one, many in MANY.findall(source))


def load_catalogue() -> dict[str, list[str]]:
    catalogue = json.loads(CATALOGUE.read_text())
    return {text: forms for text, forms in catalogue.items() if text}


TEXTS = sorted(set(find_texts()), key=str)
NAMES = [one for one, _ in TEXTS]


@pytest.mark.parametrize("path", list_sources(), ids=lambda path: path.name)
def test_each_call_names_its_text(path):
    source = path.read_text()
    assert len(CALL.findall(source)) == len(ONE.findall(source)) + len(MANY.findall(source))


@pytest.mark.parametrize(("text", "plural"), TEXTS, ids=NAMES)
def test_a_text_has_its_chinese(text, plural):
    forms = load_catalogue()[text]
    assert all(CHINESE.search(form) for form in forms)


@pytest.mark.parametrize(("text", "plural"), TEXTS, ids=NAMES)
def test_a_text_has_as_many_forms_as_the_lab_asks_for(text, plural):
    # For n other than 1 the Lab's gettext takes the second form, whatever the catalogue says of plurals.
    assert len(load_catalogue()[text]) == (1 if plural is None else 2)


@pytest.mark.parametrize(("text", "plural"), TEXTS, ids=NAMES)
def test_the_chinese_names_the_same_placeholders(text, plural):
    named = set(PLACEHOLDER.findall(text))
    assert [set(PLACEHOLDER.findall(form)) for form in load_catalogue()[text]] == [named] * (1 if plural is None else 2)


@pytest.mark.parametrize(("text", "plural"), [each for each in TEXTS if each[1]], ids=lambda text: text)
def test_a_plural_names_the_same_placeholders(text, plural):
    assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(plural))


def test_no_chinese_is_left_over():
    assert sorted(set(load_catalogue()) - set(NAMES)) == []


def test_the_catalogue_is_the_one_that_the_pages_load():
    head = json.loads(CATALOGUE.read_text())[""]
    assert (head["domain"], head["language"]) == ("datahall_lab", "zh-CN")
    assert any("translator.load('datahall_lab')" in path.read_text() for path in list_sources())
