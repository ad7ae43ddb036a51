"""The notebooks people are given: complete, clean, quick, and right."""

from __future__ import annotations

import ast
import csv
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.resources import files
from pathlib import Path
from typing import Any

import nbformat
import pytest
from datahall_forkserver.starting import FOLDER_VARIABLE
from datahall_hub.user_server.start import PYTHON_VERSION
from ipykernel.ipkernel import IPythonKernel
from nbclient import NotebookClient

from tests.extensions.conftest import end_servers

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
GUIDES = sorted((NOTEBOOKS / "guides").glob("*.ipynb"))
APPS = sorted((NOTEBOOKS / "apps").glob("*/app.ipynb"))
LONGEST = 60  # seconds a notebook may take, on a busy machine too
DATASETS = ("statistics/world-fertility", "weather/seattle-weather")
APP_OF = {path.parent.name: path for path in APPS}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Run inside an app, after its cells: what stands in the wide picture, and the sentence.
SEEN = """
def find_seen(**chosen):
    from matplotlib.figure import Figure
    seen = {}
    def keep(plot, *, alt, heights):
        figure = Figure(figsize=(13, heights[0]), layout="constrained")
        plot(figure, False)
        figure.canvas.draw()
        course, spread = figure.axes
        legend = course.get_legend()
        seen.update(
            labels=[text.get_text() for text in legend.get_texts()],
            overlap=bool(legend.get_window_extent().overlaps(course.patch.get_window_extent())),
            days=[tick.get_text() for tick in course.get_xticklabels()],
            counts=[float(tick) for tick in spread.get_yticks()],
        )
        return kept(plot, alt=alt, heights=heights)
    kept, render.__globals__["draw_picture"] = draw_picture, keep
    try:
        seen["sentence"] = render(**chosen).sentence
    except Problem as problem:
        seen["sentence"] = str(problem)
    finally:
        render.__globals__["draw_picture"] = kept
    return seen
"""


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose store holds the packaged datasets that the notebooks read."""
    home = tmp_path_factory.mktemp("notebooks") / "home"
    fetch = f"import datahall; [datahall.store.fetch(id) for id in {DATASETS}]"
    environment = {**os.environ, "DATAHALL_HOME": str(home)}
    environment.pop("DATAHALL_CATALOGS", None)
    subprocess.run([sys.executable, "-c", fetch], env=environment, check=True, timeout=60)
    return home


class Ran:
    """A notebook that has run from top to bottom, and its kernel, which can be asked more."""

    def __init__(self, path: Path, *, folder: Path, kernels: ExitStack) -> None:
        begun = time.monotonic()
        self.client = NotebookClient(
            read(path), timeout=LONGEST, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
        )
        kernels.enter_context(self.client.setup_kernel())
        for number, cell in enumerate(self.client.nb.cells):
            self.client.execute_cell(cell, number)
        self.seconds = time.monotonic() - begun

    def read(self, value: str) -> str:
        """Return what ``repr`` of an expression is in the kernel."""
        cells = self.client.nb.cells
        cells.append(nbformat.v4.new_code_cell(f"print(repr({value}))"))
        return self.client.execute_cell(cells[-1], len(cells) - 1).outputs[-1]["text"].strip()


@pytest.fixture(scope="module")
def fork_servers() -> Iterator[Path]:
    """The folder of the fork servers that kernels here are forked from, which end with the last test of this file."""
    folder = Path(tempfile.mkdtemp(prefix="fork"))  # short enough a path for sockets
    yield folder
    end_servers(folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def run(store: Path, fork_servers: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Ran]]:
    """Run a notebook in an empty folder, once in each language; its kernel lives until the last test of this file."""
    ran: dict[tuple[Path, str], Ran] = {}

    def run_notebook(path: Path, *, language: str = "en") -> Ran:
        if (path, language) not in ran:
            environment.setenv("DATAHALL_LANGUAGE", language)
            ran[path, language] = Ran(path, folder=tmp_path_factory.mktemp("notebook"), kernels=kernels)
        return ran[path, language]

    with pytest.MonkeyPatch.context() as environment, ExitStack() as kernels:
        environment.setenv("DATAHALL_HOME", str(store))
        environment.setenv(FOLDER_VARIABLE, str(fork_servers))
        environment.delenv("DATAHALL_CATALOGS", raising=False)
        yield run_notebook


def wettest_year_from_the_file() -> float:
    """Return the answer of the first guide, computed from the package's own file without any of our code."""
    sums: dict[str, float] = defaultdict(float)
    with files("vega_datasets").joinpath("_data/seattle-weather.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            sums[re.search(r"\d{4}", row["date"])[0]] += float(row["precipitation"])
    return round(max(sums.values()), 1)


@pytest.mark.parametrize("path", [*GUIDES, *APPS], ids=name)
def test_a_notebook_is_stripped_and_whole(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)

    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
    assert notebook.metadata.kernelspec.name == "python3"
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    assert json.loads(path.read_text(encoding="utf-8"))["metadata"].keys() <= {"kernelspec", "language_info"}


@pytest.mark.parametrize("path", GUIDES, ids=name)
def test_a_guide_opens_with_question_readers_time_and_data(path: Path) -> None:
    opening = read(path).cells[0].source
    words = ("问题", "适合", "分钟", "数据") if CHINESE.search(path.stem) else ("Question", "For", "minutes", "Data")
    for word in words:
        assert word in opening
    assert re.search(r"`[a-z-]+/[a-z0-9-]+`", opening)


@pytest.mark.parametrize("path", APPS, ids=name)
def test_an_app_opens_with_the_same_in_both_languages_for_readers_in_the_lab(path: Path) -> None:
    english, chinese = read(path).cells[:2]

    assert english.metadata.tags == ["lab-only", "language-en"]
    assert chinese.metadata.tags == ["lab-only", "language-zh"]
    assert CHINESE.search(chinese.source)
    assert not CHINESE.search(english.source)


def test_guides_are_there_in_both_languages_with_the_same_steps() -> None:
    chinese = [path for path in GUIDES if CHINESE.search(path.stem)]
    english = [path for path in GUIDES if path not in chinese]

    assert len(english) == len(chinese) == len({path.stem[:2] for path in english})
    for pair in zip(english, chinese, strict=True):
        first, second = ([cell.cell_type for cell in read(path).cells] for path in pair)
        assert first == second


@pytest.mark.parametrize("path", GUIDES, ids=name)
def test_a_guide_runs_to_its_end_and_its_number_is_that_of_the_source_file(path: Path, run) -> None:
    guide = run(path)

    assert guide.seconds < LONGEST
    assert float(guide.read("answer")) == wettest_year_from_the_file()
    outputs = [output for cell in guide.client.nb.cells for output in cell.get("outputs", [])]
    assert any("image/png" in output.get("data", {}) for output in outputs)


@pytest.mark.parametrize("path", GUIDES, ids=name)
def test_what_a_guide_advises_to_go_on_with_works_after_it(path: Path, run) -> None:
    advice = read(path).cells[-2].source
    proposed = re.findall(r"`((?:datahall|weather)\.[^`]*)`", advice)

    shown = run(path).read(f"[len({'), len('.join(proposed)})]")

    assert len(proposed) == 4
    assert all(rows > 0 for rows in ast.literal_eval(shown))


@pytest.mark.parametrize("path", GUIDES, ids=name)
def test_a_guide_says_of_its_language_what_the_kernel_says_so_that_opening_it_changes_nothing(path: Path) -> None:
    content = PYTHON_VERSION.sub(platform.python_version().encode(), path.read_bytes())  # as it comes into a home

    assert json.loads(content)["metadata"]["language_info"] == IPythonKernel.language_info


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("path", APPS, ids=name)
def test_an_app_runs_and_shows_a_sentence_and_a_picture(path: Path, language: str, run) -> None:
    shown = run(path, language=language).read("(board.sentence.value, board.picture.value[:9])")

    assert "<picture>" in shown
    assert 'class=""' in shown  # neither empty nor an error
    assert bool(CHINESE.search(shown)) == (language == "zh")


@pytest.mark.parametrize("path", APPS, ids=name)
def test_an_app_has_a_small_picture(path: Path) -> None:
    picture = path.with_name("thumbnail.png").read_bytes()

    assert picture.startswith(b"\x89PNG")
    assert len(picture) <= 60 * 1024


@pytest.fixture
def seen(run):
    """Return what an app shows for one setting of its controls."""

    def find_seen(slug: str, *, language: str = "en", **chosen: object) -> dict[str, Any]:
        value = f"(exec({SEEN!r}, globals()), __import__('json').dumps(find_seen(**{chosen!r})))[1]"
        found: dict[str, Any] = json.loads(ast.literal_eval(run(APP_OF[slug], language=language).read(value)))
        return found

    return find_seen


def test_few_days_are_dots_and_no_smoothed_line(seen) -> None:
    found = seen("weather-explorer", variable="precipitation", year=2012, month=12, kind="snow")

    assert found["labels"] == ["A day of 2012"]
    assert all(count.is_integer() for count in found["counts"])
    assert not found["overlap"]


def test_a_month_has_day_ticks_and_its_legend_says_how_lines_are_smoothed(seen) -> None:
    found = seen("weather-explorer", variable="temp_max", year=2014, month=3, kind="all")

    assert found["labels"] == ["A day of 2014", "Other years, mean of 7 days", "2014, mean of 7 days"]
    assert found["days"] == ["1", "5", "10", "15", "20", "25", "30"]


def test_an_empty_month_is_said_in_chinese_with_even_spaces(seen) -> None:
    found = seen("weather-explorer", language="zh", variable="wind", year=2015, month=7, kind="snow")

    assert found["sentence"].startswith("2015 年 7 月没有")


def test_a_country_is_not_compared_with_itself(seen) -> None:
    found = seen("nations-compared", country="CHN", other="CHN", year=1990)

    assert found["sentence"].count("China") == found["labels"].count("China") == 1
    assert "another" in found["sentence"]
    assert not found["overlap"]


def test_chinese_countries_are_in_the_order_of_their_pinyin(run) -> None:
    value = "[name for name, code in board.controls['country'].options if code in {'AFG', 'BRA', 'CHN', 'FRA', 'USA'}]"

    shown = run(APP_OF["nations-compared"], language="zh").read(value)

    assert ast.literal_eval(shown) == ["阿富汗", "巴西", "法国", "美国", "中国"]
