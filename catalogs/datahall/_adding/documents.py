"""Documents: what people hand over in place of a table, told by its first bytes and refused with a way out."""

from __future__ import annotations

import re
from pathlib import Path

from .._messages import Phrase
from ..errors import N_, UnreadableSource

EMPTY_HINT = N_("Get the file again, or export the table once more.")

_HEAD = 1 << 10  # bytes that are looked at
_TAR_MARK = slice(257, 262)  # where an archive of tar says so
_KINDS = {
    re.compile(rb"%PDF-"): N_("a PDF document"),
    re.compile(rb"\{\\rtf"): N_("a text document (RTF)"),
    re.compile(rb"(\xef\xbb\xbf)?\s*(<!--.*?-->\s*)?<(!doctype\s+html|html)[\s>]", re.IGNORECASE | re.DOTALL): N_(
        "a page of the web"
    ),
}
_YAML_LINE = re.compile(rb"\s*(- .*|#.*|---|[\w.-]+:( .*)?)\s*")
_YAML_NESTED = re.compile(rb"(?m)^[\w.-]+:[ \t\r]*\n( +[\w.-]+:| *- )")


def refuse_document(path: Path, *, name: str) -> None:
    """Raise UnreadableSource where the file is a document or an archive that is not unpacked here."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    kind = next((kind for pattern, kind in _KINDS.items() if pattern.match(head)), None)
    if head[_TAR_MARK] == b"ustar":
        kind = N_("a tar archive")
    elif kind is None and _is_yaml(head):
        kind = N_("a YAML document")
    if kind is not None:
        raise UnreadableSource(
            N_("{file} is no table but {kind}."),
            code="no-table",
            file=name,
            kind=Phrase(kind),
            hint=N_("Take the table out of it, and save it as CSV in UTF-8 or as .xlsx."),
        )


def _is_yaml(head: bytes) -> bool:
    """Say whether nearly all lines are keys or items, and some key has only these below it."""
    lines = [line for line in head.splitlines()[:-1] if line.strip()]
    fitting = sum(_YAML_LINE.fullmatch(line) is not None for line in lines)
    return bool(lines) and fitting >= 0.9 * len(lines) and _YAML_NESTED.search(head) is not None
