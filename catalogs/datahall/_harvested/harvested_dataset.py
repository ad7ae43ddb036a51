"""What a person holds of another portal's dataset: its record in place of a card, and its rows once they are here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .. import store
from .._cards import LoadedCard
from .._dataset import Dataset
from .._entries.card_entries import describe_field
from .._entries.entry import Entry
from .._locations import find_locations
from .._messages import chosen_language
from .._pinned_versions import find_pinned
from ..errors import N_, NotPresent
from .known_records import KnownRecord, find_homepage, get_known, require_open
from .version_notes import VersionNotes

if TYPE_CHECKING:
    from datetime import date

    from .._citation import Citation
    from .._harvesting.record import Record
    from .._quality.report import Quality
    from .._streams.live import StreamState
    from ..card import Card, CardField


class HarvestedDataset(Dataset):
    """A dataset of another portal, which opens like one of our own.

    What its source says of it is in ``entry``. The first reading brings the best file that the source offers into the
    store (at most 500 MB and ten minutes, unless an operator allows more), with the types that `datahall.add` would
    draft; after that it has ``card``, ``fields`` and ``rows``, too. ``fetch()`` asks the source for something newer.

    Attributes
    ----------
    id : str
        ``harvested/<source>--<name>``.

    Examples
    --------
    >>> ds = datahall.dataset("harvested/data-gov--air-quality")  # doctest: +SKIP
    >>> ds.polars().head().collect()                              # doctest: +SKIP
    """

    def __init__(self, known: KnownRecord, *, version: str | None = None) -> None:
        self._known = known
        self._version = version or find_pinned(known.id)
        self.id = known.id

    @property
    def entry(self) -> Entry:
        """What the source says, in the terms of the catalog: texts, licence, dates, distributions; and what is here."""
        version = self.version
        notes = VersionNotes.find(self.id, version) if version is not None else None
        entry = self._known.describe()
        if notes is None:
            return replace(entry, rows=self.rows)
        return replace(entry, version=version, rows=self.rows, fields=tuple(map(describe_field, self.fields)))

    @property
    def source_record(self) -> Record:
        """The record as it was harvested: the source's own words beside ours, and what could not be understood."""
        return self._known.record

    @property
    def theme(self) -> str:
        """The id of one of the 20 themes; empty where the source does not say which."""
        return self._known.record.theme or ""

    def title(self, language: str | None = None) -> str:
        """Return the title in `language`, else in whatever language the source has it."""
        return self._known.describe().title_in(language or chosen_language()) or self.id

    @property
    def card(self) -> Card:  # type: ignore[override]  # there once the data is
        """The card that was drafted for the version that is read: fields, source, title.

        Raises
        ------
        NotPresent
            The data is not here yet, or its source says that it is not open. What the source says is in ``entry``.
        """
        return self._loaded.card

    @property
    def _loaded(self) -> LoadedCard:  # type: ignore[override]  # there once the data is
        version = self.version
        notes = VersionNotes.find(self.id, version) if version is not None else None
        if version is None or notes is None:
            require_open(self._known)
            raise NotPresent(
                N_("{id} was harvested from another portal: it has no card before its data is here."),
                code="no-card",
                id=self.id,
                hint=N_("fetch() brings it; what the source says is in .entry"),
            )
        return notes.load_card(self.id, version, said=self._known.record.fields)

    @property
    def fields(self) -> tuple[CardField, ...]:
        """The columns, with the types that were found in the data; none before it is here.

        Where the source describes its columns, they have its titles and descriptions; ``entry.fields`` has them before.
        """
        version = self.version
        notes = VersionNotes.find(self.id, version) if version is not None else None
        return self.card.fields if notes is not None else ()

    @property
    def stream(self) -> StreamState | None:
        """None: harvested data does not arrive piece by piece."""
        return None

    def fetch(self) -> str:
        """Bring the data into the store, or what is newer of it where its source says so; return the version.

        A hall asks the source once a day at most.

        Raises
        ------
        NotPresent
            The source says that the data is not open, or offers no file that can be data.
        SourceFailed
            None of its files could be brought here and read; each reason is told.
        """
        require_open(self._known)
        if not find_locations().is_writable:
            return store.fetch(self.id)
        from .fetching import fetch_record

        return fetch_record(self._known)

    def cite(self) -> Citation:
        """Return how to cite this version: ``.text``, ``.bibtex``, ``.ris`` and ``.csl`` (CSL-JSON)."""
        from .._citation import cite_entry

        return cite_entry(self.entry, homepage=find_homepage(self._known))

    def quality(self, *, today: date | None = None) -> Quality:
        """Return how good this version is, and how well its source describes it, with reasons and advice."""
        return self._judge_record(super().quality(today=today))

    def known_quality(self, *, today: date | None = None) -> Quality:
        """Return the report of what is known already: nothing is fetched or measured for it."""
        return self._judge_record(super().known_quality(today=today))

    def _judge_record(self, quality: Quality) -> Quality:
        from .._quality.record_metadata import assess_record

        quality.metadata = assess_record(self.source_record, card=self.card, is_present=quality.version is not None)
        return quality

    def _open(self) -> list[Path]:
        files = super()._open()
        self._warn_of_source()
        return files

    def _warn_of_source(self) -> None:
        """Say once what a person who uses the data should know: no licence, personal data, gone from its portal."""
        from .._version_warnings import warn_once

        notes = VersionNotes.find(self.id, str(self.version))
        if (notes.license if notes is not None else self._known.record.license) is None:
            texts = ", ".join(notes.license_texts if notes is not None else ())[:200]
            warn_once(
                "unknown-license",
                N_("Under which licence {id} may be used is not known; its source says: {texts}."),
                N_("Ask its publisher before you publish anything made from it: {homepage}"),
                id=self.id,
                texts=texts or "–",
                homepage=find_homepage(self._known) or "–",
            )
        if notes is not None and notes.personal:
            warn_once(
                "personal-data",
                N_("Columns of {id} seem to hold personal data: {columns}."),
                N_("Leave them out of whatever you show or hand on."),
                id=self.id,
                columns=", ".join(notes.personal)[:500],
            )
        if (retired := self._known.record.retired) is not None:
            other = self.entry.replaced_by or self.entry.replacement
            warn_once(
                "deprecated",
                N_("{id} is deprecated, as its portal says.")
                if retired == "deprecated"
                else N_("{id} is withdrawn, as its portal says."),
                N_("Use {other} instead.") if other else N_("Look at its page for what to use instead: {homepage}"),
                id=self.id,
                other=other[:200],
                homepage=find_homepage(self._known) or "–",
            )
        if self._known.missing_since is not None:
            warn_once(
                "missing-at-source",
                N_("The portal that {id} comes from no longer has it (since {day})."),
                N_("What is read here is as it was then."),
                id=self.id,
                day=self._known.missing_since.isoformat(),
            )

    def _present_version(self) -> str:
        require_open(self._known)
        version = self._version or store.find_latest(self.id)
        return version if version is not None else self.fetch()

    def _repr_html_(self) -> str:
        from .record_page import harvested_html

        return harvested_html(self)


def open_harvested(dataset_id: str, *, version: str | None) -> HarvestedDataset:
    """Return the harvested dataset with this id; raises UnknownDataset where there is none."""
    return HarvestedDataset(get_known(dataset_id), version=version)
