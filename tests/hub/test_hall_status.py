"""How a hall is found from outside: by its own status file, and by the process that wrote it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from datahall_hub.hall_status import find_hall_status, find_running_homes, print_hall_status
from datahall_hub.home import ensure_home
from datahall_hub.process_marks import find_mark
from datahall_hub.settings import Settings


@pytest.fixture
def running_home(tmp_path: Path) -> Iterator[Path]:
    """A home with a process on it that is called like a hall and has written a status."""
    home = ensure_home(tmp_path / "a hall")
    words = ["datahall-hub", "up", "--home", home.root.name]  # relative to where it was started
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", *words], cwd=tmp_path)
    mark = find_mark(process.pid)
    assert mark
    status = {"pid": mark.pid, "started": mark.started, "children": {}, "address": "http://x", "sandbox": "off"}
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
    status |= {"sandbox": {"mount": "on", "quota": "off: not offered in this version"}}
    status |= {"users": 1, "servers": 0, "kernels": 0}

    print_hall_status(status)

    shown = capsys.readouterr().out
    for words in ("就绪", "已退出", "文件系统", "开", "此版本不提供"):
        assert words in shown
    for words in ("ready", "fallen", "off", "not offered"):
        assert words not in shown
