"""The passage of a description that a search shows ends where a word ends."""

from __future__ import annotations

import pytest
from datahall._index.snippets import LONGEST_SNIPPET, cut_snippet

ENGLISH = "Electricity generated from renewables, " + "measured hourly across participating municipalities " * 12
CHINESE = "各区每日客流量统计" * 60
ADDRESS = "a" * 600


@pytest.mark.parametrize("terms", [set(), {"municip"}], ids=["from the beginning", "around what was found"])
def test_a_passage_breaks_off_between_words(terms: set[str]) -> None:
    shown = "".join(piece.text for piece in cut_snippet(ENGLISH, terms=terms))

    assert shown.endswith(" …")
    assert set(shown.replace("…", "").split()) <= set(ENGLISH.split())
    assert len(shown) > LONGEST_SNIPPET // 2


@pytest.mark.parametrize("text", [CHINESE, ADDRESS], ids=["Chinese, which has no blanks", "one endless word"])
def test_a_text_without_blanks_is_cut_at_its_length(text: str) -> None:
    shown = "".join(piece.text for piece in cut_snippet(text, terms=set()))

    assert shown == text[:LONGEST_SNIPPET] + " …"


def test_a_short_text_is_shown_whole() -> None:
    assert [piece.text for piece in cut_snippet("Rain in Seattle", terms=set())] == ["Rain in Seattle"]


def test_a_snippet_shows_what_a_description_in_html_says_without_its_tags() -> None:
    text = '<p class="x">Tide &amp; stream flow.</p> <p>Historical, p < 0.05<br/>and p > 0.01</p>'
    shown = "".join(piece.text for piece in cut_snippet(text, terms={"tide"}))
    assert shown == "Tide & stream flow. Historical, p < 0.05 and p > 0.01"
