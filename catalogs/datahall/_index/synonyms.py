"""Words of one meaning in English and Chinese, from ``vocabulary/synonyms.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, RootModel, ValidationError

from .._documents import load_document
from .._locations import find_locations
from ..errors import N_, InvalidCard
from .analysis import cut_words, stem

LONGEST_NAME = 4  # words of a synonym

_ONE_WAY = "~"  # before a name that means other things, too: it stands for the others, which do not stand for it

Terms = tuple[str, ...]

Group = Annotated[list[Annotated[str, Field(min_length=1, max_length=60)]], Field(min_length=2, max_length=20)]


class SynonymFile(RootModel[dict[str, list[Group]]]):
    """Groups of words by domain."""


def find_synonyms(terms: Terms) -> tuple[Terms, ...]:
    """Return what else the words `terms` (stems, in their order) are called; each name as its stems."""
    return load_synonyms().get(terms, ())


def load_synonyms() -> Mapping[Terms, tuple[Terms, ...]]:
    """Return the synonyms of each name."""
    path = find_locations().vocabulary / "synonyms.yaml"
    return _load(path, path.stat().st_mtime_ns if path.is_file() else 0)


@lru_cache(maxsize=2)
def _load(path: Path, changed: int) -> Mapping[Terms, tuple[Terms, ...]]:
    if not changed:  # an older catalog has none
        return {}
    try:
        groups = SynonymFile.model_validate(load_document(path).values).root
    except ValidationError as error:
        raise InvalidCard(N_("The vocabulary {file} is broken: {reason}."), file=path, reason=str(error)) from error
    found: dict[Terms, dict[Terms, None]] = {}
    for group in (group for domain in groups.values() for group in domain):
        names = {read_name(name): name.startswith(_ONE_WAY) for name in group}
        for name in names:
            others = (other for other, is_one_way in names.items() if other != name and not is_one_way)
            found.setdefault(name, {}).update(dict.fromkeys(others))
    return {name: tuple(others) for name, others in found.items()}


def read_name(name: str) -> Terms:
    """Return the stems of a name in their order."""
    return tuple(term for word in cut_words(name) for term in stem(word))
