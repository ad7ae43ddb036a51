"""The catalog through Intake: in a notebook with datahall, and as YAML that plain Intake opens anywhere.

``datahall.catalog[theme][name].read()`` and, by the entry point ``intake.catalogs``,
``intake.cat["datahall"][theme][name].read()`` give the same as ``datahall.dataset("theme/name").polars()``.
Entries are compiled from the cards; the exported YAML names two readers of Parquet and, for datasets whose rows lie in
parts at addresses, which pandas cannot read, two converters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from intake.readers.entry import Catalog, ReaderDescription
from intake.readers.readers import BaseReader

from . import store
from ._cards import load_card_of, load_shelf
from ._locations import find_locations
from .errors import DatahallError

if TYPE_CHECKING:
    import polars as pl

    from ._dataset import Dataset
    from ._entries.entry import Entry

_T = TypeVar("_T")
Describe = Callable[[str], dict[str, Any] | None]

_DATA = "intake.readers.datatypes:Parquet"
# Which reader stands behind "<theme>/<name>.<suffix>"; the first one also behind "<theme>/<name>".
_READERS = {
    "polars": ("intake.readers.readers:PolarsParquet", "polars:LazyFrame"),
    "pandas": ("intake.readers.readers:PandasParquet", "pandas:DataFrame"),
}
# The same where the rows lie at several addresses: each takes what the one before it gives.
_CONVERTERS = {
    "polars": _READERS["polars"],
    "frame": ("intake.readers.convert:PolarsEager", "polars:DataFrame"),
    "pandas": ("intake.readers.convert:PolarsToPandas", "pandas:DataFrame"),
}


class DatasetReader(BaseReader):  # type: ignore[misc]  # intake has no types
    """Reads a dataset of the hall, fetched first where that is needed."""

    imports = {"datahall", "polars"}  # noqa: RUF012  # intake's way of declaring
    output_instance = "polars:LazyFrame"

    def _read(self, dataset_id: str, **_: Any) -> pl.LazyFrame:
        from ._lookup import dataset

        return dataset(dataset_id).polars()


class _UnknownKey(KeyError):
    """A key that the catalog does not have, said as a sentence; a KeyError, as Intake expects of a mapping."""

    def __init__(self, error: DatahallError) -> None:
        super().__init__(str(error))

    def __str__(self) -> str:
        return str(self.args[0])  # KeyError would show it quoted, as if it were the key

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows in place of a traceback, as for `DatahallError`."""
        return [f"KeyError: {self}"]


class _Looked(Mapping[str, _T]):
    """A mapping that is looked into, not counted, where somebody only asks whether it is one."""

    def __bool__(self) -> bool:
        return True


class _Names(_Looked[str]):
    """The names of one theme's datasets, each with its id; the cards are listed only where somebody lists."""

    def __init__(self, theme: str) -> None:
        self._theme = theme

    def __getitem__(self, name: str) -> str:
        if find_metadata(f"{self._theme}/{name}") is None:
            raise KeyError(name)
        return f"{self._theme}/{name}"

    def __iter__(self) -> Iterator[str]:
        return (name for theme, _, name in _list_parts_of_ids() if theme == self._theme)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Entries(_Looked[ReaderDescription]):
    """The same datasets by their ids, each described when somebody asks for it."""

    def __init__(self, names: Mapping[str, str], *, theme: str, describe: Describe) -> None:
        self._names = names
        self._theme = theme
        self._describe = describe

    def __getitem__(self, dataset_id: str) -> ReaderDescription:
        theme, _, name = str(dataset_id).partition("/")
        metadata = self._describe(dataset_id) if theme == self._theme and name else None
        if metadata is None:
            raise KeyError(dataset_id)
        return _description(dataset_id, metadata)

    def __iter__(self) -> Iterator[str]:
        return (f"{self._theme}/{name}" for name in self._names)

    def __len__(self) -> int:
        return len(self._names)


class ThemeCatalog(Catalog):  # type: ignore[misc]
    """The datasets of one theme by name; each is read when it is asked for."""

    def __init__(self, theme: str) -> None:
        names = _Names(theme)
        entries = _Entries(names, theme=theme, describe=find_metadata)
        super().__init__(entries=entries, aliases=names, metadata={"name": theme})
        self._theme = theme

    def __getitem__(self, item: str) -> Any:
        try:
            return super().__getitem__(item)
        except KeyError as error:
            raise _UnknownKey(_explain(f"{self._theme}/{item}")) from error


class _HarvestedNames(_Looked[str]):
    """The names of harvested datasets, of which there may be a million: looked up one by one, listed page by page."""

    def __getitem__(self, name: str) -> str:
        if find_harvested_metadata(f"harvested/{name}") is None:
            raise KeyError(name)
        return f"harvested/{name}"

    def __iter__(self) -> Iterator[str]:
        from ._records.record_store import RecordStore

        changes = RecordStore().raw_changes()
        return (each.id.partition("/")[2] for each in changes if each.missing_since is None)

    def __len__(self) -> int:
        from ._records.record_store import RecordStore

        return RecordStore().count()


class HarvestedCatalog(Catalog):  # type: ignore[misc]
    """The datasets of other portals by name; nothing is listed unless somebody goes through it."""

    def __init__(self) -> None:
        names = _HarvestedNames()
        entries = _Entries(names, theme="harvested", describe=find_harvested_metadata)
        super().__init__(entries=entries, aliases=names, metadata={"name": "harvested"})

    def __getitem__(self, item: str) -> Any:
        try:
            return super().__getitem__(item)
        except KeyError as error:
            from ._harvested.known_records import explain_unknown

            raise _UnknownKey(explain_unknown(f"harvested/{item}")) from error

    def __repr__(self) -> str:
        return f"HarvestedCatalog: {len(self):,}"

    def __dir__(self) -> Iterable[str]:
        return sorted(object.__dir__(self))

    def _ipython_key_completions_(self) -> list[str]:
        return []  # a million names help nobody who types


class HallCatalog(Catalog):  # type: ignore[misc]
    """All datasets: by theme and then by name, or by ``<theme>/<name>``. Follows the cards as they change.

    Datasets of other portals are below ``harvested``.
    """

    container = "other"  # intake.cat asks for it; "catalog" would make it walk us as a version-1 catalog
    description = "Datahall"

    def __getitem__(self, item: str) -> Any:
        theme, _, name = item.partition("/")
        if theme == "harvested":
            catalog: Catalog = HarvestedCatalog()
        elif not _is_theme(theme):
            raise _UnknownKey(_explain(item) if name else _unknown_theme(theme))
        else:
            catalog = ThemeCatalog(theme)
        return catalog[name] if name else catalog

    def __iter__(self) -> Iterator[str]:
        from ._vocabulary import themes

        present = {theme for theme, _, _ in _list_parts_of_ids()}
        own = [theme.id for theme in themes() if theme.id in present]
        return iter([*own, "harvested"] if len(_HarvestedNames()) else own)

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __contains__(self, item: object) -> bool:
        if not isinstance(item, str):
            return False
        theme, _, name = item.partition("/")
        if not name:
            return item in list(iter(self))
        return (find_harvested_metadata(item) if theme == "harvested" else find_metadata(item)) is not None

    def __repr__(self) -> str:
        return f"HallCatalog: {', '.join(self)}"

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)


catalog = HallCatalog(metadata={"name": "datahall"})
registered = catalog  # what the entry point intake.catalogs names


def find_metadata(dataset_id: str) -> dict[str, Any] | None:
    """Return what an entry tells of a dataset of our own; None where there is none."""
    loaded = load_card_of(dataset_id)
    return _metadata(loaded.values(), version=store.find_latest(dataset_id)) if loaded is not None else None


def find_harvested_metadata(dataset_id: str) -> dict[str, Any] | None:
    """Return what an entry tells of a harvested dataset; None where there is none."""
    from ._entries.entry import choose_text
    from ._harvested.known_records import find_known

    known = find_known(dataset_id)
    if known is None:
        return None
    entry = known.describe()
    publisher = choose_text(entry.publisher.title, language="en") if entry.publisher is not None else ""
    return {
        "title": dict(entry.title),
        "theme": entry.theme,
        "license": entry.license,
        **({"publisher": publisher} if publisher else {}),
        **({"homepage": entry.homepage} if entry.homepage else {}),
        "source": entry.source,
        "version": store.find_latest(dataset_id),
        **tell_status(entry),
    }


def tell_status(entry: Entry) -> dict[str, str]:
    """Return of a dataset that should no longer be used that it is so, since when, and what replaces it."""
    since, other = entry.retired_since, entry.replaced_by or entry.replacement
    return _status(entry.retired, since=since.isoformat() if since else None, replaced_by=other)


def _status(retired: str | None, *, since: str | None, replaced_by: str | None) -> dict[str, str]:
    told = {"status": retired, "deprecated_since": since, "replaced_by": replaced_by}
    return {key: value for key, value in told.items() if value} if retired else {}


def _list_parts_of_ids() -> Iterator[tuple[str, str, str]]:
    return (dataset_id.partition("/") for dataset_id in load_shelf().cards)


def _is_theme(theme: str) -> bool:
    """Say whether it is a theme; a folder of cards says so without the vocabulary."""
    if re.fullmatch("[a-z-]{1,100}", theme) and any((root / theme).is_dir() for root in find_locations().datasets):
        return True
    from ._vocabulary import themes

    return theme in {known.id for known in themes()}


def _unknown_theme(theme: str) -> DatahallError:
    from ._search import unknown_theme

    return unknown_theme(theme)


def _explain(dataset_id: str) -> DatahallError:
    from ._missing_card import explain_missing

    return explain_missing(dataset_id, shelf=load_shelf())


def _description(dataset_id: str, metadata: dict[str, Any]) -> ReaderDescription:
    description = ReaderDescription(
        reader="datahall.intake:DatasetReader",
        kwargs={"dataset_id": dataset_id},
        metadata=metadata,
        output_instance="polars:LazyFrame",
    )
    description._tok = dataset_id
    return description


def to_intake_yaml(datasets: Iterable[Dataset], *, base_url: str | None = None, store_url: str | None = None) -> str:
    """Return an Intake 2 catalog of `datasets`, which plain Intake opens without datahall.

    Parameters
    ----------
    datasets : iterable of Dataset
        Only those with open access are written.
    base_url : str, optional
        Where the hall is, such as ``https://hall.example/services/hall``; data is read from
        ``<base_url>/datasets/<theme>/<name>/data.parquet``.
    store_url : str, optional
        Instead of a hall, where the store is; data is read from ``<store_url>/<theme>/<name>/latest/data.parquet``.
        ``{CATALOG_DIR}/store`` is the folder beside the YAML file, wherever that is mounted.

    Returns
    -------
    str
        YAML. ``catalog["<theme>/<name>"]`` reads with polars, ``catalog["<theme>/<name>.pandas"]`` with pandas.
    """
    import yaml

    if (base_url is None) == (store_url is None):
        raise TypeError("to_intake_yaml takes exactly one of base_url and store_url")
    document = describe_datasets(datasets, base_url=base_url, store_url=store_url)
    text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)
    return text


def describe_datasets(
    datasets: Iterable[Dataset], *, base_url: str | None = None, store_url: str | None = None
) -> dict[str, Any]:
    """Return the same catalog as plain values."""
    document: dict[str, Any] = {
        "version": 2,
        "metadata": {"name": "datahall"},
        "user_parameters": {},
        "aliases": {},
        "data": {},
        "entries": {},
    }
    for item in datasets:
        if item.card.access != "open":
            continue
        metadata = _metadata(item.card.model_dump(mode="json"), version=item.version)
        parts = _list_parts(item.id, metadata["version"])
        if base_url is not None:
            folder = f"{base_url.rstrip('/')}/datasets/{item.id}"
            urls = [f"{folder}/{part}?version={metadata['version']}" for part in parts]
            _add(document, item.id, url=urls or f"{folder}/data.parquet", metadata=metadata)
        else:
            del metadata["version"]  # whatever is the latest when somebody reads
            url = f"{store_url}/{item.id}/latest/data.parquet" + ("/" if parts else "")  # then it is a folder
            _add(document, item.id, url=url, metadata=metadata)
    return document


def _list_parts(dataset_id: str, version: str | None) -> list[str]:
    """Return the names of the files of a version in the store, where there are several."""
    is_present = version is not None and store.has_version(dataset_id, version)
    files = store.parquet_paths(dataset_id, str(version)) if is_present else ()
    return [file.name for file in files] if len(files) > 1 else []


def _add(document: dict[str, Any], dataset_id: str, *, url: str | list[str], metadata: dict[str, Any]) -> None:
    """Add one dataset; the keys of `data` and `entries` differ, since Intake loops over equal ones."""
    data_key = f"{dataset_id}.parquet"
    document["data"][data_key] = {
        "datatype": _DATA,
        "kwargs": {"url": url, "storage_options": None},
        "metadata": metadata,
        "user_parameters": {},
    }
    readers, source = _READERS if isinstance(url, str) else _CONVERTERS, data_key
    for suffix, (reader, instance) in readers.items():
        key = f"{dataset_id}.{suffix}"
        document["entries"][key] = {
            "reader": reader,
            "kwargs": {"data": f"{{data({source})}}"},
            "metadata": {},
            "user_parameters": {},
            "output_instance": instance,
        }
        source = key if readers is _CONVERTERS else data_key
    document["aliases"][dataset_id] = f"{dataset_id}.{next(iter(_READERS))}"


def _metadata(card: Mapping[str, Any], *, version: str | None) -> dict[str, Any]:
    since = card.get("deprecated")
    return {
        "title": {"en": card["title"]["en"], "zh": card["title"]["zh"]},
        "theme": card["theme"],
        "license": card["license"],
        "publisher": card["publisher"],
        **({"homepage": card["homepage"]} if card.get("homepage") else {}),
        "synthetic": bool(card.get("synthetic")),
        "version": version,
        **_status("deprecated" if since else None, since=str(since), replaced_by=card.get("replaced_by")),
    }
