"""Titles and the best passage of a description, with what matches marked."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from functools import lru_cache

from .._plain_text import take_markup_off
from .analysis import HAN, fold, stem
from .requests import Piece

LONGEST_SNIPPET = 240  # characters
_LOOKED_THROUGH = 5_000  # characters of a description in which the passage is looked for

_FIRST_HAN = "\u3400"
_RUN = re.compile(rb"\x00+|\x01+")
_TOKEN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+|[^\W_]+", re.UNICODE)


def mark(text: str, *, terms: Set[str]) -> tuple[Piece, ...]:
    """Return `text` in pieces, those marked whose words have one of the `terms` as their stem."""
    return _pieces(text, _find_matches(text, terms=terms))


def cut_snippet(text: str, *, terms: Set[str]) -> tuple[Piece, ...]:
    """Return the passage of `text` with most different terms, marked; its beginning where there is none."""
    text = take_markup_off(text[:_LOOKED_THROUGH], in_one_line=True)
    matches = _find_matches(text, terms=terms)
    start = _best_start(text, matches)
    end = _find_end(text, start + LONGEST_SNIPPET)
    inside = [(first - start, last - start, term) for first, last, term in matches if start <= first and last <= end]
    pieces = _pieces(text[start:end], inside)
    before = (Piece("… "),) if start else ()
    after = (Piece(" …"),) if end < len(text) else ()
    return (*before, *pieces, *after)


Match = tuple[int, int, str]


def _find_matches(text: str, *, terms: Set[str]) -> list[Match]:
    if not terms:
        return []
    found: list[Match] = []
    tokens = _words_beginning_with("".join(sorted({term[0] for term in terms}))) if text.isascii() else _TOKEN
    for token in tokens.finditer(text):
        word = token[0]
        if word[0] >= _FIRST_HAN and HAN.match(word):
            found.extend(_find_in_chinese(word, start=token.start(), terms=terms))
            continue
        stems = _stem_word(word)
        if not terms.isdisjoint(stems):
            found.append((token.start(), token.end(), stems[0]))
    return found


@lru_cache(maxsize=1_000)
def _words_beginning_with(letters: str) -> re.Pattern[str]:
    """Return the pattern of words of ASCII with one of these first letters, which no stem changes."""
    return re.compile(rf"(?<![^\W_])[{re.escape(letters)}][^\W_]*", re.IGNORECASE)


@lru_cache(maxsize=100_000)
def _stem_word(word: str) -> tuple[str, ...]:
    return stem(fold(word))


def _find_in_chinese(span: str, *, start: int, terms: Set[str]) -> list[Match]:
    """Return where `terms` stand in Chinese; simplified and traditional texts are of one length."""
    folded = fold(span)
    if len(folded) != len(span):
        return []
    here = {term for term in terms if term in folded}
    return [
        (start + at.start(), start + at.end(), term)
        for term in sorted(here, key=len, reverse=True)
        for at in re.finditer(re.escape(term), folded)
    ]


def _best_start(text: str, matches: Sequence[Match]) -> int:
    """Return where the passage begins that holds most different terms, at the beginning of a sentence or word."""
    best, best_count = 0, 0
    for first, _last, _term in matches[:100]:
        inside = {term for start, end, term in matches if first <= start and end <= first + LONGEST_SNIPPET - 40}
        if len(inside) > best_count:
            best, best_count = first, len(inside)
    if best < LONGEST_SNIPPET // 2:
        return 0
    sentence = max(text.rfind(sign, best - 100, best) for sign in (". ", "。", "；", "; "))
    if sentence >= 0:
        return sentence + (2 if text[sentence + 1 : sentence + 2] == " " else 1)
    return text.rfind(" ", best - 60, best - 20) + 1 or best - 20


def _find_end(text: str, end: int) -> int:
    """Return where a passage ends that has room up to `end`: not within a word, which Chinese ones do not show."""
    is_within = end < len(text) and text[end - 1 : end + 1].isalnum() and not HAN.search(text[end - 1 : end + 1])
    blank = text.rfind(" ", end - LONGEST_SNIPPET // 4, end) if is_within else -1
    return blank if blank >= 0 else min(len(text), end)


def _pieces(text: str, matches: Sequence[Match]) -> tuple[Piece, ...]:
    marked = bytearray(len(text))
    for first, last, _term in matches:
        marked[first:last] = b"\x01" * (last - first)
    return tuple(Piece(text[run.start() : run.end()], bool(run[0][0])) for run in _RUN.finditer(marked))
