"""Title and summary are there in both languages, and the notebook is one that can become an app."""

from __future__ import annotations

from typing import Any

import pytest

from tests.hub.app_checks.submitted import codes, judge, make_code, make_manifest, make_markdown, make_notebook


@pytest.mark.parametrize(
    ("field", "english", "chinese", "found"),
    [
        ("title", "Rain", "雨", []),
        ("title", "CO₂ in Beijing 北京", "北京 CO₂", []),
        ("title", "Rain", "Rain it is", ["text-not-chinese"]),
        ("title", "雨水", "雨", ["text-not-english"]),
        ("title", "2024", "二〇二四", ["text-not-english"]),
        ("title", "GeoGebra", "GeoGebra", ["title-same"]),
        ("title", "How much it rains", "How much it rains", ["text-same"]),
        ("title", "雨", "雨", ["text-same"]),
        ("summary", "How much it rains.", "How  much it rains.", ["text-same"]),
        ("summary", "Rain", "Rain", ["text-same"]),
        ("summary", "How much it rains.", "Wie viel es regnet.", ["text-not-chinese"]),
    ],
)
def test_both_languages_are_written(field: str, english: str, chinese: str, found: list[str]) -> None:
    assert codes(judge(manifest=make_manifest(**{field: {"en": english, "zh": chinese}}))) == found


@pytest.mark.parametrize(
    ("notebook", "found"),
    [
        (make_notebook(nbformat=3), ["format-old"]),
        ({}, ["format-old", "no-code"]),
        (make_notebook(make_markdown("# Rain")), ["no-code"]),
        (make_notebook(make_code(" \n")), ["no-code"]),
        (make_notebook(make_code(["1", "+1"])), []),
        (make_notebook(metadata={"kernelspec": {"language": "R"}}), ["not-python"]),
        (make_notebook(metadata={"language_info": {"name": "julia"}}), ["not-python"]),
        (make_notebook(metadata={"kernelspec": {"language": "Python"}, "language_info": {"name": "python"}}), []),
        (make_notebook(*[make_code("1")] * 500), []),
        (make_notebook(*[make_code("1")] * 501), ["too-many-cells"]),
        (make_notebook(make_code("1", outputs=[{"output_type": "stream"}])), ["outputs-stored"]),
    ],
    ids=[
        "an old format", "nothing at all", "text alone", "an empty cell", "lines", "R", "Julia", "Python", "500 cells",
        "501 cells", "with outputs",
    ],
)  # fmt: skip
def test_a_notebook_has_a_form(notebook: dict[str, Any], found: list[str]) -> None:
    assert codes(judge(notebook=notebook)) == found
