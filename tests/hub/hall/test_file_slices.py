"""Parts of files go out whole, whatever they are read from; and what is remembered of a version follows its files."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from datahall_hub.services.hall import file_slices, recent_versions
from datahall_hub.services.hall.file_slices import PIECE, FileSlice
from datahall_hub.services.hall.recent_versions import RecentVersions

CONTENT = os.urandom(2 * PIECE + 12_345)


def serve(file: Path, *, first: int, last: int, leaves: bool = False) -> list[dict[str, Any]]:
    """Have a slice sent as a server would, to a client that stays or leaves at once."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not leaves:
            await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(dict(message))
        await asyncio.sleep(0)

    async def run() -> None:
        answer = FileSlice(file, first=first, last=last, status_code=206, headers={}, media_type="x/y")
        await answer({"type": "http"}, receive, send)

    asyncio.run(run())
    return sent


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    made.write_bytes(CONTENT)
    return made


@pytest.mark.parametrize("at_once", [file_slices.AT_ONCE, 0], ids=["from memory", "in a thread"])
@pytest.mark.parametrize(("first", "last"), [(0, len(CONTENT) - 1), (5, 5), (PIECE - 1, PIECE), (7, 2 * PIECE + 9)])
def test_a_slice_has_exactly_its_bytes(
    file: Path, monkeypatch: pytest.MonkeyPatch, at_once: int, first: int, last: int
) -> None:
    monkeypatch.setattr(file_slices, "AT_ONCE", at_once)
    begin, *pieces = serve(file, first=first, last=last)
    assert begin["status"] == 206
    assert b"".join(piece["body"] for piece in pieces) == CONTENT[first : last + 1]
    assert [piece["more_body"] for piece in pieces] == [True] * (len(pieces) - 1) + [False]


def test_nothing_more_is_read_for_who_has_left(file: Path) -> None:
    open_before = len(list(Path("/proc/self/fd").iterdir()))
    sent = serve(file, first=0, last=len(CONTENT) - 1, leaves=True)
    assert sent[-1].get("more_body", True)
    assert len(list(Path("/proc/self/fd").iterdir())) == open_before


def test_a_file_that_became_shorter_is_an_error_and_no_short_answer(file: Path) -> None:
    with pytest.raises(OSError, match="ends too soon"):
        serve(file, first=0, last=len(CONTENT) + 10)


def test_what_is_remembered_of_a_version_ends_with_its_files_and_after_a_second(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recent: RecentVersions[str] = RecentVersions()
    recent.note("a/b", None, "rows", watched=[file])
    assert (recent.find("a/b", None), recent.find("a/b", "1"), recent.find("a/c", None)) == ("rows", None, None)
    file.write_bytes(b"newer")
    assert recent.find("a/b", None) is None
    recent.note("a/b", None, "rows", watched=[file])
    file.unlink()
    assert recent.find("a/b", None) is None
    monkeypatch.setattr(recent_versions, "SECONDS", 0.0)
    recent.note("a/b", None, "rows", watched=[])
    assert recent.find("a/b", None) is None
