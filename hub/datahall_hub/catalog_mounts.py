"""Keep the folders that sandboxes show current: ``~/catalogs`` (every card, the vocabulary, an Intake catalog) and
the lessons as students get them.

Shipped cards and those made in this hall are copied into one tree, in place: the folder itself is mounted in
running sandboxes and is never replaced, and a reader sees each file whole. ``store`` and ``index`` are empty places for
the store and the search index to be mounted on. Safe to call again at any time.

Run as a program (``python -m datahall_hub.catalog_mounts HOME LESSONS``) by the supervisor, at its start, when a card
or a lesson changes and when rows begin to lie in parts, so that the supervisor itself need not load the catalog.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from datahall_hub.home import Home
from datahall_hub.students_lessons import read_students_lessons

_DRAFT = re.compile(rb"^draft:\s*true\b", re.MULTILINE | re.IGNORECASE)
CARD_SUFFIXES = frozenset({".yaml", ".yml"})
# What older versions kept beside the search index, which every sandbox reads: it names drafts.
_MOVED_OUT = ("cards.sqlite", "catalogs.stamp")


def update_catalogs(home: Home, *, shipped_datasets: Path, shipped_vocabulary: Path) -> None:
    """Copy what has changed and remove what has gone."""
    made_here = {name: path for name, path in _card_files(home.datasets) if not _is_draft(path)}
    shipped = dict(_card_files(shipped_datasets))
    # The library reads shipped cards first and refuses a second one of the same id; so does the copy.
    _mirror({**made_here, **shipped}, target=home.catalogs / "datasets")
    _mirror(dict(_card_files(shipped_vocabulary)), target=home.catalogs / "vocabulary")
    for place in ("store", "index"):
        (home.catalogs / place).mkdir(exist_ok=True)
    for name in _MOVED_OUT:
        (home.index / name).unlink(missing_ok=True)
    _ensure_plain_catalogs(home)


def write_intake_catalog(home: Home, *, text: str) -> None:
    """Write ``catalog.yaml``, with which plain Intake opens the mounted store."""
    _write_if_changed(home.catalogs / "catalog.yaml", text.encode())


def update_lessons(home: Home, *, lessons: Path) -> None:
    """Write the students' versions of what has changed of the teacher's `lessons`, and remove what has gone."""
    wanted = dict(read_students_lessons(lessons))
    for name, data in wanted.items():
        _write_if_changed(home.lessons / name, data)
    for path in list(home.lessons.rglob("*.ipynb")):
        if path.relative_to(home.lessons).as_posix() not in wanted:
            path.unlink()


def describe_cards(datasets: Path) -> str:
    """Return a text that changes when a card below `datasets` is made, changed or removed."""
    return "\n".join(f"{name} {_changed_at(path)}" for name, path in _card_files(datasets))


def describe_parts(home: Home) -> str:
    """Return a text that changes when rows of a card made here begin or cease to lie in parts.

    The catalog's address of such rows is a folder. The shipped datasets are all smaller.
    """
    names = (Path(name).with_suffix("") for name, _ in _card_files(home.datasets))
    return "\n".join(
        f"{name} in parts" for name in names if (home.store / name / "latest" / "part-00000.parquet").is_file()
    )


def main() -> None:
    """Update the home folder that is the first argument, with the lessons in the second where there is one.

    When no card has changed, the Intake catalog is not written anew.
    """
    from datahall._locations import shipped_folder

    home = Home(Path(sys.argv[1]))
    for folder in sys.argv[2:]:
        update_lessons(home, lessons=Path(folder))
    datasets, vocabulary = shipped_folder("datasets"), shipped_folder("vocabulary")
    stamp = home.run / "catalogs.stamp"
    cards = [describe_cards(folder) for folder in (datasets, vocabulary, home.datasets)]
    state = "\n".join([*cards, describe_parts(home)])
    update_catalogs(home, shipped_datasets=datasets, shipped_vocabulary=vocabulary)
    if stamp.exists() and stamp.read_text() == state:
        return
    import datahall

    os.environ["DATAHALL_HOME"] = str(home.root)
    text = datahall.to_intake_yaml(datahall.datasets(), store_url="{CATALOG_DIR}/store")
    write_intake_catalog(home, text=text)
    stamp.write_text(state)


def _card_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the YAML files below `folder` by their path within it, sorted; links are not followed."""
    for directory, folders, files in os.walk(folder):
        folders.sort()
        for file in sorted(files):
            path = Path(directory, file)
            if path.suffix in CARD_SUFFIXES and not file.startswith(".") and _is_plain_file(path):
                yield path.relative_to(folder).as_posix(), path


def _is_plain_file(path: Path) -> bool:
    """Say whether it is a file, no link, and no pipe whose reader would wait for ever."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:  # removed since the folder was listed
        return False


def _is_draft(path: Path) -> bool:
    """Say whether a card is marked as a draft, which only its maker sees; the library decides so by its values."""
    try:
        return _DRAFT.search(path.read_bytes()) is not None
    except FileNotFoundError:  # removed since the folder was listed
        return False


def _changed_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:  # the next look no longer lists it
        return 0


def _mirror(wanted: dict[str, Path], *, target: Path) -> None:
    target.mkdir(exist_ok=True)
    for name, source in wanted.items():
        try:
            data = source.read_bytes()
        except FileNotFoundError:  # removed since the folder was listed; the next update removes the copy
            continue
        _write_if_changed(target / name, data)
    for name, path in list(_card_files(target)):
        if name not in wanted:
            path.unlink()


def _write_if_changed(path: Path, data: bytes) -> None:
    if path.is_file() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    scratch.write_bytes(data)
    scratch.replace(path)


def _ensure_plain_catalogs(home: Home) -> None:
    """Keep a folder of links that looks like the mounted one, for servers that run without a sandbox."""
    home.plain_catalogs.mkdir(exist_ok=True)
    for name, target in {
        "datasets": home.catalogs / "datasets",
        "vocabulary": home.catalogs / "vocabulary",
        "catalog.yaml": home.catalogs / "catalog.yaml",
        "store": home.store,
        "index": home.index,
    }.items():
        link = home.plain_catalogs / name
        if not link.is_symlink():
            link.symlink_to(target)


if __name__ == "__main__":
    main()
