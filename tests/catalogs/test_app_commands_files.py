"""What of a folder cannot be sent is told before anything leaves, all of it in one round, with file and field."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from datahall import cli

from tests.catalogs.app_hall import PNG, AppHall, Say, anns_hall, notebook, version, write_app


@pytest.fixture
def hall(monkeypatch: pytest.MonkeyPatch) -> Iterator[AppHall]:
    with anns_hall(monkeypatch) as running:
        running.tell("POST", "/apps/rain-map/versions", Say(version(2), 202))
        yield running


@pytest.fixture
def submit(hall: AppHall, capsys: pytest.CaptureFixture[str]) -> Any:
    """Submit a folder without waiting; return exit code and what programs are told."""

    def run(folder: Path) -> tuple[int, dict[str, Any]]:
        code = cli.run(["app", "submit", str(folder), "--no-wait", "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run


Change = Callable[[Path], object]


def put(name: str, content: str | bytes) -> Change:
    return lambda folder: (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


def put_notebook(**changes: Any) -> Change:
    return put("app.ipynb", json.dumps(notebook() | changes))


def put_fields(**changes: Any) -> Change:
    return lambda folder: write_app(folder, **changes)


def remove(name: str) -> Change:
    return lambda folder: (folder / name).unlink()


def replace_by(name: str, make: Callable[[Path], object]) -> Change:
    def change(folder: Path) -> None:
        (folder / name).unlink()
        make(folder / name)

    return change


def link_out(folder: Path) -> None:
    """Have the picture be a link to a file of one's own elsewhere."""
    secret = folder.parent / "secret.png"
    secret.write_bytes(PNG)
    write_app(folder, picture=PNG)
    (folder / "map.png").unlink()
    (folder / "map.png").symlink_to(secret)


YAML = "title: {en: a, zh: b}\nsummary: {en: a, zh: b}\n"
NOTEBOOK, MANIFEST = "app.ipynb", "app.yaml"
FLAWS: dict[str, tuple[Change, str, dict[str, object]]] = {
    "no notebook": (remove(NOTEBOOK), "file-missing", {"file": NOTEBOOK}),
    "no manifest": (remove(MANIFEST), "file-missing", {"file": MANIFEST}),
    "a folder for a notebook": (replace_by(NOTEBOOK, Path.mkdir), "no-file", {"file": NOTEBOOK}),
    "a pipe for a manifest": (replace_by(MANIFEST, os.mkfifo), "no-file", {"file": MANIFEST}),
    "a link in a circle": (
        replace_by(NOTEBOOK, lambda path: path.symlink_to(path)),
        "file-missing",
        {"file": NOTEBOOK},
    ),
    "broken JSON": (put(NOTEBOOK, '{\n "cells": [,'), "not-json", {"file": NOTEBOOK, "line": 2}),
    "bytes": (put(NOTEBOOK, b"\xff\xfe\x00"), "not-json", {"file": NOTEBOOK}),
    "JSON without an end": (put(NOTEBOOK, "[" * 100_000), "not-json", {"file": NOTEBOOK}),
    "half of a sign": (put_notebook(metadata={"a": "\ud800"}), "not-json", {"file": NOTEBOOK}),
    "no number": (put_notebook(metadata={"a": float("nan")}), "not-json", {"file": NOTEBOOK}),
    "a list": (put(NOTEBOOK, "[]"), "no-notebook", {"file": NOTEBOOK}),
    "another JSON": (put(NOTEBOOK, '{"type": "FeatureCollection"}'), "no-notebook", {"file": NOTEBOOK}),
    "no cells": (put_notebook(cells=None), "no-notebook", {"file": NOTEBOOK}),
    "an old form": (put_notebook(nbformat=3), "other-form", {"file": NOTEBOOK}),
    "a cell that is none": (put_notebook(cells=[notebook()["cells"][0], 5]), "no-cell", {"file": NOTEBOOK, "cell": 2}),
    "a cell without text": (put_notebook(cells=[{"cell_type": "code"}]), "no-cell", {"file": NOTEBOOK, "cell": 1}),
    "broken YAML": (put(MANIFEST, "title: [\n"), "not-yaml", {"file": MANIFEST}),
    "YAML that asks for an object": (put(MANIFEST, "title: !!python/name:os.system x"), "not-yaml", {"file": MANIFEST}),
    "YAML that unfolds": (put(MANIFEST, "a: &a [x]\nb: *a\n"), "not-yaml", {"file": MANIFEST}),
    "YAML in another encoding": (put(MANIFEST, "标题".encode("gb18030")), "not-text", {"file": MANIFEST}),
    "an endless number": (put(MANIFEST, YAML + "license: 1.0e+999\n"), "not-yaml", {"file": MANIFEST}),
    "a list for fields": (put(MANIFEST, "- title\n"), "no-fields", {"file": MANIFEST}),
    "nothing in it": (put(MANIFEST, ""), "no-fields", {"file": MANIFEST}),
    "a long manifest": (put(MANIFEST, "#" * 100_001), "too-large", {"file": MANIFEST}),
    "one language": (
        put(MANIFEST, "summary: {en: a, zh: b}\ntitle:\n  en: Rain\n"),
        "text-missing",
        {"file": MANIFEST, "line": 2, "field": "title.zh"},
    ),
    "a blank text": (
        put(MANIFEST, "title: {en: a, zh: b}\nsummary: {en: a, zh: ' '}\n"),
        "text-missing",
        {"file": MANIFEST, "line": 2, "field": "summary.zh"},
    ),
    "a picture that is not there": (put_fields(thumbnail="no.png"), "file-missing", {"file": "no.png"}),
    "a picture elsewhere": (
        put_fields(thumbnail="../secret.png"),
        "foreign-file",
        {"file": MANIFEST, "field": "thumbnail"},
    ),
    "a picture by its whole path": (
        put_fields(thumbnail="/etc/hostname"),
        "foreign-file",
        {"file": MANIFEST, "field": "thumbnail"},
    ),
    "a picture that is a link to itself": (
        lambda folder: (write_app(folder, thumbnail="map.png"), (folder / "map.png").symlink_to("map.png")),
        "foreign-file",
        {"file": MANIFEST, "field": "thumbnail"},
    ),
    "a picture with a long name": (
        put_fields(thumbnail="x" * 300 + ".png"),
        "unreadable",
        {"file": "x" * 300 + ".png"},
    ),
    "a picture that is a link": (link_out, "foreign-file", {"file": MANIFEST, "field": "thumbnail"}),
    "the folder above": (put_fields(thumbnail=".."), "foreign-file", {"file": MANIFEST, "field": "thumbnail"}),
    "a picture that is a number": (put_fields(thumbnail=5), "foreign-file", {"file": MANIFEST, "field": "thumbnail"}),
    "a text for a picture": (put_fields(picture=b"<svg/>"), "no-picture", {"file": MANIFEST, "field": "thumbnail"}),
    "a large picture": (put_fields(picture=PNG + bytes(2_000_000)), "too-large", {"file": "map.png"}),
    "a large notebook": (
        put_notebook(cells=[{"cell_type": "markdown", "metadata": {}, "source": "x" * 10_000_000}]),
        "too-large",
        {"file": NOTEBOOK},
    ),
}


@pytest.mark.parametrize(("change", "code", "place"), FLAWS.values(), ids=FLAWS)
def test_a_flaw_is_named_with_its_place_and_nothing_is_sent(
    hall: AppHall, submit: Any, tmp_path: Path, change: Change, code: str, place: dict[str, object]
) -> None:
    folder = write_app(tmp_path / "rain-map")
    change(folder)

    exit_code, told = submit(folder)

    [problem] = told["error"]["problems"]
    assert (exit_code, told["error"]["code"], hall.asked) == (1, "bad-app", [])
    assert problem["code"] == code
    assert {key: value for key, value in problem["place"].items() if key in place or key != "line"} == place


def test_all_flaws_are_told_in_one_round_and_in_both_languages(
    hall: AppHall, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_app(tmp_path / "rain-map", title={"en": "Rain"}, summary="Rain")
    (folder / "app.ipynb").write_text("{")

    assert cli.run(["app", "submit", str(folder)]) == 1
    printed = capsys.readouterr()
    assert [line for line in printed.out.splitlines() if line.startswith("  [")] == [
        "  [to be mended] app.ipynb, line 1: This is not JSON.",
        "  [to be mended] app.yaml, line 9, title.zh: The text is missing.",
        "  [to be mended] app.yaml, line 6, summary.en: The text is missing.",
        "  [to be mended] app.yaml, line 6, summary.zh: The text is missing.",
    ]
    assert printed.err == "datahall: The app was not sent. To be mended first: 4.\n"
    monkeypatch.setenv("DATAHALL_LANGUAGE", "zh")
    assert cli.run(["app", "submit", str(folder)]) == 1
    printed = capsys.readouterr()
    assert "[须修改] app.ipynb，第 1 行：这不是 JSON。" in printed.out
    assert printed.err == "datahall: 应用未发送。须先修改的有 4 处。\n"
    assert hall.asked == []


def test_flaws_are_told_without_a_hall_and_a_token(
    submit: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATAHALL_TOKEN")
    folder = write_app(tmp_path / "rain-map")
    (folder / "app.yaml").unlink()

    assert submit(folder)[1]["error"]["code"] == "bad-app"


def test_large_outputs_do_not_count(hall: AppHall, submit: Any, tmp_path: Path) -> None:
    folder = write_app(tmp_path / "rain-map")
    run = notebook()
    run["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x" * 12_000_000}]
    (folder / "app.ipynb").write_text(json.dumps(run))

    assert submit(folder)[0] == 0
    assert len(json.dumps(hall.asked[0].content)) < 2_000


def test_a_notebook_that_begins_with_a_mark_of_its_encoding_is_read(submit: Any, tmp_path: Path) -> None:
    folder = write_app(tmp_path / "rain-map")
    (folder / "app.ipynb").write_bytes(b"\xef\xbb\xbf" + (folder / "app.ipynb").read_bytes())

    assert submit(folder)[0] == 0


def test_the_files_stay_as_they_are(submit: Any, tmp_path: Path) -> None:
    folder = write_app(tmp_path / "rain-map", picture=PNG)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}

    assert submit(folder)[0] == 0
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


@pytest.mark.parametrize("slug", ["nations-compared", "weather-explorer"])
def test_the_apps_that_come_with_a_hall_are_ready_to_be_sent(hall: AppHall, submit: Any, slug: str) -> None:
    hall.tell("POST", f"/apps/{slug}/versions", Say(version(1, slug=slug), 202))

    assert submit(Path(__file__).parents[2] / "notebooks/apps" / slug)[0] == 0
    assert set(hall.asked[0].content) == {"notebook", "manifest", "thumbnail"}
