"""Additions: `datahall.add` from a place (a file, an address) to tables with findings and draft cards."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote, urlsplit

from .._download import stream_bytes
from .._locations import find_home
from .._vocabulary import themes
from ..errors import N_, DatahallError, UnreadableSource
from .documents import EMPTY_HINT, refuse_document
from .findings import EXAMPLES, Finding, make_finding
from .formats import open_tables
from .formats.remarks import make_remark, shorten_words
from .raw_tables import RawTable
from .tables import AddedTable, add_raw, add_text
from .unpacking import Unpacked, find_packing, list_companions, unpack_file

Progress = Callable[[int, int | None], None]

_DEFAULT_THEME = "statistics"
_ID = re.compile(r"(?P<theme>[a-z0-9-]{1,100})/(?P<name>[a-z0-9]+(?:-[a-z0-9]+)*)")
_PART = 1 << 20
_SUFFIXES = {"shapefile": "zip"}  # of files; others are called as their format is
_PASSES = 2  # over the file: one proves the encoding, one checks the values


@dataclass(frozen=True)
class Addition:
    """What `datahall.add` found in a file.

    Attributes
    ----------
    place : str
        The file or address.
    tables : tuple of AddedTable
        Each with ``name``, ``rows``, ``fields``, ``findings`` and ``card``, the complete draft card.
    saved : tuple of Path
        The files that were written; none unless `save` was given.
    """

    place: str
    tables: tuple[AddedTable, ...]
    saved: tuple[Path, ...] = ()

    @property
    def rows(self) -> int:
        """The data rows of all tables."""
        return sum(table.rows for table in self.tables)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all tables."""
        return tuple(finding for table in self.tables for finding in table.findings)

    def as_json(self) -> dict[str, Any]:
        """Return the form that programs rely on."""
        return {"rows": self.rows, "tables": [table.as_json() for table in self.tables]}


def add(
    place: str | Path, *, save: str | None = None, table: str | None = None, progress: Progress | None = None
) -> Addition:
    """Look into a file, say what is wrong with it, and draft its dataset card.

    Nothing is written unless `save` is given. No value is changed or dropped: what cannot be read is kept as text
    and is among the findings.

    Parameters
    ----------
    place : str or Path
        A file, or an http(s) address.
    save : str, optional
        ``<theme>/<name>``: write the card to ``DATAHALL_HOME/datasets/<theme>/<name>.yaml``, and a copy of the
        file beside it.
    table : str, optional
        Only the table of this name, where the file holds several: a sheet, a file in an archive.
    progress : callable, optional
        Called with the bytes just read and the bytes there are to read (or None).

    Returns
    -------
    Addition
        Its ``tables`` have ``rows``, ``fields``, ``findings`` and ``card``.

    Raises
    ------
    UnreadableSource
        The file is empty, no text, damaged, or has rows beyond all bounds.
    SourceFailed
        The address cannot be reached, or leads into a private network.

    Examples
    --------
    >>> added = datahall.add("rain.csv")              # doctest: +SKIP
    >>> [finding.code for finding in added.findings]  # doctest: +SKIP
    ['encoding', 'title', 'decimal-commas']
    """
    theme, name = _parse_id(save) if save is not None else (None, None)
    with TemporaryDirectory(prefix="datahall-add-") as folder, _reachable(place, folder=Path(folder)) as file:
        found = list(_add_files(file, place=str(place), folder=Path(folder), theme=theme, name=name, progress=progress))
        found = _choose(found, name=table, place=place) if table is not None else found
        addition = Addition(str(place), tuple(added for added, _ in found))
        if theme is None or name is None:
            return addition
        if len(found) > 1:
            raise DatahallError(
                N_("{place} holds {count} tables; a card is about one."),
                code="several-tables",
                place=place,
                count=len(found),
                hint=N_("Choose one with --table: {tables}."),
                tables=", ".join(added.name for added, _ in found),
            )
        added, plain = found[0]
        return replace(addition, saved=_save(added, file=plain, theme=theme, name=name))


def _choose(found: list[tuple[AddedTable, Path]], *, name: str, place: str | Path) -> list[tuple[AddedTable, Path]]:
    chosen = [(added, file) for added, file in found if added.name == name]
    if not chosen:
        raise DatahallError(
            N_("{place} holds no table {name}; it has: {tables}."),
            code="unknown-table",
            place=place,
            name=repr(name),
            tables=", ".join(repr(added.name) for added, _ in found),
        )
    return chosen


def _parse_id(text: str) -> tuple[str, str]:
    match = _ID.fullmatch(text)
    known = [theme.id for theme in themes()]
    if match is None or match["theme"] not in known:
        raise DatahallError(
            N_("{id} is not <theme>/<name> with one of the themes and a name in lower case, joined by hyphens."),
            code="invalid-id",
            id=repr(text),
            hint=N_("The themes are: {themes}."),
            themes=", ".join(known),
        )
    return match["theme"], match["name"]


@contextmanager
def _reachable(place: str | Path, *, folder: Path) -> Iterator[Path]:
    """Give the file at `place`, downloaded where it is an address."""
    if str(place).startswith(("http://", "https://")):
        file = folder / "download"
        with file.open("wb") as target:
            for part in stream_bytes(str(place)):
                target.write(part)
    else:
        file = Path(place).expanduser()
    if not file.is_file():
        raise UnreadableSource(N_("There is no file {file}."), code="missing-file", file=place)
    try:
        with file.open("rb") as content:
            is_empty = not content.read(1)
    except OSError as error:
        raise UnreadableSource(
            N_("{file} cannot be read: {reason}."), code="unreadable", file=place, reason=error.strerror or error
        ) from error
    if is_empty:
        raise UnreadableSource(N_("{file} is empty."), code="empty", file=_file_name(str(place)), hint=EMPTY_HINT)
    yield file


def _add_files(
    file: Path, *, place: str, folder: Path, theme: str | None, name: str | None, progress: Progress | None
) -> Iterator[tuple[AddedTable, Path]]:
    """Yield the tables, each with the file that it is in, unpacked."""
    is_told = False  # what is said of the archive is said once
    for unpacked in _unpack(file, place=place, into=folder):
        what = unpacked.name or _file_name(place)
        for raw in _open(unpacked.path, name=what):
            form = str(raw.source["format"]) if raw is not None else "csv"
            about = {
                "title": _title_of(what) if raw is None or not raw.name else f"{_title_of(what)}: {raw.name}",
                "theme": theme or _theme_of(place),
                "source": _source_of(unpacked, place=place, theme=theme, name=name, form=form),
            }
            table = _add_table(unpacked.path, raw=raw, about=about, progress=progress)
            table = _in_archive(table, unpacked)
            if unpacked.kind == "zip" and not is_told:
                table, is_told = _with_companions(table, file), True
            yield table, unpacked.path


def _open(file: Path, *, name: str) -> Sequence[RawTable | None]:
    """Return the tables of a file; one None where it is plain text."""
    tables = open_tables(file, name=name)
    if tables == []:
        raise UnreadableSource(N_("{file} holds no table."), code="no-table", file=name)
    if tables is not None:
        return tables
    refuse_document(file, name=name)
    return (None,)


def _unpack(file: Path, *, place: str, into: Path) -> Iterator[Unpacked]:
    """Yield the files in `file`; a workbook is an archive, too, but a file of its own."""
    if find_packing(file) == "zip" and open_tables(file, name=_file_name(place)) is not None:
        yield Unpacked(file, "", "")
    else:
        yield from unpack_file(file, into=into)


def _add_table(file: Path, *, raw: RawTable | None, about: dict[str, Any], progress: Progress | None) -> AddedTable:
    if raw is not None:
        return add_raw(raw, **about)
    return add_text(file, **about, advance=_advance(progress, total=_PASSES * file.stat().st_size))


def _in_archive(table: AddedTable, unpacked: Unpacked) -> AddedTable:
    """Return the table named as in its archive, with a remark about that."""
    if not unpacked.kind:
        return table
    name = "/".join(filter(None, (unpacked.name, table.name)))
    return replace(table, name=name, findings=(make_finding("compressed", kind=unpacked.kind), *table.findings))


def _with_companions(table: AddedTable, archive: Path) -> AddedTable:
    """Return the table with a remark about each file that its archive holds besides tables."""
    names = list_companions(archive)[:EXAMPLES]
    left = (make_remark("left-out", words=shorten_words(name)) for name in names)
    return replace(table, findings=(*table.findings, *left))


def _advance(progress: Progress | None, *, total: int) -> Callable[[int], None] | None:
    if progress is None:
        return None
    return lambda count: progress(count, total)


def _file_name(place: str) -> str:
    path = urlsplit(place).path if place.startswith(("http://", "https://")) else place
    return Path(unquote(path)).name or "table"


def _title_of(place: str) -> str:
    return _file_name(place).partition(".")[0] or _file_name(place)


def _theme_of(place: str) -> str:
    """Return the theme whose id is a folder of the path, else one that fits anything."""
    parts = set(Path(place).absolute().parts)
    return next((theme.id for theme in themes() if theme.id in parts), _DEFAULT_THEME)


def _source_of(unpacked: Unpacked, *, place: str, theme: str | None, name: str | None, form: str) -> dict[str, Any]:
    """Return where a card finds the bytes: an address as it stands, else the copy beside the card."""
    if place.startswith(("http://", "https://")) and not unpacked.kind:
        with unpacked.path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        return {"url": place, "sha256": digest, "bytes": unpacked.path.stat().st_size}
    stem = name or re.sub(r"[^a-z0-9]+", "-", _title_of(unpacked.name or place).lower()).strip("-") or "table"
    return {"path": f"{theme or _theme_of(place)}/{stem}.{_SUFFIXES.get(form, form)}"}


def _save(table: AddedTable, *, file: Path, theme: str, name: str) -> tuple[Path, ...]:
    """Write the card, and the file beside it where it is not at an address; neither replaces another."""
    import yaml

    from .._cards import load_card

    root = find_home() / "datasets"
    card = root / theme / f"{name}.yaml"
    source = table.card["sources"][0]
    copy = root / source["path"] if "path" in source else None
    try:
        card.parent.mkdir(parents=True, exist_ok=True)
        for target in filter(None, (card, copy)):
            if target.exists():
                raise DatahallError(
                    N_("{file} is there already."),
                    code="exists",
                    file=target,
                    hint=N_("Choose another name, or move that file away."),
                )
        if copy is not None:
            shutil.copyfile(file, copy)
        card.write_text(yaml.safe_dump(table.card, allow_unicode=True, sort_keys=False, width=120), encoding="utf-8")
    except OSError as error:
        raise DatahallError(
            N_("{path} cannot be written: {reason}."), code="unwritable", path=card, reason=error.strerror or error
        ) from error
    _, problems = load_card(card, root=root)
    if problems:  # ours to prevent; said, rather than left for the next fetch
        raise DatahallError(
            N_("The draft card is not valid: {reason}."), code="invalid-card", reason=problems[0].message
        )
    return (card, copy) if copy is not None else (card,)
