"""Editions: a newer file of a dataset, kept beside the one that is published until `datahall publish` takes it.

It lies in a hidden file, which neither the hall nor a fetch looks at. Publishing puts it in the place of the old one
and, where no version can be made of it, back again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ._cards import LoadedCard


def source_file(loaded: LoadedCard) -> Path | None:
    """Return the one file beside the card that its rows come from; None where they come from elsewhere."""
    (source, *more) = loaded.card.sources
    return loaded.root / source.path if source.path is not None and not more else None


def edition_file(loaded: LoadedCard) -> Path | None:
    """Return where a newer edition of the file waits, whether or not there is one."""
    file = source_file(loaded)
    return file.with_name(f".{file.name}.edition") if file is not None else None


def has_edition(loaded: LoadedCard) -> bool:
    """Say whether a newer edition waits to be published, or publishing one was broken off."""
    file, waiting = source_file(loaded), edition_file(loaded)
    return file is not None and waiting is not None and (waiting.is_file() or not file.is_file())


@contextmanager
def edition_in_place(loaded: LoadedCard) -> Iterator[None]:
    """Put a waiting edition in the place of the file meanwhile; it stays there unless the work fails.

    Whoever calls holds the dataset's lock.
    """
    file, waiting = source_file(loaded), edition_file(loaded)
    if file is None or waiting is None:
        yield
        return
    aside = file.with_name(f".{file.name}.before")
    if aside.is_file():  # whoever did this before was killed
        _put_back(file, waiting=waiting, aside=aside)
    if not waiting.is_file():
        yield
        return
    if file.is_file():
        file.replace(aside)
    try:
        waiting.replace(file)
        yield
    except BaseException:
        _put_back(file, waiting=waiting, aside=aside)
        raise
    aside.unlink(missing_ok=True)


def _put_back(file: Path, *, waiting: Path, aside: Path) -> None:
    if file.is_file() and not waiting.exists():
        file.replace(waiting)
    if aside.is_file():
        aside.replace(file)
