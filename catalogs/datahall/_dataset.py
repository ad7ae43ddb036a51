"""What a person holds in a notebook: one dataset, its frames, its versions, its citation."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import store
from ._cards import LoadedCard
from ._locations import find_locations
from ._messages import chosen_language
from ._pinned_versions import find_pinned
from ._used_versions import is_used, note_used
from .errors import N_, InvalidQuery, NotPresent

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from ._charts.chart import Chart
    from ._citation import Citation
    from ._difference import Difference
    from ._joins import Joins
    from ._quality.report import Quality
    from ._streams.live import StreamState
    from .card import Card, CardField


class Dataset:
    """One dataset of the catalog, as its newest version or as the one asked for.

    Attributes
    ----------
    id : str
        ``<theme>/<name>``.
    card : Card
        Everything the card says: titles, licence, sources, fields, …
    """

    def __init__(self, loaded: LoadedCard, *, version: str | None = None) -> None:
        self._loaded = loaded
        self._version = version or find_pinned(loaded.id)
        self.id = loaded.id
        self.card: Card = loaded.card

    @property
    def name(self) -> str:
        """The part of the id after the theme."""
        return self.id.partition("/")[2]

    @property
    def theme(self) -> str:
        """The id of one of the 20 themes."""
        return self.card.theme

    @property
    def fields(self) -> tuple[CardField, ...]:
        """The columns, as the card describes them: name, type, title, unit, …"""
        return self.card.fields

    def title(self, language: str | None = None) -> str:
        """Return the title in `language` (``en`` or ``zh``; default: the environment's)."""
        return self.card.title[language or chosen_language()]

    @property
    def is_present(self) -> bool:
        """Whether the store holds the data, so that reading needs no fetch."""
        version = self.version
        return version is not None and store.has_version(self.id, version)

    @property
    def is_newest(self) -> bool:
        """Whether reading gives the newest version, whichever that is, and not one that was asked for."""
        return self._version is None

    @property
    def version(self) -> str | None:
        """The version that reading gives: the one asked for, else the newest in the store, else None."""
        return self._version or store.find_latest(self.id)

    def versions(self) -> list[str]:
        """Return the versions in the store, the newest first."""
        return store.list_versions(self.id)

    @property
    def rows(self) -> int | None:
        """How many rows the version has; None while it is not in the store."""
        version = self.version
        if version is None or not store.has_version(self.id, version):
            return None
        return int(store.load_record(self.id, version)["rows"])

    def record(self) -> dict[str, Any]:
        """Return what the store knows of the version: sources, sha256, rows, quality, when it was made."""
        return store.load_record(self.id, self._present_version())

    def fetch(self) -> str:
        """Bring the newest version into the store unless it is there; return the version."""
        return store.fetch(self.id)

    def parquet_path(self, version: str | None = None) -> Path:
        """Return the Parquet file of `version` (default: this dataset's); fetches what is not there.

        Raises
        ------
        NotPresent
            The version is so large that it lies in parts, which `parquet_paths` lists.
        """
        version = version or self._present_version()
        self._noted(version)
        return store.parquet_path(self.id, version)

    def parquet_paths(self, version: str | None = None) -> list[Path]:
        """Return the Parquet files of `version`, in order: one, or several from 4 GB on; fetches what is not there."""
        return self._noted(version or self._present_version())

    def polars(self) -> pl.LazyFrame:
        """Return the rows as a ``polars.LazyFrame``, typed by the card's fields.

        Raises
        ------
        NotPresent, SourceFailed, UnreadableSource
            When the data is not in the store and cannot be brought there.

        Examples
        --------
        >>> dataset("weather/seattle-weather").polars().head(3).collect()  # doctest: +SKIP
        """
        import polars as pl

        return pl.scan_parquet(self._open())

    def live(self) -> pl.LazyFrame:
        """Return all rows up to the newest: those of the newest version, and what has arrived since.

        For data that arrives (a card whose source is a ``stream``); on a laptop its source is asked first. Of other
        data, and of a pinned version, these are the rows that ``polars()`` gives.

        Raises
        ------
        NotPresent, SourceFailed, UnreadableSource
            When nothing has arrived yet and the source cannot be read.

        Examples
        --------
        >>> ds = dataset("environment/practice-air-sensors")
        >>> ds.live().select(pl.col("time").max()).collect()  # doctest: +SKIP
        """
        if self.card.stream is None or self._version is not None:
            return self.polars()
        from ._streams.live import is_stale, load_waiting, scan_live

        store.require_open(self._loaded)
        if find_locations().is_writable and is_stale(self._loaded):
            store.fetch(self.id)
        waiting = load_waiting(self._loaded)
        return scan_live(waiting, self.polars(), loaded=self._loaded)

    def newest(self, rows: int = 10) -> pl.DataFrame:
        """Return the newest rows of data that arrives, the newest first, as they are here now.

        Of a pinned version, which does not grow, these are its own.

        Raises
        ------
        InvalidQuery
            `rows` is less than 1.
        NotPresent
            The dataset is not open, or its data does not arrive: its card names no stream.
        """
        from ._streams.live import read_newest

        store.require_open(self._loaded)
        if rows < 1:
            raise InvalidQuery(N_("There are no {rows} newest rows; ask for 1 or more."), rows=rows)
        if self.card.stream is None:
            raise NotPresent(
                N_("The data of {id} does not arrive piece by piece, so it has no newest rows."),
                code="no-stream",
                id=self.id,
                hint=N_("polars() gives all its rows."),
            )
        return read_newest(self._loaded, rows=rows, version=self._version)

    @property
    def stream(self) -> StreamState | None:
        """How the arriving of its data stands: when the source was last asked, what waits; None for other data."""
        if self.card.stream is None:
            return None
        from ._streams.live import find_state

        return find_state(self.id)

    def pandas(self) -> pd.DataFrame:
        """Return the rows as a ``pandas.DataFrame``; empty whole numbers and booleans stay such (``Int64``)."""
        from ._frames import read_pandas

        return read_pandas(self._open())

    def arrow(self) -> pa.Table:
        """Return the rows as a ``pyarrow.Table``; titles and units are in the columns' metadata."""
        from ._frames import read_arrow

        return read_arrow(self._open())

    def sql(self, query: str) -> pl.DataFrame:
        """Return the answer of DuckDB to `query`, in which this dataset is called ``data``.

        Raises
        ------
        InvalidQuery
            DuckDB does not understand the query, or it names a column that is not there.

        Examples
        --------
        >>> ds.sql("select weather, count(*) as days from data group by weather")  # doctest: +SKIP
        """
        from ._frames import query_files

        return query_files(self._open(), query=query)

    def diff(self, old: str, new: str, *, examples: int = 10) -> Difference:
        """Return what changed from version `old` to version `new`: columns, types, and rows by the primary key.

        Where there is no primary key, or it does not tell the rows of both versions apart, whole rows are counted.

        Parameters
        ----------
        old, new : str
            Versions in the store, as ``versions()`` lists them.
        examples : int
            How many rows of each kind are shown.

        Raises
        ------
        UnknownDataset
            The store has no such version.

        Examples
        --------
        >>> ds.diff("2014-12-31.0b1c2d3e", "2015-12-31.89efed21").rows  # doctest: +SKIP
        {'added': 365, 'removed': 0, 'changed': 2, 'unchanged': 1094}
        """
        import polars as pl

        from ._difference import compare

        store.require_open(self._loaded)
        before, after = (pl.scan_parquet(self._noted(version)) for version in (old, new))
        key = self.card.primary_key
        return compare(before, after, id=self.id, versions=(old, new), key=key, examples=examples)

    def joinable(self) -> Joins:
        """Return with which datasets this one can be joined, and on what, the best first.

        Two fields fit where their cards say that they identify the same (`semantic`), or where they share more values
        than chance would have it. Values are compared of versions in the store, from sketches made when they were
        fetched; nothing is fetched for it. Where two columns name the same places by other codes or names, the join is
        by `join_places`. Times join only together with a place or thing. Practice data is joined with practice data of
        the same city only, as far as people, companies and other invented things are concerned.

        Returns
        -------
        Joins
            A list of joins, which a notebook shows as a table: each with ``field``, ``other`` (an id),
            ``other_field``, ``also`` (further pairs), ``semantic``, ``is_key``, ``basis``, ``match_rate`` (the share
            of this dataset's rows that find a partner, in 95 of 100 cases between ``match_low`` and ``match_high``),
            ``shared_values`` and ``code``, the line that does it. First those by which a row finds one row at most.

        Examples
        --------
        >>> [join.other for join in dataset("geography/china-cities").joinable() if join.is_key]
        ['geography/china-provinces']
        """
        from ._joining.finding import find_joins
        from ._lookup import datasets

        return find_joins(self, among=datasets())

    def chart(self) -> Chart | None:
        """Return the chart that the hall's page shows of this version, as values; None where nothing sensible is there.

        Chosen from the card's fields and computed when the version was made: at most some hundred points, bars or
        places. Nothing is fetched for it; of a dataset that is not in the store, or is not open, there is none.

        Examples
        --------
        >>> dataset("weather/seattle-weather").chart().plan.measures  # doctest: +SKIP
        ('temp_max', 'temp_min')
        """
        from ._charts.chart_files import find_chart

        version = self.version if self.card.access == "open" and self.is_present else None
        return find_chart(self._loaded, version=version) if version else None

    def cite(self) -> Citation:
        """Return how to cite this version: ``.text``, ``.bibtex``, ``.ris`` and ``.csl`` (CSL-JSON)."""
        from ._citation import cite

        return cite(self)

    def quality(self, *, today: date | None = None) -> Quality:
        """Return how good this version is and how well its card describes it, with reasons and advice.

        Measured when the version was made; only the freshness is judged now. A dataset that is not in the store is
        fetched; of one that is not open only card and freshness are judged.

        Parameters
        ----------
        today : date, optional
            The day against which the freshness is judged; default: today, in UTC.

        Returns
        -------
        Quality
            Scores from 0 to 1 with their counts, reasons and advice; a notebook shows it with a picture.

        Raises
        ------
        SourceFailed, UnreadableSource, NotPresent
            When the data is not in the store and cannot be brought there.

        Examples
        --------
        >>> dataset("weather/seattle-weather").quality()["completeness"].score  # doctest: +SKIP
        1.0
        """
        from ._quality.versions import assess_version

        version = self._present_version() if self.card.access == "open" else None
        return assess_version(self._loaded, version=version, today=today)

    def known_quality(self, *, today: date | None = None) -> Quality:
        """Return the report of what is known already: nothing is fetched or measured for it.

        Called by pages that show many datasets. Like :meth:`quality`, but without what no one has measured yet.
        """
        from ._quality.report import assess
        from ._quality.versions import load_stored

        version = self.version if self.card.access == "open" and self.is_present else None
        stored = load_stored(self.id, version) if version else None
        return assess(self.card, dataset_id=self.id, version=version, stored=stored, today=today)

    def _open(self) -> list[Path]:
        version = self._present_version()
        if is_used(self.id, version):
            return list(store.parquet_paths(self.id, version))
        from ._version_warnings import warn_about

        files = self._noted(version)
        warn_about(self._loaded, version=version, is_pinned=self._version is not None)
        note_used(self.id, version)
        return files

    def _noted(self, version: str) -> list[Path]:
        """Return the version's files once its opening is noted, so that nobody removes them from now on."""
        from .openings import note_opening

        store.parquet_paths(self.id, version)
        note_opening(self.id, version)
        return list(store.parquet_paths(self.id, version))

    def _present_version(self) -> str:
        """Return the version to read, fetched first where it is not in the store."""
        store.require_open(self._loaded)
        version = self._version or store.find_latest(self.id)
        return version if version is not None else store.fetch(self.id)

    def __repr__(self) -> str:
        return f"<Dataset {self.id}@{self.version or '–'}: {self.title()}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dataset) and (self.id, self._version) == (other.id, other._version)

    def __hash__(self) -> int:
        return hash((self.id, self._version))

    def _repr_html_(self) -> str:
        from ._display import dataset_html

        return dataset_html(self)
