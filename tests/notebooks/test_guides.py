"""The guides: each runs from top to bottom, and is there in both languages with the same steps."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path

import nbformat
import pytest

from tests.notebooks.running import CHINESE, DOMAINS, GUIDES, LONGEST, is_chinese, language_of, name, read

ALL = [*GUIDES, *(path for paths in DOMAINS.values() for path in paths)]
THEMES = 20
OPENING = {"en": ("Question", "For", "minutes", "Data"), "zh": ("问题", "适合", "分钟", "数据")}
OTHER_LANGUAGE = re.compile("中文：`[^`]*`")  # where the same is told in Chinese
CHINESE_SUBJECTS = {"02-finding-data", "05-linking-departments", "08-culture"}  # whose examples are Chinese words
TESTED_MORE = "01-"  # of these `test_curated_notebooks` asks what they have worked out
NUMBER = re.compile(r"(?<![\w.])[-−+]?(\d[\d,_]*(?:\.\d+)?)(?:\s?(%))?")
# Digits that state nothing about data: code, the number of a section or a trap, minutes to read, names of licences.
NAMES = re.compile(
    r"`[^`]*`|^#+ \d+[.]?|\*\*\d+[.]|\*\*\d+ (?:minutes|分钟)|(?:CC0|CC BY|CC BY-SA|BSD|ISO|Niño)\s\d[\d.+]*",
    re.MULTILINE,
)
SHAPE = re.compile(r"^shape: \(.*\)$", re.MULTILINE)  # of a table that is shown: any small number is in one
FEW_DIGITS = 2  # such a number is somewhere in any notebook, so it must be founded where it is said
# What a guide has chosen or was given, and so cannot be worked out: guide → numbers → why.
GIVEN: dict[str, dict[str, str]] = {
    "domains/02": {"19": "the day after the one whose trips are on record"},
    "domains/03": {"1000": "visits are told per so many residents"},
    "domains/07": {
        "0": "of the code 000", "30": "the day of the publisher's edition", "6": "and its month, in Chinese",
    },
    "domains/08": {"10000": "the publisher's files are numbered by their first poem"},
    "domains/11": {"1898": "the year before the one that is found"},
    "domains/12": {"56": "pounds in a bushel of corn, by definition", "60": "and of wheat"},
    "domains/13": {"52": "weeks in a year", "44": "the mass of carbon dioxide in a formula", "12": "and of carbon"},
    "domains/16": {"250": "metres of a band, chosen in the code below"},
    "domains/18": {"9": "of the formula for degrees Fahrenheit", "5": "of the same", "32": "of the same"},
    "topics/01": {"2": "a step of this guide"},
    "topics/02": {"20": "the themes of a hall, which another test counts", "10": "the number of another guide"},
    "topics/04": {"64": "bits of a type"},
    "topics/05": {"95 %": "of the intervals, by choice", "8": "the number of another guide"},
    "topics/06": {
        "90": "degrees of latitude there are", "180": "and of longitude", ".02": "the width of squares, chosen below",
        "60": "an age, chosen below",
    },
    "topics/07": {
        "80 %": "of the intervals, by choice", "1899": "the year to stand in, chosen below", "5": "a later section",
    },
    "topics/08": {"0 %": "what is certain", "100 %": "of the same", "80 %": "a rule of offices of statistics"},
    "topics/09": {"390": "the width of a phone"},
    "topics/10": {"3": "of a list that is numbered", "5": "of the same"},
}  # fmt: skip


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


Numbers = set[tuple[str, bool]]  # digits, and whether they are per cent


def find_numbers(text: str) -> Numbers:
    found = NUMBER.findall(text.replace("percent", "%").replace("％", "%"))
    return {(re.sub("[,_]", "", digits).lstrip("0") or "0", bool(percent)) for digits, percent in found}


def list_shown(cell: nbformat.NotebookNode) -> str:
    texts = [output.get("text", output.get("data", {}).get("text/plain", "")) for output in cell.get("outputs", [])]
    return SHAPE.sub("", "\n".join(map(str, texts)))


def find_in_asserts(source: str) -> Numbers:
    """Return the numbers that a cell asserts; a share of one is a number per cent, too. Other code founds nothing."""
    asserts = [node.test for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assert)]
    values = [each.value for test in asserts for each in ast.walk(test) if isinstance(each, ast.Constant)]
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    shares = {(f"{100 * value:g}", True) for value in numbers if isinstance(value, float) and 0 < value <= 1}
    told = {(f"{value:f}".rstrip("0").rstrip(".").lstrip("0") or "0", False) for value in numbers}
    return told.union(shares, *(find_numbers(value) for value in values if isinstance(value, str)))


def find_founded(cells: list[nbformat.NotebookNode]) -> Numbers:
    """Return the numbers that code cells have shown or asserted."""
    code = [cell for cell in cells if cell.cell_type == "code"]
    return set[tuple[str, bool]]().union(
        *(find_numbers(list_shown(cell)) | find_in_asserts(cell.source) for cell in code)
    )


def find_surroundings(cells: list[nbformat.NotebookNode], at: int) -> list[nbformat.NotebookNode]:
    """Return the code cells before and after a cell of prose, up to the next prose; all of them for the opening."""
    prose = [place for place, cell in enumerate(cells) if cell.cell_type == "markdown"]
    before, after = [place for place in prose if place < at], [place for place in prose if place > at]
    return cells[before[-1] : after[0]] if len(before) > 1 and after else cells


def find_unfounded(cells: list[nbformat.NotebookNode], *, given: Mapping[str, str]) -> set[str]:
    """Return the numbers of a guide's prose that it neither shows nor asserts, but for what it was given.

    Few digits must be founded in the cells around the prose. The last cell is left out: its numbers are tasks.
    """
    anywhere, unfounded = find_founded(cells), set[str]()
    for at, cell in enumerate(cells[:-1]):
        if cell.cell_type == "markdown":
            near = find_founded(find_surroundings(cells, at))
            for digits, percent in find_numbers(NAMES.sub("", cell.source)):
                is_short = len(digits.replace(".", "")) <= FEW_DIGITS
                if (digits, percent) not in (near if is_short else anywhere):
                    unfounded.add(f"{digits} %" if percent else digits)
    return unfounded - set(given)


def find_given(path: Path) -> dict[str, str]:
    """Return what the guide of this number, in either language, has chosen or was given."""
    return GIVEN.get(f"{'domains' if path.parent.name in DOMAINS else 'topics'}/{path.stem[:2]}", {})


def make_guide(*, prose: str, code: str = "", shown: str = "") -> list[nbformat.NotebookNode]:
    """Return the cells of a guide that shows something right after `prose`, and something else long before."""
    make = nbformat.v4
    cells = [make.new_markdown_cell("Opening"), make.new_code_cell("print(40)"), make.new_markdown_cell("First")]
    cells += [make.new_code_cell("set_rows(50)"), make.new_markdown_cell(prose), make.new_code_cell(code)]
    cells[1].outputs, cells[5].outputs = (
        [make.new_output("stream", text=text)] if text else [] for text in ("40", shown)
    )
    return [*cells, make.new_markdown_cell("Go on")]


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
    assert not find_unfounded(guide.client.nb.cells, given=find_given(path))


@pytest.mark.parametrize(
    ("prose", "code", "shown"),
    [
        ("Half of the 50 rows.", "set_rows(50)", ""),
        ("It is 50 % of all.", "", "50 rows"),
        ("It is 90 of all.", "assert share > 0.9", ""),
        ("There are 40.", "", "41"),
        ("There are 7.", "", "shape: (7, 3)"),
    ],
    ids=["a literal in code", "a count as a share", "a share as a count", "shown elsewhere", "the shape of a table"],
)
def test_a_number_that_is_neither_shown_nor_asserted_is_found_out(prose: str, code: str, shown: str) -> None:
    assert find_unfounded(make_guide(prose=prose, code=code, shown=shown), given={})


@pytest.mark.parametrize(
    ("prose", "code", "shown"),
    [
        ("It is 95 % of all.", "", "that is 95% of them"),
        ("More than 90 percent.", "assert share > 0.9", ""),
        ("There are 1,234.", "assert height == 1234", ""),
        ("There were 0.5 more.", "", "0.5"),
        ("## 3. Step\n\nSee `f(8)`.", "", ""),
    ],
    ids=["shown", "asserted as a share", "asserted", "decimals", "names of sections and code"],
)
def test_a_number_that_is_shown_or_asserted_is_founded(prose: str, code: str, shown: str) -> None:
    assert not find_unfounded(make_guide(prose=prose, code=code, shown=shown), given={})


def test_a_changed_number_in_the_medical_guide_is_found_out(run_once) -> None:
    cells = run_once(read(DOMAINS["domains"][2]), language="en").client.nb.cells
    for right, wrong in (("95 %", "50 %"), ("six powers", "90 powers"), ("four of them", "7 of them")):
        changed = deepcopy(cells)
        for cell in changed:
            if cell.cell_type == "markdown":
                cell.source = cell.source.replace(right, wrong)
        assert changed != cells
        assert find_unfounded(changed, given=GIVEN["domains/03"])
