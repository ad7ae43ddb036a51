"""Texts of any language as words with blanks between them, the same way when a dataset is indexed and searched for.

Width and case are folded, traditional characters become simplified ones, Chinese is cut into words. What is left (stems
of English words, accents) the engine's own tokenizer does, which `build_analyzer` gives.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import tantivy

LONGEST_WORD = 40  # characters; what is longer is an address or a hash

_WORD = re.compile(r"[^\W_]+(?:['’.][^\W_]+)*")
_NARROW = tuple((wide, unicodedata.normalize("NFKC", wide)) for wide in "，：；（）！？％")
HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")


def make_plain(text: str) -> str:
    """Return `text` without halves of characters, which a terminal or a URL may give and no engine takes."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def fold(text: str) -> str:
    """Return `text` in one width and case, Chinese in simplified characters."""
    return _fold(text)[0]


def segment(text: str) -> str:
    """Return folded `text` with blanks around Chinese words, shorter words within longer ones standing before them."""
    folded, is_chinese = _fold(text)
    if not is_chinese:
        return folded
    return HAN.sub(lambda span: f" {' '.join(cut_for_index(span[0]))} ", folded)


def _fold(text: str) -> tuple[str, bool]:
    """Return folded `text`, and whether there is Chinese in it, which takes as long to find as all the rest."""
    if text.isascii():
        return text.lower(), False
    folded = unicodedata.normalize("NFKC", _narrow(text)).casefold()
    return (_simplifier().convert(folded), True) if HAN.search(folded) else (folded, False)


def _narrow(text: str) -> str:
    """Return `text` with common signs of full width in half width; few Chinese texts then take long to normalize."""
    for wide, narrow in _NARROW:
        text = text.replace(wide, narrow)
    return text


def cut_for_index(span: str) -> list[str]:
    """Return the words of a stretch of Chinese, with the shorter words that longer ones consist of."""
    words: list[str] = _segmenter().cut_for_search(span)
    return words


@lru_cache(maxsize=10_000)
def cut(span: str) -> tuple[str, ...]:
    """Return the words of a stretch of Chinese, none within another."""
    return tuple(_segmenter().cut(span))


def cut_words(text: str) -> list[str]:
    """Return the words of `text` as somebody types it: no shorter words within longer ones."""
    return [
        piece
        for word in _WORD.findall(fold(text))
        for piece in HAN.sub(lambda span: f" {' '.join(cut(span[0]))} ", word).split()
    ]


def build_analyzer(*, stemmed: bool = True) -> tantivy.TextAnalyzer:
    """Return the engine's tokenizer for segmented text."""
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    builder = TextAnalyzerBuilder(Tokenizer.simple())
    builder = builder.filter(Filter.remove_long(LONGEST_WORD)).filter(Filter.lowercase()).filter(Filter.ascii_fold())
    return (builder.filter(Filter.stemmer("english")) if stemmed else builder).build()


def build_keeper() -> tantivy.TextAnalyzer:
    """Return the engine's tokenizer that leaves a text whole."""
    from tantivy import TextAnalyzerBuilder, Tokenizer

    return TextAnalyzerBuilder(Tokenizer.raw()).build()


def build_silencer() -> tantivy.TextAnalyzer:
    """Return the engine's tokenizer that leaves nothing of a text."""
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    return TextAnalyzerBuilder(Tokenizer.raw()).filter(Filter.remove_long(0)).build()


@cache
def _analyzer() -> tantivy.TextAnalyzer:
    return build_analyzer()


@lru_cache(maxsize=50_000)
def stem(word: str) -> tuple[str, ...]:
    """Return the terms that the index has for a segmented word: one, or several where signs part it."""
    return tuple(_analyzer().analyze(word))


@cache
def _simplifier() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")


@cache
def _segmenter() -> Any:
    import rjieba

    return rjieba
