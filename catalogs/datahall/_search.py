"""Find datasets by words in either language.

Every word must occur; where it occurs decides the order (title before keywords before the rest), then how many
are whole keywords. English words match from their beginning (``ferti`` finds fertility) and in their other
forms (``raining`` finds rain, ``cities`` finds city); Chinese text matches by its characters: whole, or by all
of its pairs, so that 城市人口 also finds a card that says 城市 and 人口.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from ._cards import LoadedCard, load_shelf
from ._dataset import Dataset
from ._nearest import find_near_terms
from ._results import Results
from ._vocabulary import publishers, themes
from .errors import N_, UnknownTheme, check_text

# Weight of each place; a title says what a dataset is, a description also what it is not.
_TITLE, _ID, _KEYWORDS, _THEME, _FIELDS, _REST = 8.0, 6.0, 5.0, 3.0, 2.0, 1.0

_PIECES = 0.6  # a word found in pieces is worth less than one found whole

_INVENTED = 0.3  # synthetic data stands behind real data that holds the words about as well

# What may be taken off the end of an English word, down to a stem that still says something.
_ENDINGS = ("ments", "ment", "ings", "ing", "ed", "y")
_SHORTEST_STEM = 4

_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_WORD = re.compile(r"[a-z0-9]+(?:[.'-][a-z0-9]+)*|[\u3400-\u9fff]+")


def search(text: str = "", *, theme: str | None = None) -> Results:
    """Return the datasets in which every word of `text` occurs, the best match first.

    Parameters
    ----------
    text : str
        Words in English or Chinese; empty for all datasets.
    theme : str, optional
        Only datasets of this theme (one of ``datahall.themes()``).

    Returns
    -------
    Results

    Raises
    ------
    UnknownTheme
        There is no such theme (the message proposes near ones).
    WrongType
        What is searched for is no text.
    """
    check_text(text, name="text", example='"metro"')
    if theme is not None and theme not in {entry.id for entry in themes()}:
        raise unknown_theme(theme)
    words = _WORD.findall(_folded(text))
    found = [loaded for loaded in load_shelf().cards.values() if theme in (None, loaded.card.theme)]
    if text.strip():
        scores = {
            loaded.id: score(words, places=_places(loaded)) * (_INVENTED if loaded.card.synthetic else 1.0)
            for loaded in found
        }
        found = [loaded for loaded in found if scores[loaded.id] > 0]
        found.sort(key=lambda loaded: (-scores[loaded.id], -_count_keywords(words, loaded=loaded), loaded.id))
    return Results([Dataset(loaded) for loaded in found])


def unknown_theme(theme: str) -> UnknownTheme:
    """Return the error for a theme that there is not, with near ones or all that there are."""
    terms = {entry.id: entry for entry in themes()}
    near = find_near_terms(theme, terms.values())
    return UnknownTheme(
        N_("There is no theme {theme}."),
        theme=repr(theme),
        known=", ".join(terms),
        near=", ".join(near),
        hint=N_("Did you mean {near}?") if near else N_("The themes are: {known}."),
    )


def score(words: Sequence[str], *, places: Sequence[tuple[float, str]]) -> float:
    """Return how well `places` (weight, folded text) hold all `words`; 0 where one is missing."""
    total = 0.0
    for word in words:
        best = max(_best(word, places), _in_pieces(word, places))
        if best == 0:
            return 0.0
        total += best
    return total


def _count_keywords(words: Sequence[str], *, loaded: LoadedCard) -> int:
    """Return how many of `words` are whole keywords, which parts equals: the Nile comes before West Nile virus."""
    keywords = {_folded(keyword) for keyword in (*loaded.card.keywords.en, *loaded.card.keywords.zh)}
    return len(keywords.intersection(words))


def _best(word: str, places: Sequence[tuple[float, str]]) -> float:
    return max(weight * _match(word, place) for weight, place in places)


def _in_pieces(word: str, places: Sequence[tuple[float, str]]) -> float:
    """Return how well the pairs of a longer Chinese word are held, each wherever it stands."""
    if len(word) < 3 or not _CHINESE.fullmatch(word):
        return 0.0
    pairs = {word[start : start + 2] for start in (*range(0, len(word) - 1, 2), len(word) - 2)}
    values = [_best(pair, places) for pair in pairs]
    return _PIECES * sum(values) / len(values) if all(values) else 0.0


def _match(word: str, place: str) -> float:
    """Return 1 for the whole word, less for a part of it, 0 for none."""
    if _CHINESE.match(word):
        return 1.0 if word in place else 0.0
    for form, worth in _forms(word):
        found = re.search(rf"(?<![a-z0-9]){re.escape(form)}(\w*)", place)
        if found:
            return worth if not found[1] else worth * 0.7
    return 0.0


@lru_cache(maxsize=1_000)
def _forms(word: str) -> tuple[tuple[str, float], ...]:
    """Return an English word and its other forms, each with its worth: cities, city; raining, rain."""
    singular = _singular(word)
    forms = {word: 1.0, singular: 0.9}
    if singular.endswith("y") and singular[-2:-1] not in "aeiou":
        forms.setdefault(singular[:-1] + "ies", 0.9)
    for ending in _ENDINGS:
        stem = singular.removesuffix(ending)
        if stem != singular and len(stem) >= _SHORTEST_STEM:
            forms.setdefault(stem, 0.5)
    return tuple(forms.items())


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


@lru_cache(maxsize=20_000)
def _places(loaded: LoadedCard) -> tuple[tuple[float, str], ...]:
    card = loaded.card
    theme = next(theme for theme in themes() if theme.id == card.theme)
    publisher = publishers()[card.publisher]
    fields = " ".join(f"{field.name} {field.title.en} {field.title.zh}" for field in card.fields)
    places = (
        (_TITLE, f"{card.title.en} {card.title.zh}"),
        (_ID, f"{loaded.id} {loaded.id.replace('-', ' ')}"),
        (_KEYWORDS, " | ".join((*card.keywords.en, *card.keywords.zh))),
        (_THEME, f"{theme.title.en} {theme.title.zh} {publisher.title.en} {publisher.title.zh}"),
        (_FIELDS, fields),
        (_REST, f"{card.description.en} {card.description.zh} {' '.join(card.spatial)}"),
    )
    return tuple((weight, _folded(text)) for weight, text in places)
