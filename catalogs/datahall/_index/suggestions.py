"""What somebody who is still typing may want: words of the index that go on so, and titles that hold all of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .analysis import cut_words, fold, stem
from .schema import build_schema
from .spelling import find_beginnings

if TYPE_CHECKING:
    from tantivy import Query, Searcher

LONGEST = 60  # characters; who has typed more knows what it is called
_LOOKED_AT = 500  # keywords of one beginning


def find_phrases(text: str, *, searcher: Searcher, rows: int) -> list[str]:
    """Return the keywords that begin with `text`, the most frequent first."""
    beginning = fold(text).lstrip()
    if not beginning or len(beginning) > LONGEST:
        return []
    found = searcher.terms_with_prefix("phrase", beginning, limit=_LOOKED_AT)
    return [phrase for phrase, _ in sorted(found, key=lambda each: (-each[1], len(each[0]), each[0]))[:rows]]


def match_titles(text: str, *, searcher: Searcher) -> Query | None:
    """Return the query for titles with all words of `text`, the last of which may have just been begun."""
    from tantivy import Occur, Query

    words = cut_words(text[:LONGEST])
    if not words:
        return None
    if len(words) > 1 and len(words[-1]) == 1 and words[-1].isascii():  # a letter begins too many words
        words = words[:-1]
    *whole, last = words
    clauses = [_match_title([term]) for word in whole for term in stem(word)]
    forms = dict.fromkeys(
        [*stem(last), *(term for word in find_beginnings(last, searcher=searcher, shortest=2) for term in stem(word))]
    )
    if forms:
        clauses.append(_match_title(list(forms)))
    return Query.boolean_query([(Occur.Must, each) for each in clauses])


def _match_title(terms: Sequence[str]) -> Query:
    from tantivy import Occur, Query

    return Query.boolean_query([(Occur.Should, Query.term_query(build_schema(), "title", term)) for term in terms])


def match_alike(fields: dict[str, list[str]], *, id: str, theme: str | None) -> Query:
    """Return the query for datasets whose titles and keywords are like those given, of the same theme rather."""
    from tantivy import Occur, Query

    schema = build_schema()
    alike = Query.more_like_this_document_fields_query(
        schema, fields, min_doc_frequency=1, min_term_frequency=1, max_query_terms=20, boost_factor=1.0
    )
    itself = Query.term_query(schema, "id", id)
    clauses = [(Occur.Must, alike), (Occur.MustNot, itself)]
    if theme is not None:
        clauses.append((Occur.Should, Query.const_score_query(Query.term_query(schema, "theme", theme), 1.0)))
    return Query.boolean_query(clauses)
