"""What the launcher offers to begin with runs as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from datahall_lab.starters import list_starters

from tests.notebooks.running import CHINESE, LONGEST, NOTEBOOKS, TEMPLATES, language_of, name, read

FOLDERS = {
    "DATAHALL_GUIDES_FOLDER": str(NOTEBOOKS / "guides"),
    "DATAHALL_LESSONS_FOLDER": str(NOTEBOOKS / "lessons"),
}
KINDS = ("template", "guide", "guide-folder", "lesson")


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_a_template_runs_from_top_to_bottom(path: Path, run_once) -> None:
    template = run_once(read(path), language=language_of(path))

    assert template.seconds < LONGEST
    assert template.outputs()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_launcher_has_all_of_them_with_titles_in_its_language(language: str) -> None:
    found = list_starters(language, environment=FOLDERS)

    count = {kind: len([each for each in found if each.kind == kind]) for kind in KINDS}
    assert count == {"template": 6, "guide": 10, "guide-folder": 1, "lesson": 8}
    for each in found:
        assert bool(CHINESE.search(each.title)) == (language == "zh"), each.title


def test_a_template_has_the_same_steps_in_both_languages() -> None:
    english, chinese = ([p for p in TEMPLATES if p.parent.name == language] for language in ("en", "zh"))

    for pair in zip(english, chinese, strict=True):
        first, second = ([cell.cell_type for cell in read(path).cells] for path in pair)
        assert first == second


@pytest.mark.parametrize("language", ["en", "zh"])
def test_of_the_template_of_an_app_all_words_are_for_the_lab_but_title_and_summary(language: str) -> None:
    (path,) = (each for each in TEMPLATES if each.stem == "06-publishable-app" and each.parent.name == language)

    tags = [cell.metadata.tags for cell in read(path).cells if cell.cell_type == "markdown"]

    assert tags[1:3] == [["language-en", "app-title"], ["language-zh", "app-title"]]
    assert all(each == ["lab-only"] for each in (tags[0], *tags[3:]))
