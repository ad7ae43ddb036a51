"""What ``version.json`` keeps of a version's quality: plain, checked when it is read again, free of any engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from .measure import Count, Measure, Stored
from .metadata import Metadata

LONGEST_VALUE = 60  # characters of a value that is noted
Finite = Annotated[float, Field(allow_inf_nan=False)]  # JSON knows no other numbers


class Distribution(Stored):
    """The values of one field: how many are empty and different, and either bars or the most frequent ones."""

    name: str
    kind: Literal["numbers", "times", "words", "none"]
    type: str
    filled: Count
    empty: Count = Field(description="also those of blanks alone")
    distinct: Count | None = Field(default=None, description="about; within some percent where there are many")
    minimum: str | None = None
    maximum: str | None = None
    mean: Finite | None = None
    median: Finite | None = None
    fences: tuple[Finite, Finite] | None = Field(default=None, description="beyond these, numbers are far out")
    edges: tuple[Finite, ...] = ()
    values: tuple[str, ...] = ()
    counts: tuple[Count, ...] = ()

    @property
    def rest(self) -> int:
        """How many values are none of the most frequent."""
        return max(0, self.filled - sum(self.counts))


class StoredQuality(Stored):
    """The measures of the rows, the distributions, and the card's points when the version was made."""

    measures: tuple[Measure, ...]
    fields: tuple[Distribution, ...]
    metadata: Metadata


def read_stored(record: Mapping[str, Any]) -> StoredQuality | None:
    """Return the quality in a version's record; None in one from before there was any, or that is damaged."""
    quality = record.get("quality")
    if not isinstance(quality, dict):
        return None
    try:
        return StoredQuality.model_validate({key: quality[key] for key in StoredQuality.model_fields if key in quality})
    except ValidationError:
        return None
