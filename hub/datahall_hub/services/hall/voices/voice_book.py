"""Keeps voices: adds, finds, lists, answers, forgets. One per hall, whose process alone writes; any thread may call.

A database that cannot be reached is `Unavailable`, and tried again with the next call.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from datahall_hub.migrated_database import open_database
from datahall_hub.services.hall.faults import Unavailable
from datahall_hub.services.hall.voices.tables import edits, voices
from datahall_hub.services.hall.voices.voice import HIDDEN_STATES, PUBLIC_STATES, Answer, Draft, Edit, Voice
from datahall_hub.services.hall.wording import N_

MIGRATIONS = Path(__file__).parent / "migrations"
PAGE_SIZE = 20
LARGEST_SUPPORT = 1_000_000_000
# Of these an edit tells only that they changed: they hold a visitor's words.
UNTOLD = frozenset({"shown_text", "title", "name"})


class OutdatedAnswer(Exception):
    """Somebody else has answered since the page was loaded."""


@dataclass(frozen=True)
class VoicePage:
    """Some of the voices that were asked for, the newest first."""

    voices: list[Voice]
    total: int
    page: int
    pages: int


class VoiceBook:
    """All voices of a hall."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._engine: sa.Engine | None = None
        self._changes = 0
        self._waiting = (-1, 0)  # after how many changes it was counted, and how many wait
        self._spoken = (-1, frozenset[str]())  # likewise, and the datasets about which everybody may read something

    def add(self, draft: Draft) -> tuple[int, str]:
        """Keep what somebody tells, hidden; return its number and the secret with which its writer finds it again."""
        token = secrets.token_urlsafe(24)
        values = asdict(draft) | {"findings": ",".join(draft.findings)}
        blank = dict.fromkeys(("reason", "version", "opened_as", "answer_en", "answer_zh"), "")
        row = {**values, **blank, "token": _hash(token), "state": "waiting", "supports": 0, "revision": 0}
        with self._change() as connection:
            result = connection.execute(sa.insert(voices).values(**row, created=_now()))
            key = result.inserted_primary_key
        assert key is not None
        return int(key[0]), token

    def find(self, number: int) -> Voice | None:
        """Return the voice with this number, public or not."""
        return self._find(voices.c.number == number)

    def find_own(self, token: str) -> Voice | None:
        """Return the voice whose writer holds `token`."""
        return self._find(voices.c.token == _hash(token))

    def list_page(self, *, states: Sequence[str], kind: str = "", dataset: str = "", page: int = 1) -> VoicePage:
        """Return a page of the voices in one of `states`."""
        wanted: list[sa.ColumnElement[bool]] = [voices.c.state.in_(states)]
        wanted += [voices.c.kind == kind] if kind else []
        wanted += [voices.c.dataset == dataset] if dataset else []
        with self._open() as connection:
            total = connection.scalar(sa.select(sa.func.count()).select_from(voices).where(*wanted)) or 0
            pages = max(1, -(-total // PAGE_SIZE))
            page = min(page, pages)
            query = sa.select(voices).where(*wanted).order_by(voices.c.number.desc())
            rows = connection.execute(query.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)).mappings().all()
        return VoicePage([_voice(row) for row in rows], total, page, pages)

    def list_of(self, dataset: str) -> list[Voice]:
        """Return what everybody may read about a dataset, newest first; nothing is looked up for the others."""
        if self._spoken[0] != (changes := self._changes):
            query = sa.select(voices.c.dataset).where(voices.c.state.in_(PUBLIC_STATES)).distinct()
            with self._open() as connection:
                self._spoken = changes, frozenset(each for each in connection.scalars(query) if each)
        return self.list_page(states=PUBLIC_STATES, dataset=dataset).voices if dataset in self._spoken[1] else []

    def count_states(self) -> dict[str, int]:
        """Return how many voices are in each state."""
        with self._open() as connection:
            rows = connection.execute(sa.select(voices.c.state, sa.func.count()).group_by(voices.c.state))
            return {state: number for state, number in rows}

    def count_waiting(self) -> int:
        """Return how many voices wait for a steward."""
        if self._waiting[0] != (changes := self._changes):
            self._waiting = changes, self.count_states().get("waiting", 0)
        return self._waiting[1]

    def answer(self, number: int, answer: Answer, *, by: str, revision: int) -> None:
        """Answer a voice, and note who changed what.

        Raises
        ------
        OutdatedAnswer
            If the voice is no longer in the revision that the steward saw.
        """
        new = _values_of(answer)
        with self._change() as connection:
            row = connection.execute(sa.select(voices).where(voices.c.number == number)).mappings().first()
            if row is None:
                raise OutdatedAnswer
            changes = {key: [row[key], value] for key, value in new.items() if row[key] != value}
            untold: dict[str, list[object]] = {key: [None, None] for key in changes if key in UNTOLD}
            if not changes:
                return
            update = sa.update(voices).where(voices.c.number == number, voices.c.revision == revision)
            if connection.execute(update.values(**new, revision=revision + 1)).rowcount != 1:
                raise OutdatedAnswer
            told = json.dumps({**changes, **untold}, ensure_ascii=False)
            connection.execute(sa.insert(edits).values(voice=number, at=_now(), by=by[:100], changes=told))

    def list_edits(self, number: int) -> list[Edit]:
        """Return the changes that stewards made to a voice, the first one first."""
        query = sa.select(edits).where(edits.c.voice == number).order_by(edits.c.id)
        with self._open() as connection:
            rows = connection.execute(query).mappings().all()
        return [
            Edit(row["at"], row["by"], {key: (old, new) for key, (old, new) in json.loads(row["changes"]).items()})
            for row in rows
        ]

    def support(self, number: int) -> None:
        """Count that somebody needs the same."""
        update = sa.update(voices).where(voices.c.number == number, voices.c.supports < LARGEST_SUPPORT)
        with self._change() as connection:
            connection.execute(update.values(supports=voices.c.supports + 1))

    def withdraw(self, token: str) -> None:
        """Delete what its writer takes back; what is public loses only the writer's name and e-mail address."""
        own = voices.c.token == _hash(token)
        with self._change() as connection:
            hidden = sa.select(voices.c.number).where(own, voices.c.state.in_(HIDDEN_STATES))
            connection.execute(sa.delete(edits).where(edits.c.voice.in_(hidden)))
            connection.execute(sa.delete(voices).where(own, voices.c.state.in_(HIDDEN_STATES)))
            connection.execute(sa.update(voices).where(own).values(**_NAMELESS))

    def forget_before(self, moment: datetime) -> None:
        """Delete what was written before `moment` and never shown; take names and e-mail addresses off the rest."""
        old = voices.c.created < moment.astimezone(UTC).replace(tzinfo=None)
        with self._change() as connection:
            hidden = sa.select(voices.c.number).where(old, voices.c.state.in_(HIDDEN_STATES))
            connection.execute(sa.delete(edits).where(edits.c.voice.in_(hidden)))
            connection.execute(sa.delete(voices).where(old, voices.c.state.in_(HIDDEN_STATES)))
            connection.execute(sa.update(voices).where(old).values(**_NAMELESS))

    def close(self) -> None:
        """Close the connections; called when the hall stops."""
        if self._engine is not None:
            self._engine.dispose()

    def _find(self, condition: Any) -> Voice | None:
        with self._open() as connection:
            row = connection.execute(sa.select(voices).where(condition)).mappings().first()
        return _voice(row) if row else None

    @contextmanager
    def _change(self) -> Iterator[sa.Connection]:
        try:
            with self._open() as connection:
                yield connection
        finally:
            self._changes += 1

    @contextmanager
    def _open(self) -> Iterator[sa.Connection]:
        try:
            with self._lock:
                if self._engine is None:
                    self._engine = open_database(self._url, migrations=MIGRATIONS)
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise Unavailable(
                N_("The questions and requests cannot be read or written at the moment."),
                hint=N_("Try again in a moment; the operator finds the reason in its log."),
            ) from error


# What is known of the writer. The text as it was written goes, too, where a steward made another one of it.
_NAMELESS: dict[str, Any] = {"name": "", "email": "", "text": sa.func.coalesce(voices.c.shown_text, voices.c.text)}


def _values_of(answer: Answer) -> dict[str, Any]:
    values = asdict(answer)
    title, has_name = values.pop("title"), values.pop("has_name")
    return values | ({"title": title} if title else {}) | ({} if has_name else {"name": ""})


def _voice(row: Any) -> Voice:
    values = {key: value for key, value in row.items() if key != "token"}
    return Voice(**values | {"findings": tuple(filter(None, row["findings"].split(",")))})


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
