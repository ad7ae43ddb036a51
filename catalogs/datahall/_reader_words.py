"""What the reader of a format complains of, in a person's words: libraries speak English and of themselves.

Their own words stand in quotes at the end: they name the row or byte for whoever mends the file.
"""

from __future__ import annotations

import json

from ._messages import N_, Phrase
from .errors import DatahallError

_LONGEST = 200  # characters of a library's words
_ENCODING = N_("its bytes are no text in the encoding in which it is read")
_UNKNOWN_ENCODING = N_("there is no encoding of that name")
_NESTED = N_("its values are nested beyond measure")
_JSON = N_("its JSON is broken or ends too soon")
_NO_ROWS = N_("its rows are no table: cells are missing or too many, or a quote is open")
_DAMAGED = N_("it is damaged, or not what it is said to be")
_BY_FORM = {
    **dict.fromkeys(("json", "jsonl", "geojson"), _JSON),
    **dict.fromkeys(("csv", "tsv", "rdb"), _NO_ROWS),
    **dict.fromkeys(("xml", "kml"), N_("its XML is broken or ends too soon")),
    **dict.fromkeys(("xlsx", "xls", "ods"), N_("it is no workbook of a spreadsheet, or a damaged one")),
    "parquet": N_("it is no Parquet file, or not a whole one"),
    "sqlite": N_("it is no SQLite database, or a damaged one"),
    "shapefile": N_("it is no shapefile, or a damaged one"),
}  # fmt: skip


class Misfit(ValueError):
    """What a reader of our own complains of, in a marked text; `reason` can be told in both languages."""

    def __init__(self, text: str, **values: str) -> None:
        self.reason = DatahallError(text, hint="", terminal_hint="", code=None, **values)
        super().__init__(self.reason.message("en"))


def explain_reader(error: BaseException, *, form: str = "") -> DatahallError:
    """Return why a file does not read as `form`, as the reason of another error; a library has raised `error`."""
    if isinstance(error, Misfit):
        return error.reason
    return quote_reader(_tell(error, form=form), error=error)


def quote_reader(text: str, *, error: BaseException) -> DatahallError:
    """Return the marked `text` with the words of a library behind it."""
    return DatahallError(N_("{what} (its reader says “{words}”)"), what=Phrase(text), words=_words_of(error))


def _tell(error: BaseException, *, form: str) -> str:
    if isinstance(error, UnicodeError):
        return _ENCODING
    if type(error) is LookupError:  # as codecs has it; an index or key that is missing is of another type
        return _UNKNOWN_ENCODING
    if isinstance(error, RecursionError):
        return _NESTED
    if isinstance(error, json.JSONDecodeError):
        return _JSON
    return _BY_FORM.get(form, _DAMAGED)


def _words_of(error: BaseException) -> str:
    """Return the first line of what a library says, else what it calls the error."""
    said = next((line for line in str(error).splitlines() if line.strip()), "") or type(error).__name__
    plain = "".join(sign if sign.isprintable() else " " for sign in said)
    return " ".join(plain.split())[:_LONGEST].rstrip(". ")
