"""Fetch a harvested dataset: its best distribution that can be read becomes a version in the store.

A version stays as it is while its source sends the same bytes; it is asked by ETag or date. Once a distribution has
made a version it is the one that later versions are made from, as long as the record names it: a source that is away
for an hour must not turn a table into another one.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import store
from .._addresses import is_in_own_network
from .._cards import LoadedCard
from .._entries.entry import choose_text
from .._harvesting.record import Distribution
from .._messages import Phrase
from .._placeholders import LICENSE
from .._sources import read_tables
from ..errors import N_, DatahallError, NotPresent, SourceFailed, UnreadableSource
from .arrival import Arrival, Progress, bring_file
from .choosing import LeftOut, rank_distributions
from .drafting import DraftedTable, draft_table
from .known_records import KnownRecord, find_homepage, find_source_address, require_open
from .limits import Limits
from .version_notes import EDITION, VersionNotes

if TYPE_CHECKING:
    from collections.abc import Generator

    import pyarrow as pa

MOST_TRIED = 8  # distributions of one dataset in one fetch
MOST_NAMED = 200  # addresses that a version's record lists
MOST_REASONS = 2  # that an error tells; of the others only how many there are
LOOK_AGAIN = 86_400.0  # seconds after which a source is asked whether it has something new


def fetch_record(known: KnownRecord, *, limits: Limits | None = None, progress: Progress | None = None) -> str:
    """Bring the dataset into the store unless its source says that nothing has changed; return the version.

    Raises
    ------
    NotPresent
        The data is not open (code ``not-open``), or no distribution can be data (code ``no-data``).
    SourceFailed
        No distribution could be brought here, or none is a table; the reasons are told one by one.
    StoreFailed
    """
    require_open(known)
    limits = limits or Limits()
    folder = store.dataset_folder(known.id)
    ranked, left_out = rank_distributions(known.record.distributions, largest=limits.bytes)
    if not ranked:
        raise _nothing_to_read(known, left_out)
    with store.store_errors(folder), store.lock(folder), _workplace(folder) as work:
        return _Fetch(known, ranked, work=work, limits=limits, progress=progress).make_version()


def is_fresh(known: KnownRecord) -> bool:
    """Say whether the store holds what this record describes, as of a day ago at most; no network is asked."""
    latest = store.dataset_folder(known.id) / store.LATEST
    try:
        is_recent = time.time() - latest.stat().st_mtime < LOOK_AGAIN
    except OSError:
        return False
    return is_recent and store.has_recipe(known.id, recipe_of(known))


def recipe_of(known: KnownRecord) -> str:
    """Return a digest of everything in a record that a version is made from."""
    parts: list[Any] = [EDITION, _day_of(known)]
    parts += [each.model_dump(mode="json", exclude_defaults=True) for each in known.record.distributions]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _day_of(known: KnownRecord) -> str:
    """Return the date that versions begin with: modified, else the end of what the data tells of, else zeros."""
    day = known.record.modified or known.record.temporal_end
    return day.isoformat() if day is not None else "0000-00-00"


@contextmanager
def _workplace(folder: Path) -> Iterator[Path]:
    """Give an empty folder for what is downloaded; a fetch that was killed may have left something there."""
    work = folder / store.PARTIAL
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


class _Fetch:
    """One fetch, under the dataset's lock."""

    def __init__(
        self,
        known: KnownRecord,
        ranked: list[Distribution],
        *,
        work: Path,
        limits: Limits,
        progress: Progress | None,
    ) -> None:
        self._known = known
        self._ranked = ranked
        self._work = work
        self._limits = limits
        self._progress = progress
        # A portal of the office's own network may name files there; one of the wide world must not lead us into it.
        self._trusts = is_in_own_network(find_source_address(known))
        self._version = store.find_latest(known.id)
        self._notes = VersionNotes.find(known.id, self._version) if self._version is not None else None

    def make_version(self) -> str:
        failures: list[tuple[str, DatahallError]] = []
        for each in self._choose():
            try:
                return self._try(each, failures=failures)
            except (SourceFailed, UnreadableSource) as failure:
                failures.append((each.url, failure))
            if self._limits.seconds_left <= 0:
                break
        raise _all_failed(self._known, [failure for _, failure in failures])

    def _choose(self) -> list[Distribution]:
        """Return what is tried, in order: where a version was made of one that is still named, that one alone."""
        standing = [each for each in self._ranked if self._notes is not None and each.url == self._notes.url]
        return standing or self._ranked[:MOST_TRIED]

    def _try(self, given: Distribution, *, failures: list[tuple[str, DatahallError]]) -> str:
        file = self._work / "download"
        before = self._find_before(given)
        arrival = bring_file(
            given.url,
            into=file,
            limits=self._limits,
            trusts=self._trusts,
            known=before,
            progress=self._progress,
        )
        if before is not None and (arrival is None or arrival.sha256 == before.sha256):
            assert self._version is not None
            store.keep_version(self._known.id, recipe=recipe_of(self._known))
            return self._version
        assert arrival is not None
        words, limits = _words_of(self._known), self._limits
        origin = self._known.card
        with draft_table(file, url=given.url, words=words, origin=origin, scratch=self._work, limits=limits) as table:
            notes = self._note(given, arrival=arrival, table=table, failures=failures)
            return self._add(table, arrival=arrival, notes=notes)

    def _find_before(self, given: Distribution) -> Arrival | None:
        """Return what the newest version was made of, where that was read as it would be now."""
        notes = self._notes
        is_same = notes is not None and notes.url == given.url and notes.edition == EDITION
        return notes.arrival if notes is not None and is_same else None

    def _add(self, table: DraftedTable, *, arrival: Arrival, notes: VersionNotes) -> str:
        known = self._known
        loaded = LoadedCard(known.id, table.card, self._work / "card", self._work)

        def read(scratch: Path) -> tuple[Generator[pa.Table], list[dict[str, Any]]]:
            rows = read_tables([table.file], card=table.card, scratch=scratch)
            return self._hurried(rows, url=notes.url), [
                {"source": notes.url, "sha256": arrival.sha256, "bytes": arrival.bytes}
            ]

        return store.add_version(loaded, read=read, recipe=recipe_of(known), day=_day_of(known), about=notes.as_json())

    def _hurried(self, rows: Generator[pa.Table], *, url: str) -> Generator[pa.Table]:
        for some in rows:
            self._limits.check_time(url)
            yield some

    def _note(
        self,
        given: Distribution,
        *,
        arrival: Arrival,
        table: DraftedTable,
        failures: list[tuple[str, DatahallError]],
    ) -> VersionNotes:
        record = self._known.record
        others = [each.url for each in self._ranked if each.url != given.url]
        return VersionNotes(
            known=self._known.as_json(),
            url=given.url,
            arrival=arrival,
            table=table.name,
            other_tables=table.others,
            other_urls=tuple(others[:MOST_NAMED]),
            tried=tuple(
                {"url": url, "code": failure.code, "reason": failure.message("en")} for url, failure in failures
            ),
            card=table.card.model_dump(mode="json", exclude_defaults=True),
            findings=table.findings,
            personal=table.personal,
            license=given.license or record.license,
            license_texts=given.license_texts or record.license_texts,
        )


def _words_of(known: KnownRecord) -> dict[str, Any]:
    """Return the parts of a card that the record knows; a theme that nobody has said is none, the rest as in drafts."""
    record = known.record
    title = {tongue: _cut(choose_text(record.title, language=tongue)) or known.id for tongue in ("en", "zh")}
    told = {tongue: _cut(choose_text(record.description, language=tongue)) for tongue in ("en", "zh")}
    return {
        "title": title,
        "description": {tongue: told[tongue] or title[tongue] for tongue in ("en", "zh")},
        "keywords": {tongue: [title[tongue][:200]] for tongue in ("en", "zh")},
        "theme": record.theme or "",
        "license": record.license or LICENSE,
        "frequency": record.frequency or "irregular",
        **({"modified": record.modified} if record.modified else {}),
    }


def _cut(text: str) -> str:
    return text[:4_900].strip()


def _nothing_to_read(known: KnownRecord, left_out: list[LeftOut]) -> NotPresent:
    homepage = find_homepage(known)
    hint = N_("Its page there: {homepage}") if homepage else N_("Its source names no page of it.")
    if not left_out:
        return NotPresent(
            N_("The source of {id} names no file in which its data could be had."),
            code="no-data",
            id=known.id,
            hint=hint,
            homepage=homepage,
        )
    reasons = [DatahallError(N_("{url}: {reason}."), url=each.url, reason=Phrase(each.reason)) for each in left_out]
    return NotPresent(
        N_("None of what the source of {id} offers can be read as data here. {reasons}"),
        code="no-data",
        id=known.id,
        reasons=_joined(reasons),
        hint=hint,
        homepage=homepage,
    )


def _all_failed(known: KnownRecord, failures: list[DatahallError]) -> DatahallError:
    return SourceFailed(
        N_("{id} could not be brought here from any of the places that were tried ({count}). {reasons}"),
        code=failures[0].code if len({failure.code for failure in failures}) == 1 else "no-readable-distribution",
        id=known.id,
        count=len(failures),
        reasons=_joined(failures),
        hint=N_("What was in the store is untouched. The source's own page: {homepage}"),
        homepage=find_homepage(known) or "–",
    )


def _joined(reasons: list[DatahallError]) -> DatahallError:
    """Return the first sentences, and how many others there are, as one that can be told in each language."""
    told, others = reasons[:MOST_REASONS], len(reasons) - MOST_REASONS
    if others > 0:
        told.append(DatahallError(N_("({others} more)"), others=others))
    return reduce(lambda one, other: DatahallError("{one} {other}", one=one, other=other), told)
