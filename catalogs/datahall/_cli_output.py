"""How the command line speaks: tables and JSON on standard output, remarks and progress on standard error."""

from __future__ import annotations

import json
import sys
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from ._deprecation import tell_deprecation
from ._download import Progress
from ._messages import N_, chosen_language, speak
from .errors import DatahallWarning

if TYPE_CHECKING:
    from ._dataset import Dataset


def print_json(content: Any) -> None:
    """Print one JSON document."""
    print(json.dumps(content, ensure_ascii=False, indent=1))


def say(*lines: str) -> None:
    """Print remarks that are no part of the answer."""
    print(*lines, sep="\n", file=sys.stderr)


@contextmanager
def spoken_warnings() -> Iterator[None]:
    """Turn a `DatahallWarning` into a remark, without the line of code that Python would show with it."""

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if issubclass(category, DatahallWarning):
            say(f"datahall: {message}")
        else:
            usual(message, category, filename, lineno, file, line)

    with warnings.catch_warnings():
        warnings.simplefilter("always", DatahallWarning)
        usual, warnings.showwarning = warnings.showwarning, show
        yield


def print_rows(rows: Sequence[Sequence[str]]) -> None:
    """Print aligned columns; Chinese characters take two places."""
    if not rows:
        return
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
        print("  ".join(cells).rstrip())


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _stream_rows(item: Dataset) -> list[tuple[str, str]]:
    """Return how the data arrives, where it does: when its source last answered, and what came."""
    state = item.stream
    if state is None or state.counts is None:
        return []
    told = speak(
        N_("{received} records, {waiting} rows in no version yet, {refused} records not read (DATAHALL_HOME/refused)"),
        received=f"{state.counts.get('received', 0):,}",
        waiting=f"{state.waiting:,}",
        refused=f"{state.counts.get('refused', 0):,}",
    )
    answered = state.answered.isoformat(timespec="seconds") if state.answered else "–"
    return [(speak(N_("last answer")), answered), (speak(N_("arrived")), told)]


def print_dataset(item: Dataset) -> None:
    """Print a dataset's card in the reader's language: titles, what a row is, origin, licence, fields."""
    from ._vocabulary import licenses, publishers

    card, language = item.card, chosen_language()
    print(f"{card.title.zh}\n{card.title.en}\n" if language == "zh" else f"{card.title.en}\n{card.title.zh}\n")
    print(card.description[language] + "\n")
    rows = f"{item.rows:,}" if item.rows is not None else "–"
    print_rows(
        [
            (speak(N_("id")), item.id),
            (speak(N_("versions")), ", ".join(item.versions()) or speak(N_("not fetched yet"))),
            (speak(N_("rows")), rows),
            *_stream_rows(item),
            (speak(N_("publisher")), publishers()[card.publisher].title[language]),
            (speak(N_("licence")), licenses()[card.license].title[language]),
            *([(speak(N_("homepage")), card.homepage)] if card.homepage else []),
            (speak(N_("quality")), item.known_quality().summary(language)),
            *([(speak(N_("deprecated")), tell_deprecation(card, language=language))] if card.deprecated else []),
            *([(speak(N_("synthetic")), speak(N_("yes: made up, not observed")))] if card.synthetic else []),
        ]
    )
    print()
    print_rows([(field.name, field.type, field.title[language], field.unit or "") for field in card.fields])


@contextmanager
def fetch_progress(name: str, *, quiet: bool) -> Iterator[Progress | None]:
    """Give a callback that draws a bar, where a person is watching; else None."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    bar = Bar(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task(name, total=None)

    def advance(received: int, total: int | None) -> None:
        bar.start()  # with the first bytes: what is there already, or comes from a package, needs no bar
        bar.update(task, advance=received, total=total)

    try:
        yield advance
    finally:
        bar.stop()
