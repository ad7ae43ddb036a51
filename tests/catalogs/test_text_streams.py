"""A text's stream can be closed while another thread reads from it, as Arrow does ahead."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import pytest
from datahall._text_files import Utf8Stream


@pytest.fixture
def text(tmp_path: Path) -> Path:
    file = tmp_path / "text.csv"
    file.write_bytes(b"a,b\n" + b"\xe9" * 60_000_000)
    return file


def test_who_reads_ahead_is_out_when_the_stream_is_closed(text: Path) -> None:
    stream = Utf8Stream(text, encoding="latin-1")
    parts: list[int] = []

    def read_all() -> None:
        while part := stream.read(1_000):
            parts.append(len(part))

    ahead = Thread(target=read_all)
    ahead.start()
    while not parts:
        time.sleep(0.001)
    stream.close()
    assert stream.read(10) == b""
    ahead.join(timeout=1)
    assert not ahead.is_alive()
    assert sum(parts) < 120_000_000  # so it was closed meanwhile


def test_a_refusal_while_arrow_reads_ahead_ends_the_program_as_any_other_does(text: Path) -> None:
    command = [Path(sys.executable).with_name("datahall"), "add", "--json", str(text)]
    codes = [subprocess.run(command, capture_output=True, check=False, timeout=60).returncode for _ in range(3)]
    assert codes == [2, 2, 2]
