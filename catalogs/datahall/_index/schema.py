"""How the index is laid out: its fields, how each is cut into terms, and how much a word in it counts.

A change here, or in what `analysis` and `documents` write, needs a new FORMAT: indexes of another one are made anew.
"""

from __future__ import annotations

from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

from .analysis import build_analyzer, build_keeper, build_silencer

if TYPE_CHECKING:
    import tantivy

FORMAT = 14

# Fields of words, and what a word there counts: a title says what a dataset is, a description also what it is not. All
# words stand in `text`, so that one field tells whether a dataset matches; the others only make it come earlier.
WEIGHTS = {"text": 1.0, "title": 1.5, "keywords": 1.0}

# Facets of few values are counted together, in one pass over one value of each dataset, as far as there are few pairs
# of them: a portal has few licences. A dataset may have several formats; counting is several times faster where each
# has one value, so these stand together, too. The values are taken apart when the few different ones were counted.
KIND, ORIGIN, FORMATS = "counted_kind", "counted_origin", "counted_format"
TOGETHER = {KIND: ("theme", "access", "synthetic"), ORIGIN: ("source", "license")}  # the parts of a value, in order
BETWEEN = "|"  # what it parts; only the last part may have it itself

# How many datasets cover a year follows from how many begin and how many end in each: two passes over few values.
FIRST_YEAR, LAST_YEAR = "counted_first_year", "counted_last_year"
COUNTED_YEARS = range(1900, 2101)  # a dataset about the Middle Ages is found, but is in no year of the facet
NO_YEAR = 0

# Publishers and places begin with a sign there, `frequent_values` tells which.
COUNTED_PUBLISHER = "counted_publisher"

# Places differ too much for that: most datasets have one, which is counted like that of any other facet, and only those
# with several, which are marked, have the field for several.
ONE_PLACE, SEVERAL_PLACES, HAS_SEVERAL_PLACES = "one_place", "several_places", "has_several_places"

# Of keywords most datasets have some. Over many datasets counting is faster, too, with one value at a time: the first
# few have a field each, and only those datasets that have more, which are marked, have the field for the others. Over
# few datasets one field with all of them is faster, for the values of each field have to be looked up.
ALL_KEYWORDS = "phrase"
KEYWORDS = ("keyword_1", "keyword_2", "keyword_3", "keyword_4")
MORE_KEYWORDS, HAS_MORE_KEYWORDS = "more_keywords", "has_more_keywords"

NONE = ""  # in a field that is counted: it takes twice as long to count one that some datasets do not have
UNKNOWN = "unknown"  # the value of a facet where nobody has said it
OWN = "own"  # the source of datasets that are not harvested


@cache
def build_schema() -> tantivy.Schema:
    """Return the fields of the index."""
    from tantivy import SchemaBuilder

    builder = SchemaBuilder()
    builder.add_text_field("id", stored=True, fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("store", tokenizer_name="raw", index_option="basic")
    for name in WEIGHTS:
        builder.add_text_field(name, tokenizer_name="stemmed", index_option="position")
    builder.add_text_field("publisher_words", tokenizer_name="stemmed", index_option="basic")
    builder.add_text_field("spelled", tokenizer_name="spelled", index_option="basic")
    builder.add_text_field(ALL_KEYWORDS, fast=True, tokenizer_name="raw", index_option="basic")
    for name in (*chain(*TOGETHER.values()), "publisher", "format", "place", HAS_SEVERAL_PLACES, HAS_MORE_KEYWORDS):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    counted = (KIND, ORIGIN, FORMATS, COUNTED_PUBLISHER, ONE_PLACE, SEVERAL_PLACES, *KEYWORDS, MORE_KEYWORDS)
    for name in ("titled", *counted):
        builder.add_text_field(name, fast=True, tokenizer_name="column", index_option="basic")
    builder.add_float_field("standing", fast=True)
    for name in ("first_year", "last_year"):
        builder.add_unsigned_field(name, indexed=True)
    for name in (FIRST_YEAR, LAST_YEAR, "modified", "quality"):
        builder.add_unsigned_field(name, fast=True)
    return builder.build()


def register_tokenizers(index: tantivy.Index) -> None:
    """Tell `index` how its words are cut; needed each time it is opened."""
    index.register_tokenizer("stemmed", build_analyzer())
    index.register_tokenizer("spelled", build_analyzer(stemmed=False))
    # What is only counted or put in order by needs no lists of datasets for each value, which take long to make.
    index.register_tokenizer("column", build_silencer())
    index.register_fast_field_tokenizer("column", build_keeper())
