"""The catalog through Intake: in a notebook with datahall, and as YAML that plain Intake opens anywhere.

``datahall.catalog[theme][name].read()`` and, by the entry point ``intake.catalogs``,
``intake.cat["datahall"][theme][name].read()`` give the same as ``datahall.dataset("theme/name").polars()``.
Entries are compiled from the cards; the exported YAML names two readers of Parquet and, for datasets whose rows lie in
parts at addresses, which pandas cannot read, two converters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import yaml
from intake.readers.entry import Catalog, ReaderDescription
from intake.readers.readers import BaseReader

from . import store
from ._cards import LoadedCard, load_shelf
from ._dataset import Dataset, dataset
from ._missing_card import explain_missing
from ._search import unknown_theme
from ._vocabulary import themes
from .errors import DatahallError

if TYPE_CHECKING:
    import polars as pl

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


class ThemeCatalog(Catalog):  # type: ignore[misc]
    """The datasets of one theme by name."""

    def __init__(self, theme: str, loaded: Iterable[LoadedCard]) -> None:
        cards = list(loaded)
        super().__init__(
            entries={entry.id: _description(entry) for entry in cards},
            aliases={entry.id.partition("/")[2]: entry.id for entry in cards},
            metadata={"name": theme},
        )
        self._theme = theme

    def __getitem__(self, item: str) -> Any:
        try:
            return super().__getitem__(item)
        except KeyError as error:
            raise _UnknownKey(explain_missing(f"{self._theme}/{item}", shelf=load_shelf())) from error


class HallCatalog(Catalog):  # type: ignore[misc]
    """All datasets: by theme and then by name, or by ``<theme>/<name>``. Follows the cards as they change."""

    container = "other"  # intake.cat asks for it; "catalog" would make it walk us as a version-1 catalog
    description = "Datahall"

    def __getitem__(self, item: str) -> Any:
        theme, _, name = item.partition("/")
        if theme not in {known.id for known in themes()}:
            raise _UnknownKey(explain_missing(item, shelf=load_shelf()) if name else unknown_theme(theme))
        cards = [loaded for loaded in load_shelf().cards.values() if loaded.card.theme == theme]
        catalog = ThemeCatalog(theme, cards)
        return catalog[name] if name else catalog

    def __iter__(self) -> Iterator[str]:
        present = {loaded.card.theme for loaded in load_shelf().cards.values()}
        return iter([theme.id for theme in themes() if theme.id in present])

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __contains__(self, item: object) -> bool:
        return item in list(iter(self)) or item in load_shelf().cards

    def __repr__(self) -> str:
        return f"HallCatalog: {', '.join(self)}"

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)


catalog = HallCatalog(metadata={"name": "datahall"})
registered = catalog  # what the entry point intake.catalogs names


def _description(loaded: LoadedCard) -> ReaderDescription:
    description = ReaderDescription(
        reader="datahall.intake:DatasetReader",
        kwargs={"dataset_id": loaded.id},
        metadata=_metadata(Dataset(loaded)),
        output_instance="polars:LazyFrame",
    )
    description._tok = loaded.id
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
    if (base_url is None) == (store_url is None):
        raise TypeError("to_intake_yaml takes exactly one of base_url and store_url")
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
        metadata = _metadata(item)
        parts = _list_parts(item.id, metadata["version"])
        if base_url is not None:
            folder = f"{base_url.rstrip('/')}/datasets/{item.id}"
            urls = [f"{folder}/{part}?version={metadata['version']}" for part in parts]
            _add(document, item.id, url=urls or f"{folder}/data.parquet", metadata=metadata)
        else:
            del metadata["version"]  # whatever is the latest when somebody reads
            url = f"{store_url}/{item.id}/latest/data.parquet" + ("/" if parts else "")  # then it is a folder
            _add(document, item.id, url=url, metadata=metadata)
    text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)
    return text


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


def _metadata(item: Dataset) -> dict[str, Any]:
    card = item.card
    return {
        "title": {"en": card.title.en, "zh": card.title.zh},
        "theme": card.theme,
        "license": card.license,
        "publisher": card.publisher,
        **({"homepage": card.homepage} if card.homepage else {}),
        "synthetic": card.synthetic,
        "version": item.version,
    }
