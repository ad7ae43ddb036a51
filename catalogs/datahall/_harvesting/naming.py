"""The names that harvested records have here, ``harvested/<source>--<slug>``: the same whenever and wherever made."""

from __future__ import annotations

import hashlib
import re

from .record import Record
from .words import fold

_MAX_SLUG = 60
_PLAIN = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*$")
_SHORT_NAMES = ("ckan", "frictionless", "socrata", "datahall")  # there the short name is the source's own key


def name_record(record: Record, *, source: str) -> str:
    """Return the id of `record` among ours; `source` is the portal's name, in letters, digits and single hyphens.

    A slug that does not say the whole identifier ends with eight digits of its hash, so that records whose identifiers
    look alike stay apart. CKAN and its like promise that a short name is taken once; who keeps records sees to that.
    """
    if not _PLAIN.match(source):
        raise ValueError(f"{source!r} is not in small letters, digits and single hyphens")
    return f"harvested/{source}--{_slug(record)}"


def _slug(record: Record) -> str:
    if record.kind in _SHORT_NAMES and _PLAIN.match(record.name) and len(record.name) <= 2 * _MAX_SLUG:
        return record.name
    if _PLAIN.match(record.id) and len(record.id) <= _MAX_SLUG:
        return record.id
    words = re.sub("[^a-z0-9]+", "-", fold(record.name or record.id)).strip("-")[:_MAX_SLUG].strip("-")
    digits = hashlib.sha256(record.id.encode()).hexdigest()[:8]
    return f"{words}-{digits}" if words else digits
