"""Words of the index that begin with what was typed, or are spelled like it: what a typing error may have meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tantivy import Searcher

MOST_FORMS = 5  # that one word may stand for
_SHORTEST = 4  # letters of a word that may hold an error; of shorter ones every other word is one
_TWO_ERRORS = 8  # letters from which there may be two
_SHORTEST_CHINESE = 3
_LOOKED_AT = 20_000  # words of one beginning
_SHORTEST_BEGINNING = 3
_MOST_SOUNDED = 2_000  # words of one first character; there are a few dozen of most


def find_beginnings(
    word: str, *, searcher: Searcher, shortest: int = _SHORTEST_BEGINNING, most: int = MOST_FORMS
) -> list[str]:
    """Return the `most` frequent words that begin with `word`, which has at least `shortest` letters."""
    if len(word) < (shortest if word.isascii() else min(shortest, 2)):
        return []
    found = searcher.terms_with_prefix("spelled", word, limit=_LOOKED_AT)
    return [term for term, _ in sorted(found, key=lambda each: -each[1])[:most]]


def find_alike(word: str, *, searcher: Searcher) -> list[str]:
    """Return the words that differ from `word` by an error or two, the nearest and then the most frequent first.

    The first two letters are thought to be right; only where nothing is found, one of them, in either place.
    """
    errors = _allowed_errors(word)
    if not errors:
        return []
    for beginnings in ((word[:2],), (word[:1], word[1:2])):
        found = {term: count for start in beginnings for term, count in _list_words(start, searcher)}
        found.pop(word, None)
        near = _nearest(word, found, errors=errors)
        if near:
            return near
    return []


def find_homophones(word: str, *, searcher: Searcher) -> list[str]:
    """Return the Chinese words that sound like `word` and begin with the same character, the most frequent first.

    Who types by sound (pinyin) and takes a wrong character writes such words; tones are not typed.
    """
    from pypinyin import lazy_pinyin

    found = [each for each in _list_words(word[:1], searcher) if len(each[0]) == len(word) and each[0] != word]
    sound = lazy_pinyin(word)
    alike = [each for each in found[:_MOST_SOUNDED] if lazy_pinyin(each[0]) == sound]
    return [term for term, _ in sorted(alike, key=lambda each: -each[1])[:MOST_FORMS]]


def _list_words(beginning: str, searcher: Searcher) -> list[tuple[str, int]]:
    return searcher.terms_with_prefix("spelled", beginning, limit=_LOOKED_AT) if beginning else []


def _allowed_errors(word: str) -> int:
    if not word.isascii():
        return int(len(word) >= _SHORTEST_CHINESE)
    if any(sign.isdigit() for sign in word):  # another number is another thing
        return 0
    return 0 if len(word) < _SHORTEST else 1 if len(word) < _TWO_ERRORS else 2


def _nearest(word: str, found: dict[str, int], *, errors: int) -> list[str]:
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import extract

    near = extract(word, found.keys(), scorer=OSA.distance, score_cutoff=errors, limit=50)
    best = sorted(near, key=lambda each: (each[1], -found[each[0]]))[:MOST_FORMS]
    return [term for term, distance, _ in best if distance == best[0][1]]
