"""Whether a version shows personal data, or gives secrets away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .data_judge import MANIFEST
from .finding import Finding, Place
from .findings import make_finding
from .personal_data import count_personal_data
from .pieces import NOTEBOOK, as_text, list_cells
from .secrets_in_text import find_named_secrets, find_secrets
from .subject import Subject

MOST_VALUES, MOST_OF_ALL = 3_000, 20_000  # of one place, and of all: some seconds


def judge_privacy(subject: Subject) -> Iterator[Finding]:
    """Yield which personal data seem to stand in what people read, and where not all of it was looked at."""
    left = MOST_OF_ALL
    for place, readings in subject.group_readings():
        counts = count_personal_data((reading.text for reading in readings), most=min(MOST_VALUES, left))
        left -= counts.looked
        for kind, count in counts.kinds.items():
            yield make_finding("personal-data", place, kind=kind, count=count)
        if counts.is_cut or any(reading.is_cut for reading in readings):
            yield make_finding("too-much-text", place)


def judge_secrets(subject: Subject) -> Iterator[Finding]:
    """Yield where secrets seem to stand: in code and texts with their lines, in outputs by their cells."""
    cells = [(number, as_text(cell.get("source")), cell) for number, cell in list_cells(subject.notebook)]
    for number, source, _ in cells:
        for line, kind, service in find_secrets(source):
            yield _tell(Place(file=NOTEBOOK, cell=number, line=line), kind, service)
    code = [(number, source) for number, source, cell in cells if cell.get("cell_type") == "code"]
    for number, line in find_named_secrets(code):
        yield make_finding("secret-named", Place(file=NOTEBOOK, cell=number, line=line))
    for field, text in _list_texts(subject.manifest.model_dump(exclude={"slug", "folder"})):
        for _, kind, service in find_secrets(text):
            yield _tell(Place(file=MANIFEST, field=field), kind, service)
    for place, readings in subject.group_readings():
        if place.language:  # of a trial; the cells themselves have been looked at
            found = {what[1:]: None for reading in readings for what in find_secrets(reading.text)}
            yield from (_tell(place, kind, service) for kind, service in found)


def _tell(place: Place, kind: str, service: str) -> Finding:
    return make_finding("secret", place, kind=kind, **({"service": service} if service else {}))


def _list_texts(value: Any, *, field: str = "") -> Iterator[tuple[str, str]]:
    """Yield the texts of a manifest, which is no deeper than its model, with the names of their fields."""
    if isinstance(value, str):
        yield field, value
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield from _list_texts(part, field=f"{field}.{name}" if field else str(name))
