"""Additions: `datahall.add` from a place (a file, an address) to tables with findings and draft cards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._cards import LoadedCard
from .._disk import check_room
from .._formats.source_file import SourceFile
from .._messages import chosen_language, translate
from .._vocabulary import themes
from ..errors import N_, DatahallError, UnreadableSource
from .deliveries import Delivery, deliver, file_name, is_address, open_file
from .effort import Effort, Progress
from .findings import EXAMPLES, Finding, make_finding
from .formats.remarks import make_remark, shorten_words
from .keeping import Keep, find_keep, keep_card, keep_edition
from .raw_tables import RawTable
from .tables import AddedTable, add_raw, add_text
from .titles import make_stem
from .unpacking import Unpacked

if TYPE_CHECKING:
    from .later_editions import Edition

_DEFAULT_THEME = "statistics"
_SUFFIXES = {"shapefile": "zip"}  # of files; others are called as their format is
_PASSES = 2  # over the file: one proves the encoding, one checks the values


@dataclass(frozen=True, repr=False)
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
    edition : Edition or None
        Where `save` names a dataset that is there: how the file fits its card (``fits``, ``rows``, ``differences``).
    """

    place: str
    tables: tuple[AddedTable, ...]
    saved: tuple[Path, ...] = ()
    edition: Edition | None = None

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
        content = {"rows": self.rows, "tables": [table.as_json() for table in self.tables]}
        return content if self.edition is None else {**content, "edition": self.edition.as_json()}

    def summary(self, language: str | None = None) -> str:
        """Return in a line what there is, in `language` (default: the environment's)."""
        return translate(
            N_("{place}: tables: {tables}; rows: {rows}; findings: {findings}"),
            language=language or chosen_language(),
            place=shorten_words(self.place),
            tables=f"{len(self.tables):,}",
            rows=f"{self.rows:,}",
            findings=f"{len(self.findings):,}",
        )

    def __repr__(self) -> str:
        return f"<Addition: {self.summary()}>"

    def _repr_html_(self) -> str:
        from .addition_page import addition_html

        return addition_html(self)


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
        file beside it, as a draft that `publish` makes a dataset. Where there is such a card, the file is held
        against it as a newer edition; where it fits it is kept, and `publish` makes the next version.
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
    keep, effort = find_keep(save) if save is not None else None, Effort(progress)
    with deliver(str(place), passes=_PASSES, effort=effort) as delivery:
        if keep is not None and not is_address(delivery.place):
            check_room(keep.root, size=delivery.file.stat().st_size, file=delivery.name)  # before minutes of looking
        found = _add_files(delivery, keep=keep, effort=effort)
        found = _choose(found, name=table, place=place) if table is not None else found
        addition = Addition(str(place), tuple(added for added, _ in found))
        if keep is None:
            return addition
        if keep.standing is not None:
            return _take_edition(found, addition=addition, loaded=keep.standing, delivery=delivery, effort=effort)
        if len(found) > 1:
            raise _several_tables(found, place=addition.place)
        ((added, plain),) = found
        may_move = plain.is_relative_to(delivery.folder)
        effort.expect(0 if may_move else plain.stat().st_size)
        saved = keep_card(added.card, keep=keep, file=plain, may_move=may_move, advance=effort.advance)
        return replace(addition, saved=saved)


def _take_edition(
    found: list[tuple[AddedTable, Path]],
    *,
    addition: Addition,
    loaded: LoadedCard,
    delivery: Delivery,
    effort: Effort,
) -> Addition:
    """Hold the file against the card that stands; keep it where it fits, and change nothing where it does not."""
    from .later_editions import compare_edition

    files = {plain for _, plain in found}
    if len(files) > 1:
        raise _several_tables(found, place=addition.place)
    (file,) = files
    fields = [field for table, _ in found for field in table.fields]
    types = {field.get("source_name", field["name"]): field["type"] for field in reversed(fields)}
    edition = compare_edition(loaded, file=file, types=types)
    if not edition.fits:
        return replace(addition, edition=edition)
    may_move = file.is_relative_to(delivery.folder)
    effort.expect(0 if may_move else file.stat().st_size)
    saved = keep_edition(loaded, file=file, may_move=may_move, advance=effort.advance)
    return replace(addition, edition=edition, saved=saved)


def _several_tables(found: list[tuple[AddedTable, Path]], *, place: str) -> DatahallError:
    return DatahallError(
        N_("{place} holds {count} tables; a card is about one."),
        code="several-tables",
        place=place,
        count=len(found),
        hint=N_("Choose one with --table: {tables}."),
        tables=", ".join(added.name for added, _ in found),
    )


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


def find_tables(delivery: Delivery, *, effort: Effort) -> list[tuple[AddedTable, Path]]:
    """Return the tables of a delivery, each with the plain file that its draft card reads; nothing is kept."""
    return _add_files(delivery, keep=None, effort=effort)


def _add_files(delivery: Delivery, *, keep: Keep | None, effort: Effort) -> list[tuple[AddedTable, Path]]:
    """Return the tables, each with the file that it is in, unpacked; what is no table in an archive is remarked."""
    found: list[tuple[AddedTable, Path]] = []
    stems: set[str] = set()
    failures: list[tuple[str, UnreadableSource]] = []
    for unpacked in delivery.unpack(effort=effort):
        try:
            stem = keep.name if keep else make_stem(_title_of(unpacked.name or delivery.name))
            stem = next(name for name in _numbered(stem) if name not in stems)
            found += list(_add_file(unpacked, delivery=delivery, keep=keep, stem=stem, effort=effort))
            stems.add(stem)
        except UnreadableSource as failure:
            if not unpacked.name:  # it is not in an archive
                raise
            failures.append((unpacked.name, failure))
    if not found:
        raise failures[0][1]
    notes = [make_finding("unreadable-member", name=name, reason=failure) for name, failure in failures]
    first, file = found[0]
    return [(replace(first, findings=(*first.findings, *notes[:EXAMPLES])), file), *found[1:]]


def _numbered(stem: str) -> Iterator[str]:
    """Yield `stem`, and then with numbers behind it."""
    yield stem
    yield from (f"{stem}-{number}" for number in count(2))


def _add_file(
    unpacked: Unpacked, *, delivery: Delivery, keep: Keep | None, stem: str, effort: Effort
) -> Iterator[tuple[AddedTable, Path]]:
    what = unpacked.name or delivery.name
    notes = tuple(_packing_findings(unpacked))
    for raw in open_file(unpacked.path, name=what):
        form = str(raw.source["format"]) if raw is not None else "csv"
        about = {
            "title": _title_of(what) if raw is None or not raw.name else f"{_title_of(what)}: {raw.name}",
            "theme": keep.theme if keep is not None else _theme_of(delivery.place),
            "source": _source_of(unpacked, delivery=delivery, keep=keep, stem=stem, form=form),
        }
        for table in _add_tables(SourceFile(unpacked.path, what), raw=raw, about=about, effort=effort):
            name = "/".join(filter(None, (unpacked.name, table.name)))
            yield replace(table, name=name, findings=(*notes, *table.findings)), unpacked.path
            notes = notes[:1]  # what is said of the archive is said once


def _add_tables(file: SourceFile, *, raw: RawTable | None, about: dict[str, Any], effort: Effort) -> list[AddedTable]:
    if raw is not None:
        return add_raw(raw, **about)
    effort.expect(_PASSES * file.path.stat().st_size)
    return add_text(file, **about, effort=effort)


def _packing_findings(unpacked: Unpacked) -> Iterator[Finding]:
    """Yield how the file was packed, and each file that its archive holds besides tables."""
    if unpacked.kinds:
        yield make_finding("compressed", kind=", ".join(unpacked.kinds))
    for code, names in (("climbing-member", unpacked.climbing), ("link-member", unpacked.links)):
        for name in names[:EXAMPLES]:
            yield make_finding(code, name=shorten_words(name), count=len(names))
    for name in unpacked.companions[:EXAMPLES]:
        yield make_remark("left-out", words=shorten_words(name))


def _title_of(place: str) -> str:
    return file_name(place).partition(".")[0] or file_name(place)


def _theme_of(place: str) -> str:
    """Return the theme whose id is a folder of the path, else one that fits anything."""
    parts = set(Path(place).absolute().parts)
    return next((theme.id for theme in themes() if theme.id in parts), _DEFAULT_THEME)


def _source_of(unpacked: Unpacked, *, delivery: Delivery, keep: Keep | None, stem: str, form: str) -> dict[str, Any]:
    """Return where a card finds the bytes: an address as it stands, else the copy beside the card."""
    if delivery.sha256 is not None and not unpacked.kinds:
        return {"url": delivery.place, "sha256": delivery.sha256, "bytes": unpacked.path.stat().st_size}
    return {"path": f"{keep.theme if keep else _theme_of(delivery.place)}/{stem}.{_SUFFIXES.get(form, form)}"}
