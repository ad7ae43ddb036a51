"""A packed page unpacks to the page, whatever word is put in."""

from __future__ import annotations

import gzip

import pytest
from datahall_hub.services.apps.packed_page import pack_page

MARK = "{{MARK}}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no mark at all",
        MARK,
        f"{MARK}{MARK}",
        f"before {MARK} between {MARK} after",
        f"一段很长的文字{'。' * 70_000}{MARK}{'<p>data</p>' * 50_000}",
    ],
    ids=["empty", "without", "nothing else", "twice at once", "twice", "long"],
)
@pytest.mark.parametrize("word", ["", "8b1c-訪問", "x" * 40_000], ids=["empty", "short", "long"])
def test_a_packed_page_unpacks_to_the_page(text: str, word: str) -> None:
    page = pack_page(text, marks=(MARK,))
    assert page.fill(word).decode() == text.replace(MARK, word)
    assert gzip.decompress(page.fill_packed(word)).decode() == text.replace(MARK, word)


def test_each_word_stands_where_its_mark_does() -> None:
    page = pack_page("<one> and {two}, <one>{two}", marks=("<one>", "{two}"))
    for filled in (page.fill("1", "二"), gzip.decompress(page.fill_packed("1", "二"))):
        assert filled.decode() == "1 and 二, 1二"
