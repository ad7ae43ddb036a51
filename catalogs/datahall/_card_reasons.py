"""What is said to people about the form of a card's values, in place of pydantic's words and of patterns."""

from __future__ import annotations

from .errors import N_

# Our words for pydantic's kinds of errors; the others keep pydantic's English sentence.
REASONS = {
    "missing": N_("is missing"),
    "extra_forbidden": N_("is not a key that a card knows"),
    "string_type": N_("must be text (put it in quotes)"),
    "int_type": N_("must be a whole number"),
    "bool_type": N_("must be true or false"),
    "too_short": N_("must not be empty"),
    "string_too_short": N_("must not be empty"),
    "too_long": N_("has more items than a card may have"),
    "string_too_long": N_("is longer than {max_length} characters"),
    "literal_error": N_("must be one of {expected}"),
    "string_pattern_mismatch": N_("has not the form that it should have"),
    "greater_than_equal": N_("must be at least {ge}"),
    "less_than_equal": N_("must be at most {le}"),
    "float_parsing": N_("must be a number"),
    "float_type": N_("must be a number"),
    "date_parsing": N_("must be a date such as 2024-05-01"),
    "date_from_datetime_parsing": N_("must be a date such as 2024-05-01"),
    "date_type": N_("must be a date such as 2024-05-01"),
    "tuple_type": N_("must be a list"),
    "dict_type": N_("must be a mapping of keys to values"),
    "model_type": N_("must be a mapping of keys to values"),
    "model_attributes_type": N_("must be a mapping of keys to values"),
}

# What a value looks like, by its key, where the model holds a pattern; a test compares the two.
_ADDRESS = N_("must be an address such as https://example.org/data.csv")
FORMS = {
    "homepage": _ADDRESS,
    "url": _ADDRESS,
    "mirrors": _ADDRESS,
    "sha256": N_("must be 64 digits of 0–9 and a–f, as datahall digest prints them"),
    "temporal": N_("must be a period such as 2020-01/2024-12, or 2020/.. where it goes on"),
    "replaced_by": N_("must be the id of a dataset such as weather/seattle-weather"),
    "name": N_("must be one word of letters, digits and _, beginning with a letter"),
}

# What other tools call our types of fields.
SYNONYMS = {
    "text": "string",
    "str": "string",
    "int": "integer",
    "float": "number",
    "double": "number",
    "decimal": "number",
    "bool": "boolean",
    "timestamp": "datetime",
    "array": "list",
}
