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


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        *(("能源", "energy"), ("工业", "industry"), ("健康", "health"), ("价格", "price"), ("安全", "safety")),
        *(("矿山", "mine"), ("消费", "consumption"), ("建筑", "building"), ("边境", "border"), ("合同", "contract")),
        *(("火灾", "fire"), ("水", "water"), ("采购", "procurement"), ("港口", "port"), ("影像", "imagery")),
        *(("土壤", "soil"), ("监狱", "prison"), ("桥梁", "bridge"), ("艾滋病", "HIV"), ("法院", "court")),
        ("选举", "election"),
    ],
)
def test_an_everyday_chinese_word_finds_its_english_partner(typed: str, meant: str) -> None:
    assert read_name(meant) in find_synonyms(read_name(typed))
