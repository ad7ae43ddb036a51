"""Fetches in processes of their own that are killed at any moment, or watched for what they force to disk.

`change_store` takes lines out of the store, and `build_variant` makes a copy of the library so, to show that the tests
would notice. `watch_fetches` looks at each rename of a fetch: what is published must be on disk before, and its folder
after. `find_halves` judges a store by its files alone.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import datahall
import pyarrow.parquet as pq
from datahall import store
from datahall._fingerprint import fingerprint_table

from tests.catalogs.card_drafts import draft, field, save_card, save_data, url_source
from tests.catalogs.small_server import Reply, SmallServer

ID = "culture/visitors"
ROWS = 40_000
PUBLICATION = 0.02  # seconds; about as long as it takes to write a version or to name it the latest
PACKAGE = Path(datahall.__file__).parent

KILLED_FETCH = f"""
import sys
import datahall, polars, pyarrow.parquet
from datahall import _download, _fingerprint, _readers, _sources, store
store.find_card({ID!r})
print(datahall.__file__, flush=True)
sys.stdin.readline()
store.fetch({ID!r})
print("fetched", flush=True)
"""

WATCHED_FETCHES = f"""
import json, os, pathlib, sys, types
import datahall
from datahall import store

on_disk, faults, waiting = {{}}, [], {{}}
fsync, rename, replace = os.fsync, os.rename, os.replace
folder = pathlib.Path("/nowhere")

def state(path):
    found = os.lstat(path)
    return found.st_ino, (found.st_size, found.st_mtime_ns)

def watched_fsync(descriptor):
    fsync(descriptor)
    path = os.readlink(f"/proc/self/fd/{{descriptor}}")
    on_disk.update([state(path)])
    waiting.pop(path, None)

def is_public(path):
    return path.is_relative_to(folder) and not any(part[0] == "." for part in path.relative_to(folder).parts)

def check_move(source, target):
    for path in (source, *source.rglob("*")):
        inode, content = state(path)
        if on_disk.get(inode) != content:
            faults.append(f"{{path.name}} was not on disk when {{target.name}} appeared")
    faults.extend(f"{{name}} was not on disk when {{target.name}} appeared" for name in waiting.values())
    waiting[str(target.parent)] = f"the entry {{target.name}}"

def watched(move):
    def moved(source, target, **more):
        is_published = is_public(pathlib.Path(target)) and not os.path.islink(source)
        if is_published:
            check_move(pathlib.Path(source), pathlib.Path(target))
        move(source, target, **more)
    return moved

def watch_open(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, os.PathLike)):
        path, _, flags = arguments
        path = pathlib.Path(path).absolute()
        if flags & (os.O_WRONLY | os.O_RDWR) and is_public(path):
            faults.append(f"{{path.name}} was written where everybody can see it")

os.fsync, os.rename, os.replace = watched_fsync, watched(rename), watched(replace)
sys.addaudithook(watch_open)
answers = []
for variant in json.load(sys.stdin):
    os.environ["DATAHALL_HOME"] = variant["home"]
    folder = pathlib.Path(variant["home"], "store", {ID!r})
    for known in (on_disk, faults, waiting):
        known.clear()
    module = types.ModuleType("datahall.store")
    module.__package__, module.__file__ = "datahall", store.__file__
    exec(compile(variant["text"], store.__file__, "exec"), module.__dict__)
    for more in ("", "-1,-1,0.5\\n"):
        with pathlib.Path(variant["home"], "datasets", {ID + ".csv"!r}).open("a") as data:
            data.write(more)
        module.fetch({ID!r})
        faults.extend(f"{{name}} was not on disk in the end" for name in waiting.values())
        waiting.clear()
    assert len(module.list_versions({ID!r})) == 2
    answers.append(sorted(set(faults)))
print(json.dumps(answers))
"""


def change_store(*changes: tuple[str, str]) -> str:
    """Return the text of store.py with each of `changes` made, where the old text stands exactly once."""
    text = (PACKAGE / "store.py").read_text()
    for old, new in changes:
        assert text.count(old) == 1, f"store.py has {old!r} {text.count(old)} times"
        text = text.replace(old, new)
    return text


def build_variant(folder: Path, *changes: tuple[str, str]) -> Path:
    """Copy the library into `folder` with each of `changes` made in its store."""
    shutil.copytree(PACKAGE, folder / "datahall", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("vocabulary", "datasets"):
        (folder / name).symlink_to(PACKAGE.parent / name)
    (folder / "datahall/store.py").write_text(change_store(*changes))
    return folder


def write_round(home: Path, number: int, *, rows: int = ROWS, server: SmallServer | None = None) -> None:
    """Write a card and new data, as if the source had a new edition; on `server`, where one is given."""
    lines = [f"{row},{number},{(row * 7919 + number) % 99991}.25" for row in range(rows)]
    content = ("row,round,value\n" + "\n".join(lines) + "\n").encode()
    kinds = {"row": "integer", "round": "integer", "value": "number"}
    card = draft(fields=[field(name, kind) for name, kind in kinds.items()])
    if server is None:
        save_data(home, content)
    else:
        server.answers[f"/{number}.csv"] = Reply(content)
        card["sources"] = [url_source(f"{server.url}/{number}.csv", content)]
    save_card(home, card)


def start_fetch(build: Path | None = None) -> subprocess.Popen[str]:
    """Start a process that has everything loaded and fetches once it is sent a line."""
    command = [sys.executable, "-c", KILLED_FETCH]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=_environment(build), cwd="/"
    )
    assert process.stdout is not None
    file = Path(process.stdout.readline().strip())
    assert file.parent == (build / "datahall" if build else PACKAGE)
    return process


def measure_fetch(build: Path | None = None) -> float:
    """Return the seconds that a fetch takes which nobody kills."""
    with start_fetch(build) as process:
        began = time.monotonic()
        answer, _ = process.communicate("\n", timeout=60)
        assert answer == "fetched\n"
        return time.monotonic() - began


def kill_fetch(moment: Moment, build: Path | None = None) -> None:
    """Let a fetch run until `moment`, then kill it."""
    folder = store.dataset_folder(ID)
    before = set(folder.iterdir())
    with start_fetch(build) as process:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
        while moment.once_visible and process.poll() is None:
            if any(store.VERSION.match(entry.name) for entry in set(folder.iterdir()) - before):
                break
            time.sleep(0.001)
        time.sleep(moment.seconds)
        process.kill()


def watch_fetches(folder: Path, variants: Mapping[str, Sequence[tuple[str, str]]]) -> dict[str, list[str]]:
    """Return by variant of the store what its fetches published before it was on disk; all in one process."""
    wanted = []
    for number, changes in enumerate(variants.values()):
        home = (folder / str(number)).resolve()
        write_round(home, 1, rows=10)
        wanted.append({"home": str(home), "text": change_store(*changes)})
    done = subprocess.run(
        [sys.executable, "-c", WATCHED_FETCHES],
        env={name: value for name, value in os.environ.items() if not name.startswith("DATAHALL_")},
        cwd="/",
        input=json.dumps(wanted),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(variants, json.loads(done.stdout), strict=True))


def find_halves(folder: Path) -> list[str]:
    """Return what is visible in a dataset's folder without being a whole version; looks at files alone."""
    halves = []
    for entry in folder.iterdir():
        if store.VERSION.match(entry.name) and not _is_whole(entry):
            halves.append(f"{entry.name} is not whole")
    try:
        latest = json.loads((folder / "latest.json").read_text())["version"]
    except (OSError, ValueError, KeyError):
        return [*halves, "latest.json cannot be read"]
    if not (folder / latest / "data.parquet").is_file() or not (folder / "latest/data.parquet").is_file():
        halves.append("latest leads nowhere")
    return halves


def _is_whole(version: Path) -> bool:
    """Say whether the rows are those that the version's name was computed from, and the record counts them."""
    try:
        table = pq.ParquetFile(version / "data.parquet").read()
        record = json.loads((version / "version.json").read_text())
    except (OSError, ValueError):
        return False
    return version.name.endswith(fingerprint_table(table)[:8]) and record["rows"] == table.num_rows == ROWS


@dataclass(frozen=True)
class Moment:
    """When a fetch is killed: so many seconds after its begin, or after its version is seen."""

    seconds: float
    once_visible: bool


def draw_moments(seed: int, *, count: int, longest: float) -> list[Moment]:
    """Return random moments: every other one anywhere in a fetch, the others about its publication, which is short."""
    chance = random.Random(seed)
    return [
        Moment(chance.uniform(0, PUBLICATION), True) if number % 2 else Moment(chance.uniform(0, longest), False)
        for number in range(count)
    ]


def find_syncs(*functions: str) -> list[str]:
    """Return the lines of store.py that force something to disk, with the line before each, so that each is unique."""
    text = (PACKAGE / "store.py").read_text()
    bodies = [re.search(rf"^def {name}\(.*?(?=^def |^@|\Z)", text, re.MULTILINE | re.DOTALL) for name in functions]
    return [found for body in bodies if body for found in re.findall(r"[^\n]*\n +_sync\([^\n]*\n", body[0])]


def _environment(build: Path | None) -> dict[str, str]:
    return {**os.environ, **({"PYTHONPATH": str(build)} if build else {})}
