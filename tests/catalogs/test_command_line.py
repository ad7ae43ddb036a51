"""The catalog at a terminal: text for people, JSON for programs, an exit code for both."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import datahall
import pytest
from datahall import cli

from tests.catalogs.card_drafts import CSV, draft, save_card, save_data
from tests.catalogs.small_server import Reply, SmallServer

ID = "resources/nile-flow"


@pytest.fixture
def answer(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run `datahall …`; return exit code, standard output (parsed under --json), standard error."""

    def run(*arguments: str) -> tuple[int, Any, str]:
        code = cli.run(arguments)
        shown = capsys.readouterr()
        return code, json.loads(shown.out) if "--json" in arguments else shown.out, shown.err

    return run


def test_search(answer: Any) -> None:
    code, found, _ = answer("search", "尼罗河", "--json")
    assert (code, found["total"], found["results"][0]["id"]) == (0, 1, ID)
    assert found["results"][0]["title"]["zh"] == "阿斯旺尼罗河年径流量"
    assert found["facets"]["theme"] == {"resources": 1}
    assert ID in answer("search", "nile")[1]
    code, nothing, _ = answer("search", "zebra", "--json")
    assert (code, nothing["total"], nothing["results"]) == (0, 0, [])


def test_search_gives_pages_filters_and_orders(answer: Any) -> None:
    first = answer("search", "--theme", "ocean", "--rows", "2", "--json")[1]
    second = answer("search", "--theme", "ocean", "--rows", "2", "--page", "2", "--json")[1]
    assert first["total"] == second["total"] == first["facets"]["theme"]["ocean"]
    assert len({item["id"] for item in first["results"] + second["results"]}) == 4
    assert all(item["synthetic"] for item in answer("search", "--synthetic", "--json")[1]["results"])
    assert "1 to 2 of" in answer("search", "--theme", "ocean", "--rows", "2")[2]
    assert answer("search", "x", "--sort", "best")[0] == 2


def test_fetch_then_show_then_open(answer: Any) -> None:
    code, [fetched], _ = answer("fetch", ID, "--json")
    assert (code, fetched) == (
        0,
        {"id": ID, "version": fetched["version"], "rows": 100, "status": "fetched", "path": fetched["path"]},
    )
    assert Path(fetched["path"]).is_file()
    assert answer("fetch", ID, "--json")[1][0]["status"] == "present"
    _, shown, _ = answer("show", ID, "--json")
    assert (shown["version"], shown["versions"], shown["license"]) == (
        fetched["version"],
        [fetched["version"]],
        "LicenseRef-Public-Domain",
    )
    _, opened, _ = answer("open", ID, "--rows", "2", "--json")
    assert opened["records"] == [{"year": 1871, "volume": 1120}, {"year": 1872, "volume": 1160}]
    assert "1871  1120" in answer("open", ID)[1]
    assert fetched["version"] in answer("show", ID)[1]


def test_fetch_says_where_the_store_is(answer: Any, home: Path) -> None:
    assert f"The store is {home / 'store'}; " in answer("fetch", ID)[2]
    assert "The store is" not in answer("fetch", "no/such")[2]


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_no_bar_is_drawn_where_no_byte_travels(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert cli.run(["fetch", ID]) == 0  # out of a package
    assert cli.run(["fetch", ID]) == 0  # is there
    assert "bytes" not in terminal.getvalue()


@pytest.mark.parametrize(
    ("language", "publisher", "licence"),
    [("en", "National Oceanic", "United States Government work"), ("zh", "美国国家海洋", "美国政府作品")],
)
def test_show_names_publisher_and_licence(
    answer: Any, monkeypatch: pytest.MonkeyPatch, language: str, publisher: str, licence: str
) -> None:
    monkeypatch.setenv("DATAHALL_LANGUAGE", language)
    shown = answer("show", "weather/seattle-weather")[1]
    assert publisher in shown
    assert licence in shown
    assert "LicenseRef" not in shown


def test_searching_in_vain_says_so(answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "No dataset holds all these words" in answer("search", "zebra")[2]
    monkeypatch.setenv("DATAHALL_LANGUAGE", "zh")
    assert "没有数据集包含全部这些词语" in answer("search", "zebra")[2]


def test_one_dataset_that_fails_does_not_keep_the_others_away(answer: Any) -> None:
    code, [bad, good], _ = answer("fetch", "no/such", ID, "--json")
    assert (code, bad["status"], bad["error"]["code"], good["status"]) == (1, "failed", "unknown-dataset", "fetched")


def test_validate_names_file_line_and_field(answer: Any, home: Path) -> None:
    save_data(home, CSV)
    file = save_card(home, draft(publisher="nobody"))
    code, found, _ = answer("validate", "--json")
    [problem] = found["problems"]
    assert (code, problem["file"], problem["field"]) == (1, str(file), "publisher")
    assert f"{file}, line {problem['line']}, publisher" in answer("validate", str(file))[1]
    assert answer("validate", str(file.parent), "--json")[:2] == (1, {"valid": 0, "problems": [problem]})
    file.unlink()
    assert answer("validate", "--json")[:2] == (0, {"valid": len(datahall.datasets()), "problems": []})
    assert answer("validate", "--schema", "--json")[1] == datahall.card_schema()


def test_a_card_with_mistakes_is_not_said_to_be_missing(answer: Any, home: Path) -> None:
    file = save_card(home, draft(publisher="nobody", license="none-such"))
    for command in ("show", "open"):
        code, found, _ = answer(command, "culture/visitors", "--json")
        assert (code, found["error"]["code"]) == (1, "invalid-card")
        assert "mistakes (2 in all)" in found["error"]["message"]
        assert f"{file}, line 8, publisher: nobody is not in" in found["error"]["message"]
    _, [outcome], _ = answer("fetch", "culture/visitors", "--json")
    assert outcome["error"] == found["error"]
    assert "`datahall validate` names every mistake" in answer("show", "culture/visitors")[2]


def test_a_hint_at_a_terminal_is_a_command(answer: Any) -> None:
    assert answer("show", "no/such")[2].endswith("\n`datahall search` lists them all.\n")
    assert "datahall.datasets()" not in json.dumps(answer("fetch", "no/such", "--json")[1])


@pytest.mark.parametrize("paths", [[], ["culture"]], ids=["all cards", "a folder of cards"])
def test_validate_names_a_file_that_is_not_where_the_card_says(answer: Any, home: Path, paths: list[str]) -> None:
    wrong = [{"path": "rain.csv", "format": "csv"}, {"path": "../rain.csv", "format": "csv"}]
    file = save_card(home, draft(sources=wrong))
    (file.parent / "rain.csv").write_bytes(CSV)
    (home / "rain.csv").write_bytes(CSV)  # outside of the folder that sources may lie in
    paths = [str(home / "datasets" / path) for path in paths]
    code, found, _ = answer("validate", *paths, "--json")
    lines = file.read_text().splitlines()
    assert code == 1
    assert [(p["file"], p["field"], lines[p["line"] - 1]) for p in found["problems"]] == [
        (str(file), "sources[0].path", "- path: rain.csv"),
        (str(file), "sources[1].path", "- path: ../rain.csv"),
    ]
    assert "(did you mean culture/rain.csv?)" in found["problems"][0]["message"]
    assert found["valid"] == (0 if paths else len(datahall.datasets()) - 1)
    save_card(home, draft(sources=[{"path": "culture/rain.csv", "format": "csv"}]))
    assert answer("validate", *paths, "--json")[1]["problems"] == []


@pytest.mark.parametrize("paths", [[], ["culture"]], ids=["all cards", "a folder of cards"])
def test_validate_names_a_replacement_that_is_not_there(answer: Any, home: Path, paths: list[str]) -> None:
    save_data(home, CSV)
    file = save_card(home, draft(deprecated="2024-05-01", replaced_by="culture/guest"))
    paths = [str(home / "datasets" / path) for path in paths]
    code, found, _ = answer("validate", *paths, "--json")
    [problem] = found["problems"]
    assert (code, problem["file"], problem["field"]) == (1, str(file), "replaced_by")
    assert "there is no dataset culture/guest" in problem["message"]
    save_card(home, draft(), name="guests")
    assert "(did you mean culture/guests?)" in answer("validate", *paths, "--json")[1]["problems"][0]["message"]
    for known in ("culture/guests", "weather/seattle-weather", "harvested/portal--guests"):
        save_card(home, draft(deprecated="2024-05-01", replaced_by=known))
        assert answer("validate", *paths, "--json")[1]["problems"] == []


def test_show_says_that_a_dataset_is_deprecated_and_what_takes_its_place(answer: Any, home: Path) -> None:
    save_card(home, draft(deprecated="2024-05-01", replaced_by="culture/guests"))
    assert "Deprecated since 2024-05-01; use culture/guests instead." in answer("show", "culture/visitors")[1]
    assert "Deprecated since 2024-05-01; use culture/guests" in datahall.dataset("culture/visitors")._repr_html_()
    told = answer("show", "culture/visitors", "--json")[1]
    assert (told["deprecated"], told["replaced_by"]) == ("2024-05-01", "culture/guests")


@pytest.mark.parametrize("path", ["x" * 900, "a\0b", "/etc/passwd"], ids=["long", "zero byte", "absolute"])
def test_validate_names_a_path_that_no_file_can_have(answer: Any, home: Path, path: str) -> None:
    save_card(home, draft(sources=[{"path": path, "format": "csv"}]))
    code, found, _ = answer("validate", "--json")
    assert (code, [problem["field"] for problem in found["problems"]]) == (1, ["sources[0].path"])


def test_the_schema_says_what_a_path_is_relative_to() -> None:
    assert "datasets" in datahall.card_schema()["$defs"]["Source"]["properties"]["path"]["description"]


def test_digest_prints_what_a_card_needs(answer: Any, tmp_path: Path, server: SmallServer) -> None:
    (tmp_path / "a.csv").write_bytes(CSV)
    sha256 = hashlib.sha256(CSV).hexdigest()
    assert answer("digest", str(tmp_path / "a.csv"))[:2] == (0, f"    sha256: {sha256}\n    bytes: {len(CSV)}\n")
    server.answers["/a.csv"] = Reply(CSV)
    url = f"{server.url}/a.csv"
    assert answer("digest", url, "--json")[:2] == (0, {"sha256": sha256, "bytes": len(CSV)})


def test_export_intake(answer: Any, tmp_path: Path) -> None:
    code, found, _ = answer("export", "intake", "--base-url", "https://hall.example/services/hall", "--json")
    assert (code, found["aliases"][ID]) == (0, f"{ID}.polars")
    assert answer("export", "intake", "--output", str(tmp_path / "catalog.yaml"))[:2] == (0, "")
    assert (tmp_path / "catalog.yaml").read_text().startswith("version: 2")


FAILURES = {
    "an unknown dataset": (["show", "no/such"], 1, "unknown-dataset"),
    "an unknown command": (["frobnicate"], 2, "misuse"),
    "an unknown option": (["search", "--frob"], 2, "misuse"),
    "an unknown theme": (["search", "x", "--theme", "cooking"], 2, "unknown-theme"),
    "nothing to fetch": (["fetch"], 2, "misuse"),
    "both all and one": (["fetch", ID, "--all"], 2, "misuse"),
    "no dataset named": (["show"], 2, "misuse"),
    "a file to digest that is not there": (["digest", "/no/such"], 1, "unreadable"),
    "an address to digest that is not public": (["digest", "http://127.0.0.1:1/"], 1, "refused-address"),
    "no file to check": (["validate", "/no/such"], 2, "misuse"),
    "an address that is none": (["export", "intake", "--base-url", "ftp://x"], 2, "misuse"),
    "a file that cannot be written": (["export", "intake", "--output", "/no/such/file"], 1, "unwritable"),
}


@pytest.mark.parametrize(("arguments", "code", "name"), FAILURES.values(), ids=FAILURES)
def test_a_failure_has_its_exit_code_and_its_error(answer: Any, arguments: list[str], code: int, name: str) -> None:
    exit_code, found, _ = answer(*arguments, "--json")
    assert (exit_code, found["error"]["code"]) == (code, name)
    assert set(found["error"]) == {"code", "message", "hint"}
    exit_code, printed, said = answer(*arguments)
    assert (exit_code, printed) == (code, "")
    assert said.startswith("datahall: ")


def test_it_speaks_chinese_where_the_machine_does(answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATAHALL_LANGUAGE")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert answer("show", "no/such")[2] == "datahall: 没有数据集 'no/such'。\n`datahall search` 可列出全部数据集。\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["seach"], "没有命令 seach。\n您要找的是 search 吗？"),
        (["export", "intke"], "没有命令 intke。\n您要找的是 intake 吗？"),
        (["search", "--thme", "x"], "没有选项 --thme。\n您要找的是 --theme 吗？"),
        (["frobnicate"], "没有命令 frobnicate。\n参见：datahall --help"),
        (["search", "--theme"], "选项 --theme 需要一个值。\n参见：datahall search --help"),
        (["validate", "--schema=3"], "选项 --schema 不带值。"),
        (["show", ID, "too", "much"], "这里不需要 too much。"),
        (["show"], "缺少 dataset_id。\n参见：datahall show --help"),
        (["open", ID, "--rows", "many"], "--rows 的值必须是整数。"),
        (["open", ID, "--rows", "0"], "--rows 的值至少为 1。"),
        (["export"], "缺少命令。"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_misuse_is_told_in_chinese_with_what_was_meant(
    answer: Any, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.setenv("DATAHALL_LANGUAGE", "zh")
    code, _, told = answer(*arguments)
    assert (code, told[: len("datahall: " + said)]) == (2, "datahall: " + said)


@pytest.mark.parametrize(
    "command", ["", "search", "show", "open", "fetch", "validate", "digest", "export", "export intake"]
)
def test_a_chinese_help_page_is_chinese_throughout(command: str) -> None:
    program = Path(sys.executable).with_name("datahall")
    environment = {**os.environ, "DATAHALL_LANGUAGE": "zh", "COLUMNS": "100"}
    done = subprocess.run(
        [program, *command.split(), "--help"], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.startswith("用法：")
    assert not re.search(r"Usage|Options:|OPTIONS|Arguments|Commands|COMMAND|Show this|required", done.stdout)


def test_the_program_itself_answers() -> None:
    program = Path(sys.executable).with_name("datahall")
    done = subprocess.run([program, "search", "nile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert ID in done.stdout
    without = subprocess.run([program], capture_output=True, text=True, check=False)
    assert (without.returncode, "Commands:" in without.stdout) == (2, True)


def test_a_reader_that_leaves_early_is_no_failure() -> None:
    program = Path(sys.executable).with_name("datahall")
    shell = f'"{program}" validate --schema | head -1'
    done = subprocess.run(["bash", "-o", "pipefail", "-c", shell], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "{\n")
