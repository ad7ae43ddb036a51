"""How the index is laid out: its fields, how each is cut into terms, and how much a word in it counts.

A change here, or in what `analysis` and `documents` write, needs a new FORMAT: indexes of another one are made anew.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .analysis import build_analyzer

if TYPE_CHECKING:
    import tantivy

FORMAT = 8

# Fields of words, and what a word there counts: a title says what a dataset is, a description also what it is not. All
# words stand in `text`, so that one field tells whether a dataset matches; the others only make it come earlier.
WEIGHTS = {"text": 1.0, "title": 1.5, "keywords": 1.0}

# Fields of one whole value, which are filtered by and counted.
VALUES = ("theme", "publisher", "license", "access", "synthetic", "source")

# Facets of which a dataset may have several values. Counting is several times faster where each has one, so all of them
# also stand together in one value of `counted_<facet>`, which is taken apart when the few different ones were counted.
SETS = ("format", "year")
BETWEEN = "|"

# Places differ too much for that: most datasets have one, which is counted like that of any other facet, and only those
# with several have the field for several.
ONE_PLACE, SEVERAL_PLACES = "one_place", "several_places"

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
    for name in ("format", "place"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in SETS:
        builder.add_text_field(f"counted_{name}", fast=True, tokenizer_name="raw", index_option="basic")
    for name in (ONE_PLACE, SEVERAL_PLACES):
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_float_field("standing", fast=True)
    for name in ("first_year", "last_year", "modified", "quality"):
        builder.add_unsigned_field(name, indexed=True, fast=True)
    return builder.build()


def register_tokenizers(index: tantivy.Index) -> None:
    """Tell `index` how its words are cut; needed each time it is opened."""
    index.register_tokenizer("stemmed", build_analyzer())
    index.register_tokenizer("spelled", build_analyzer(stemmed=False))
