"""Which file of another portal's dataset a notebook opens, and how another one is read, in Markdown. Pure.

What a portal says stays text: titles are escaped, and an address stands in a string of Python.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from ._messages import N_, translate

if TYPE_CHECKING:
    from ._harvesting.record import Distribution

_LISTED = 5  # other files
_LONGEST = 120  # characters of a file's title
_SIGNS = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_{}[]()<>#+!|~$&"})
_READERS = {
    "csv": "import polars as pl\n\nother = pl.read_csv({address}, infer_schema=False)\nother",
    "tsv": 'import polars as pl\n\nother = pl.read_csv({address}, separator="\\t", infer_schema=False)\nother',
    "parquet": "import polars as pl\n\nother = pl.read_parquet({address})\nother",
    "jsonl": "import polars as pl\n\nother = pl.read_ndjson({address})\nother",
}
_ANY = "datahall.add({address})"  # says what is in it

_OPENED = N_("**File**: {file}. It is the one whose rows are in the hall.")
_TRIED = N_("**File**: {file}. It is tried first; where it cannot be read, the next one is.")
_OTHERS = N_("Other files of the source:")
_MORE = N_("and {n} more, in `ds.entry.distributions`")
_HOW = N_("To read another one, put its address here and run the lines in a cell of their own:")


def tell_files(files: Sequence[Distribution], *, here: str | None, language: str) -> str:
    """Return which of `files`, the best first, is opened and what others there are; nothing where there is none.

    `here` is the address of the one whose rows the hall has.
    """
    first = next((each for each in files if each.url == here), None)
    if not files or (here is not None and first is None):
        return ""
    opened = first or files[0]
    others = [each for each in files if each.url != opened.url]
    told = translate(_OPENED if first else _TRIED, language=language, file=_name(opened))
    return "\n\n".join([told, *(_tell_others(others, language=language) if others else ())])


def _tell_others(others: Sequence[Distribution], *, language: str) -> list[str]:
    listed = [f"- {_name(each)}" for each in others[:_LISTED]]
    if len(others) > _LISTED:
        listed.append(f"- {translate(_MORE, language=language, n=len(others) - _LISTED)}")
    lines = _READERS.get(_reader_of(others[0]), _ANY).format(address=json.dumps(others[0].url))
    return [
        f"{translate(_OTHERS, language=language)}\n\n" + "\n".join(listed),
        f"{translate(_HOW, language=language)}\n\n```python\n{lines}\n```",
    ]


def _reader_of(file: Distribution) -> str:
    return file.format or "" if file.packed is None else ""


def _name(file: Distribution) -> str:
    """Return a file's title, format and address."""
    said = " ".join(file.title.split())[:_LONGEST] or _last_part(file.url)
    format = f" ({file.format.upper()})" if file.format else ""
    address = file.url.translate({ord(sign): f"%{ord(sign):02X}" for sign in "<>`\\ "})
    return f"{said.translate(_SIGNS)}{format} <{address}>"


def _last_part(address: str) -> str:
    parts = urlsplit(address)
    return unquote(parts.path.rstrip("/").rpartition("/")[2])[:_LONGEST] or parts.netloc
