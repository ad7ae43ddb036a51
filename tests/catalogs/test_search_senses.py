"""A word finds what it means, not what is only spelled so."""

from __future__ import annotations

import datahall
import pytest
from datahall._index.synonyms import find_synonyms, read_name


@pytest.mark.parametrize("word", ["地铁", "subway", "rapid transit"])
def test_who_looks_for_trains_finds_no_metro_areas(word: str) -> None:
    assert "credit/redlining-grades" not in [hit.id for hit in datahall.search(word, rows=20).hits()]
    assert ("metro",) not in find_synonyms(read_name(word))


def test_a_word_of_several_meanings_still_stands_for_its_synonyms() -> None:
    assert read_name("subway") in find_synonyms(read_name("metro"))
