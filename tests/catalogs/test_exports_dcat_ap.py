"""Exported DCAT-AP is valid against the official shapes, page by page, and says what the entries say."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from datahall._entries.entry import ContactPoint, Entry, EntryDistribution, EntryFile, Publisher
from datahall._exports.dcat_ap import write_catalog, write_dataset
from datahall._exports.pages import Page
from datahall._exports.shelf import open_shelf
from datahall._exports.statements import Form
from datahall._harvesting.detection import read_content
from pyshacl import validate
from rdflib import Graph, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCAT, DCTERMS, RDF, SH

from tests.catalogs.portal_entries import load_portal_entries, sample
from tests.soak import rounds

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")  # its own parsers use its own old classes

HALL = "https://hall.example/services/hall"
PARSERS: dict[Form, str] = {"jsonld": "json-ld", "ttl": "turtle", "rdf": "xml"}
SHAPES = ("dcat-ap-SHACL.ttl", "range.ttl")

HOSTILE = Entry(
    id="harvested/bad--1",
    title={"en": " \x00 ", "und": "", "not a tag": "Flood\x0b <b>risk</b> \ud800"},
    description={"zh-Hant-TW": "洪水 ]]> \ufffe"},
    keywords={"und": ("", "\x1f", "flood\nrisk"), "x": ("&amp;",)},
    theme="safety",
    publisher=Publisher(None, {"und": "Office \x01"}, "javascript:alert(1)"),
    license_texts=("other (see\x00 terms)", " "),
    access="restricted",
    frequency="P99Y",
    issued=date(1, 1, 1),
    modified=date(9999, 12, 31),
    temporal_start=date(2, 2, 2),
    spatial=("", "CN-31", "DE", "Nowhere \x02", "http://exa mple/", "https://place.example/a b\"c"),
    bbox=(-180.0, -90.0, 180.0, 1e-9),
    homepage="https://例子.example/页 面?a=<b>&c=%zz#x#y",
    contact=ContactPoint("A\x00", "not an address <x@y>", "//relative"),
    languages=("zz", "en-US", "zho", "xx-invalid-" * 5),
    distributions=(
        EntryDistribution(url="file.csv", format="csv", title="\x07"),
        EntryDistribution(url="http://[::1", is_download=True, media_type="text"),
        EntryDistribution(url="https://user:pass@portal.example/a|b^c.csv", is_download=True, checksum="md5:XYZ"),
        EntryDistribution(url="https://portal.example/x.zip", packed="zip", bytes=0, checksum=f"SHA-256:{'AB' * 32}"),
        EntryDistribution(url="https://portal.example/y", media_type="text/x; charset=x", format_text="<?>"),
        EntryDistribution(url=f"https://portal.example/{'a' * 5_000}"),
    ),
    source="bad \x00 portal",
    source_id="\ud800id",
    missing_since=date(2024, 1, 2),
)  # fmt: skip


@cache
def load_shapes(folder: Path) -> Graph:
    shapes = Graph()
    for name in SHAPES:
        shapes.parse(folder / "shapes" / name)
    return shapes


def check(document: bytes, *, shapes: Graph, parser: str = "turtle") -> Graph:
    """Read a page by itself, and hold it against the shapes: no result of any severity."""
    graph = Graph().parse(data=document, format=parser)
    _, report, text = validate(graph, shacl_graph=shapes, inference="none")
    assert list(report.subjects(RDF.type, SH.ValidationResult)) == [], text[:3_000]
    return graph


def write(entries: Iterable[Entry], *, page: Page | None = None, form: Form = "ttl") -> bytes:
    entries = list(entries)
    return write_catalog(entries, base_url=HALL, page=page or Page(len(entries)), form=form)


def test_all_datasets_of_our_own_are_valid(portals: Path) -> None:
    own = open_shelf().own

    graph = check(write(own), shapes=load_shapes(portals))

    assert set(graph.subjects(RDF.type, DCAT.Dataset)) == {URIRef(f"{HALL}/datasets/{entry.id}") for entry in own}
    without = [entry.id for entry in own if not list(graph.objects(URIRef(f"{HALL}/datasets/{entry.id}"), DCAT.theme))]
    assert without == []


def test_datasets_of_every_portal_are_valid_the_odd_ones_too(portals: Path) -> None:
    harvested = [entry for entries in load_portal_entries(portals).values() for entry in sample(entries)]

    graph = check(write(harvested), shapes=load_shapes(portals))

    assert len(set(graph.subjects(RDF.type, DCAT.Dataset))) == len(harvested) > 50


@pytest.mark.soak
@pytest.mark.timeout(1_200)
def test_every_page_with_every_harvested_dataset_is_valid(portals: Path) -> None:
    every = [entry for entries in load_portal_entries(portals).values() for entry in entries]
    harvested = every[:: len(every) // rounds(len(every))]

    for number in range(1, Page(len(harvested)).count + 1):
        page = Page(len(harvested), number)
        part = harvested[(number - 1) * page.size : number * page.size]
        check(write(part, page=page), shapes=load_shapes(portals))


@pytest.mark.parametrize("form", PARSERS)
def test_a_hostile_record_breaks_no_page_of_any_form(portals: Path, form: Form) -> None:
    graph = check(write([HOSTILE], form=form), shapes=load_shapes(portals), parser=PARSERS[form])

    offers = list(graph.objects(URIRef(f"{HALL}/datasets/harvested/bad--1"), DCAT.distribution))
    assert len(offers) == len(HOSTILE.distributions)
    assert "pass@" not in graph.serialize()


@pytest.mark.parametrize("form", ["ttl", "rdf"])
def test_each_form_says_the_same(portals: Path, form: Form) -> None:
    harvested = [each[0] for each in load_portal_entries(portals).values() if each]
    entries = [*open_shelf().own[:3], *harvested[::4], HOSTILE]
    graphs = [Graph().parse(data=write(entries, form=each), format=PARSERS[each]) for each in ("jsonld", form)]

    assert isomorphic(*graphs)


def test_a_dataset_has_a_valid_document_of_its_own(portals: Path) -> None:
    entry = next(each for each in open_shelf().own if each.id == "weather/seattle-weather")

    graph = check(write_dataset(entry, base_url=HALL, form="ttl"), shapes=load_shapes(portals))

    assert str(graph.value(URIRef(f"{HALL}/datasets/{entry.id}"), DCTERMS.identifier)) == entry.id


def test_a_version_is_told_with_size_and_checksum(portals: Path) -> None:
    entry = Entry(
        "weather/rain",
        {"en": "Rain", "zh": "雨"},
        access="open",
        license="CC-BY-4.0",
        version="2024-01-02.0123abcd",
        files=(EntryFile("data.parquet", 1_234, "ab" * 32),),
    )

    graph = check(write([entry]), shapes=load_shapes(portals))

    spdx = "http://spdx.org/rdf/terms#"
    (offer,) = graph.subjects(DCAT.byteSize)
    assert (
        str(graph.value(offer, DCAT.downloadURL))
        == f"{HALL}/datasets/weather/rain/data.parquet?version={entry.version}"
    )
    checksum = graph.value(offer, URIRef(f"{spdx}checksum"))
    assert str(graph.value(checksum, URIRef(f"{spdx}checksumValue"))) == "ab" * 32
    assert int(str(graph.value(offer, DCAT.byteSize))) == 1_234


def test_a_deprecated_dataset_says_so_of_itself_and_its_files_and_names_what_replaces_it(portals: Path) -> None:
    entry = Entry(
        "weather/rain",
        {"en": "Rain", "zh": "雨"},
        access="open",
        license="CC-BY-4.0",
        retired="deprecated",
        retired_since=date(2024, 5, 1),
        replaced_by="weather/showers",
    )
    successor = Entry("weather/showers", {"en": "Showers", "zh": "阵雨"})

    graph = check(write([entry, successor]), shapes=load_shapes(portals))
    check(write_dataset(entry, base_url=HALL, form="ttl"), shapes=load_shapes(portals))  # its successor is elsewhere

    rain, showers = URIRef(f"{HALL}/datasets/weather/rain"), URIRef(f"{HALL}/datasets/weather/showers")
    status, authority = URIRef("http://www.w3.org/ns/adms#status"), "http://publications.europa.eu/resource/authority"
    assert list(graph.subject_objects(DCTERMS.isReplacedBy)) == [(rain, showers)]
    assert list(graph.objects(rain, status)) == [URIRef(f"{authority}/dataset-status/DEPRECATED")]
    offers = list(graph.objects(rain, DCAT.distribution))
    assert {graph.value(offer, status) for offer in offers} == {URIRef(f"{authority}/distribution-status/DEPRECATED")}
    assert list(graph.objects(showers, status)) == []


def test_what_its_portal_has_withdrawn_leads_to_what_replaces_it_there(portals: Path) -> None:
    entry = Entry(
        "harvested/portal--rain",
        {"en": "Rain"},
        distributions=(EntryDistribution("https://portal.example/rain.csv"),),
        source="portal",
        retired="withdrawn",
        replacement="https://portal.example/showers",
    )
    graph = check(write([entry]), shapes=load_shapes(portals))
    status = set(graph.objects(predicate=URIRef("http://www.w3.org/ns/adms#status")))
    assert {str(each).rpartition("/authority/")[2] for each in status} == {
        "dataset-status/WITHDRAWN",
        "distribution-status/WITHDRAWN",
    }
    assert list(graph.objects(predicate=DCTERMS.isReplacedBy)) == [URIRef("https://portal.example/showers")]


def test_an_unknown_licence_is_not_invented() -> None:
    entry = Entry(
        "harvested/x--1",
        {"en": "X"},
        license_texts=("see our terms",),
        source="x",
        distributions=(EntryDistribution(url="https://portal.example/x.csv"),),
    )

    graph = Graph().parse(data=write([entry]), format="turtle")

    assert list(graph.objects(predicate=DCTERMS.license)) == []
    assert "see our terms" in [
        str(label) for label in graph.objects(predicate=URIRef("http://www.w3.org/2000/01/rdf-schema#label"))
    ]
    assert list(graph.objects(predicate=DCTERMS.accessRights)) == []


def test_made_up_data_is_called_so_in_both_languages() -> None:
    entry = Entry("health/x", {"en": "X", "zh": "某"}, {"en": "One row.", "zh": "一行。"}, synthetic=True)

    graph = Graph().parse(data=write([entry]), format="turtle")

    texts = [str(text) for text in graph.objects(URIRef(f"{HALL}/datasets/health/x"), DCTERMS.description)]
    assert any("Synthetic data" in text for text in texts)
    assert any("合成数据" in text for text in texts)


def test_pages_lead_to_each_other_and_are_harvested_so() -> None:
    entries = [Entry(f"weather/x-{number}", {"en": f"X {number}"}) for number in range(5)]
    page = Page(5, 2, size=2)

    harvest = read_content(write(entries[2:4], page=page), address=f"{HALL}/catalog.ttl?page=2")

    assert (len(harvest.records), harvest.total, harvest.next_page) == (2, 5, f"{HALL}/catalog.ttl?page=3")


def test_our_own_datasets_come_back_with_licence_theme_and_frequency() -> None:
    own = {f"{HALL}/datasets/{entry.id}": entry for entry in open_shelf().own}

    records = read_content(write(own.values(), form="jsonld"), address=f"{HALL}/catalog.jsonld").records

    assert {record.address for record in records} == set(own)
    for record in records:
        entry = own[record.address]
        assert (record.license, record.access, record.frequency) == (entry.license, entry.access, entry.frequency)
        assert (record.title, record.theme) == (entry.title, entry.theme)
        assert (record.temporal_start, record.temporal_end) == (entry.temporal_start, entry.temporal_end)
