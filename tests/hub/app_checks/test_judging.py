"""What the judges say is bounded, harmless and there in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from datahall_hub.app_life import checks
from datahall_hub.app_life.checks.declarations import DECLARATIONS, WORDS
from datahall_hub.app_life.checks.finding import Finding, Place
from datahall_hub.app_life.checks.findings import describe_finding, make_finding
from datahall_hub.app_life.checks.judging import MOST_OF_A_CODE
from datahall_hub.app_life.trial_report import CellError
from datahall_hub.translations import LOCALE

from tests.hub.app_checks.submitted import (
    DATASET,
    FACTS,
    codes,
    judge,
    judge_outputs,
    make_code,
    make_look,
    make_manifest,
    make_notebook,
    make_output,
    make_trials,
    make_violation,
)
from tests.hub.app_checks.test_checks_of_data import terms

FOLDER = Path(checks.__file__).parent
PLACEHOLDER = re.compile(r"\{\w+\}")
ERROR = CellError(cell=1, name="KeyError", text="'a'")
MISSING = CellError(cell=1, name="ModuleNotFoundError", text="No module named 'folium'")
# What leads to each code; the other tests of this folder look at each of them closely.
WAYS: dict[str, dict[str, Any]] = {
    "run-failed": {"trials": make_trials(ending="failed", error=ERROR)},
    "module-missing": {"trials": make_trials(ending="failed", error=MISSING)},
    "run-too-slow": {"trials": make_trials(ending="too-slow")},
    "run-too-large": {"trials": make_trials(ending="too-large")},
    "run-died": {"trials": make_trials(ending="died")},
    "not-tried": {"trials": []},
    "host-reached": {"trials": make_trials(attempts=[{"kind": "resolve", "target": "a.example"}])},
    "file-read": {"trials": make_trials(attempts=[{"kind": "read", "target": "/etc/passwd"}])},
    "program-started": {"trials": make_trials(attempts=[{"kind": "start", "target": "curl"}])},
    "dataset-unknown": {"facts": {}},
    "dataset-not-open": {"facts": {DATASET: FACTS.__class__("restricted", "CC0-1.0", FACTS.terms)}},
    "access-unknown": {"facts": {DATASET: FACTS.__class__("unknown", "CC0-1.0", FACTS.terms)}},
    "dataset-undeclared": {"manifest": make_manifest(datasets=[{"id": "weather/other"}])},
    "dataset-unopened": {"trials": make_trials(used=[])},
    "app-license-unknown": {"manifest": make_manifest(license="Free")},
    "share-alike": {"facts": {DATASET: terms("ODbL-1.0")}},
    "non-commercial": {"facts": {DATASET: terms("CC-BY-NC-4.0")}},
    "no-derivatives": {"facts": {DATASET: terms("CC-BY-ND-4.0")}},
    "terms-unknown": {"facts": {DATASET: FACTS.__class__("open", "", None)}},
    "publisher-missing": {"facts": {DATASET: FACTS.__class__("open", "CC-BY-4.0", terms("CC-BY-4.0").terms)}},
    "personal-data": {"trials": make_trials(make_output(plain="lin@city.example"))},
    "secret": {"notebook": make_notebook(make_code("'AKIAIOSFODNN7EXAMPLE'"))},
    "secret-named": {"notebook": make_notebook(make_code('password = "hunter2"'))},
    "outside-host": {"trials": make_trials(make_output(html="<img alt='' src=//a.example>"))},
    "picture-without-text": {"trials": make_trials(make_output(png=""))},
    "alternative-unread": {"trials": make_trials(make_output({"alt": "Rain"}, png=""))},
    "alternative-same": {"trials": make_trials(make_output(html="<img alt='Rain in May'>"))},
    "not-accessible": {"look": make_look(violations=[make_violation("color-contrast")])},
    "hard-to-use": {"look": make_look(violations=[make_violation("region", impact="moderate")])},
    "accessibility-not-run": {"look": make_look(hindrance="no-chromium")},
    "thumbnail-not-run": {"look": make_look(has_picture=False)},
    "text-not-chinese": {"manifest": make_manifest(title={"en": "Rain", "zh": "Regen"})},
    "text-not-english": {"manifest": make_manifest(title={"en": "雨水", "zh": "雨"})},
    "text-same": {"manifest": make_manifest(summary={"en": "Rain", "zh": "Rain"})},
    "title-same": {"manifest": make_manifest(title={"en": "Rain", "zh": "Rain"})},
    "format-old": {"notebook": make_notebook(nbformat=3)},
    "no-code": {"notebook": make_notebook({"cell_type": "raw", "source": "1"})},
    "not-python": {"notebook": make_notebook(metadata={"language_info": {"name": "R"}})},
    "too-many-cells": {"notebook": make_notebook(*[make_code("1")] * 501)},
    "outputs-stored": {"notebook": make_notebook(make_code("1", outputs=[{}]))},
    "too-much-text": {"trials": make_trials(make_output(markdown="a" * 100_000))},
    "and-more": {"trials": make_trials(attempts=[{"kind": "start", "target": f"p{n}"} for n in range(30)])},
}


@pytest.mark.parametrize("code", DECLARATIONS)
def test_every_declared_code_is_found_somewhere_and_has_words_in_both_languages(code: str) -> None:
    [found] = [finding for finding in judge(**WAYS[code]) if finding.code == code]

    assert found.severity == DECLARATIONS[code].severity
    english, chinese = (describe_finding(found, language=language) for language in ("en", "zh"))
    for said in (english, chinese):
        assert said.keys() == {"message", "mend"}
        assert "…}" not in said["message"]
        assert "{" not in said["message"] + said["mend"]
    assert re.search("[一-鿿]", chinese["message"])
    assert re.search("[一-鿿]", chinese["mend"])
    assert not re.search("[一-鿿]", english["mend"])


def test_every_message_has_chinese_words_with_the_same_places() -> None:
    with (LOCALE / "zh/checks.po").open("rb") as file:
        translations = {str(message.id): str(message.string) for message in read_po(file, locale="zh") if message.id}
    messages = set()
    for source in FOLDER.glob("*.py"):
        with source.open("rb") as content:
            messages |= {str(message) for _, message, _, _ in extract("python", content, keywords={"N_": None})}
    declared = {text for each in DECLARATIONS.values() for text in (each.message, each.mend)}
    declared |= {text for words in WORDS.values() for text in words.values()}
    assert declared == messages == translations.keys()
    for message, translated in translations.items():
        assert translated, message
        assert set(PLACEHOLDER.findall(translated)) == set(PLACEHOLDER.findall(message)), message


def test_values_that_are_words_are_told_in_the_readers_language() -> None:
    finding = make_finding("secret", Place(file="app.ipynb"), kind="access-key", service="AWS")

    assert describe_finding(finding, language="en")["message"] == "This looks like a secret: an access key of AWS."
    assert describe_finding(finding, language="zh")["message"] == "这里疑似有机密：AWS 的访问密钥。"


def test_a_finding_of_a_code_that_is_no_longer_declared_is_told_by_its_code() -> None:
    finding = Finding(code="of-old", severity="problem", place=Place(file="app.ipynb"))

    assert describe_finding(finding, language="zh") == {"message": "of-old", "mend": ""}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\x00b\x1b[31mc", "ab[31mc"),
        ("a\n\tb\u2028c", "a b c"),
        ("\u202egpj.exe\u2066", "gpj.exe"),
        ("\ud800x", "x"),
        ("a" * 200, "a" * 200),
        ("a" * 201, "a" * 199 + "…"),
        ("\x00" * 1_000_000 + "a", "…"),
        ("{0.__class__} %s", "{0.__class__} %s"),
    ],
    ids=["control", "lines", "turning", "half a character", "long", "too long", "much of nothing", "templates"],
)
def test_hostile_values_are_short_and_harmless(text: str, kept: str) -> None:
    finding = make_finding("run-failed", Place(file="app.ipynb"), name="E", text=text)

    assert finding.values["text"] == kept
    assert describe_finding(finding, language="en")["message"].endswith(f": {kept}")


def test_findings_of_one_code_are_bounded_and_the_rest_is_counted() -> None:
    findings = judge_outputs(make_output(html="".join(f"<img alt='' src=//h{n}.example>" for n in range(100))))

    assert codes(findings) == ["outside-host"] * MOST_OF_A_CODE + ["and-more"]
    assert findings[-1].values == {"code": "outside-host", "count": 80}
    assert findings[-1].severity == "problem"


def test_problems_come_first() -> None:
    findings = judge(trials=make_trials(ending="died", attempts=[{"kind": "start", "target": "curl"}]), facts={})

    severities = [finding.severity for finding in findings]
    assert severities == sorted(severities, key=lambda severity: severity != "problem")
    assert len(set(severities)) == 2
