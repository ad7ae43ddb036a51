"""What somebody who is still typing may want: words of the index that go on so, and titles that hold all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .analysis import cut_words, fold, make_plain, stem
from .requests import Suggestion
from .schema import build_schema
from .spelling import MOST_FORMS, find_beginnings

if TYPE_CHECKING:
    from tantivy import Query, Searcher

LONGEST = 60  # characters; who has typed more knows what it is called
_IN_COMMON = 2  # different words that alike datasets have in common; one alone says little
_TELLING = 20  # words of a dataset by which others are found to be like it
_LOOKED_AT = 500  # keywords of one beginning
_MOST_BEGUN = 200  # words that the last one may become where others stand before it, which leave few titles


def find_phrases(text: str, *, searcher: Searcher, rows: int) -> list[str]:
    """Return the keywords that begin with `text`, the most frequent first."""
    beginning = fold(make_plain(text)).lstrip()
    if not beginning or len(beginning) > LONGEST:
        return []
    found = searcher.terms_with_prefix("phrase", beginning, limit=_LOOKED_AT)
    return [phrase for phrase, _ in sorted(found, key=lambda each: (-each[1], len(each[0]), each[0]))[:rows]]


def match_titles(text: str, *, searcher: Searcher) -> Query | None:
    """Return the query for titles with all words of `text`, the last of which may have just been begun."""
    from tantivy import Occur, Query

    words = cut_words(make_plain(text[:LONGEST]))
    if not words:
        return None
    if len(words) > 1 and len(words[-1]) == 1 and words[-1].isascii():  # a letter begins too many words
        words = words[:-1]
    *whole, last = words
    clauses = [_match_title([term]) for word in whole for term in stem(word)]
    begun = find_beginnings(last, searcher=searcher, shortest=2, most=_MOST_BEGUN if whole else MOST_FORMS)
    # What is not written to its end has no stem yet: that of "ins" is "in".
    forms = dict.fromkeys([last, *(term for word in begun for term in stem(word))] if begun else stem(last))
    if forms:
        clauses.append(_match_title(list(forms)))
    # One clause that stands by itself need not be gone through to its end.
    return clauses[0] if len(clauses) == 1 else Query.boolean_query([(Occur.Must, each) for each in clauses])


def name_titles(titles: Mapping[str, str]) -> list[Suggestion]:
    """Return `titles` by id, each once: what several are called leads to a search, where they differ."""
    alike: dict[str, list[Suggestion]] = {}
    for id, title in titles.items():
        alike.setdefault(fold(title), []).append(Suggestion(title, id))
    return [several[0] if len(several) == 1 else Suggestion(several[0].text) for several in alike.values()]


def _match_title(terms: Sequence[str]) -> Query:
    from tantivy import Occur, Query

    return Query.boolean_query([(Occur.Should, Query.term_query(build_schema(), "title", term)) for term in terms])


def match_alike(texts: Mapping[str, Sequence[str]], *, searcher: Searcher, id: str, theme: str | None) -> Query:
    """Return the query for datasets whose titles and keywords are like those given, of the same theme rather.

    The rarest words tell most. The engine's own query of this kind ends the process's thread where deleted documents
    still count, so the words are chosen here.
    """
    from tantivy import Occur, Query

    schema = build_schema()
    terms = {(field, term) for field, several in texts.items() for text in several for term in stem(text)}
    known = sorted((searcher.doc_freq(field, term), field, term) for field, term in terms)
    telling = [(field, term) for frequency, field, term in known if frequency > 1][:_TELLING]
    if not telling:  # each is in this dataset alone
        return Query.empty_query()
    places: dict[str, list[str]] = {}
    for field, term in telling:
        places.setdefault(term, []).append(field)
    words = [
        Query.boolean_query([(Occur.Should, Query.term_query(schema, field, term)) for field in fields])
        for term, fields in places.items()
    ]
    needed = min(_IN_COMMON, len(words))
    alike = Query.boolean_query([(Occur.Should, each) for each in words], minimum_number_should_match=needed)
    clauses = [(Occur.Must, alike), (Occur.MustNot, Query.term_query(schema, "id", id))]
    if theme is not None:
        clauses.append((Occur.Should, Query.const_score_query(Query.term_query(schema, "theme", theme), 1.0)))
    return Query.boolean_query(clauses)
