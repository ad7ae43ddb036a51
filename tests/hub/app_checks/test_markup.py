"""HTML is parted as browsers part it: nothing that html5lib sees in it is missed."""

from __future__ import annotations

import pytest
from bleach.html5lib_shim import HTMLParser  # html5lib itself is no dependency; bleach brings it
from datahall_hub.app_life.checks.markup import Tag, Text, split_markup
from hypothesis import given, settings
from hypothesis import strategies as st

PIECES = [
    "<img src=a>", "<IMG SRC='b'>", '<p class="c" id=d>', "</p>", "<svg>", "</svg>", "<math>", "</math>", "<mi>",
    "<foreignObject>", "</foreignObject>", "<style>", "</style>", "<script>", "</script>", "<title>", "</title>",
    "<textarea>", "</textarea>", "<iframe>", "</iframe>", "<xmp>", "</xmp>", "<desc>", "<!--", "-->", "--!>", "<!-->",
    "<!--->", "<!x>", "<?x>", "</>", "</ x>", "<", ">", "/", "=", "'", '"', " ", "x", "&lt;", "<svg/>", "<a href=e",
    "<br/>", "<b =f>", "<i/g=h>", "<a b='1' b='2'>", "<image src=i>", "<plaintext>", "<![CDATA[", "]]>",
    "<font color=j>",
]  # fmt: skip


def read_ours(source: str) -> set[tuple[str, tuple[tuple[str, str], ...]]]:
    tags = (part for part in split_markup(source) if isinstance(part, Tag) and not part.is_end)
    return {("img" if tag.name == "image" else tag.name, tuple(sorted(tag.attributes.items()))) for tag in tags}


def read_theirs(source: str) -> set[tuple[str, tuple[tuple[str, str], ...]]]:
    parser = HTMLParser(strict=False, namespaceHTMLElements=False)
    seen = set()
    for element in parser.parseFragment(source).iter():
        if isinstance(element.tag, str) and element.tag != "DOCUMENT_FRAGMENT":
            name = element.tag.rpartition("}")[2].lower()
            attributes = tuple(sorted((str(key).lower(), value) for key, value in element.items()))
            seen.add(("img" if name == "image" else name, attributes))
    return seen


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
@settings(max_examples=600, deadline=None)
def test_no_tag_that_html5lib_sees_is_missed(source: str) -> None:
    implied = {"tbody", "tr", "colgroup", "html", "head", "body", "p", "br"}  # which a parser adds by itself
    missed = {
        (name, values) for name, values in read_theirs(source) - read_ours(source) if name not in implied or values
    }
    assert missed == set(), source


@given(st.text())
@settings(max_examples=300, deadline=None)
def test_any_text_is_parted(source: str) -> None:
    for part in split_markup(source):
        assert isinstance(part, Tag | Text)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a<b>c</b>d", "acd"),
        ("a &amp; b", "a & b"),
        ("a<!-- b -->c", "ac"),
        ("1 < 2", "1 < 2"),
        ("a<b", "a"),
        ("<textarea>&lt;b></textarea>", "<b>"),
    ],
)
def test_texts_are_what_people_read(source: str, text: str) -> None:
    assert "".join(part.text for part in split_markup(source) if isinstance(part, Text)) == text
