"""What the portals are called that were harvested: by themselves, else by the name that ids begin with.

A portal is a stranger and may call itself what it likes; so one that goes by the title of another, or of this hall,
is shown with its name behind it, and what it is called decides nothing. Titles that look alike count as one.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

from .._entries.entry import Texts, choose_text
from .._harvesting.appearance import take_skeleton
from .._messages import LANGUAGES, translate
from ..errors import N_, StoreFailed
from .portal_places import RESERVED
from .records_file import find_file, reading

_TABLE = "CREATE TABLE IF NOT EXISTS titles (source INTEGER PRIMARY KEY, titles TEXT NOT NULL)"
OWN = N_("This hall")
_State = tuple[int, ...]  # of a file


def write_titles(connection: sqlite3.Connection, *, source: int, titles: Texts) -> None:
    """Keep what the source with this number calls itself; called within a step of a harvest."""
    connection.execute(_TABLE)  # files from before have none
    content = json.dumps(dict(titles), ensure_ascii=False)
    connection.execute("INSERT OR REPLACE INTO titles VALUES (?, ?)", [source, content])


def forget_titles(connection: sqlite3.Connection, *, source: int) -> None:
    """Remove what a source calls itself; called within the step that removes the source."""
    connection.execute(_TABLE)
    connection.execute("DELETE FROM titles WHERE source = ?", [source])


def title_source(name: str, *, language: str) -> str:
    """Return what the source with this name is called in `language`, else in whatever language it tells."""
    return choose_text(_shown_titles().get(name, {}), language=language) or name


def load_titles() -> Mapping[str, Texts]:
    """Return what the sources call themselves, those that say so; none while the records cannot be read."""
    return _ask(_read_titles)


def _shown_titles() -> Mapping[str, Texts]:
    return _ask(_tell_apart)


def _ask(question: Callable[[Path, _State], Mapping[str, Texts]]) -> Mapping[str, Texts]:
    """Return the answer for the file as it is now; for every page of the hall, so it is kept until that changes."""
    file = find_file()
    try:
        stat = file.stat()
        return question(file, (stat.st_mtime_ns, stat.st_size, stat.st_ino))
    except (OSError, StoreFailed):
        return {}  # a name does as well; nobody is refused a page for a title


@lru_cache(maxsize=16)
def _read_titles(file: Path, _state: _State) -> Mapping[str, Texts]:
    with reading(file) as connection:
        if connection is None or not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'titles'").fetchone():
            return {}
        rows = connection.execute("SELECT name, titles FROM titles JOIN sources ON number = source").fetchall()
    return {name: json.loads(titles) for name, titles in rows}


@lru_cache(maxsize=16)
def _tell_apart(file: Path, state: _State) -> Mapping[str, Texts]:
    """Return the titles, with the name of the source behind one that something else goes by, too."""
    titles = _read_titles(file, state)
    taken = Counter(title for texts in titles.values() for title in {take_skeleton(text) for text in texts.values()})
    taken += Counter(take_skeleton(name) for name in titles)
    halls = (*(translate(OWN, language=language) for language in LANGUAGES), *RESERVED)
    taken += Counter({take_skeleton(text): 2 for text in halls})

    def is_shared(text: str, name: str) -> bool:
        skeleton = take_skeleton(text)
        return taken[skeleton] - (skeleton == take_skeleton(name)) > 1  # its own name is no other's

    return {
        name: {tag: f"{text} ({name})" if is_shared(text, name) else text for tag, text in texts.items()}
        for name, texts in titles.items()
    }
