"""From a card to its rows: find each source, verify it, read it, give it the card's types."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._cards import LoadedCard
from ._download import Progress, check_digest, download_source
from ._practice.tables import EDITION
from .card import Card, CardField, Package, Practice, Source
from .errors import N_, SourceFailed

if TYPE_CHECKING:
    import pyarrow as pa


def open_rows(
    loaded: LoadedCard, *, downloads: Path, scratch: Path, progress: Progress | None = None
) -> tuple[Generator[pa.Table], list[dict[str, Any]]]:
    """Return the dataset's rows, some at a time, and what each source was.

    What is downloaded goes to `downloads`, or is there yet, and what is unpacked to `scratch`; all sources are there
    and verified before the first row.
    """
    _remove_others(downloads, keep={download_name(source) for source in loaded.card.sources})
    files, notes = [], []
    for source in loaded.card.sources:
        file = find_local(source, root=loaded.root)
        place = source.name
        if file is None:
            file = downloads / download_name(source)
            if source.practice is not None:
                make_practice(source.practice, into=file)
            else:
                download_source(source, into=file, progress=progress)
        digest = _digest(file)
        check_digest(digest, source=source, place=place)
        files.append(file)
        notes.append({"source": place, "sha256": digest, "bytes": file.stat().st_size})
    return read_tables(files, card=loaded.card, scratch=scratch), notes


def read_tables(files: Sequence[Path], *, card: Card, scratch: Path) -> Generator[pa.Table]:
    """Yield the rows of `files`, one for each of the card's sources, as the store keeps them."""
    from ._readers import read_sources

    for frame in read_sources(files, card=card, scratch=scratch):
        yield _with_metadata(frame.to_arrow(), card=card)


def download_name(source: Source) -> str:
    """Return the name of a source's file: that of its bytes where the card knows them, else that of its address."""
    return source.sha256 or hashlib.sha256(f"address {source.name}".encode()).hexdigest()


def _remove_others(folder: Path, *, keep: set[str]) -> None:
    """Remove what an earlier fetch left that this card does not ask for any more."""
    for file in folder.iterdir():
        if file.name not in keep:
            file.unlink()


def recipe_of(loaded: LoadedCard) -> str:
    """Return a digest of everything a version is made from, without touching the network."""
    card = loaded.card
    parts: list[Any] = [card.version_date()]
    parts += [source.model_dump(mode="json", exclude_defaults=True) for source in card.sources]
    parts += [field.model_dump(mode="json", exclude_defaults=True) for field in card.fields]
    parts.append(card.primary_key)
    for source in card.sources:
        file = find_local(source, root=loaded.root)
        parts.append(_digest(file) if file is not None else None)
        if source.practice is not None:
            parts.append(f"practice city, edition {EDITION}")
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def find_local(source: Source, *, root: Path) -> Path | None:
    """Return the file of a `path` or `package` source, None for what comes from the network, is made or arrives."""
    if source.package is not None:
        return _package_file(source.package)
    if source.path is not None:
        return _path_file(source.path, root=root)
    return None


def make_practice(practice: Practice, *, into: Path) -> None:
    """Write a table of the practice city to the file `into`."""
    from ._practice.city import City
    from ._practice.writing import write_csv

    write_csv(City(practice.population, practice.seed), practice.table, into=into)


def _package_file(package: Package) -> Path:
    """Return a data file of an installed package, without importing the package."""
    top, *rest = package.module.split(".")
    spec = find_spec(top)
    if spec is None or spec.origin is None:
        raise SourceFailed(
            N_("The package {package} is not installed."),
            code="missing-package",
            package=top,
            hint=N_("Install it: pip install {package}"),
        )
    folder = Path(spec.origin).parent.joinpath(*rest)
    return resolve_inside(folder, package.resource)


def _path_file(path: str, *, root: Path) -> Path:
    return resolve_inside(root, path)


def resolve_inside(folder: Path, path: str) -> Path:
    """Return the file at `path` below `folder`; raises SourceFailed for what lies outside, and for what is no file."""
    file = (folder / path).resolve()
    if not file.is_relative_to(folder.resolve()):
        raise SourceFailed(
            N_("The source {path} lies outside of {folder}."), code="refused-path", path=path, folder=folder.name
        )
    if not file.is_file():
        raise SourceFailed(
            N_("There is no file {path} in {folder}."), code="missing-file", path=path, folder=folder.name
        )
    return file


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def arrow_schema(card: Card) -> pa.Schema:
    """Return the columns that the store holds of a card's dataset: plain Arrow types, with titles and units."""
    import polars as pl

    from ._casting import cast_fields

    nothing = pl.DataFrame(schema=dict.fromkeys((field.source_column for field in card.fields), pl.String))
    return _with_metadata(cast_fields(nothing, fields=card.fields).to_arrow(), card=card).schema


def _with_metadata(table: pa.Table, *, card: Card) -> pa.Table:
    """Return `table` in plain Arrow types, each column with its titles and unit."""
    import pyarrow as pa

    schema = pa.schema([_plain_field(table.schema.field(field.name), field=field) for field in card.fields])
    return table.cast(schema)


def _plain_field(found: pa.Field, *, field: CardField) -> pa.Field:
    import pyarrow as pa

    kind = found.type
    if field.type in ("string", "geopoint", "geojson"):
        kind = pa.string()
    elif field.type == "list":
        kind = pa.list_(pa.string())
    elif field.type == "time":
        kind = pa.time64("us")
    metadata = {"title:en": field.title.en, "title:zh": field.title.zh}
    if field.unit is not None:
        metadata["unit"] = field.unit
    return pa.field(field.name, kind, metadata=metadata)
