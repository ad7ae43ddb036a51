"""What portals say shows as text: no marks of Markdown or HTML, and nothing lost that is none."""

from __future__ import annotations

import time

import pytest
from datahall._index.snippets import cut_snippet
from datahall._plain_text import take_markup_off

SAME = [
    "#1 of 2 # no heading, snake__case__name, 2 ** 3 ** 4, 5*3*2, a * b * c",
    "O*NET codes; *.csv and *.xls; the fields first_name and last_name; recent*, historic",
    "p < 0.05, x > 1 and <year>, [sic] (see below), C:\\data",
    "> 65 years",
    "1. first\n2. second\n- third",
    "各区 3 * 4 * 5 的面积",
]
SIGNS = [
    *("**", "** a", "a**", "__", "__ a", "*", "* ", "*a", "_", "_a ", "`", "# ", "> ", "= ", "-", "--- ", "|---", "\\"),
    *("[", "[a", "[a](", "![](", "<", "<p ", "&", " ", "\n", " \n"),
]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("# Informações #\n\nTexto", "Informações\n\nTexto"),
        ("Title\n=====\ntext\n\n---\n\nmore", "Title\ntext\n\nmore"),
        ("see __Conceito__, **more** and **this: **that", "see Conceito, more and this: that"),
        ("- __ibge: __código", "- ibge: código"),
        ("这是**重要**的，__注意__", "这是重要的，注意"),
        ("*_Dados do Portal_*.", "Dados do Portal."),
        ("_http://a.example/x-y_ and `col_a`", "http://a.example/x-y and col_a"),
        ("```python\nx = 1\n```\nend", "x = 1\nend"),
        ("* one\n* two\n  + three", "- one\n- two\n  - three"),
        ("> “quoted”\nnot", "“quoted”\nnot"),
        ('[here](https://a.example/x  "Title") and ![](https://a.example/y)', "here (https://a.example/x) and https://a.example/y"),
        ("<https://a.example/> or <mailto:a@b.example>", "https://a.example/ or mailto:a@b.example"),
        ("| a | b |\n|---|:--|\n| 1 | 2 |", "| a | b |\n| 1 | 2 |"),
        (r"snake\_case \*star\*", "snake_case *star*"),
        ("<p>One</p><p class='x'>Two &amp; <b>three</b><br/>four</p><!-- no -->", "One\n\nTwo & three\nfour"),
        ("<span style='font-family:&quot;Arial&quot;'>Os projetos</span>", "Os projetos"),
        ("<table><tr><td>North</td><td>12</td></tr></table>", " North  12"),
        *((text, text) for text in SAME),
    ],
)  # fmt: skip
def test_marks_are_taken_off_and_other_signs_stay(said: str, shown: str) -> None:
    assert take_markup_off(said) == shown


def test_a_passage_shows_no_marks_and_no_addresses_of_links() -> None:
    said = "## Taxi\n\nRides of **officials**:\n\n* by [Instrução 10](https://a.example/very/long)\n* by `month`"
    shown = "".join(piece.text for piece in cut_snippet(said, terms={"offici"}))
    assert shown == "Taxi Rides of officials: - by Instrução 10 - by month"
    assert [piece.text for piece in cut_snippet(said, terms={"offici"}) if piece.is_match] == ["officials"]


def test_markup_that_is_written_as_text_is_no_tag_afterwards() -> None:
    assert take_markup_off("&lt;script&gt;alert(1)&lt;/script&gt;") == "<script>alert(1)</script>"  # pages escape it


@pytest.mark.parametrize("sign", SIGNS)
def test_a_text_of_signs_takes_no_time(sign: str) -> None:
    started = time.monotonic()
    take_markup_off(f"# a{sign * 20_000}b")
    assert time.monotonic() - started < 1
