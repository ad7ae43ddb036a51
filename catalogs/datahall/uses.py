"""How much datasets are used: downloads, openings in notebooks and visits of apps, counted by day and by nobody.

One table in ``DATAHALL_HOME/uses.sqlite`` holds day, dataset, kind and number: no person, no address, no moment.
Several processes may write at once; a crash loses what was not written yet and nothing else. Days long past are folded
into months, so that the table stays small. A user's sandbox does not see the table; what it can read, and an app with
it, is the sums of the last days as of a short while ago, which the hall writes to ``DATAHALL_HOME/index/uses.json``.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from ._locations import find_home
from .openings import today

UseKind = Literal["download", "opening", "visit"]
KINDS: tuple[UseKind, ...] = ("download", "opening", "visit")

WINDOW = 30  # days over which the mean is taken
KEPT_DAYS = 100  # days that are kept one by one; older ones are folded into months
PATIENCE = 5.0  # seconds that a writer waits for another
LONGEST_ID = 300  # characters

_SCHEMA = """
create table if not exists uses (
    day text not null, dataset text not null, kind text not null, number integer not null,
    primary key (day, dataset, kind)
) without rowid
"""
_ADD = """
insert into uses values (?, ?, ?, ?) on conflict (day, dataset, kind) do update set number = number + excluded.number
"""
_FOLD = """
insert into uses select substr(day, 1, 7), dataset, kind, sum(number) from uses
where length(day) = 10 and day < ? group by 1, 2, 3
on conflict (day, dataset, kind) do update set number = number + excluded.number
"""


@dataclass(frozen=True, slots=True)
class Use:
    """How often a dataset was used in the last `WINDOW` days."""

    downloads: int = 0
    openings: int = 0
    visits: int = 0
    days: int = WINDOW  # over how many days that was counted; fewer in a hall that is new

    @property
    def total(self) -> int:
        """All uses together."""
        return self.downloads + self.openings + self.visits

    @property
    def a_day(self) -> float:
        """The mean number of uses a day."""
        return self.total / self.days

    def as_json(self) -> dict[str, float]:
        """Return the numbers for programs."""
        return {
            "a_day": round(self.a_day, 2),
            "days": self.days,
            "downloads": self.downloads,
            "openings": self.openings,
            "visits": self.visits,
        }


@dataclass(frozen=True)
class UseCounts(Mapping[str, float]):
    """Dataset id → its mean number of uses a day; ids that nobody used are not in it."""

    uses: Mapping[str, Use] = field(default_factory=dict)
    days: int = WINDOW
    until: date | None = None  # the last day counted; None where nobody counts, so that nothing is known

    @classmethod
    def load(cls, home: Path | None = None) -> UseCounts:
        """Read the counts of the last days; empty where nothing was counted or the file cannot be read."""
        mounted = os.environ.get("DATAHALL_CATALOGS")
        if home is None and mounted:
            return _load_told(_told_file(Path(mounted)))
        return _load(_file(home))

    def use_of(self, dataset_id: str) -> Use:
        """Return how a dataset was used; zeros where nobody did."""
        return self.uses.get(dataset_id, Use(days=self.days))

    def __getitem__(self, dataset_id: str) -> float:
        return self.uses[dataset_id].a_day

    def __iter__(self) -> Iterator[str]:
        return iter(self.uses)

    def __len__(self) -> int:
        return len(self.uses)


def load_use(dataset_id: str, *, home: Path | None = None) -> Use:
    """Return how one dataset was used; zeros where nobody did or the file cannot be read."""
    if home is None and "DATAHALL_CATALOGS" in os.environ:
        return UseCounts.load().use_of(dataset_id)
    return _load(_file(home), only=dataset_id).use_of(dataset_id)


def add_uses(counts: Mapping[tuple[str, UseKind], int], *, home: Path | None = None, day: date | None = None) -> None:
    """Add counts, by dataset and kind, to those of `day` (today), in one transaction.

    Raises
    ------
    sqlite3.Error
        If the table cannot be written at present; nothing of `counts` is in it then.
    """
    if not counts:
        return
    file = _file(home)
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        _add(file, counts, day or today())
    except sqlite3.OperationalError:
        raise  # locked, or a full disk: the same file is right again later
    except sqlite3.DatabaseError:  # damaged: counts are worth less than that they go on
        file.replace(file.with_name(f"{file.name}.damaged-{time.time_ns()}"))
        for left in (file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")):
            left.unlink(missing_ok=True)
        _add(file, counts, day or today())


def tell_sandboxes(*, home: Path | None = None) -> None:
    """Write the counts of the last days to where sandboxes read them; whoever reads meanwhile sees the former ones.

    Raises
    ------
    OSError
        If they cannot be written at present.
    """
    home = home or find_home()
    counts = UseCounts.load(home)
    shown = {id: use for id, use in sorted(counts.uses.items()) if not _is_hidden(id, home=home)}
    told = {
        "until": (counts.until or today()).isoformat(),
        "days": counts.days,
        "uses": {id: [use.downloads, use.openings, use.visits] for id, use in shown.items()},
    }
    file = _told_file(home)
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    part.write_text(json.dumps(told))
    part.chmod(0o644)  # sandboxes are other accounts
    part.replace(file)


def _is_hidden(dataset_id: str, *, home: Path) -> bool:
    """Return whether a card made in this hall is none that sandboxes see, as drafts are: not even its name is told."""
    card = f"{dataset_id}.yaml"
    return (home / "datasets" / card).is_file() and not (home / "catalogs" / "datasets" / card).is_file()


def _told_file(folder: Path) -> Path:
    return folder / "index" / "uses.json"


def _load_told(file: Path) -> UseCounts:
    """Read what the hall has told; nothing where it has not, or what it says cannot be read."""
    try:
        told = json.loads(file.read_bytes())
        days = int(told["days"])
        uses = {id: Use(int(down), int(opened), int(seen), days) for id, (down, opened, seen) in told["uses"].items()}
        return UseCounts(uses, days, date.fromisoformat(told["until"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return UseCounts()


def _add(file: Path, counts: Mapping[tuple[str, UseKind], int], day: date) -> None:
    rows = [(day.isoformat(), dataset[:LONGEST_ID], kind, number) for (dataset, kind), number in counts.items()]
    with closing(sqlite3.connect(file, timeout=PATIENCE, isolation_level=None)) as database:
        database.execute("pragma journal_mode = wal")  # readers do not wait for writers
        database.execute("pragma synchronous = normal")
        database.execute("begin immediate")
        database.execute(_SCHEMA)
        database.executemany(_ADD, rows)
        _fold(database, before=day - timedelta(days=KEPT_DAYS))
        database.execute("commit")


def _fold(database: sqlite3.Connection, *, before: date) -> None:
    """Add the days before `before` up to months; a look at the index tells that there are none."""
    limit = before.isoformat()
    old = "select 1 from uses where day < ? and length(day) = 10 limit 1"
    if database.execute(old, (limit,)).fetchone():
        database.execute(_FOLD, (limit,))
        database.execute("delete from uses where length(day) = 10 and day < ?", (limit,))


def _load(file: Path, *, only: str | None = None) -> UseCounts:
    """Read the table; nothing where there is none or it cannot be read: no page fails for a number beside it."""
    if not file.is_file():
        return UseCounts()
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=PATIENCE)) as database:
            return _read(database, only=only)
    except (sqlite3.Error, ValueError):
        return UseCounts()


def _read(database: sqlite3.Connection, *, only: str | None) -> UseCounts:
    end = today()
    window = [(end - timedelta(days=back)).isoformat() for back in range(WINDOW)]
    # Each day by name: the index is entered at every one of them, and one dataset is found without a scan.
    query = f"select dataset, kind, sum(number) from uses where day in ({','.join('?' * WINDOW)})"  # noqa: S608 marks alone
    if only is not None:
        query, window = f"{query} and dataset = ?", [*window, only]
    found: dict[str, dict[str, int]] = {}
    for dataset, kind, number in database.execute(f"{query} group by 1, 2", window):
        found.setdefault(dataset, {})[kind] = int(number)
    days = _count_days(database, end)
    return UseCounts({dataset: _use(numbers, days=days) for dataset, numbers in found.items()}, days, end)


def _use(numbers: Mapping[str, int], *, days: int) -> Use:
    return Use(numbers.get("download", 0), numbers.get("opening", 0), numbers.get("visit", 0), days)


def _count_days(database: sqlite3.Connection, end: date) -> int:
    """Return over how many days uses have been counted, at most `WINDOW`."""
    first = database.execute("select min(day) from uses").fetchone()[0]
    if first is None or len(first) != len(end.isoformat()):  # a month: long ago
        return WINDOW
    return max(1, min(WINDOW, (end - date.fromisoformat(first)).days + 1))


def _file(home: Path | None) -> Path:
    return (home or find_home()) / "uses.sqlite"
