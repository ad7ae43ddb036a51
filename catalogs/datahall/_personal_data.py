"""Personal data: which columns hold citizen numbers, telephone numbers, e-mail addresses or bank cards.

A value counts where its form and its check digits say so, by the rules of python-stdnum and phonenumbers; whether a
person stands behind it nobody can tell from a table. Values are counted, and never repeated. Pure, on series of text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ._messages import N_

if TYPE_CHECKING:
    import polars as pl

KINDS = {
    "citizen-number": N_("citizen numbers"),
    "phone": N_("telephone numbers"),
    "e-mail": N_("e-mail addresses"),
    "bank-card": N_("numbers of bank cards"),
}
_LINES = 5  # that are named
_MOST = 5_000  # values of a column that are looked at one by one; then its share is known
_ROWS = 100_000  # of a file at one time
_SHORTEST = 6  # characters of an e-mail address; anything else is longer

_CITIZEN = r"\b\d{17}[\dXx]\b"
_MAIL = r"[\w.%+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}"  # bounded, so that no text takes long
_CARD = r"^\s*\d(?:[ -]?\d){15,18}\s*$"
_MOBILE = r"\b1[3-9]\d[ -]?\d{4}[ -]?\d{4}\b"
_DIALLED = r"^\s*(?:(?:\+|00)\d[\d ().-]{6,17}|\(?0\d{2,3}\)?[ -]?\d{7,8}|\(\d{3}\) ?\d{3}-\d{4}|\d{3}-\d{3}-\d{4})\s*$"
_DECIMAL = r"\s*[+-]?\d+[.,]\d+\s*"  # a number that begins like a telephone number
_LIKELY = "|".join((_CITIZEN, "@", _CARD, _MOBILE, _DIALLED))
for _mark, _plain in ((r"\b", r"(?-u:\b)"), (r"\d", "[0-9]"), (r"\s", r"[ \t]")):  # as in Python's re.ASCII …
    _LIKELY = _LIKELY.replace(_mark, _plain)  # … and twenty times as fast on Chinese text
_CARD_PREFIX = re.compile(r"62|4|5[1-5]|2[2-7]|35|60|65|9")  # UnionPay, Visa, Mastercard, JCB, Discover and old cards
_CALLED_PHONE = re.compile(
    r"phone|mobile|\btel|cell|fax|contact|电话|電話|手机|手機|联系|聯繫|传真|telefon", re.IGNORECASE
)
_REGIONS = ("CN", "US")  # whose telephone numbers are known without a country's code
_ENTRY = "uid"  # what names an entry of a calendar (RFC 5545)
_USUAL = 0.2  # share from which bare figures of the form of telephone numbers are taken for them
_CARDS = 0.5  # likewise for bank cards: one number in ten has the right check digit by chance


@dataclass(frozen=True)
class PersonalData:
    """What a column holds of one kind."""

    column: str
    kind: str
    count: int
    share: float  # of the values that are there, among those that were looked at
    lines: tuple[int, ...]  # the first ones
    is_all: bool = True  # whether all values were looked at

    @property
    def words(self) -> str:
        """How many there are, for people: the number, or that it is one at least."""
        return f"{self.count:,}" if self.is_all else f"≥ {self.count:,}"


@dataclass
class PersonalColumn:
    """What is known so far about one column."""

    name: str
    title: str = ""
    present: int = 0
    looked: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    lines: dict[str, list[int]] = field(default_factory=dict)
    is_marked: bool = False  # some telephone number is written as nothing else is: with + or in groups

    def check(self, text: pl.Series, lines: pl.Series) -> None:
        """Take in some values, with the line of each."""
        if self.looked >= _MOST:
            return
        longest = text.str.len_bytes().max()
        if isinstance(longest, int) and longest >= _SHORTEST:
            places = text.str.contains(_LIKELY).fill_null(False).arg_true()
            if len(places) > _MOST - self.looked:
                text, places = text.head(places[_MOST - self.looked]), places.head(_MOST - self.looked)
            self._look(text.gather(places), lines.gather(places))
        self.present += len(text) - text.null_count()

    def _look(self, values: pl.Series, lines: pl.Series) -> None:
        for value, line in zip(values, lines, strict=True):
            self.looked += 1
            for kind in find_kinds(value):
                self.counts[kind] += 1
                if len(found := self.lines.setdefault(kind, [])) < _LINES:
                    found.append(int(line))
                if kind == "phone" and not value.strip().isdigit():
                    self.is_marked = True

    def found(self) -> Iterator[PersonalData]:
        """Yield what the column holds, kind by kind."""
        for kind in KINDS:
            if (count := self.counts[kind]) and self._is_sure(kind, count / max(1, self.present)):
                share = min(1.0, count / max(1, self.present))
                lines, is_all = tuple(self.lines[kind]), self.looked < _MOST
                yield PersonalData(self.name, kind, count, share, lines, is_all)

    def _is_sure(self, kind: str, share: float) -> bool:
        if kind == "bank-card":
            return share >= _CARDS
        if kind == "phone":
            is_called = _CALLED_PHONE.search(f"{self.name} {self.title}") is not None
            return is_called or self.is_marked or share >= _USUAL
        return kind != "e-mail" or self.name.lower() != _ENTRY  # whose form is that of an address


def find_kinds(value: str) -> set[str]:
    """Return the kinds of personal data that are in a value."""
    kinds = set()
    if any(_is_citizen(number) for number in re.findall(_CITIZEN, value, re.ASCII)):
        kinds.add("citizen-number")
    elif re.search(_CARD, value, re.ASCII) and _is_card(re.sub(r"\D", "", value)):
        kinds.add("bank-card")
    if "@" in value and re.search(_MAIL, value):
        kinds.add("e-mail")
    numbers = re.findall(_MOBILE, value, re.ASCII) or re.findall(_DIALLED, value, re.ASCII)
    if not kinds and not re.fullmatch(_DECIMAL, value) and any(map(_is_phone, numbers)):
        kinds.add("phone")
    return kinds


def _is_citizen(number: str) -> bool:
    from stdnum.cn import ric

    return bool(ric.is_valid(number.upper()))


def _is_card(number: str) -> bool:
    from stdnum import luhn

    return _CARD_PREFIX.match(number) is not None and bool(luhn.is_valid(number))


def _is_phone(text: str) -> bool:
    import phonenumbers

    text = re.sub(r"^\s*00", "+", text)
    for region in _REGIONS:
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(text, region)):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False


def scan_files(files: Sequence[Path]) -> list[PersonalData]:
    """Return what the columns of Parquet files hold; `lines` are the numbers of rows, from 1."""
    import polars as pl
    import pyarrow.parquet as pq

    columns: dict[str, PersonalColumn] = {}
    row = 1
    for file in files:
        with pq.ParquetFile(file) as opened:
            for batch in opened.iter_batches(batch_size=_ROWS):
                frame = pl.DataFrame(batch)
                lines = pl.int_range(row, row + frame.height, eager=True)
                for series in frame.iter_columns():
                    if (text := _as_text(series)) is not None:
                        columns.setdefault(series.name, PersonalColumn(series.name)).check(text, lines)
                row += frame.height
    return [found for column in columns.values() for found in column.found()]


def _as_text(series: pl.Series) -> pl.Series | None:
    """Return a column as texts; None where its type cannot hold personal data of these kinds."""
    import polars as pl

    if series.dtype == pl.String:
        return series
    if series.dtype.is_integer():
        return series.cast(pl.String)
    return series.list.join(" ") if series.dtype == pl.List(pl.String) else None
