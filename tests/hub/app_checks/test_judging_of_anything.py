"""The judges bear whatever was sent and put out, in time that grows with its length alone."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from datahall_hub.app_life.checks.finding import Finding
from datahall_hub.app_life.checks.findings import describe_finding
from datahall_hub.app_life.trial_report import CellError, TrialReport
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hub.app_checks.submitted import (
    codes,
    judge,
    judge_outputs,
    make_code,
    make_manifest,
    make_notebook,
    make_output,
    make_trial,
    make_trials,
)

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
TYPES = st.sampled_from(
    ["text/html", "text/markdown", "text/plain", "image/svg+xml", "image/png", "application/json",
     "application/vnd.jupyter.widget-view+json", "application/vnd.plotly.v1+json", ""]
)  # fmt: skip
MARKS = st.sampled_from(
    ["<img src=", "//a.example", "<style>@import '", "url(", "<svg role=img>", "</", "'", ">", "&#", "13800138000",
     "@a.b", "password='", "IPY_MODEL_a", "data:,", "![", "](", "\ud800", "\x00", "<!--", "srcset=", "eyJ", "://a:b@"]
)  # fmt: skip
TEXTS = st.lists(MARKS | st.text(max_size=5), max_size=8).map("".join)
DATA = st.dictionaries(TYPES, TEXTS | st.lists(TEXTS) | JSON)
OUTPUTS = st.fixed_dictionaries(
    {},
    optional={
        "output_type": st.sampled_from(["stream", "display_data", "error", "x"]) | JSON,
        "data": DATA | JSON,
        "metadata": JSON,
        "text": TEXTS | JSON,
        "evalue": JSON,
        "traceback": JSON,
    },
)
STATES = st.fixed_dictionaries(
    {},
    optional={
        "_model_name": st.sampled_from(["HTMLModel", "ImageModel", "OutputModel"]) | JSON,
        "value": TEXTS | JSON,
        "format": st.just("url") | JSON,
        "outputs": st.lists(OUTPUTS) | JSON,
        "children": st.lists(st.sampled_from(["IPY_MODEL_a", "IPY_MODEL_b"])) | JSON,
        "description": TEXTS,
        "description_allow_html": st.just(True) | JSON,
    },
)
CELLS = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw"]) | JSON,
        "source": TEXTS | st.lists(TEXTS) | JSON,
        "metadata": st.fixed_dictionaries({}, optional={"tags": JSON}) | JSON,
        "outputs": JSON,
    },
)
NOTEBOOKS = st.fixed_dictionaries(
    {}, optional={"cells": st.lists(CELLS | JSON) | JSON, "metadata": JSON, "nbformat": JSON}
)


@given(
    notebook=NOTEBOOKS,
    outputs=st.lists(OUTPUTS, max_size=4),
    widgets=st.dictionaries(st.sampled_from(["a", "b"]), STATES),
    error=st.none() | st.builds(CellError, cell=st.integers(), name=st.text(), text=TEXTS),
    used=st.lists(st.fixed_dictionaries({"id": TEXTS, "version": TEXTS}), max_size=2),
    license=TEXTS.filter(str.strip),
)
@settings(max_examples=300, deadline=None)
def test_whatever_was_sent_and_put_out_the_judges_never_raise(
    notebook: dict[str, Any],
    outputs: list[dict[str, Any]],
    widgets: dict[str, Any],
    error: CellError | None,
    used: list[dict[str, str]],
    license: str,
) -> None:
    fields = {"ending": "failed" if error else "finished", "error": error, "widgets": widgets, "used": used}
    trials = [
        TrialReport.model_validate({**make_trial(*outputs).model_dump(), **fields, "language": language})
        for language in ("en", "zh")
    ]
    manifest = make_manifest().model_copy(update={"license": license})  # past its own check, too

    for finding in judge(notebook=notebook, trials=trials, manifest=manifest):
        Finding.model_validate_json(finding.model_dump_json())
        for language in ("en", "zh"):
            json.dumps(describe_finding(finding, language=language), ensure_ascii=False).encode()


def test_what_is_nested_deeply_is_borne() -> None:
    deep: Any = "lin@city.example"
    for _ in range(900):
        deep = [deep]

    html = "<div>" * 50_000 + "<svg>" * 50_000 + "<iframe srcdoc='" * 3 + "lin@city.example"

    assert codes(judge_outputs(make_output(json=deep))) == ["personal-data"]
    judge_outputs(make_output(html=html), make_output(markdown="> " * 20_000 + "*" * 20_000))


HOSTILE = {
    "html": [
        "<",
        "<a b='",
        "<!-- -",
        "&",
        "<div>",
        "<svg><style>",
        "<style>",
        "<a b c d ",
        "<img alt=x>",
        "<svg><title>",
    ],
    "plain": ["1", "138", "13800138000 ", "a@", "+1 ", "(1", "eyJ", "://a:b", "sk-T3BlbkFJ", "AWSkey'", "xoxa-1-"],
    "markdown": ["[", "![", "*a ", "`", "> ", "- ", "<!--", "[a]("],
}


@pytest.mark.parametrize(("form", "mark"), [(form, mark) for form, marks in HOSTILE.items() for mark in marks])
def test_a_megabyte_made_to_be_slow_is_judged_in_seconds(form: str, mark: str) -> None:
    text = mark * (1_000_000 // len(mark))

    begun = time.process_time()
    judge_outputs(make_output(**{form: text}))

    assert time.process_time() - begun < 15  # two seconds here; what grows with the square takes minutes


def test_attributes_and_code_made_to_be_slow_are_judged_in_seconds() -> None:
    attributes = " ".join(f"a{n}" for n in range(150_000))
    code = "secret" * 100_000 + "'\n" + ("secret" * 100 + "'\n") * 1_000

    begun = time.process_time()
    judge(notebook=make_notebook(make_code(code)), trials=make_trials(make_output(html=f"<a {attributes}>")))

    assert time.process_time() - begun < 30
