"""Typed rows from what a feed sent; a record that cannot be read keeps none of the others away, and is kept itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from .._casting import Misfit
from .._messages import N_, Phrase, speak
from ..card import Card
from ..errors import UnreadableSource
from .feeds import MOST_LINES, News

if TYPE_CHECKING:
    import polars as pl

MOST_REFUSED = 200  # of one piece of news, where they are most of it
MOST_MALFORMED = 2_000  # of one piece: each takes some milliseconds to find
AHEAD = timedelta(minutes=10)  # by which a sender's clock may be fast


@dataclass(frozen=True)
class Refused:
    """A record as it came, and why it is not among the rows."""

    record: str
    reason: str


def read_records(news: News, *, card: Card, folder: Path) -> tuple[pl.DataFrame, list[Refused]]:
    """Return the rows in `news`, in the order of their arrival, and what could not be read.

    Parameters
    ----------
    folder : Path
        Where a file may be written meanwhile.

    Raises
    ------
    UnreadableSource
        It is no text of the source's format, or most of its records cannot be read: not they are wrong, but the card.
    """
    reader = _Reader(news.head, card=card, file=folder / "news")
    stream = card.stream
    assert stream is not None
    refused: list[Refused] = []
    try:
        frame = reader.read(news.body)
    except UnreadableSource as error:
        if not stream.grows:
            raise
        records = list(split_records(news.body, quote=card.sources[0].quote))
        frame, refused = reader.read_apart(records, because=error)
    refused += reader.misfits
    if len(refused) > max(MOST_REFUSED, frame.height) and reader.first is not None:
        raise UnreadableSource(
            N_("{source}: {count} of {total} records cannot be read, the first for field {field}: {value}: {reason}."),
            source=card.sources[0].name,
            count=len(refused),
            total=len(refused) + frame.height,
            field=reader.first.field,
            value=repr(reader.first.value),
            reason=Phrase(reader.first.reason),
            hint=N_("Correct the card's field, or the source."),
        )
    return frame, refused


def set_apart(
    frame: pl.DataFrame, *, card: Card, now: datetime, since: date | None
) -> tuple[pl.DataFrame, list[Refused]]:
    """Return the rows that have a key and a time that can be, and the others.

    Parameters
    ----------
    now : datetime
        With an offset; what is said to have happened later than a few minutes from now did not.
    since : date, optional
        The first day that the dataset still holds.
    """
    import polars as pl

    stream = card.stream
    assert stream is not None
    moment, day = moment_of(frame.schema[stream.time], name=stream.time, zone=stream.timezone), day_of(frame, card=card)
    latest = (now + AHEAD).astimezone(ZoneInfo("UTC"))
    has_no_key = pl.any_horizontal(pl.col(name).is_null() for name in (*card.primary_key, stream.time))
    reasons = [
        (has_no_key, speak(N_("its key or its time is empty"))),
        (moment > latest, speak(N_("it is said to come from the future"))),
    ]
    if since is not None:
        reasons.append((day < since, speak(N_("it is older than what this dataset holds"))))
    why = pl.coalesce(*(pl.when(test).then(pl.lit(reason)) for test, reason in reasons))
    judged = frame.with_columns(why.alias("\0why"))
    bad = judged.filter(pl.col("\0why").is_not_null())
    refused = [
        Refused(json.dumps(row, ensure_ascii=False, default=str), reason)
        for row, reason in zip(bad.drop("\0why").iter_rows(named=True), bad["\0why"], strict=True)
    ]
    return judged.filter(pl.col("\0why").is_null()).drop("\0why"), refused


def moment_of(kind: pl.DataType, *, name: str, zone: str) -> pl.Expr:
    """Return the expression for the moment of a row, in UTC; times without an offset are of `zone`."""
    import polars as pl

    column = pl.col(name).cast(pl.Datetime("us")) if kind == pl.Date else pl.col(name)
    if kind == pl.Datetime("us", "UTC"):
        return column
    return column.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")


def day_of(frame: pl.DataFrame, *, card: Card) -> pl.Expr:
    """Return the expression for the day of a row, in the stream's time zone."""
    import polars as pl

    stream = card.stream
    assert stream is not None
    column = pl.col(stream.time)
    if frame.schema[stream.time] == pl.Datetime("us", "UTC"):
        column = column.dt.convert_time_zone(stream.timezone)
    return column.cast(pl.Date) if frame.schema[stream.time] == pl.Date else column.dt.date()


def split_records(body: bytes, *, quote: str | None) -> Iterator[bytes]:
    """Yield the records of growing text: lines, or several together where a quote is open at the end of a line."""
    mark = (quote or "").encode()
    lines = body.splitlines(keepends=True)
    start = 0
    while start < len(lines):
        count = next(
            (
                number
                for number in range(1, MOST_LINES + 1)
                if not mark or sum(line.count(mark) for line in lines[start : start + number]) % 2 == 0
            ),
            1,
        )
        yield b"".join(lines[start : start + count])
        start += count


class _Reader:
    """Reads bytes as the card says, by way of a file with the lines that belong above them."""

    def __init__(self, head: bytes, *, card: Card, file: Path) -> None:
        self._head = head
        self._card = card.model_copy(update={"primary_key": ()})  # doubled records are for the next step
        self._file = file
        self.misfits: list[Refused] = []
        self.first: Misfit | None = None

    def read(self, body: bytes) -> pl.DataFrame:
        """Return the rows whose values fit; the others are among the `misfits`."""
        import polars as pl

        from .._readers import read_sources

        before = len(self.misfits)
        self._file.write_bytes(self._head + body)
        try:
            scratch = self._file.parent
            return pl.concat(read_sources([self._file], card=self._card, scratch=scratch, set_apart=self._set_apart))
        except BaseException:
            del self.misfits[before:]  # they come again with the smaller pieces
            raise
        finally:
            self._file.unlink()

    def read_apart(self, records: Sequence[bytes], *, because: UnreadableSource) -> tuple[pl.DataFrame, list[Refused]]:
        """Return the rows of the records that are well formed, and those that are not, found by halving."""
        import polars as pl

        frames: list[pl.DataFrame] = [self.read(b"")]
        refused: list[Refused] = []
        waiting = [records]
        while waiting:
            part = waiting.pop()
            try:
                frames.append(self.read(b"".join(part)))
            except UnreadableSource as error:
                if len(part) > 1:
                    middle = len(part) // 2
                    waiting += [part[middle:], part[:middle]]
                    continue
                text = part[0].decode(self._card.sources[0].encoding, errors="backslashreplace")
                refused.append(Refused(text.rstrip("\r\n"), error.message()))
                if len(refused) > MOST_MALFORMED:
                    raise because from error
        return pl.concat(frames), refused

    def _set_apart(self, row: Mapping[str, str | None], misfit: Misfit) -> None:
        self.first = self.first or misfit
        reason = speak(
            N_("field {field}: {value}: {reason}"),
            field=misfit.field,
            value=repr(misfit.value),
            reason=speak(misfit.reason),
        )
        self.misfits.append(Refused(json.dumps(row, ensure_ascii=False), reason))
