"""How well the card describes the dataset: points after the European metadata quality assessment.

Dimensions, indicators and points are those of data.europa.eu (https://data.europa.eu/mqa/methodology). Where the
assessment probes addresses, this counts what the fetch has proved: the bytes came from their address, and were as
promised. Pure: a card in, points with their reasons out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from pydantic import Field

from .._messages import N_, translate
from .._placeholders import find_placeholders
from .._vocabulary import access_levels, formats, licenses, publishers
from ..card import Card
from .measure import Count, Sentences, Stored, say_in_both

DIMENSIONS = {
    "findability": N_("Findability"),
    "accessibility": N_("Accessibility"),
    "interoperability": N_("Interoperability"),
    "reusability": N_("Reusability"),
    "contextuality": N_("Contextuality"),
}

# From this many points on a card is called so; the assessment's own bounds.
RATINGS = ((351, N_("excellent")), (221, N_("good")), (121, N_("sufficient")), (0, N_("bad")))

# Readable by one maker's programs only, or by people only.
_PROPRIETARY = ("xls", "mdb", "dbf", "sas7bdat", "sav", "dta")
_FOR_PEOPLE = ("pdf", "html", "docx", "txt")

_FETCH = N_("Fetch the dataset; where that fails, mend the address of its source.")
_CLOSED = N_("The data is not open, so that nobody can download it here.")


@dataclass(frozen=True)
class Indicator:
    """One question to a card: its dimension, its points, how it is called and what to do where the answer is no."""

    id: str
    dimension: str
    points: int
    title: str
    advice: str
    is_met: Callable[[Card, bool], bool]  # the card, and whether a version of it is in the store


class Answer(Stored):
    """The answer to one indicator: its points, or 0."""

    title: Sentences
    points: Count
    of: Count
    advice: Sentences | None = None


class Dimension(Stored):
    """One of the five dimensions with the answers to its indicators."""

    id: str
    answers: tuple[Answer, ...]

    @property
    def points(self) -> int:
        """The points reached."""
        return sum(answer.points for answer in self.answers)

    @property
    def of(self) -> int:
        """The points that can be reached."""
        return sum(answer.of for answer in self.answers)

    @property
    def score(self) -> float:
        """The share of the points, between 0 and 1."""
        return self.points / self.of

    def title(self, language: str) -> str:
        """Return the dimension's name in `language`."""
        return translate(DIMENSIONS[self.id], language=language)


class Metadata(Stored):
    """The points of a card by dimension."""

    dimensions: tuple[Dimension, ...] = Field(min_length=1)

    @property
    def points(self) -> int:
        """The points reached, of 405."""
        return sum(dimension.points for dimension in self.dimensions)

    @property
    def of(self) -> int:
        """The points that can be reached."""
        return sum(dimension.of for dimension in self.dimensions)

    def rating(self, language: str) -> str:
        """Return the assessment's word for these points in `language`."""
        return translate(next(word for bound, word in RATINGS if self.points >= bound), language=language)


@dataclass(frozen=True)
class Told:
    """Answers that come from elsewhere than the card, by the ids of indicators, and what to do where one is no."""

    answers: Mapping[str, bool]
    advice: str


def assess_metadata(card: Card, *, is_present: bool, told: Told | None = None) -> Metadata:
    """Return the points of `card`; `is_present` says that its data has arrived and been verified.

    What is `told` comes before what the card says.
    """
    return Metadata(
        dimensions=tuple(
            Dimension(
                id=name,
                answers=tuple(
                    _repeat(each, told=told)
                    if told is not None and each.id in told.answers
                    else _ask(each, card=card, is_present=is_present)
                    for each in indicators()
                    if each.dimension == name
                ),
            )
            for name in DIMENSIONS
        )
    )


def _ask(indicator: Indicator, *, card: Card, is_present: bool) -> Answer:
    is_met = indicator.is_met(card, is_present)
    is_closed = indicator.advice == _FETCH and card.access != "open"
    return _answer(indicator, is_met=is_met, advice=_CLOSED if is_closed else indicator.advice)


def _repeat(indicator: Indicator, *, told: Told) -> Answer:
    return _answer(indicator, is_met=told.answers[indicator.id], advice=told.advice)


def _answer(indicator: Indicator, *, is_met: bool, advice: str) -> Answer:
    return Answer(
        title=say_in_both(indicator.title),
        points=indicator.points if is_met else 0,
        of=indicator.points,
        advice=None if is_met else say_in_both(advice),
    )


def _open_keys(card: Card) -> set[object]:
    """Return the keys of the card that still say what a draft says, which is worth no points."""
    return {placeholder.place[0] for placeholder in find_placeholders(card.model_dump(exclude={"fields", "sources"}))}


@cache
def indicators() -> tuple[Indicator, ...]:
    """Return the assessment's indicators in its order."""
    state = N_("State it in the card.")
    fetch = _FETCH
    known = N_("Use a format that the vocabulary formats knows.")
    return tuple(
        Indicator(*each)
        for each in (
            ("keywords", "findability", 30, N_("Keywords"), state, lambda card, _: "keywords" not in _open_keys(card)),
            ("category", "findability", 30, N_("Category"), state, lambda card, _: bool(card.theme)),
            ("place", "findability", 20, N_("Place"), N_("State spatial in the card."),
             lambda card, _: bool(card.spatial)),
            ("time", "findability", 20, N_("Time"), N_("State temporal in the card."),
             lambda card, _: bool(card.temporal)),
            ("reached", "accessibility", 50, N_("The data can be reached"), fetch, lambda _, is_present: is_present),
            ("download-address", "accessibility", 20, N_("Download address"),
             N_("Name a public address (url) for every source."),
             lambda card, _: all(source.url for source in card.sources)),
            ("download-works", "accessibility", 30, N_("The download works"), fetch, lambda _, is_present: is_present),
            ("format", "interoperability", 20, N_("Format"), state,
             lambda card, _: all(each.format for each in card.sources)),
            ("media-type", "interoperability", 10, N_("Media type"), known, lambda card, _: all(
                each.format in formats() and bool(formats()[each.format].media_type) for each in card.sources)),
            ("format-known", "interoperability", 10, N_("Format from a vocabulary"), known,
             lambda card, _: all(each.format in formats() for each in card.sources)),
            ("format-open", "interoperability", 20, N_("Open format"),
             N_("Ask the publisher for an open format, such as CSV."),
             lambda card, _: not any(each.format in _PROPRIETARY + _FOR_PEOPLE[:1] for each in card.sources)),
            ("machine-readable", "interoperability", 20, N_("Readable by machines"),
             N_("Ask the publisher for a format that programs read, such as CSV."),
             lambda card, _: not any(each.format in _FOR_PEOPLE for each in card.sources)),
            ("dcat-ap", "interoperability", 30, N_("What DCAT-AP requires"),
             N_("Give the card a title and a description."),
             lambda card, _: not _open_keys(card) & {"title", "description", "homepage", "publisher"}
             and bool(card.homepage or card.synthetic)),
            ("license", "reusability", 20, N_("Licence"), state, lambda card, _: "license" not in _open_keys(card)),
            ("license-known", "reusability", 10, N_("Licence from a vocabulary"),
             N_("Use a licence with an SPDX id, where the publisher grants one."),
             lambda card, _: card.license in licenses() and not card.license.startswith("LicenseRef-")),
            ("access", "reusability", 10, N_("Access"), state, lambda card, _: bool(card.access)),
            ("access-known", "reusability", 5, N_("Access from a vocabulary"), state,
             lambda card, _: card.access in access_levels()),
            ("contact", "reusability", 20, N_("Whom to ask"),
             N_("Give the publisher a homepage in the vocabulary publishers."),
             lambda card, _: card.publisher in publishers() and publishers()[card.publisher].homepage is not None),
            ("publisher", "reusability", 10, N_("Publisher"), state,
             lambda card, _: card.publisher in publishers() and "publisher" not in _open_keys(card)),
            ("rights", "contextuality", 5, N_("Rights"),
             N_("Give the licence an address or its text in the vocabulary licenses."),
             lambda card, _: card.license in licenses() and "license" not in _open_keys(card)
             and bool(licenses()[card.license].url or licenses()[card.license].text)),
            ("size", "contextuality", 5, N_("Size of the file"), N_("State bytes for every source."),
             lambda card, _: all(source.bytes is not None for source in card.sources)),
            ("issued", "contextuality", 5, N_("Date of issue"), fetch, lambda _, is_present: is_present),
            ("modified", "contextuality", 5, N_("Date of change"), N_("State modified in the card."),
             lambda card, _: card.modified is not None),
        )
    )  # fmt: skip
