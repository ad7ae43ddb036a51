"""Publication: from a draft to a dataset, and from a new edition of its file to the next version.

Nothing is published that still says "to be named", and no personal data unless somebody says so by name. The version is
made and looked through before anybody can see it; the card ceases to be a draft last.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import store
from ._card_problems import Problem, check_placeholders
from ._card_text import read_text, without_draft, write_text
from ._cards import LoadedCard, load_card, load_card_or_draft
from ._documents import load_document
from ._editions import edition_in_place, has_edition
from ._locations import find_locations
from ._messages import Phrase, chosen_language
from ._personal_data import KINDS, PersonalData, scan_files
from .errors import N_, DatahallError

if TYPE_CHECKING:
    from ._difference import Difference
    from ._download import Progress


@dataclass(frozen=True)
class Publication:
    """What `datahall.publish` has done.

    Attributes
    ----------
    id : str
        ``<theme>/<name>``.
    status : str
        ``published`` (it was a draft), ``updated`` (there is a new version) or ``unchanged``.
    version : str or None
        The version that readers get now; None for data that is not open, which the store does not hold.
    rows : int or None
        How many rows it has.
    earlier : str or None
        The version that readers got before, where it is another one.
    difference : Difference or None
        What changed since that.
    quality : str
        The quality report in a line, in the environment's language.
    """

    id: str
    status: str
    version: str | None
    rows: int | None
    earlier: str | None
    difference: Difference | None
    quality: str

    def as_json(self) -> dict[str, Any]:
        """Return the form that programs rely on."""
        difference = self.difference.as_json() if self.difference is not None else None
        names = ("id", "status", "version", "rows", "earlier", "quality")
        return {**{name: getattr(self, name) for name in names}, "difference": difference}


class NotPublished(DatahallError):
    """Something is to be done before the dataset may be seen; `problems` says what, thing by thing."""

    code = "not-published"

    def __init__(self, text: str, *, problems: Sequence[dict[str, object]], code: str, **values: Any) -> None:
        super().__init__(text, code=code, count=len(problems), **values)
        self.problems = tuple(problems)

    def as_json(self, language: str | None = None) -> dict[str, Any]:
        """Return the form that programs rely on, with all that is to be done."""
        return {"error": {**super().as_json(language)["error"], "problems": list(self.problems)}}


def publish(
    dataset_id: str, *, accept_personal_data: Collection[str] = (), progress: Progress | None = None
) -> Publication:
    """Publish a draft, or the next version of a dataset whose source has changed.

    Parameters
    ----------
    dataset_id : str
        ``<theme>/<name>``, of a card in ``DATAHALL_HOME/datasets`` or of any published dataset.
    accept_personal_data : collection of str
        Columns that hold personal data, or seem to, and are published all the same.
    progress : callable, optional
        Called with the bytes just received and the bytes announced (or None).

    Returns
    -------
    Publication

    Raises
    ------
    NotPublished
        The card still holds what a draft says (code ``placeholders``), or the rows hold personal data that nobody has
        accepted (code ``personal-data``). `problems` lists them.
    UnknownDataset, InvalidCard, SourceFailed, UnreadableSource, StoreFailed

    Examples
    --------
    >>> datahall.publish("weather/my-rain").version  # doctest: +SKIP
    '0000-00-00.3f9c2a1b'
    """
    _require_home()
    loaded = _find(dataset_id)
    _require_filled(loaded)
    unknown = [name for name in accept_personal_data if name not in {field.name for field in loaded.card.fields}]
    if unknown:
        raise DatahallError(
            N_("{id} has no column {names}; it has: {present}."),
            code="unknown-column",
            id=loaded.id,
            names=", ".join(unknown),
            present=", ".join(field.name for field in loaded.card.fields),
        )
    before = store.find_latest(dataset_id)
    if loaded.card.access == "open":
        _bring_version(loaded, accepted=accept_personal_data, progress=progress)
    elif has_edition(loaded):
        _take_edition_unseen(loaded)
    if loaded.card.draft:
        write_text(loaded.file, without_draft(read_text(loaded.file), file=loaded.file))
    return _describe(loaded, before=before)


def _require_home() -> None:
    if not find_locations().is_writable:
        raise DatahallError(
            N_("Nothing can be published from here: the catalog is read-only."),
            code="read-only",
            hint=N_("Publish on the hall's machine, with its DATAHALL_HOME."),
        )


def _find(dataset_id: str) -> LoadedCard:
    """Return the card, published or not; raises what `store.find_card` raises for one that there is not."""
    return load_card_or_draft(dataset_id) or store.find_card(dataset_id)


def _require_filled(loaded: LoadedCard) -> None:
    if not loaded.card.draft:
        return
    found = check_placeholders(load_document(loaded.file), file=loaded.file)
    if found:
        raise NotPublished(
            N_("{id} cannot be published yet: {count} things in its card are still to be filled in."),
            code="placeholders",
            problems=[_told(problem) for problem in found],
            id=loaded.id,
            file=loaded.file,
            hint=N_("Fill them in, in {file}, and publish again."),
        )
    without_draft(read_text(loaded.file), file=loaded.file)  # raises now rather than after minutes of fetching


def _told(problem: Problem) -> dict[str, object]:
    return {"file": problem.file, "line": problem.line, "field": problem.field, "message": problem.message}


def _bring_version(loaded: LoadedCard, *, accepted: Collection[str], progress: Progress | None) -> None:
    """Make the version that the card and its sources describe now, unless readers have it."""
    if loaded.card.stream is not None:
        store.take_arrivals(loaded)
        return
    folder = store.dataset_folder(loaded.id)
    with store.store_errors(folder), store.lock(folder):
        if not loaded.card.draft and not has_edition(loaded) and store.is_current(loaded.id):
            return
        with edition_in_place(loaded):
            store.make_version(loaded, check=_refuse_personal_data(loaded, accepted=accepted), progress=progress)


def _take_edition_unseen(loaded: LoadedCard) -> None:
    """Put the newer file of data that is not open in the old one's place; the store holds no version of it."""
    folder = store.dataset_folder(loaded.id)
    with store.store_errors(folder), store.lock(folder), edition_in_place(loaded):
        pass


def _refuse_personal_data(loaded: LoadedCard, *, accepted: Collection[str]) -> Callable[[tuple[Path, ...]], None]:
    """Return what raises NotPublished where rows hold personal data in columns that are not `accepted`."""

    def check(files: tuple[Path, ...]) -> None:
        found = [each for each in scan_files(files) if each.column not in accepted]
        if found:
            columns = list(dict.fromkeys(each.column for each in found))
            raise NotPublished(
                N_("{id} is not published: columns seem to hold personal data ({columns})."),
                code="personal-data",
                problems=[_describe_personal(each, loaded=loaded) for each in found],
                id=loaded.id,
                columns=", ".join(columns),
                option=" ".join(f"--accept-personal-data {column}" for column in columns),
                hint=N_(
                    "Take them out (from the card's fields to `ignore` in its source), or coarsen them in the file. "
                    "If they may be public all the same: {option}"
                ),
            )

    return check


def _describe_personal(found: PersonalData, *, loaded: LoadedCard) -> dict[str, object]:
    """Return one column's remark; the values themselves are in none."""
    sentence = DatahallError(
        N_("{column}: {count} values ({share}) are {kind}; the first rows: {rows}."),
        column=found.column,
        count=found.words,
        share=f"{found.share:.1%}",
        kind=Phrase(KINDS[found.kind]),
        rows=", ".join(map(str, found.lines)),
    )
    place = {"file": str(loaded.file), "field": found.column, "kind": found.kind}
    return {**place, "count": found.count, "share": round(found.share, 4), "message": sentence.message()}


def _describe(loaded: LoadedCard, *, before: str | None) -> Publication:
    from ._dataset import Dataset

    now = store.find_card(loaded.id) if not loaded.card.draft else _reload(loaded)
    item, version = Dataset(now), store.find_latest(loaded.id)
    is_new = version is not None and version != before
    earlier = before if is_new and before is not None and store.has_version(loaded.id, before) else None
    return Publication(
        id=loaded.id,
        status="published" if loaded.card.draft else "updated" if is_new else "unchanged",
        version=version,
        rows=item.rows,
        earlier=earlier,
        difference=item.diff(earlier, str(version)) if earlier is not None else None,
        quality=item.known_quality().summary(chosen_language()),
    )


def _reload(loaded: LoadedCard) -> LoadedCard:
    """Return the card as it is now that it is no draft; the file has just been written."""
    now, _problems = load_card(loaded.file, root=loaded.root)
    return now or loaded
