"""The notebooks people are given: complete, clean, quick, and right."""

from __future__ import annotations

import ast
import csv
import json
import platform
import re
from collections import defaultdict
from importlib.resources import files
from pathlib import Path
from typing import Any

import nbformat
import pytest
from datahall_hub.user_server.start import PYTHON_VERSION
from ipykernel.ipkernel import IPythonKernel

from tests.notebooks.running import APPS, CHINESE, DOMAINS, GUIDES, LESSONS, LONGEST, TEMPLATES, name, read

APP_OF = {path.parent.name: path for path in APPS}
FIRST_STEPS = [path for path in GUIDES if path.stem.startswith("01-")]
ALL = [*GUIDES, *(path for paths in DOMAINS.values() for path in paths), *LESSONS, *TEMPLATES, *APPS]
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


def wettest_year_from_the_file() -> float:
    """Return the answer of the first guide, computed from the package's own file without any of our code."""
    sums: dict[str, float] = defaultdict(float)
    with files("vega_datasets").joinpath("_data/seattle-weather.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            sums[re.search(r"\d{4}", row["date"])[0]] += float(row["precipitation"])
    return round(max(sums.values()), 1)


@pytest.mark.parametrize("path", ALL, ids=name)
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


@pytest.mark.parametrize("path", APPS, ids=name)
def test_an_app_opens_with_the_same_in_both_languages_for_readers_in_the_lab(path: Path) -> None:
    english, chinese = read(path).cells[:2]

    assert english.metadata.tags == ["lab-only", "language-en"]
    assert chinese.metadata.tags == ["lab-only", "language-zh"]
    assert CHINESE.search(chinese.source)
    assert not CHINESE.search(english.source)


@pytest.mark.parametrize("path", FIRST_STEPS, ids=name)
def test_a_guide_runs_to_its_end_and_its_number_is_that_of_the_source_file(path: Path, run) -> None:
    guide = run(path)

    assert guide.seconds < LONGEST
    assert float(guide.read("answer")) == wettest_year_from_the_file()
    outputs = [output for cell in guide.client.nb.cells for output in cell.get("outputs", [])]
    assert any("image/png" in output.get("data", {}) for output in outputs)


@pytest.mark.parametrize("path", FIRST_STEPS, ids=name)
def test_what_a_guide_advises_to_go_on_with_works_after_it(path: Path, run) -> None:
    advice = read(path).cells[-2].source
    proposed = re.findall(r"`((?:datahall|weather)\.[^`]*)`", advice)

    shown = run(path).read(f"[len({'), len('.join(proposed)})]")

    assert len(proposed) == 4
    assert all(rows > 0 for rows in ast.literal_eval(shown))


@pytest.mark.parametrize("path", [path for path in ALL if path not in APPS], ids=name)
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


def test_one_place_has_no_spread_and_all_places_in_the_smallest_district_are_a_gini_of_one(run) -> None:
    near = run(APP_OF["near-me"])
    ask = "find_gini(np.array({}), np.array([10, 20, 30])).__round__(6)"

    assert near.read(ask.format([5, 0, 0])) == "1.0"
    assert near.read(ask.format([1, 2, 3])) == "0.0"
    assert "Gini" not in near.read("board.sentence.value")  # there is one hospital


def test_a_nowcast_is_held_against_no_change_and_against_doing_without_its_bridge(run) -> None:
    monitor = run(APP_OF["indicator-monitor"])

    value = "{key: [float(x) for x in (r['error'][0], r['alone'], r['naive'][0])] for key, r in results.items()}"
    errors = ast.literal_eval(monitor.read(value))

    assert errors["gdp"][0] < errors["gdp"][1] < errors["gdp"][2]
    assert "hardly more" in monitor.read("judge_nowcast('inflation')")
    assert "is worth something" in monitor.read("judge_nowcast('gdp')")
