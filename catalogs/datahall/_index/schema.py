"""How the index is laid out: its fields, how each is cut into terms, and how much a word in it counts.

A change here, or in what `analysis` and `documents` write, needs a new FORMAT: indexes of another one are made anew.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .analysis import build_analyzer

if TYPE_CHECKING:
    import tantivy

FORMAT = 12

# Fields of words, and what a word there counts: a title says what a dataset is, a description also what it is not. All
# words stand in `text`, so that one field tells whether a dataset matches; the others only make it come earlier.
WEIGHTS = {"text": 1.0, "title": 1.5, "keywords": 1.0}

# Fields of one whole value, which are filtered by and counted.
VALUES = ("publisher", "license", "source")

# Facets of few values are counted together, in one pass over one value of each dataset: theme, access and synthetic. A
# dataset may have several formats; counting is several times faster where each has one value, so these stand together,
# too. The values are taken apart when the few different ones were counted.
KIND, FORMATS = "counted_kind", "counted_format"
KINDS = ("theme", "access", "synthetic")  # the parts of a kind, in their order
BETWEEN = "|"

# How many datasets cover a year follows from how many begin and how many end in each: two passes over few values.
FIRST_YEAR, LAST_YEAR = "counted_first_year", "counted_last_year"
COUNTED_YEARS = range(1900, 2101)  # a dataset about the Middle Ages is found, but is in no year of the facet

# Places differ too much for that: most datasets have one, which is counted like that of any other facet, and only those
# with several, which are marked, have the field for several.
ONE_PLACE, SEVERAL_PLACES, HAS_SEVERAL_PLACES = "one_place", "several_places", "has_several_places"

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
    builder.add_text_field("phrase", fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("titled", fast=True, tokenizer_name="raw", index_option="basic")
    for name in VALUES:
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    for name in (*KINDS, "format", "place"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in (KIND, FORMATS, FIRST_YEAR, LAST_YEAR):
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    for name in (ONE_PLACE, SEVERAL_PLACES):
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field(HAS_SEVERAL_PLACES, tokenizer_name="raw", index_option="basic")
    builder.add_float_field("standing", fast=True)
    for name in ("first_year", "last_year", "modified", "quality"):
        builder.add_unsigned_field(name, indexed=True, fast=True)
    return builder.build()


def register_tokenizers(index: tantivy.Index) -> None:
    """Tell `index` how its words are cut; needed each time it is opened."""
    index.register_tokenizer("stemmed", build_analyzer())
    index.register_tokenizer("spelled", build_analyzer(stemmed=False))
