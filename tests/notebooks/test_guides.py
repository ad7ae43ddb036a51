"""The guides: each runs from top to bottom, and is there in both languages with the same steps."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import nbformat
import pytest

from tests.notebooks.running import CHINESE, DOMAINS, GUIDES, LONGEST, Ran, is_chinese, language_of, name, read

ALL = [*GUIDES, *(path for paths in DOMAINS.values() for path in paths)]
THEMES = 20
OPENING = {"en": ("Question", "For", "minutes", "Data"), "zh": ("问题", "适合", "分钟", "数据")}
OTHER_LANGUAGE = re.compile("中文：`[^`]*`")  # where the same is told in Chinese
CHINESE_SUBJECTS = {"02-finding-data", "05-linking-departments", "08-culture"}  # whose examples are Chinese words
TESTED_MORE = "01-"  # of these `test_curated_notebooks` asks what they have worked out
NUMBER = re.compile(r"\d[\d,_]*(?:\.\d+)?")
# Digits that state nothing about data: code, the number of a trap, minutes to read, names of licences and the like.
NAMES = re.compile(r"`[^`]*`|\*\*\d+[.]|\*\*\d+ (?:minutes|分钟)|(?:CC0|CC BY|CC BY-SA|BSD|ISO|Niño)\s\d[\d.+]*")


def list_pairs() -> list[tuple[Path, Path]]:
    pairs = [([p for p in GUIDES if not is_chinese(p)], [p for p in GUIDES if is_chinese(p)])]
    pairs.append((DOMAINS["domains"], DOMAINS["领域"]))
    return [pair for english, chinese in pairs for pair in zip(english, chinese, strict=True)]


def is_in_chinese(path: Path) -> bool:
    return is_chinese(path) or path.parent.name == "领域"


def list_asserted(notebook: nbformat.NotebookNode) -> list[str]:
    """Return what its cells assert, without the texts in it, which are in one language."""
    trees = [ast.parse(cell.source) for cell in notebook.cells if cell.cell_type == "code"]
    asserted = [node.test for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    return [re.sub(r"Constant\(value='[^']*'\)", "text", ast.dump(test)) for test in asserted]


def find_numbers(text: str) -> set[str]:
    return {re.sub("[,_]", "", number).lstrip("0") for number in NUMBER.findall(text)}


def list_shown(output: nbformat.NotebookNode) -> str:
    return str(output.get("text", output.get("data", {}).get("text/plain", "")))


def find_unfounded(guide: Ran) -> set[str]:
    """Return the numbers of its prose that stand neither in its code nor in what that has shown.

    The last cell is left out: its numbers are tasks for the reader.
    """
    cells = guide.client.nb.cells
    founded = "\n".join(
        [*(cell.source for cell in cells if cell.cell_type == "code"), *map(list_shown, guide.outputs())]
    )
    prose = "\n".join(cell.source for cell in cells[:-1] if cell.cell_type == "markdown")
    return find_numbers(NAMES.sub("", prose)) - find_numbers(founded)


@pytest.mark.parametrize("pair", list_pairs(), ids=lambda pair: name(pair[0]))
def test_a_guide_is_there_in_both_languages_with_the_same_steps(pair) -> None:
    english, chinese = (read(path).cells for path in pair)

    assert pair[0].stem[:2] == pair[1].stem[:2]
    assert [cell.cell_type for cell in english] == [cell.cell_type for cell in chinese]
    words = " ".join(cell.source for cell in english if cell.cell_type == "markdown")
    is_english = not CHINESE.search(OTHER_LANGUAGE.sub("", words))
    assert is_english or pair[0].stem in CHINESE_SUBJECTS
    assert CHINESE.search(chinese[0].source)


@pytest.mark.parametrize("pair", list_pairs(), ids=lambda pair: name(pair[0]))
def test_a_guide_asserts_what_it_says_and_in_both_languages_the_same(pair) -> None:
    english, chinese = (list_asserted(read(path)) for path in pair)

    assert english == chinese
    assert english


def test_there_is_a_guide_for_each_domain_and_one_for_each_topic() -> None:
    assert [len(paths) for paths in DOMAINS.values()] == [THEMES, THEMES]
    assert len(GUIDES) == 2 * 10


@pytest.mark.parametrize("path", ALL, ids=name)
def test_a_guide_opens_with_question_readers_time_and_data(path: Path) -> None:
    opening = read(path).cells[0].source

    for word in OPENING["zh" if is_in_chinese(path) else "en"]:
        assert word in opening
    assert re.search(r"`[a-z-]+/[a-z0-9-]+`", opening)


@pytest.mark.parametrize("path", [path for path in ALL if not path.stem.startswith(TESTED_MORE + "f")], ids=name)
def test_a_guide_runs_from_top_to_bottom_and_bears_out_its_numbers(path: Path, run_once) -> None:
    guide = run_once(read(path), language="zh" if is_in_chinese(path) else language_of(path))

    assert guide.seconds < LONGEST
    assert guide.outputs()
    warned = [o.text for o in guide.outputs() if o.output_type == "stream" and o.name == "stderr"]
    assert not [text for text in warned if "Warning" in text and "missing from font" not in text]
    if path.parent.name in DOMAINS:
        assert not find_unfounded(guide)
