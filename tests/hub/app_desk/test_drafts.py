"""What is sent to be submitted is read with suspicion, and what is kept of it is written anew."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from datahall_hub.app_life.manifest import load_manifest
from datahall_hub.services.hall.app_desk.drafts import BadApp, Draft, make_submission, read_draft, read_folder
from datahall_hub.services.hall.app_desk.own_apps_page import EXAMPLE
from datahall_hub.services.hall.wording import Words

APPS = Path(__file__).parents[3] / "notebooks/apps"
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n and so on").decode()
CELL = {"cell_type": "code", "metadata": {}, "source": "1 + 1", "outputs": [], "execution_count": 7, "id": "a"}
NOTEBOOK: dict[str, Any] = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [CELL]}
MANIFEST: dict[str, Any] = {
    "title": {"en": "A trial", "zh": "试验"},
    "summary": {"en": "Only for a test.", "zh": "仅供测试。"},
    "themes": ["statistics"],
    "authors": [{"name": "Lin"}],
    "license": "BSD-3-Clause",
    "datasets": [{"id": "weather/seattle-weather"}],
}


def test_what_is_kept_is_what_was_sent() -> None:
    kept = make_submission("a-trial", Draft(NOTEBOOK, MANIFEST, PNG))
    assert yaml.safe_load(kept.manifest)["title"] == MANIFEST["title"]
    assert yaml.safe_load(kept.manifest)["thumbnail"] == "thumbnail.png"
    assert json.loads(kept.notebook)["cells"][0]["source"] in ("1 + 1", ["1 + 1"])
    assert kept.picture == base64.b64decode(PNG)
    assert kept.datasets.keys() == {"weather/seattle-weather"}
    assert "polars" in kept.environment


def test_outputs_counts_and_widgets_are_left_out() -> None:
    output = {"output_type": "stream", "name": "stdout", "text": "138 0000 0000"}
    sent = {**NOTEBOOK, "metadata": {"widgets": {"a": 1}}, "cells": [{**CELL, "outputs": [output]}]}
    kept = json.loads(make_submission("a-trial", Draft(sent, MANIFEST)).notebook)
    assert (kept["cells"][0]["outputs"], kept["cells"][0]["execution_count"]) == ([], None)
    assert "widgets" not in kept["metadata"]


@pytest.mark.parametrize(
    "ours", [{"app": {"slug": "mine", "manifest": {"authors": [{"name": "Lin"}]}}, "used": []}, "odd"]
)
def test_what_its_author_typed_into_the_form_does_not_go_to_whoever_opens_a_copy(ours: Any) -> None:
    sent = {**NOTEBOOK, "metadata": {"datahall": ours}}
    kept = json.loads(make_submission("sums", Draft(sent, MANIFEST)).notebook)
    assert kept["metadata"]["datahall"] == ({"used": []} if isinstance(ours, dict) else "odd")


def test_the_example_to_begin_with_is_taken_in() -> None:
    manifest = yaml.safe_load((EXAMPLE / "app.yaml").read_text(encoding="utf-8"))
    notebook = json.loads((EXAMPLE / "app.ipynb").read_text(encoding="utf-8"))
    assert make_submission("rain-in-my-city", Draft(notebook, manifest)).notebook


@pytest.mark.parametrize("slug", ["weather-explorer", "nations-compared"])
def test_what_comes_with_the_hall_goes_the_same_way(slug: str, tmp_path: Path) -> None:
    kept = make_submission(slug, read_folder(APPS / slug))
    for name, content in kept.files.items():
        (tmp_path / name).write_bytes(content)
    before, after = load_manifest(APPS / slug), load_manifest(tmp_path, slug=slug)
    assert after == before.model_copy(update={"folder": tmp_path})
    assert kept.digest == make_submission(slug, read_folder(APPS / slug)).digest


@pytest.mark.parametrize(
    "body",
    [
        b"", b"no JSON", b"[1]", b"{}", b'{"notebook": {}}', b"[" * 100_000, b"\xff",
        b'{"notebook": {}, "manifest": {}, "more": 1}',
    ],
    ids=["nothing", "words", "a list", "empty", "no manifest", "deep", "no UTF-8", "something else besides"],
)  # fmt: skip
def test_a_body_that_is_no_app_is_refused(body: bytes) -> None:
    with pytest.raises(BadApp):
        read_draft(body)


@pytest.mark.parametrize("slug", ["", "A", "a b", "a--b", "-a", "../a", "api", "voila", "health", "static", "a" * 61])
def test_a_name_that_cannot_be_an_address_is_refused(slug: str) -> None:
    with pytest.raises(BadApp, match="cannot be named"):
        make_submission(slug, Draft(NOTEBOOK, MANIFEST))


@pytest.mark.parametrize(
    "notebook",
    [
        None, 1, "text", [], {}, {"cells": []}, {**NOTEBOOK, "nbformat": 99}, {**NOTEBOOK, "cells": [1]},
        {**NOTEBOOK, "cells": [{"cell_type": "odd"}]}, {**NOTEBOOK, "cells": [{**CELL, "source": 1}]},
        {**NOTEBOOK, "cells": [{**CELL, "source": "\ud800"}]}, {**NOTEBOOK, "cells": "text"},
        {**NOTEBOOK, "nbformat": "4"}, {"nbformat": 3, "worksheets": 1},
    ],
)  # fmt: skip
def test_what_is_no_notebook_is_refused(notebook: Any) -> None:
    with pytest.raises(BadApp, match="not a notebook"):
        make_submission("a-trial", Draft(notebook, MANIFEST))


def test_a_notebook_of_thousands_of_cells_is_refused() -> None:
    cells = [{**CELL, "id": f"c{number}"} for number in range(2001)]
    with pytest.raises(BadApp, match="2,000"):
        make_submission("a-trial", Draft({**NOTEBOOK, "cells": cells}, MANIFEST))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"title": {"en": "Only English"}}, "title.zh"),
        ({"license": ""}, "license"),
        ({"datasets": []}, "datasets"),
        ({"datasets": [{"id": "../../etc/passwd"}]}, "datasets.0.id"),
        ({"authors": [{"name": "x", "url": "javascript:alert(1)"}]}, "authors.0.url"),
        ({"unknown": 1}, "unknown"),
        ({"show_source": "perhaps"}, "show_source"),
        ({"themes": ["wether"]}, "wether"),
        ({"themes": "weather"}, "themes"),
        ({"goals": ["economy", "wealth"]}, "wealth"),
        ({"slug": "other"}, "slug"),
        ({"folder": "/etc"}, "folder"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_mistake_in_the_manifest_is_named(change: dict[str, Any], named: str) -> None:
    with pytest.raises(BadApp) as refused:
        make_submission("a-trial", Draft(NOTEBOOK, {**MANIFEST, **change}))
    told = {language: refused.value.message(Words(language)) for language in ("en", "zh")}
    assert all(named in each for each in told.values())
    assert not re.search(r"[a-z]+ [a-z]+ [a-z]+", told["zh"])  # in words of its own language


def test_mistakes_are_told_in_words_of_the_reader_and_all_their_fields_named() -> None:
    with pytest.raises(BadApp) as refused:
        make_submission("a-trial", Draft(NOTEBOOK, {**MANIFEST, "title": "My weather", "summary": {"en": "x"}}))
    words = {language: Words(language) for language in ("en", "zh")}
    told = {each: refused.value.message(words[each]) + refused.value.hint(words[each]) for each in words}
    assert all("title" in each and "zh:" in each and "summary.zh" in each for each in told.values())
    assert not re.search(r"[a-z]{3} [a-z]{3}|BilingualText", told["zh"])
    assert not re.search("[一-鿿]", told["en"])


@pytest.mark.parametrize("manifest", [None, [], "title: x", 7])
def test_a_manifest_that_is_no_list_of_fields_is_refused(manifest: Any) -> None:
    with pytest.raises(BadApp, match="not a list of fields"):
        make_submission("a-trial", Draft(NOTEBOOK, manifest))


@pytest.mark.parametrize(
    "thumbnail",
    [
        "",
        "no base64!",
        base64.b64encode(b"<svg/>").decode(),
        7,
        base64.b64encode(b"\x89PNG\r\n\x1a\n" * 300_000).decode(),
    ],
    ids=["empty", "words", "SVG, which may script", "a number", "too large"],
)
def test_a_picture_that_is_none_is_refused(thumbnail: Any) -> None:
    with pytest.raises(BadApp, match="PNG"):
        make_submission("a-trial", Draft(NOTEBOOK, MANIFEST, thumbnail))


def test_a_picture_of_another_name_does_not_come_along() -> None:
    kept = make_submission("a-trial", Draft(NOTEBOOK, {**MANIFEST, "thumbnail": "../../secret.png"}))
    assert "thumbnail" not in yaml.safe_load(kept.manifest)
    assert kept.picture is None
