"""Texts are folded as Unicode says, in less time."""

from __future__ import annotations

import unicodedata

import pytest
from datahall._index.analysis import HAN, fold, make_plain
from hypothesis import given
from hypothesis import strategies as some
from opencc import OpenCC

SIMPLIFIER = OpenCC("t2s")
MARKED = some.text(some.sampled_from("，：；（）！？％ａＡ한ﬁ①aé\u0301\u0327\u3099ß"))


@given(some.text() | MARKED)
def test_width_and_case_are_folded_as_compatibility_says(text: str) -> None:
    plain = unicodedata.normalize("NFKC", make_plain(text)).casefold()

    assert fold(make_plain(text)) == (SIMPLIFIER.convert(plain) if HAN.search(plain) else plain)


@pytest.mark.parametrize(
    ("text", "folded"),
    [("（２０２３），ＧＤＰ：％", "(2023),gdp:%"), ("臺灣；Ｋ！", "台湾;k!"), ("，\u0327", ",\u0327"), ("", "")],
)
def test_signs_of_full_width_become_narrow(text: str, folded: str) -> None:
    assert fold(text) == folded
