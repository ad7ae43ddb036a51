"""Which names people can have here.

A name stands in addresses, in the name of a home folder and on screens, so it is one to 32 letters, digits,
dots, hyphens and underscores, beginning with a letter or digit; letters are a to z and Chinese characters.
Pure functions.
"""

from __future__ import annotations

import re
import unicodedata

# Chinese characters of the basic block: one look, one code point, in every input method.
PATTERN = re.compile(r"[a-z0-9\u4e00-\u9fff][a-z0-9._\-\u4e00-\u9fff]{0,31}")


def normalize_name(name: str) -> str:
    """Return `name` as it is stored: full-width forms folded (NFKC), lower case."""
    return unicodedata.normalize("NFKC", name).lower()


def is_valid_name(name: str) -> bool:
    """Say whether a normalized `name` can be somebody's; one that ends in a dot could hide in an address."""
    return PATTERN.fullmatch(name) is not None and not name.endswith(".")
