"""How a hall is found from outside: by its own status file, and by the process that wrote it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from datahall_hub.hall_status import find_hall_status, find_running_homes, print_hall_status
from datahall_hub.home import ensure_home
from datahall_hub.process_marks import find_mark
from datahall_hub.settings import Settings

from tests.running_hall import offline_environment


@pytest.fixture
def running_home(tmp_path: Path) -> Iterator[Path]:
    """A home with a process on it that is called like a hall and has written a status."""
    home = ensure_home(tmp_path / "a hall")
    words = ["datahall-hub", "up", "--home", home.root.name]  # relative to where it was started
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", *words], cwd=tmp_path)
    mark = find_mark(process.pid)
    assert mark
    status = {"pid": mark.pid, "started": mark.started, "children": {}, "address": "http://x"}
    status |= {"unsafe_no_sandbox": True}
    home.status_file.write_text(json.dumps(status))
    yield home.root
    process.kill()
    process.wait()


def test_a_hall_on_another_home_is_found(running_home: Path) -> None:
    assert running_home in find_running_homes()


def test_a_hall_that_starts_for_the_first_time_has_a_status(running_home: Path) -> None:
    status = find_hall_status(Settings(home=running_home))

    assert status
    assert status["users"] == 0


def test_the_status_is_chinese_in_a_chinese_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATAHALL_LANGUAGE", "zh")
    status = {"address": "http://127.0.0.1:1", "services": {"hub": "ready", "hall": "fallen"}}
    status |= {
        "sandbox": {
            "mount": "on",
            "quota": "off: homes are counted instead, and what goes on writing beyond the quota is ended",
        }
    }
    status |= {"datasets": {"known": 32, "here": 12}, "users": 1, "servers": 0, "kernels": 0}

    print_hall_status(status)

    shown = capsys.readouterr().out
    for words in ("就绪", "已退出", "文件系统", "开", "改为统计"):
        assert words in shown
    for words in ("ready", "fallen", "off", "counted"):
        assert words not in shown


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_status_is_not_cut_off_in_a_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    monkeypatch.setenv("DATAHALL_LANGUAGE", language)
    monkeypatch.setenv("COLUMNS", "60")
    wall = "off: the sandbox is switched off by the option --unsafe-no-sandbox"
    status = {"address": "http://127.0.0.1:1", "services": {}, "sandbox": {"net": wall}}
    status |= {"datasets": {"known": 32, "here": 12}, "users": 1, "servers": 0, "kernels": 0}

    print_hall_status(status)

    shown = capsys.readouterr().out
    assert "…" not in shown
    assert "".join(shown.split()).count("关闭" if language == "zh" else "switchedoffbytheoption") == 1


def test_the_status_counts_the_datasets_that_are_here(running_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAHALL_CATALOGS", "/nowhere")  # of the terminal, not of the hall
    before = find_hall_status(Settings(home=running_home))
    _fetch("resources/nile-flow", home=running_home)

    after = find_hall_status(Settings(home=running_home))

    assert before
    assert after
    assert before["datasets"]["here"] == 0
    assert after["datasets"] == {"known": before["datasets"]["known"], "here": 1}
    assert after["datasets"]["known"] > 1
    assert os.environ["DATAHALL_CATALOGS"] == "/nowhere"


def _fetch(dataset_id: str, *, home: Path) -> None:
    """Bring a packaged dataset into the home's store, as the fetch service does."""
    environment = {**offline_environment(), "DATAHALL_HOME": str(home)}
    subprocess.run([Path(sys.executable).with_name("datahall"), "fetch", dataset_id], env=environment, check=True)


@pytest.mark.parametrize(
    ("here", "said"),
    [(32, "all 32 here"), (12, "12 of 32 here; 20 not fetched yet, see logs/fetch.log")],
)
def test_the_status_says_how_much_of_the_data_is_here(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, here: int, said: str
) -> None:
    monkeypatch.setenv("DATAHALL_LANGUAGE", "en")
    monkeypatch.setenv("COLUMNS", "100")
    status = {"address": "http://127.0.0.1:1", "services": {}, "sandbox": {}, "datasets": {"known": 32, "here": here}}

    print_hall_status({**status, "users": 1, "servers": 0, "kernels": 0})

    assert said in capsys.readouterr().out


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("is_unsafe", "colour"), [(True, "31"), (False, "33")], ids=["unsafe", "missing"])
def test_missing_walls_are_coloured_on_a_terminal_and_a_word_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    language: str,
    is_unsafe: bool,
    colour: str,
) -> None:
    monkeypatch.setenv("DATAHALL_LANGUAGE", language)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("NO_COLOR", raising=False)
    wall = "off: bubblewrap is not installed (on Debian and Ubuntu: apt install bubblewrap)"
    status = {"address": "http://127.0.0.1:1", "services": {}, "sandbox": {"mount": wall, "cgroup": wall}}
    status |= {"datasets": {"known": 1, "here": 1}, "users": 1, "servers": 0, "kernels": 0}
    word = {
        ("en", True): "OFF by --unsafe-no-sandbox",
        ("zh", True): "已被 --unsafe-no-sandbox 关闭",
        ("en", False): "MISSING",
        ("zh", False): "缺失",
    }[language, is_unsafe]

    print_hall_status({**status, "unsafe_no_sandbox": is_unsafe})
    plain = capsys.readouterr().out
    monkeypatch.setenv("FORCE_COLOR", "1")
    print_hall_status({**status, "unsafe_no_sandbox": is_unsafe})
    coloured = capsys.readouterr().out

    assert word in plain
    assert "apt install bubblewrap" in plain
    assert "\x1b" not in plain
    assert f"\x1b[1;{colour}m{word}" in coloured
    assert coloured.count(f"\x1b[{colour}m") == 1  # the wall; a bound that is off is not in colour


def test_where_all_walls_stand_the_status_says_nothing_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATAHALL_LANGUAGE", "en")
    status = {"address": "http://127.0.0.1:1", "services": {}, "sandbox": {"mount": "on", "quota": "off: measured"}}
    status |= {"datasets": {"known": 1, "here": 1}, "users": 1, "servers": 0, "kernels": 0}

    print_hall_status({**status, "unsafe_no_sandbox": False})

    assert "unsafe" not in capsys.readouterr().out
