"""How the values of each field are distributed, as a small picture and in words, for the list of fields.

Taken from the quality report of a version, which never changes, so it is drawn once for each language.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from datahall import Dataset
from datahall._quality.picture import describe_distribution, draw_distribution
from markupsafe import Markup

SHOWN = 40  # fields of a page; of wider tables the others have no picture


@dataclass(frozen=True)
class FieldValues:
    """The picture (empty where there is none) and the words."""

    picture: Markup
    words: str


def view_field_values(dataset: Dataset, *, language: str) -> dict[str, FieldValues]:
    """Return the values of the fields of the version that `dataset` reads, by name; empty where they are not known."""
    return _view(dataset, language, id(dataset.card))  # the kept dataset holds its card, so the number stays its


@lru_cache(maxsize=1_000)
def _view(dataset: Dataset, language: str, _card: int) -> dict[str, FieldValues]:
    known = dataset.known_quality().fields[:SHOWN]
    return {
        each.name: FieldValues(
            Markup(draw_distribution(each, language=language)),  # noqa: S704 it escapes what comes of the data
            describe_distribution(each, language=language),
        )
        for each in known
    }
