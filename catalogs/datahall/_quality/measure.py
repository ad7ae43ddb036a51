"""One measure of quality: its score, the counts behind it, why it is so and how to improve it, in both languages."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from .._messages import N_, Phrase, translate

Count = Annotated[int, Field(ge=0)]
GOOD, FAIR = 0.9, 0.5  # from here on a score is called so, in notebooks and on the hall's pages
_FAIR, _LOW = N_("fair"), N_("low")
Score = Annotated[float, Field(ge=0, le=1)]

# Every measure, in the order in which they are shown; a test holds that each is measured.
TITLES = {
    "completeness": N_("Completeness"),
    "validity": N_("Validity"),
    "uniqueness": N_("Unique keys"),
    "duplicates": N_("No duplicates"),
    "ranges": N_("Plausible ranges"),
    "freshness": N_("Freshness"),
    "drift": N_("Stability"),
}

_NOT_JUDGED = N_("not judged")


class Stored(BaseModel):
    """What is written into ``version.json``: strict, because it is read again after years."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sentences(Stored):
    """A text in both languages."""

    en: str = Field(max_length=2_000)
    zh: str = Field(max_length=2_000)

    def __getitem__(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


class Measure(Stored):
    """A score between 0 and 1 (None where there is nothing to judge), `count` good ones out of `of`."""

    id: str
    score: Score | None
    count: Count
    of: Count
    reason: Sentences
    advice: Sentences | None = None

    def title(self, language: str) -> str:
        """Return the measure's name in `language`."""
        return translate(TITLES[self.id], language=language)

    def spoken_score(self, language: str) -> str:
        """Return the score as people read it."""
        return translate(_NOT_JUDGED, language=language) if self.score is None else percent(self.score)


def describe_level(score: float | None, *, language: str) -> str:
    """Return the word for a score that is less than good, which a colour alone must not say; else nothing."""
    if score is None or score >= GOOD:
        return ""
    return translate(_FAIR if score >= FAIR else _LOW, language=language)


def say_in_both(text: str, **values: object) -> Sentences:
    """Return a marked text in both languages with `values` put in, lists and counts as people write them."""
    return Sentences(**{each: translate(text, language=each, **_spoken(values, each))[:2_000] for each in ("en", "zh")})


def ratio(count: int, of: int) -> float:
    """Return the share, rounded down to four digits, so that only what is whole is called 1."""
    return count * 10_000 // of / 10_000


def percent(score: float) -> str:
    """Return a share for people; 99.96 % is not called 100 %, and what is not nothing not 0 %."""
    value = score * 100
    if 0 < value < 1 or 99 < value < 100:
        return f"{min(max(value, 0.01), 99.99):.2f} %"
    return f"{value:.0f} %"


def _spoken(values: dict[str, object], language: str) -> dict[str, object]:
    return {key: _spell(value, language) for key, value in values.items()}


def _spell(value: object, language: str) -> object:
    if isinstance(value, bool | Phrase):
        return value
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        named = [str(item)[:60] for item in value[:5]] + (["…"] if len(value) > 5 else [])
        return ("、" if language == "zh" else ", ").join(named)
    return value
