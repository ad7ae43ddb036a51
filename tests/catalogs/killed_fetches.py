"""Fetches in processes of their own that are killed at any moment, or watched for what they force to disk.

`change_store` takes lines out of the store, and `build_variant` makes a copy of the library so, to show that the tests
would notice. `watch_fetches` looks at each rename of a fetch: what is published must be on disk before, and its folder
after. `find_halves` judges a store by its files alone. Some versions are written in parts, as large ones are.
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
import pyarrow as pa
import pyarrow.parquet as pq
from datahall import store
from datahall._fingerprint import fingerprint_table

from tests.catalogs.card_drafts import draft, field, save_card, save_data, url_source
from tests.catalogs.small_server import Reply, SmallServer

ID = "culture/visitors"
ROWS = 40_000
PUBLICATION = 0.02  # seconds; about as long as it takes to write a version or to name it the latest
PACKAGE = Path(datahall.__file__).parent
# What writes and publishes; each may import those before it.
MODULES = ("_disk.py", "_version_writing.py", "_stored_versions.py", "_new_versions.py", "store.py")

KILLED_FETCH = f"""
import sys
import datahall, polars, pyarrow.parquet
from datahall import _download, _fingerprint, _readers, _sources, _version_writing, store
store.find_card({ID!r})
print(datahall.__file__, flush=True)
if sys.stdin.readline() == "in parts\\n":
    _version_writing.GROUP_ROWS, _version_writing.PART_BYTES = {ROWS} // 5, 1
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
    for path in (source, *(path for path in source.rglob("*") if not path.is_symlink())):  # these are their folder's
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
    for name, text in variant["texts"].items():
        module = types.ModuleType("datahall." + name.removesuffix(".py"))
        module.__package__, module.__file__ = "datahall", str(pathlib.Path(store.__file__).with_name(name))
        exec(compile(text, module.__file__, "exec"), module.__dict__)
        sys.modules[module.__name__] = module
    for more in ("", "-1,-1,0.5\\n"):
        if more:  # in parts
            writing = sys.modules["datahall._version_writing"]
            writing.GROUP_ROWS, writing.PART_BYTES = 3, 1
        with pathlib.Path(variant["home"], "datasets", {ID + ".csv"!r}).open("a") as data:
            data.write(more)
        module.fetch({ID!r})
        faults.extend(f"{{name}} was not on disk in the end" for name in waiting.values())
        waiting.clear()
    assert len(module.list_versions({ID!r})) == 2
    answers.append(sorted(set(faults)))
print(json.dumps(answers))
"""


def change_store(*changes: tuple[str, str]) -> dict[str, str]:
    """Return the texts of `MODULES` with each of `changes` made, where the old text stands exactly once."""
    texts = {name: (PACKAGE / name).read_text() for name in MODULES}
    for old, new in changes:
        found = [name for name, text in texts.items() for _ in range(text.count(old))]
        assert len(found) == 1, f"{old!r} stands in {found}"
        texts[found[0]] = texts[found[0]].replace(old, new)
    return texts


def build_variant(folder: Path, *changes: tuple[str, str]) -> Path:
    """Copy the library into `folder` with each of `changes` made in its store."""
    shutil.copytree(PACKAGE, folder / "datahall", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("vocabulary", "datasets"):
        (folder / name).symlink_to(PACKAGE.parent / name)
    for name, text in change_store(*changes).items():
        (folder / "datahall" / name).write_text(text)
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


def kill_fetch(moment: Moment, build: Path | None = None, *, in_parts: bool = False) -> None:
    """Let a fetch run until `moment`, then kill it; on request one that writes its rows in parts."""
    folder = store.dataset_folder(ID)
    before = set(folder.iterdir())
    with start_fetch(build) as process:
        assert process.stdin is not None
        process.stdin.write("in parts\n" if in_parts else "\n")
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
        wanted.append({"home": str(home), "texts": change_store(*changes)})
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
    if not list_files(folder / latest) or not list_files(folder / "latest"):
        halves.append("latest leads nowhere")
    return halves


def list_files(version: Path) -> list[Path]:
    """Return the data files in a version's folder."""
    whole = version / "data.parquet"
    return [whole] if whole.is_file() else sorted(version.glob("part-*.parquet"))


def _is_whole(version: Path) -> bool:
    """Say whether the rows are those that the version's name was computed from, and the record counts them."""
    try:
        table = pa.concat_tables(pq.ParquetFile(file).read() for file in list_files(version))
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
    """Return the lines that force something to disk, with the line before each, so that each is unique."""
    text = "\n\n\n".join((PACKAGE / name).read_text() for name in MODULES)
    bodies = [re.search(rf"^def {name}\(.*?(?=^def |^@|\Z)", text, re.MULTILINE | re.DOTALL) for name in functions]
    return [found for body in bodies if body for found in re.findall(r"[^\n]*\n +sync\([^\n]*\n", body[0])]


def _environment(build: Path | None) -> dict[str, str]:
    return {**os.environ, **({"PYTHONPATH": str(build)} if build else {})}
