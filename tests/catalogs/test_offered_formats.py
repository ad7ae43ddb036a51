"""Formats of other portals are counted by the names that people know, however a portal writes them."""

from __future__ import annotations

import datahall
import pytest
from datahall._entries.offered_formats import LONGEST, list_named, name_format
from datahall._harvesting.words import load_spellings
from datahall._index import SearchRequest, open_index

from tests.catalogs.index_holdings import harvest, make_record

EU = "http://publications.europa.eu/resource/authority/file-type/"


@pytest.mark.parametrize(
    ("said", "named"),
    [
        *((text, "ODS") for text in ("ods", ".ODS", "*.ods", " ODS ", f"{EU}ODS")),
        ("application/vnd.oasis.opendocument.spreadsheet", "ODS"),
        *((text, "ZIP") for text in ("application/zip; charset=binary", "application/x-zip-compressed", "zip")),
        *((text, "PDF") for text in (".pdf", "application/x-pdf", "PDF")),
        *((text, "HTML") for text in ("text/html", "Web page", ".htm", "html")),
        *((text, "csv") for text in (".CSV", "text/csv; header=present", f"{EU}CSV")),
        ("application/vnd.pmtiles", "PMTILES"),
        ("Ponto de Acesso à API", "API"),
        ("", ""),
        ("PNG 24", "PNG 24"),
        ("Datensatz in einem eigenen Format, das sonst niemand kennt", "DATENSATZ IN EINEM EIGENEN…"),
    ],
)
def test_a_format_is_named_as_people_know_it(said: str, named: str) -> None:
    assert name_format(said) == named
    assert name_format(named) == named


@pytest.mark.parametrize(
    "text", ["x" * 5_000, "* . " * 2_000, "application/" * 900, ";=" * 3_000, "格式" * 99, "\x00\n|"]
)
def test_no_text_of_a_portal_makes_a_long_value(text: str) -> None:
    named = name_format(text)
    assert len(named) <= LONGEST
    assert name_format(named) == named
    assert named.isprintable()


def test_a_text_that_names_several_formats_is_counted_for_each() -> None:
    assert list_named([(None, "CSV, pdf"), ("csv", "x"), (None, "ODT; .ODT")]) == ("csv", "PDF", "ODT")
    assert list_named([(None, "a list, as far as it is known")]) == ("A LIST, AS FAR AS IT IS KNOWN",)


@pytest.mark.parametrize("said", ["application/octet-stream", "...", "", "*.", "Data", "n/a"])
def test_what_says_nothing_of_a_format_is_counted_for_none(said: str) -> None:
    assert list_named([(None, said)]) == ()
    assert list_named([("csv", said)]) == ("csv",)


def test_no_spelling_is_of_two_formats() -> None:
    ours, others = load_spellings("formats").words, load_spellings("other-formats").words
    assert not ours.keys() & others.keys()
    assert set(ours.values()) <= datahall.formats().keys()


def test_search_counts_tidy_formats_and_finds_them_however_they_are_written() -> None:
    offered = {"a": ".ODS", "b": "ods", "c": f"{EU}ODS", "d": "text/html"}
    records = [
        make_record(name, distributions=({"url": f"https://x.example/{name}", "format_text": text},))
        for name, text in offered.items()
    ]
    harvest(*records)
    index = open_index()
    counts = index.search(SearchRequest(filters={"source": ("alps",)}, rows=0)).facets["format"]
    assert {each.value: each.count for each in counts} == {"ODS": 3, "HTML": 1}
    for typed in ("format:ods", "format:.ods", "格式:ODS", f'format:"{offered["c"]}"'):
        assert index.search(SearchRequest(f"source:alps {typed}")).total == 3, typed
    kept = index.get("harvested/alps--a")
    assert kept is not None
    assert kept.distributions[0].format_text == ".ODS"


def test_what_people_call_several_formats_together_finds_each() -> None:
    records = [
        make_record(f"sheet-{name}", distributions=({"url": f"https://x.example/{name}", "format": name},))
        for name in ("xlsx", "xls", "csv")
    ]
    harvest(*records, make_record("sheet-ods", distributions=({"url": "https://x.example/o", "format_text": "ods"},)))
    for said, found in (("Excel", 2), ("excel", 2), ("spreadsheet", 3), ("电子表格", 3), ("電子表格", 3)):
        assert open_index().search(SearchRequest(f"source:alps sheet format:{said}")).total == found, said
        assert datahall.search("source:alps sheet", format=said).total == found, said
