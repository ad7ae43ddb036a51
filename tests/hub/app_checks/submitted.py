"""A version in which nothing is to be found, and others that differ from it in one thing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datahall_hub.app_life.checks.data_terms import DatasetFacts, LicenseTerms
from datahall_hub.app_life.checks.finding import Finding
from datahall_hub.app_life.checks.judging import judge_version
from datahall_hub.app_life.look_report import LookReport
from datahall_hub.app_life.manifest import Manifest
from datahall_hub.app_life.trial_report import CellOutputs, TrialReport

DATASET = "weather/seattle-weather"
FREE = LicenseTerms(commercial=True, attribution=False, share_alike=False, derivatives=True)
FACTS = DatasetFacts("open", "CC0-1.0", FREE, "NOAA")
LANGUAGES = ("en", "zh")


def make_manifest(**changed: Any) -> Manifest:
    fields: dict[str, Any] = {
        "slug": "rain",
        "folder": Path("rain"),
        "title": {"en": "Rain", "zh": "雨"},
        "summary": {"en": "How much it rains.", "zh": "下多少雨。"},
        "themes": ["weather"],
        "authors": [{"name": "Lin"}],
        "license": "BSD-3-Clause",
        "datasets": [{"id": DATASET}],
    }
    return Manifest.model_validate({**fields, **changed})


def make_code(source: str, **changed: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], **changed}


def make_markdown(source: str, *, tags: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": source, "metadata": {"tags": list(tags)}}


def make_notebook(*cells: dict[str, Any], **changed: Any) -> dict[str, Any]:
    listed = list(cells) or [make_code("print(1)")]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": listed, **changed}


def make_output(metadata: Mapping[str, Any] | None = None, /, **data: Any) -> dict[str, Any]:
    """Return an output; ``html=…``, ``plain=…``, ``markdown=…``, ``svg=…``, ``png=…``, ``json=…`` name its data."""
    types = {
        "html": "text/html",
        "plain": "text/plain",
        "markdown": "text/markdown",
        "svg": "image/svg+xml",
        "png": "image/png",
        "json": "application/json",
        "script": "application/javascript",
    }
    named = {types[name]: value for name, value in data.items()}
    return {"output_type": "display_data", "data": named, "metadata": dict(metadata or {})}


def make_trial(*outputs: dict[str, Any], **changed: Any) -> TrialReport:
    fields: dict[str, Any] = {
        "language": "en",
        "ending": "finished",
        "seconds": 1.5,
        "used": [{"id": DATASET, "version": "2024-05-01.3f9c2a1b"}],
        "cells": [CellOutputs(cell=1, outputs=list(outputs))] if outputs else [],
    }
    return TrialReport.model_validate({**fields, **changed})


def make_trials(*outputs: dict[str, Any], **changed: Any) -> list[TrialReport]:
    """Return the same trial in both languages."""
    return [make_trial(*outputs, **{**changed, "language": language}) for language in LANGUAGES]


def make_violation(rule: str, **changed: Any) -> dict[str, Any]:
    """Return what axe-core finds once, in the first cell."""
    words = {"help": "Elements must …", "example": "<p>"}
    return {"rule": rule, "impact": "serious", "language": "en", "cell": 1, "count": 1, **words, **changed}


def make_look(**changed: Any) -> LookReport:
    return LookReport.model_validate({"has_picture": True, **changed})


def judge(**changed: Any) -> list[Finding]:
    version: dict[str, Any] = {
        "notebook": make_notebook(),
        "manifest": make_manifest(),
        "trials": make_trials(),
        "facts": {DATASET: FACTS},
    }
    return judge_version(**{**version, **changed})


def judge_outputs(*outputs: dict[str, Any]) -> list[Finding]:
    """Return the findings of a version that puts out the same in both languages."""
    return judge(trials=make_trials(*outputs))


def codes(findings: list[Finding]) -> list[str]:
    return [finding.code for finding in findings]
