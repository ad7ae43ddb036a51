"""The quality report that a person holds: read from the store, completed with what depends on today."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from .._messages import N_, chosen_language, translate
from ..card import Card
from .freshness import measure_freshness
from .measure import FAIR, GOOD, TITLES, Measure, describe_level, percent
from .metadata import Metadata, assess_metadata
from .record import Distribution, StoredQuality

_METADATA = N_("Metadata")
_SUMMARY = N_("Data: {data}. Metadata: {points} of {of} points, {rating}.")


class Quality:
    """How good a dataset's version is, and how well its card describes it; shows itself with a picture in a notebook.

    Attributes
    ----------
    measures : tuple of Measure
        Completeness, validity, unique keys, duplicates, ranges, freshness and stability: each with a score from 0
        to 1 (None where there is nothing to judge), `count` good ones out of `of`, a reason and an advice.
    metadata : Metadata
        Points of the card after the European metadata quality assessment, by dimension; 405 are whole.
    fields : tuple of Distribution
        How the values of each field are distributed; empty while the data is not in the store.
    """

    bounds = (FAIR, GOOD)  # below the first a score is low, from the second on good

    def __init__(
        self,
        *,
        dataset_id: str,
        version: str | None,
        measures: tuple[Measure, ...],
        metadata: Metadata,
        fields: tuple[Distribution, ...],
    ) -> None:
        self.dataset_id = dataset_id
        self.version = version
        self.measures = measures
        self.metadata = metadata
        self.fields = fields

    @property
    def score(self) -> float | None:
        """The mean of the scores that could be judged, from 0 to 1; None where none could."""
        scores = [measure.score for measure in self.measures if measure.score is not None]
        return sum(scores) / len(scores) if scores else None

    def level(self, score: float | None, language: str) -> str:
        """Return the word for a score that is less than good; the hall's page asks for it."""
        return describe_level(score, language=language)

    def without_values(self) -> Quality:
        """Return the report without the distributions, for data whose values should not be shown."""
        return Quality(
            dataset_id=self.dataset_id,
            version=self.version,
            measures=self.measures,
            metadata=self.metadata,
            fields=(),
        )

    def __getitem__(self, measure_id: str) -> Measure:
        """Return one measure by its id, such as ``completeness``."""
        for measure in self.measures:
            if measure.id == measure_id:
                return measure
        raise KeyError(measure_id)

    def summary(self, language: str) -> str:
        """Return both scores in one line."""
        return translate(
            _SUMMARY,
            language=language,
            data="–" if self.score is None else percent(self.score),
            points=self.metadata.points,
            of=self.metadata.of,
            rating=self.metadata.rating(language),
        )

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values, the sentences in both languages."""
        return {
            "id": self.dataset_id,
            "version": self.version,
            "score": self.score,
            "measures": [measure.model_dump(mode="json") for measure in self.measures],
            "metadata": {
                "points": self.metadata.points,
                "of": self.metadata.of,
                "rating": {language: self.metadata.rating(language) for language in ("en", "zh")},
                **self.metadata.model_dump(mode="json"),
            },
            "fields": [each.model_dump(mode="json") for each in self.fields],
        }

    def __str__(self) -> str:
        return "\n".join(self._lines(chosen_language()))

    def __repr__(self) -> str:
        return str(self)

    def _lines(self, language: str) -> Iterator[str]:
        yield f"{self.dataset_id}@{self.version or '–'}"
        for measure in self.measures:
            yield f"{measure.spoken_score(language)}  {measure.title(language)}"
            yield f"    {measure.reason[language]}"
            if measure.advice is not None:
                yield f"    → {measure.advice[language]}"
        points = f"{self.metadata.points}/{self.metadata.of}"
        yield f"{points}  {translate(_METADATA, language=language)}: {self.metadata.rating(language)}"
        for dimension in self.metadata.dimensions:
            yield f"    {dimension.points}/{dimension.of}  {dimension.title(language)}"
            for answer in dimension.answers:
                if answer.advice is not None:
                    yield f"        {answer.title[language]} → {answer.advice[language]}"

    def _repr_html_(self) -> str:
        from .page import quality_html

        return quality_html(self)


def assess(
    card: Card, *, dataset_id: str, version: str | None, stored: StoredQuality | None, today: date | None = None
) -> Quality:
    """Return the report: what was measured, with freshness and metadata as of now; no `version`: no data is here."""
    freshness = measure_freshness(card, today=today or datetime.now(UTC).date(), version=version)
    measured = {measure.id: measure for measure in (*(stored.measures if stored else ()), freshness)}
    return Quality(
        dataset_id=dataset_id,
        version=version,
        measures=tuple(measured[name] for name in TITLES if name in measured),
        metadata=assess_metadata(card, is_present=version is not None),
        fields=stored.fields if stored else (),
    )
