"""Fetch one harvested dataset in a process of its own, so that a stranger's file can harm nothing but that.

``python -m datahall_hub.services.fetch.harvested_process ID`` prints its answer as JSON. `fetch_apart` starts it, and
ends it where it takes more memory or time than it may: some formats are read as a whole, whatever they unfold to. With
a file descriptor as its second argument it notes there, again and again, how many bytes came over the network, so that
they are known whichever way it ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datahall import DatahallError, store
from datahall._connections import metered
from datahall._harvested.limits import SECONDS, read_limit

from datahall_hub.parent_death import end_with_parent
from datahall_hub.services.fetch.fetch_queue import error_of

MEMORY = 3_000_000_000  # bytes in memory; 100 MB of JSON take about 1.3 GB
SPARE = 60.0  # seconds beyond its own limit, for forcing files to disk
_GLANCE = 0.2
_COUNT_BYTES = 8
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Brought:
    """What the process has brought: the version, and the bytes that came over the network for it."""

    version: str
    received: int = 0


class NotFetchedApart(Exception):
    """What the process could not do, in both languages, as programs rely on it, and how many bytes came."""

    def __init__(self, error: dict[str, Any], *, received: int = 0) -> None:
        super().__init__(error["message"])
        self.error = error
        self.received = received


def fetch_apart(
    dataset_id: str, *, memory: int = MEMORY, seconds: float | None = None, stopping: threading.Event | None = None
) -> Brought:
    """Fetch a harvested dataset in a process of its own; return the version, and what came over the network.

    Raises
    ------
    NotFetchedApart
        It could not be fetched, took too much, or its reader died.
    """
    end = time.monotonic() + (seconds if seconds is not None else read_limit(SECONDS) + SPARE)
    command = [sys.executable, "-m", "datahall_hub.services.fetch.harvested_process", dataset_id]
    with (
        _counter() as counter,
        subprocess.Popen(
            [*command, str(counter)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=end_with_parent,
            pass_fds=[counter],
        ) as process,
    ):
        fault = None
        while process.poll() is None and fault is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_GLANCE)
            if _count_memory(process.pid) > memory:
                fault = _TOO_MUCH_MEMORY
            elif time.monotonic() > end or (stopping is not None and stopping.is_set()):
                fault = _TOO_SLOW
        if fault is not None:
            process.kill()  # which the store bears
            process.wait()
            with contextlib.suppress(DatahallError, OSError):
                store.remove_leftovers(dataset_id, older_than=0)  # what it had downloaded and unpacked
            raise NotFetchedApart(fault, received=_read_count(counter))
        assert process.stdout is not None
        return _read_answer(process.stdout.read(), received=_read_count(counter))


@contextlib.contextmanager
def _counter() -> Iterator[int]:
    """Give a file in memory for one number, which outlives a process that is killed."""
    counter = os.memfd_create("received")
    try:
        yield counter
    finally:
        os.close(counter)


def _read_count(counter: int) -> int:
    return int.from_bytes(os.pread(counter, _COUNT_BYTES, 0))


def _count_memory(process: int) -> int:
    """Return how many bytes of memory a process takes; 0 where it has ended."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError, ValueError):
        return 0


def _read_answer(content: bytes, *, received: int) -> Brought:
    try:
        answer = json.loads(content)
        if "error" in answer:
            raise NotFetchedApart(answer["error"], received=received)
        return Brought(str(answer["version"]), received)
    except (ValueError, KeyError, TypeError) as error:
        raise NotFetchedApart(_DIED, received=received) from error


def _count_in(counter: int) -> Callable[[int], None]:
    """Return a meter that notes the sum of what it is told in the file `counter`."""
    total = 0

    def count(size: int) -> None:
        nonlocal total
        total += size
        os.pwrite(counter, total.to_bytes(_COUNT_BYTES), 0)

    return count


def _say(code: str, english: tuple[str, str], chinese: tuple[str, str]) -> dict[str, Any]:
    zh = {"message": chinese[0], "hint": chinese[1]}
    return {"code": code, "message": english[0], "hint": english[1], "zh": zh}


_HINT = ("Read it from its source by yourself.", "请自行从其来源读取。")
_TOO_MUCH_MEMORY = _say(
    "too-large",
    ("Reading this file takes more memory than the hall gives to a harvested dataset.", _HINT[0]),
    ("读取该文件所需的内存超过大厅给采集数据集的上限。", _HINT[1]),
)
_TOO_SLOW = _say(
    "too-slow",
    ("Reading this file takes longer than the hall gives to a harvested dataset.", _HINT[0]),
    ("读取该文件所需的时间超过大厅给采集数据集的上限。", _HINT[1]),
)
_DIED = _say(
    "reader-died",
    (
        "The program that reads this file ended in a way nobody foresaw.",
        "The operator finds the details in logs/fetch.log.",
    ),
    ("读取该文件的程序意外结束。", "运营者可在 logs/fetch.log 中查看详情。"),
)


def main() -> None:
    """Fetch the dataset that the first argument names, and print the version or the error."""
    dataset_id, *counters = sys.argv[1:]
    try:
        with metered(_count_in(int(counters[0]))) if counters else contextlib.nullcontext():
            answer: dict[str, Any] = {"version": store.fetch(dataset_id)}
    except DatahallError as error:
        answer = {"error": error_of(error)}
    except MemoryError:
        answer = {"error": _TOO_MUCH_MEMORY}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
