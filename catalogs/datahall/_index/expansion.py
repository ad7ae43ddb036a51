"""What each typed word may stand for in the index: itself, its synonyms, words spelled alike, parts of it, a year.

A word that the index has is taken as it stands, with its synonyms. One that it lacks is looked for in other forms,
each worth less than the word itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING

from .analysis import HAN, cut_for_index, stem
from .queries import Word
from .spelling import find_alike, find_beginnings, find_homophones
from .synonyms import LONGEST_NAME, Terms, find_synonyms

if TYPE_CHECKING:
    from tantivy import Searcher

# What a word counts in other forms, beside itself.
SYNONYM, BEGINNING, PARTS, ALIKE, YEAR = 0.6, 0.6, 0.6, 0.6, 0.8

# What it counts that a keyword is just what was typed, whichever it is.
KEYWORD = 2.0
_LEAST_RARITY = 0.1

# Among so many datasets some have typing errors; a word that occurs so many times as often as another was meant there.
_MANY, _LIKELIER = 10_000, 200

_LONGEST_SOUND = 4  # characters of a word that may have been typed by its sound

_YEARS = range(1000, 2200)
_YEAR_WORDS = 4  # digits

# Words that say nothing about what is looked for, unless there are no others.
_EMPTY_WORDS = """
a an and any are as at be been by can did do does for from had has have how i in into is it its me my of on or that the
their there these they this those to was were what when where which who whom whose why will with data dataset datasets
statistics table tables find show list about per more most fewer less
的 和 与 及 或 在 是 了 有 吗 呢 年 月 日 各 每 个 哪 哪个 哪些 什么 多少 怎么 如何 为什么 好 找 请问 数据 数据集
统计 资料 信息 表 情况 地区
"""
# Who says one of these wants invented data, and it is no worse than real data then.
_PRACTICE_WORDS = frozenset({"practice", "synthetic", "invented", "练习", "合成", "模拟"})

_STOP_WORDS = frozenset(_EMPTY_WORDS.split())


@dataclass(frozen=True)
class Choice:
    """Terms that stand one after the other, and what they count beside the word itself."""

    terms: Terms
    worth: float = 1.0


@dataclass(frozen=True)
class Part:
    """One word of what is sought, in any of its forms; `years` where it may be a year that the data covers."""

    choices: tuple[Choice, ...]
    years: tuple[int, int] | None = None
    corrected: str | None = None  # what it is thought to be misspelt for


@dataclass(frozen=True)
class Sought:
    """Something that should be found: all `parts`, or one of the `others`; `weight` from 0 to 1 says how rare it is.

    `keyword` is what was typed where datasets have it as a keyword, with what this counts.
    """

    words: tuple[str, ...]
    parts: tuple[Part, ...]
    others: tuple[Choice, ...] = ()
    weight: float = 1.0
    keyword: Choice | None = None

    @property
    def means_practice(self) -> bool:
        """Whether invented data is asked for."""
        return not _PRACTICE_WORDS.isdisjoint(self.words)

    @property
    def is_known(self) -> bool:
        """Whether the index has anything for it."""
        return bool(self.others) or all(part.choices or part.years for part in self.parts)

    @property
    def terms(self) -> set[str]:
        """All terms that count as found, to be marked."""
        choices = [choice for part in self.parts for choice in part.choices]
        return {term for choice in (*choices, *self.others) for term in choice.terms}


@dataclass
class Vocabulary:
    """How often the index at hand has a term; asked for many times in one search."""

    searcher: Searcher
    _counts: dict[str, int] = field(default_factory=dict)

    def count(self, term: str) -> int:
        """Return how many datasets have `term`."""
        if term not in self._counts:
            self._counts[term] = self.searcher.doc_freq("text", term)
        return self._counts[term]

    def find_keyword(self, words: Sequence[str]) -> Choice | None:
        """Return the keyword that `words` are together; None where no dataset has it."""
        keyword = ("" if HAN.search(words[0]) else " ").join(words)
        count = self.searcher.doc_freq("phrase", keyword)
        if not count:
            return None
        rarity = math.log(1 + (self.searcher.num_docs - count + 0.5) / (count + 0.5))  # that BM25 makes it count by
        return Choice((keyword,), KEYWORD / max(rarity, _LEAST_RARITY))

    def has(self, terms: Terms) -> bool:
        """Return whether every one of `terms` occurs."""
        return bool(terms) and all(self.count(term) for term in terms)

    def weigh(self, count: int) -> float:
        """Return how much a word of `count` datasets says, from 0.3 (in all) to 1 (in none)."""
        everything = math.log(2 + self.searcher.num_docs)
        return 0.3 + 0.7 * math.log((2 + self.searcher.num_docs) / (1 + count)) / everything


def expand(words: Sequence[Word], *, searcher: Searcher) -> tuple[Sought, ...]:
    """Return what `words` stand for; words that say nothing are left out unless they are all there is."""
    vocabulary = Vocabulary(searcher)
    different = list(dict.fromkeys(words))
    said = [word for word in different if not _says_nothing(word)] or different
    return tuple(_group(said, vocabulary))


def _says_nothing(word: Word) -> bool:
    return len(word.parts) == 1 and word.parts[0] in _STOP_WORDS


def _group(words: Sequence[Word], vocabulary: Vocabulary) -> Iterator[Sought]:
    """Yield what is sought: the longest runs of words that together have synonyms, else word by word."""
    at = 0
    while at < len(words):
        misheard = _read_single_characters(words[at : at + _LONGEST_SOUND], vocabulary)
        if misheard is not None:
            yield misheard
            at += len(misheard.words[0])
            continue
        for length in range(min(LONGEST_NAME, len(words) - at), 0, -1):
            run = words[at : at + length]
            if length > 1 and any(word.is_phrase for word in run):
                continue
            terms = tuple(term for word in run for part in word.parts for term in stem(part))
            names = () if run[0].is_phrase else find_synonyms(terms)
            if names or length == 1:
                yield _seek(run, names, vocabulary)
                at += length
                break


def _read_single_characters(words: Sequence[Word], vocabulary: Vocabulary) -> Sought | None:
    """Return what is meant by characters that no word joins, where together they sound like a word; else None."""
    single = [word.parts[0] for word in takewhile(_is_single_character, words)]
    for length in range(len(single), 1, -1):
        typed = "".join(single[:length])
        meant = find_homophones(typed, searcher=vocabulary.searcher) if not vocabulary.count(typed) else []
        if meant:
            choices = tuple(Choice((each,), ALIKE) for each in meant)
            return Sought((typed,), (Part(choices, corrected=meant[0]),), weight=vocabulary.weigh(0))
    return None


def _is_single_character(word: Word) -> bool:
    return len(word.parts) == 1 and len(word.parts[0]) == 1 and bool(HAN.match(word.parts[0])) and not word.is_phrase


def _seek(run: Sequence[Word], names: Sequence[Terms], vocabulary: Vocabulary) -> Sought:
    typed = {term for word in run for part in word.parts for term in stem(part)}
    known = [name for name in names if vocabulary.has(name)]
    single = {name[0] for name in known if len(name) == 1}
    # A longer name around what was typed ("by year"), or around another name, finds no dataset more; phrases are dear.
    others = tuple(
        Choice(name, SYNONYM)
        for name in known
        if not typed.issubset(name) and (len(name) == 1 or single.isdisjoint(name))
    )
    if run[0].is_phrase:
        terms = tuple(term for part in run[0].parts for term in stem(part))
        parts: tuple[Part, ...] = (Part((Choice(terms),) if vocabulary.has(terms) else ()),)
    else:
        parts = tuple(_read_part(word.parts[0], vocabulary, is_last_resort=not others) for word in run)
    counts = [
        sum(max((vocabulary.count(term) for term in choice.terms), default=0) for choice in part.choices)
        for part in parts
    ]
    weight = vocabulary.weigh(max(min(counts), *(vocabulary.count(choice.terms[0]) for choice in others), 0))
    words = tuple(part for word in run for part in word.parts)
    return Sought(words, parts, others, weight, vocabulary.find_keyword(words))


def _read_part(word: str, vocabulary: Vocabulary, *, is_last_resort: bool) -> Part:
    terms = stem(word)
    years = _read_year(word)
    if vocabulary.has(terms):
        return Part((Choice(terms),), years, corrected=_find_likelier(word, vocabulary))
    if years is not None or not is_last_resort:
        return Part((), years)
    if HAN.search(word):
        return _read_chinese(word, vocabulary)
    beginnings = find_beginnings(word, searcher=vocabulary.searcher)
    if beginnings:
        return Part(tuple(Choice(form, BEGINNING) for form in dict.fromkeys(map(stem, beginnings)) if form))
    alike = find_alike(word, searcher=vocabulary.searcher)
    forms = dict.fromkeys(stem(each) for each in alike)
    return Part(tuple(Choice(form, ALIKE) for form in forms if form), corrected=alike[0] if alike else None)


def _find_likelier(word: str, vocabulary: Vocabulary) -> str | None:
    """Return a word that occurs so much more often than `word` that this one may be somebody's typing error."""
    count = max(vocabulary.count(term) for term in stem(word))
    if vocabulary.searcher.num_docs < _MANY or count * _LIKELIER > vocabulary.searcher.num_docs:
        return None
    for near in find_alike(word, searcher=vocabulary.searcher):
        if stem(near) != stem(word) and vocabulary.count(stem(near)[0]) >= count * _LIKELIER:
            return near
    return None


def _read_chinese(word: str, vocabulary: Vocabulary) -> Part:
    """Return an unknown Chinese word by words it begins or consists of, that sound so, or differ in a character."""
    beginnings = find_beginnings(word, searcher=vocabulary.searcher)
    if beginnings:
        return Part(tuple(Choice((each,), BEGINNING) for each in beginnings))
    alike = find_homophones(word, searcher=vocabulary.searcher) or find_alike(word, searcher=vocabulary.searcher)
    if alike:
        return Part(tuple(Choice((each,), ALIKE) for each in alike), corrected=alike[0])
    pieces = [piece for piece in cut_for_index(word) if piece != word and vocabulary.count(piece)]
    return Part(tuple(Choice((piece,), PARTS) for piece in dict.fromkeys(pieces)))


def _read_year(word: str) -> tuple[int, int] | None:
    if len(word) == _YEAR_WORDS and word.isdecimal() and word.isascii() and int(word) in _YEARS:
        return int(word), int(word)
    return None
