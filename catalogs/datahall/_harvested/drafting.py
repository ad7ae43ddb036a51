"""From a file that came to the table in it: what `datahall add` would draft, for the largest table there is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import ValidationError

from .._adding.addition import find_tables
from .._adding.deliveries import Delivery
from .._adding.effort import Effort, Progress
from .._adding.tables import AddedTable
from .._reader_words import explain_reader, quote_reader
from ..card import Card
from ..errors import N_, UnreadableSource
from .limits import Limits

MOST_FINDINGS = 100  # that are kept of a file; a stranger's may have one for each column
MOST_NAMES = 200  # of other tables
_OF_COLUMNS = ("title", "description", "unit", "semantic")
_LOOK_EVERY = 1 << 24  # bytes between two looks at what was unpacked


@dataclass(frozen=True)
class DraftedTable:
    """The table that was chosen: its card, the plain file that the card reads, and what else there is."""

    card: Card
    file: Path
    name: str
    others: tuple[str, ...]
    findings: tuple[dict[str, object], ...]
    personal: tuple[str, ...]  # columns that seem to hold personal data


@contextmanager
def draft_table(
    file: Path, *, url: str, words: dict[str, Any], origin: dict[str, Any] | None, scratch: Path, limits: Limits
) -> Iterator[DraftedTable]:
    """Give the largest table of `file`, which came from `url`; what is unpacked lies in `scratch` meanwhile.

    `words` are the parts of the card that the record knows: title, description and the like. `origin` is the card that
    the dataset has in another Datahall, whose words for the same columns are taken over.

    Raises
    ------
    UnreadableSource
        There is no table in it, or none that can be read.
    """
    with TemporaryDirectory(prefix="unpacked-", dir=scratch) as folder:
        effort = Effort(_watch(Path(folder), url=url, limits=limits))
        delivery = Delivery(_name_of(url), file, Path(folder))
        found = _find_tables(delivery, effort=effort, url=url)
        added, plain = max(found, key=lambda each: (each[0].rows * len(each[0].fields), each[0].rows))
        others = tuple(table.name or "" for table, _ in found if table is not added)
        yield DraftedTable(
            card=_validate(added, words=words, origin=origin or {}, url=url),
            file=plain,
            name=added.name,
            others=others[:MOST_NAMES],
            findings=tuple(finding.as_json("en") for finding in added.findings[:MOST_FINDINGS]),
            personal=tuple(
                dict.fromkeys(
                    finding.field for finding in added.findings if finding.code == "personal-data" and finding.field
                )
            ),
        )


def _find_tables(delivery: Delivery, *, effort: Effort, url: str) -> list[tuple[AddedTable, Path]]:
    """Return the tables; a gap that a stranger's file finds in one of many readers is a fault of that file alone."""
    try:
        return find_tables(delivery, effort=effort)
    except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise UnreadableSource(
            N_("{file} cannot be read: {reason}."), code="unreadable", file=url, reason=explain_reader(error)
        ) from error


def _watch(folder: Path, *, url: str, limits: Limits) -> Progress:
    """Return what is called while the file is unpacked and read: it gives up what takes too long or grows too far."""
    looked = done = 0

    def watch(size: int, _expected: int | None) -> None:
        nonlocal looked, done
        limits.check_time(url)
        done += size
        if done - looked >= _LOOK_EVERY:
            looked = done
            limits.check_unpacked(folder, url=url)

    return watch


def _name_of(url: str) -> str:
    """Return what the file is called, as a plain name: it must not lead anywhere."""
    return Path(unquote(urlsplit(url).path)).name[:200] or "table"


def _validate(added: AddedTable, *, words: dict[str, Any], origin: dict[str, Any], url: str) -> Card:
    if not added.rows:
        raise UnreadableSource(N_("{file} holds no rows."), code="no-rows", file=url)
    content = {**added.card, **words, "sources": added.card["sources"], "fields": added.card["fields"]}
    content.pop("draft", None)
    try:
        return Card.model_validate(_with_origin(content, origin=origin))
    except ValidationError:
        pass  # that card is a stranger's, too
    try:
        return Card.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise UnreadableSource(
            N_("What was drafted for {file} is no valid card: {reason}."),
            code="no-card",
            file=url,
            reason=quote_reader(N_("one of its words is not allowed"), error=ValueError(f"{place}: {first['msg']}")),
        ) from error


def _with_origin(content: dict[str, Any], *, origin: dict[str, Any]) -> dict[str, Any]:
    """Return the draft with what another Datahall's card says of columns of the same names and types."""
    told = origin.get("fields")
    known = {each.get("name"): each for each in told if isinstance(each, dict)} if isinstance(told, list) else {}
    fields = [
        {**field, **{word: each[word] for word in _OF_COLUMNS if each.get(word)}}
        if (each := known.get(field["name"], {})).get("type") == field["type"]
        else field
        for field in content["fields"]
    ]
    return {**content, "fields": fields}
