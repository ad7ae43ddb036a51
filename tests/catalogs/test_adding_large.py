"""What takes long shows how far it is, and what the disk cannot hold is refused without leaving anything behind."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datahall
import pytest
from datahall._adding.unpacking import DEEPEST
from datahall.cli import run
from datahall.errors import DatahallError, UnreadableSource

from tests.catalogs.small_server import Reply, SmallServer
from tests.catalogs.zip_archives import zipped

pty = pytest.importorskip("pty", reason="terminals are drawn on POSIX systems only")
resource = pytest.importorskip("resource", reason="limits are set on POSIX systems only")

ROWS = b"a,b\n" + b"".join(b"%d,x\n" % number for number in range(3_000))


@pytest.fixture
def steps() -> list[tuple[int, int | None]]:
    """What a bar was told, step by step."""
    return []


@pytest.fixture
def tell(steps: list[tuple[int, int | None]]) -> Callable[[int, int | None], None]:
    return lambda count, total: steps.append((count, total))


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lambda content: zipped({"a.csv": content})])
@pytest.mark.parametrize("is_remote", [False, True], ids=["file", "address"])
def test_the_bar_ends_where_it_said_it_would(
    tmp_path: Path,
    server: SmallServer,
    steps: list[tuple[int, int | None]],
    tell: Any,
    pack: Callable[[bytes], bytes],
    is_remote: bool,
) -> None:
    content = pack(ROWS)
    server.answers["/rows"] = Reply(content)
    (tmp_path / "rows").write_bytes(content)

    datahall.add(f"{server.url}/rows" if is_remote else tmp_path / "rows", progress=tell)

    done = sum(count for count, _ in steps)
    is_packed = len(content) < len(ROWS)
    assert done == len(content) * is_remote + len(ROWS) * is_packed + 2 * len(ROWS)
    totals = [total for _, total in steps if total is not None]
    assert totals[-1] == done
    assert is_packed or set(totals) == {done}  # what is not packed is known from the first byte on


def test_a_copy_that_is_kept_is_part_of_the_bar(tmp_path: Path, steps: list[tuple[int, int | None]], tell: Any) -> None:
    (tmp_path / "rows.csv").write_bytes(ROWS)
    datahall.add(tmp_path / "rows.csv", save="statistics/rows", progress=tell)
    assert sum(count for count, _ in steps) == 3 * len(ROWS)


def on_terminal(*arguments: str) -> str:
    """Run the command with a terminal as its standard error; return what was drawn there."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [Path(sys.executable).with_name("datahall"), *arguments],
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120"},
    ):
        os.close(theirs)
        drawn = b""
        try:
            while part := os.read(ours, 4096):
                drawn += part
        except OSError:  # how Linux says that nobody holds the other end any more
            pass
        os.close(ours)
    return drawn.decode()


def test_on_a_terminal_the_bar_moves_and_in_json_there_is_none(server: SmallServer) -> None:
    server.answers["/odd[/]name.csv"] = Reply(ROWS, pause=0.03)
    place = f"{server.url}/odd[/]name.csv"

    drawn = on_terminal("add", place)

    figures = re.findall(r"([\d.]+)/[\d.]+ (?:bytes|kB|MB)", drawn)
    assert len(set(figures)) >= 3
    assert figures == sorted(figures, key=float)
    assert on_terminal("add", "--json", place) == ""


def kept(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "datasets").rglob("*") if path.is_file())


@pytest.mark.parametrize("pack", [bytes, lambda content: gzip.compress(content, mtime=0)], ids=["copied", "moved"])
def test_what_is_kept_is_the_file_itself_and_nothing_else(
    tmp_path: Path, home: Path, pack: Callable[[bytes], bytes]
) -> None:
    (tmp_path / "rows").write_bytes(pack(ROWS))
    datahall.add(tmp_path / "rows", save="statistics/rows")
    assert kept(home) == ["rows.csv", "rows.yaml"]
    assert (home / "datasets/statistics/rows.csv").read_bytes() == ROWS
    assert (tmp_path / "rows").read_bytes() == pack(ROWS)


def test_a_disk_that_fills_up_while_a_file_is_kept_leaves_nothing_half_there(tmp_path: Path, home: Path) -> None:
    (tmp_path / "rows.csv").write_bytes(ROWS)
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000)); "
        "from datahall.cli import run; sys.exit(run(sys.argv[1:]))"
    )
    arguments = ["add", str(tmp_path / "rows.csv"), "--json", "--save", "statistics/rows"]
    result = subprocess.run(
        [sys.executable, "-c", limited, *arguments], capture_output=True, text=True, check=False, timeout=60
    )
    assert result.returncode == 2
    assert json.loads(result.stdout)["error"]["code"] == "unwritable"
    assert kept(home) == []


def test_a_file_that_the_disk_has_no_room_for_is_refused_before_it_is_read(tmp_path: Path, home: Path) -> None:
    file = tmp_path / "large.csv"
    file.write_bytes(ROWS)
    os.truncate(file, shutil.disk_usage(tmp_path).free + (1 << 30))  # a hole takes no room
    with pytest.raises(DatahallError) as raised:
        datahall.add(file, save="statistics/large")
    assert raised.value.code == "no-space"
    assert not home.exists()


def test_a_name_that_is_taken_is_refused_before_the_file_is_read(tmp_path: Path, home: Path) -> None:
    (home / "datasets/statistics").mkdir(parents=True)
    (home / "datasets/statistics/rows.yaml").write_text("title: mine\n")
    with pytest.raises(DatahallError) as raised:
        datahall.add(tmp_path / "no-such-file.csv", save="statistics/rows")
    assert raised.value.code == "exists"
    assert kept(home) == ["rows.yaml"]


def nested(content: bytes, *, depth: int) -> bytes:
    for level in range(depth):
        content = zipped({f"level-{level}.zip" if level else "table.csv": content})
    return content


def test_an_archive_in_an_archive_is_opened(tmp_path: Path) -> None:
    inner = zipped({"readme.txt": b"inside", "t.csv.gz": gzip.compress(b"a,b\n1,2\n")})
    file = tmp_path / "all.zip"
    file.write_bytes(zipped({"licence.pdf": b"%PDF-1.4", "u.csv": b"c,d\n3,4\n", "inner.zip": inner}))

    addition = datahall.add(file)

    assert [(table.name, table.rows) for table in addition.tables] == [("u.csv", 1), ("inner.zip/t.csv.gz", 1)]
    told = [str(finding.message) for finding in addition.findings if finding.code in ("compressed", "left-out")]
    assert told == [
        "The file is compressed (zip).",
        "Beside its tables the file holds “licence.pdf”.",
        "The file is compressed (zip, zip, gzip).",
        "Beside its tables the file holds “inner.zip/readme.txt”.",
    ]


def test_what_is_no_table_in_an_archive_hides_none_of_its_tables(tmp_path: Path) -> None:
    file = tmp_path / "mixed.zip"
    file.write_bytes(zipped({"scan.bin": b"\0\1\2" * 999, "empty.csv": b"", "rows.csv": ROWS}))

    (table,) = datahall.add(file).tables

    assert (table.name, table.rows) == ("rows.csv", 3_000)
    told = [finding.message.spoken("en") for finding in table.findings if finding.code == "unreadable-member"]
    assert told == [
        "The archive's file scan.bin is no table: scan.bin is not a text file: it holds zero bytes.",
        "The archive's file empty.csv is no table: empty.csv is empty.",
    ]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_a_name_in_an_archive_is_as_people_wrote_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], encoding: str
) -> None:
    name = "人口\x1b[2J.csv".encode(encoding)
    content = zipped({"x" * len(name): ROWS}).replace(b"x" * len(name), name)  # as programs write that say no encoding
    (tmp_path / "old.zip").write_bytes(content)
    run(["add", str(tmp_path / "old.zip")])
    assert capsys.readouterr().out.startswith("人口\\x1b[2J.csv\n")


def test_archives_within_each_other_end_somewhere(tmp_path: Path) -> None:
    (tmp_path / "deep.zip").write_bytes(nested(b"a,b\n1,2\n", depth=DEEPEST))
    assert datahall.add(tmp_path / "deep.zip").rows == 1
    (tmp_path / "deeper.zip").write_bytes(nested(b"a,b\n1,2\n", depth=DEEPEST + 1))
    with pytest.raises(UnreadableSource) as raised:
        datahall.add(tmp_path / "deeper.zip")
    assert raised.value.code == "too-large"


def test_many_small_bombs_in_one_archive_are_one_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datahall._formats.packed.Bound.free", 1 << 20)
    part = zipped({"zeros.csv": b"0,0\n" * 100_000})
    (tmp_path / "bombs.zip").write_bytes(zipped({f"{number}.zip": part for number in range(20)}))
    with pytest.raises(UnreadableSource, match="as an attack would") as raised:
        datahall.add(tmp_path / "bombs.zip")
    assert raised.value.code == "too-large"


def test_a_locked_archive_is_told_to_be_locked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = bytearray(zipped({"a.csv": ROWS}))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.find(mark) + flags] |= 1
    (tmp_path / "locked.zip").write_bytes(content)
    assert run(["add", "--json", str(tmp_path / "locked.zip")]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "locked"
    assert "password" in error["message"]
