"""What hostile and broken portals send: it is refused, or kept as harmless text, and never dropped in silence."""

from __future__ import annotations

import json
import re
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from datahall._harvesting import ckan
from datahall._harvesting.addresses import find_fetchable, find_inside
from datahall._harvesting.detection import read_content
from datahall._harvesting.documents import MAX_BYTES, open_document
from datahall._harvesting.naming import name_record
from datahall._harvesting.record import MAX_DESCRIPTION, MAX_DISTRIBUTIONS, MAX_ITEMS, MAX_LINE, MAX_NOTES, Harvest
from datahall._records.harvesting import harvest
from datahall._records.sites import FolderSite
from datahall.errors import DatahallError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dcat="http://www.w3.org/ns/dcat#"'
LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))


def data_json(*datasets: Any) -> bytes:
    return json.dumps(
        {"conformsTo": "https://project-open-data.cio.gov/v1.1/schema", "dataset": list(datasets)}
    ).encode()


def search_answer(*packages: Any, count: int | None = None) -> bytes:
    result = {"count": len(packages) if count is None else count, "results": list(packages)}
    return json.dumps({"success": True, "result": result}).encode()


def harvest_one(**fields: Any) -> Any:
    (record,) = read_content(data_json({"identifier": "one", "title": "One", **fields})).records
    return record


def reasons_of(record: Any) -> dict[str, str]:
    return {note.field: note.reason for note in record.notes}


REFUSED = {
    "nothing": (b"", "unknown-format"),
    "blanks": (b" \n\t ", "unknown-format"),
    "an empty object": (b"{}", "unknown-format"),
    "an empty list": (b"[]", "unknown-format"),
    "a number": (b"17", "unknown-format"),
    "null": (b"null", "unknown-format"),
    "broken JSON": (b'{"dataset": [', "unknown-format"),
    "JSON that ends early": (data_json({"title": "x"})[:-5], "unknown-format"),
    "a number of ten thousand digits": (b'{"dataset": [' + b"9" * 10_000 + b"]}", "unknown-format"),
    "JSON nested ten thousand deep": (b'{"dataset": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", "unsafe-document"),
    "JSON nested and broken": (b"[" * 100_000, "unsafe-document"),
    "a web page": (b"<!DOCTYPE html><html><body>404</body></html>", "unknown-format"),
    "a text": (b"Dear portal, all is well.", "unknown-format"),
    "a table of two megabytes": (b"date,place: name,count\n" * 100_000, "unknown-format"),
    "bytes of nothing": (bytes(range(256)) * 4, "unknown-format"),
    "an archive": (b"PK\x03\x04" + bytes(100), "unknown-format"),
    "broken XML": (b"<rdf:RDF " + RDF.encode() + b"><dcat:Dataset>", "unknown-format"),
    "billion laughs": (
        f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">{LAUGHS}]><rdf:RDF {RDF}>&a9;</rdf:RDF>'.encode(),
        "unsafe-document",
    ),
    "an external entity": (
        f'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><rdf:RDF {RDF}>&e;</rdf:RDF>'.encode(),
        "unsafe-document",
    ),
    "an external parameter entity": (
        f'<!DOCTYPE x [<!ENTITY % e SYSTEM "http://127.0.0.1:9/x.dtd"> %e;]><rdf:RDF {RDF}/>'.encode(),
        "unsafe-document",
    ),
    "XML nested ten thousand deep": (b"<a>" * 10_000 + b"</a>" * 10_000, "unsafe-document"),
    "broken Turtle": (
        b"@prefix dcat: <http://www.w3.org/ns/dcat#> .\n<http://x/y> a dcat:Dataset ;;; [",
        "unknown-format",
    ),
    "YAML with aliases": (b"name: x\na: &a [1, 2]\nresources: [*a, *a]\n", "unknown-format"),
    "YAML with a tag": (b"name: !!python/object/apply:os.system [true]\nresources: []\n", "unknown-format"),
    "an error of CKAN": (b'{"success": false, "error": {"message": "no"}}', "unknown-format"),
    "rows of a table": (b'[{"id": "1", "date": "2016-09-21", "counts": "100"}]', "unknown-format"),
    "features": (b'{"type": "FeatureCollection", "features": []}', "unknown-format"),
}


@pytest.mark.parametrize(("content", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_catalog_is_refused_in_both_languages(content: bytes, code: str) -> None:
    with pytest.raises(DatahallError) as caught:
        read_content(content, address="https://portal.example/data")
    assert caught.value.code == code
    assert "https://portal.example/data" in caught.value.message("en")
    assert "https://portal.example/data" in caught.value.message("zh")
    assert caught.value.message("zh") != caught.value.message("en")


def test_a_document_of_300_megabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "data.json"
    with file.open("wb") as sparse:
        sparse.truncate(300_000_000)
    started = time.monotonic()
    with pytest.raises(DatahallError) as caught:
        FolderSite(file).open_page(file.name)
    assert caught.value.code == "too-large"
    assert str(MAX_BYTES) in str(caught.value)
    assert time.monotonic() - started < 1


def test_a_line_of_a_million_quotes_takes_no_time() -> None:
    started = time.monotonic()
    with pytest.raises(DatahallError):
        read_content(b"<http://x.org/a> <http://x.org/b> " + b'"' * 1_000_000 + b" .")
    assert time.monotonic() - started < 5


def test_rdf_may_be_smaller_than_json() -> None:
    content = b"<http://x.org/a> <http://x.org/b> <http://x.org/c> .\n" * 700_000
    with pytest.raises(DatahallError) as caught:
        open_document(content)
    assert caught.value.code == "too-large"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_an_encoding_of_unicode_is_known_by_its_marks(encoding: str) -> None:
    content = json.dumps({"dataset": [{"title": "Größe 大小"}]}, ensure_ascii=False).encode(encoding)
    (record,) = read_content(content).records
    assert record.title == {"und": "Größe 大小"}


@pytest.mark.parametrize(
    ("encoding", "title"), [("latin-1", "Öffentliche Größe der Gemeinden"), ("gb18030", "上海市公共数据开放目录")]
)
def test_a_document_in_an_old_encoding_is_read_and_noted(encoding: str, title: str) -> None:
    content = json.dumps({"dataset": [{"title": title}]}, ensure_ascii=False).encode(encoding)
    harvest = read_content(content)
    assert harvest.records[0].title == {"und": title}
    assert "not UTF-8" in harvest.notes[0].reason


@pytest.mark.parametrize("declared", ["gb18030", "iso-8859-15", "utf-8", "no-such-encoding", "idna"])
def test_xml_is_read_in_the_encoding_that_it_declares_or_has(declared: str) -> None:
    encoding, title = (
        ("gb18030", "上海市公共数据开放目录") if declared == "gb18030" else ("iso-8859-15", "Öffentliche Größen")
    )
    body = f'<dcat:Dataset rdf:about="http://x.org/1"><t:title xmlns:t="http://purl.org/dc/terms/">{title}</t:title>'
    xml = f'<?xml version="1.0" encoding="{declared}"?><rdf:RDF {RDF}>{body}</dcat:Dataset></rdf:RDF>'
    harvest = read_content(xml.encode(encoding))
    assert harvest.records[0].title == {"und": title}
    assert bool(harvest.notes) == (declared not in ("gb18030", "iso-8859-15"))


def test_records_are_named_by_their_source_and_never_alike() -> None:
    packages = [
        {"id": "33-f", "name": "bus-stops", "title": "a"},
        {"id": "ÄB", "title": "b"},
        {"id": "äb", "title": "c"},
    ]
    names = [name_record(record, source="city") for record in read_content(search_answer(*packages)).records]
    assert names[0] == "harvested/city--bus-stops"
    assert len(set(names)) == 3
    assert all(re.fullmatch(r"harvested/city--[a-z0-9]+(-[a-z0-9]+)*", name) for name in names)
    with pytest.raises(ValueError, match="small letters"):
        name_record(harvest_one(), source="a--b")


def test_markup_in_texts_stays_text() -> None:
    record = harvest_one(title="<script>alert(1)</script>", description="<b onclick=x>bold</b> &amp; more")
    assert record.title == {"und": "<script>alert(1)</script>"}
    assert record.description == {"und": "<b onclick=x>bold</b> &amp; more"}


def test_control_characters_are_taken_out_and_noted() -> None:
    record = harvest_one(title="A\x00B\x1b[31m\u202eC\ud800D", description="one\r\ntwo\tthree")
    assert record.title == {"und": "AB[31mCD"}
    assert record.description == {"und": "one\ntwo\tthree"}
    assert "control characters" in reasons_of(record)["title"]
    assert "description" not in reasons_of(record)
    record.model_dump_json().encode()


def test_what_is_too_long_is_cut_and_noted() -> None:
    record = harvest_one(
        identifier="i" * 5_000,
        title="t" * 5_000,
        description="d" * 50_000,
        keyword=[f"word {n}" for n in range(1_000)],
        distribution=[{"accessURL": f"https://x.org/{n}"} for n in range(3_000)],
    )
    assert len(record.title["und"]) == MAX_LINE
    assert len(record.description["und"]) == MAX_DESCRIPTION
    assert len(record.keywords["und"]) == MAX_ITEMS
    assert len(record.distributions) == MAX_DISTRIBUTIONS
    assert record.original == ""
    assert set(reasons_of(record)) >= {"title", "description", "keywords", "distribution"}


def test_long_identifiers_that_begin_alike_stay_apart() -> None:
    harvest = read_content(data_json(*({"identifier": "x" * 2_000 + end, "title": end} for end in "ab")))
    assert len({record.id for record in harvest.records}) == 2


def test_an_identifier_that_occurs_twice_is_listed() -> None:
    harvest = read_content(data_json({"identifier": "a", "title": "One"}, {"identifier": "a", "title": "Other"}))
    assert [record.title["und"] for record in harvest.records] == ["One"]
    assert [(rejection.id, rejection.reason) for rejection in harvest.rejected] == [
        ("a", "its identifier stands in this document a second time")
    ]


def test_a_record_without_an_identifier_has_the_same_one_each_time() -> None:
    one, other = ({"title": title, "publisher": {"name": "Office"}} for title in ("One", "Other"))
    first, second = read_content(data_json(one, other)).records
    assert first.id != second.id
    assert [record.id for record in read_content(data_json(other, one)).records] == [second.id, first.id]


@pytest.mark.parametrize("value", [None, 17, "text", [], [[]], True, 1e308])
def test_what_is_no_object_is_rejected_with_its_place(value: Any) -> None:
    harvest = read_content(data_json({"title": "One"}, value))
    assert len(harvest.records) == 1
    assert [(rejection.id, rejection.reason) for rejection in harvest.rejected] == [
        ("#2", "it is no object with fields")
    ]


def test_null_where_an_object_should_be_is_nothing() -> None:
    names = ["publisher", "contactPoint", "distribution", "keyword", "theme", "spatial", "temporal", "license",
             "language", "description", "modified", "issued", "accessLevel", "landingPage"]  # fmt: skip
    record = harvest_one(**dict.fromkeys(names))
    assert record.notes == ()
    assert record.access == "unknown"
    assert record.license is None


@pytest.mark.parametrize("text", ["0000-00-00", "R/P1Y", "tomorrow", "31/31/2020", "2020-13-45"])
def test_a_date_that_is_none_is_kept_as_it_was_written(text: str) -> None:
    record = harvest_one(modified=text)
    assert record.modified is None
    assert record.modified_text == text
    assert "no date" in reasons_of(record)["modified"]
    assert record.frequency == ("P1Y" if text.startswith("R/") else None)


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "file:///etc/passwd", "data:text/csv,a", "http://", "//host/x", "http://[bad",
     "\\\\host\\share", "http://a b.org/x", "11.5KB", "about:blank"],
)  # fmt: skip
def test_an_address_that_cannot_be_fetched_is_noted_and_not_kept(address: str) -> None:
    record = harvest_one(distribution=[{"accessURL": address}], landingPage=address)
    assert record.distributions == ()
    assert record.homepage == ""
    assert set(reasons_of(record)) == {"distribution", "homepage"}


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://x.org/a file - 2020.csv", "https://x.org/a%20file%20-%202020.csv"),
        ('\'"http://x.org/a"', "http://x.org/a"),
        ("www.x.org/a", "http://www.x.org/a"),
        ("data/rows.csv", "data/rows.csv"),
        ("HTTPS://X.org", "HTTPS://X.org"),
    ],
)
def test_slips_in_addresses_are_put_right(text: str, address: str) -> None:
    assert find_fetchable(text) == address


def test_licences_that_differ_are_none() -> None:
    record = harvest_one(license=["https://creativecommons.org/publicdomain/zero/1.0/", "CC BY-NC 4.0"])
    assert record.license is None
    assert len(record.license_texts) == 2
    assert "differ" in reasons_of(record)["license"]


def test_a_licence_beside_an_unknown_one_is_none() -> None:
    record = harvest_one(license=["https://creativecommons.org/publicdomain/zero/1.0/", "https://x.org/our-own-terms"])
    assert record.license is None
    assert "differ" in reasons_of(record)["license"]


def test_what_is_there_several_times_is_noted() -> None:
    turtle = """@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
        <http://x.org/1> a dcat:Dataset ; dct:title "One"@en, "Uno"@en ; dct:temporal "2001/2002", "2005/2006" ;
            dcat:landingPage <http://x.org/a>, <http://x.org/b> ."""
    (record,) = read_content(turtle.encode()).records
    assert {note.field: note.value for note in record.notes if "several" in note.reason} == {
        "title": "Uno",
        "temporal": "2005/2006",
        "homepage": "http://x.org/b",
    }


def test_files_of_different_licences_give_the_dataset_none() -> None:
    files = [{"accessURL": f"https://x.org/{name}", "license": name} for name in ("cc-zero", "cc-by-nc")]
    assert harvest_one(distribution=files).license is None
    assert harvest_one(distribution=[files[0], {"accessURL": "https://x.org/z"}]).license is None
    assert harvest_one(distribution=files[:1]).license == "CC0-1.0"


@pytest.mark.parametrize(
    ("rights", "license"),
    [
        ("All rights reserved. No reuse.", None),
        ("No commercial use", None),
        ("仅供研究，保留所有权利", None),
        ("https://creativecommons.org/licenses/by-nc/4.0/", None),
        ("Restricted dataset", None),
        ("There are no restrictions on its use.", "CC0-1.0"),
        ("This dataset is public.", "CC0-1.0"),
        ("https://data.example/no/terms", "CC0-1.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
    ],
)
def test_rights_that_take_back_of_the_licence_leave_it_unknown(rights: str, license: str | None) -> None:
    record = harvest_one(license="https://creativecommons.org/publicdomain/zero/1.0/", rights=rights)
    assert record.license == license
    assert record.rights == (rights,)
    assert ("rights" in reasons_of(record)) == (license is None)


def test_rights_of_dcat_take_back_of_the_licence() -> None:
    record = read_content(
        b"""@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
        <https://x.org/1> a dcat:Dataset ; dct:title "T" ; dct:rights "No commercial use" ;
          dct:license <https://creativecommons.org/licenses/by/4.0/> .""",
        address="https://x.org/c.ttl",
    ).records[0]
    assert (record.license, record.rights) == (None, ("No commercial use",))


def test_a_closed_dataset_of_ckan_is_not_called_open() -> None:
    harvest = read_content(
        search_answer(
            {"id": "1", "title": "a", "private": True, "isopen": True},
            {"id": "2", "title": "b", "private": False, "isopen": False},
            {"id": "3", "title": "c", "private": "false", "isopen": "true"},
        )
    )
    assert [record.access for record in harvest.records] == ["restricted", "unknown", "unknown"]


@pytest.mark.parametrize(
    ("said", "access"),
    [
        ({"access_rights": "http://publications.europa.eu/resource/authority/access-right/NON_PUBLIC"}, "restricted"),
        ({"accessRights": "restricted public"}, "conditional"),
        ({"extras": [{"key": "accessLevel", "value": "non-public"}]}, "restricted"),
        ({"extras": {"access_level": "restricted public"}, "accessLevel": "public"}, "conditional"),
        ({"access_rights": "for sworn clerks"}, "unknown"),
        ({"access_rights": "not specified"}, "open"),
        ({}, "open"),
    ],
)
def test_the_strictest_that_a_package_says_of_access_holds(said: dict[str, Any], access: str) -> None:
    package = {"name": "p", "private": False, "isopen": True, **said}
    record = read_content(search_answer(package)).records[0]
    assert record.access == access
    assert record.is_withheld == (access != "open")


@pytest.mark.parametrize(
    ("dataset", "access"),
    [
        ({"accessLevel": "public", "accessRights": "confidential"}, "restricted"),
        ({"accessLevel": "internal use only"}, "restricted"),
        ({"accessLevel": "for sworn clerks"}, "unknown"),
    ],
)
def test_the_strictest_of_a_data_json_holds(dataset: dict[str, Any], access: str) -> None:
    record = harvest_one(**dataset)
    assert (record.access, record.is_withheld) == (access, True)


@pytest.mark.parametrize(
    ("rights", "access"),
    [
        ("<http://publications.europa.eu/resource/authority/access-right/NON_PUBLIC>,"
         " <http://publications.europa.eu/resource/authority/access-right/PUBLIC>", "restricted"),
        ('[ rdfs:label "public" ]', "open"),
        ('[ rdfs:label "for sworn clerks" ]', "unknown"),
    ],
)  # fmt: skip
def test_the_strictest_of_dcat_holds(rights: str, access: str) -> None:
    record = read_content(
        f"""@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        <https://x.org/1> a dcat:Dataset ; dct:title "T" ; dct:accessRights {rights} .""".encode(),
        address="https://x.org/c.ttl",
    ).records[0]
    assert (record.access, record.is_withheld) == (access, access != "open")


def test_old_answers_of_ckan_have_extras_and_tags_of_their_own() -> None:
    package = {"id": "1", "title": "a", "extras": {"Periodicidade": "Mensal"}, "tags": ["roads", {"name": "bus"}]}
    (record,) = read_content(search_answer(package)).records
    assert record.frequency == "P1M"
    assert record.keywords == {"und": ("roads", "bus")}


def test_texts_may_say_their_language() -> None:
    record = harvest_one(title={"en": "One", "zh": "一"}, description=[{"@value": "Eins", "@language": "de"}, "plain"])
    assert record.title == {"en": "One", "zh": "一"}
    assert record.description == {"de": "Eins", "und": "plain"}


def test_names_of_packages_are_counted_but_are_no_records() -> None:
    harvest = read_content(b'{"success": true, "result": ["one", "two"]}')
    assert harvest.records == ()
    assert harvest.left_out == {"names": 2}


def test_a_package_that_was_deleted_is_listed() -> None:
    harvest = read_content(search_answer({"id": "1", "title": "a", "state": "deleted"}))
    assert [(rejection.id, rejection.reason) for rejection in harvest.rejected] == [
        ("1", "the source says that it was deleted")
    ]


def test_a_package_without_a_page_has_that_of_its_portal() -> None:
    content = search_answer({"id": "1", "name": "my data", "url": "BHTRANS"}, {"id": "2", "url": "https://x.org/2"})
    harvest = read_content(content, address=PAGE)
    assert [record.homepage for record in harvest.records] == [
        "https://portal.example/dataset/my%20data",
        "https://x.org/2",
    ]
    assert reasons_of(harvest.records[0])["homepage"]


PAGE = "https://portal.example/api/3/action/package_search?rows=1&start=1"


@pytest.mark.parametrize(
    ("packages", "count", "address", "following"),
    [
        ([{"id": "1"}], 5, PAGE, PAGE.replace("start=1", "start=2")),
        ([{"id": "1"}], 2, PAGE, ""),
        ([], 5, PAGE, ""),
        ([{"id": "1"}], 5, "/srv/answer.json", ""),
        ([{"id": "1"}], -3, PAGE, ""),
    ],
    ids=["more", "the last", "an empty page though more is promised", "a file", "a number that is none"],
)
def test_pages_end(packages: list[Any], count: int, address: str, following: str) -> None:
    document = open_document(search_answer(*packages, count=count), address=address)
    assert ckan.read(document).next_page == following


def test_no_context_of_json_ld_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    value = {
        "@context": ["https://portal.example/context.jsonld", {"@import": "https://portal.example/more.jsonld"}],
        "@graph": [{"@id": "http://x.org/1", "@type": "dcat:Dataset", "title": "One", "@context": "file:///etc/hosts"}],
    }
    harvest = read_content(json.dumps(value).encode())
    assert [record.title for record in harvest.records] == [{"und": "One"}]
    assert "not fetched" in harvest.notes[0].reason


def test_datasets_that_all_refer_to_one_huge_thing_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datahall._harvesting.statements._MAX_VISITS", 50_000)
    head = "@prefix dcat: <http://www.w3.org/ns/dcat#> .\n_:k dcat:keyword "
    keywords = ", ".join(f'"{n}"' for n in range(1_000))
    datasets = "\n".join(f"<http://x.org/{n}> a dcat:Dataset ; dcat:keyword _:k ." for n in range(500))
    with pytest.raises(DatahallError) as caught:
        read_content(f"{head}{keywords} .\n{datasets}".encode())
    assert caught.value.code == "unsafe-document"


def test_a_dataset_without_an_address_has_a_stable_identifier() -> None:
    turtle = b"""@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
        [] a dcat:Dataset ; dct:title "One" . [] a dcat:Dataset ; dct:identifier "two" . [] a dcat:Dataset ."""
    harvest = read_content(turtle)
    assert {record.title["und"] for record in harvest.records} == {"One", "two"}
    assert [rejection.reason for rejection in harvest.rejected] == ["it has neither an identifier nor a title"]
    assert {r.id for r in read_content(turtle).records} == {r.id for r in harvest.records}


@pytest.mark.parametrize("form", ["nt", "turtle", "two on a line", "trig", "nquads"])
def test_rdf_as_text_is_told_by_its_statements(form: str) -> None:
    dcat, title = "<http://www.w3.org/ns/dcat#Dataset>", "<http://purl.org/dc/terms/title>"
    a = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
    content = {
        "nt": f'# a comment\n<http://x.org/1> {a} {dcat} .\n<http://x.org/1> {title} "One"@en .\n',
        "two on a line": f'<http://x.org/1> {a} {dcat} . <http://x.org/1> {title} "One"@en .',
        "turtle": f'<http://x.org/1> a {dcat} ; {title} "One"@en .',
        "trig": f'PREFIX : <http://x.org/>\n:g {{ :1 a {dcat} ; {title} "One"@en }}',
        "nquads": f'<http://x.org/1> {a} {dcat} <x:g> .\n<http://x.org/1> {title} "One"@en <x:g> .\n',
    }[form]
    (record,) = read_content(content.encode()).records
    assert (record.id, record.title) == ("http://x.org/1", {"en": "One"})


@pytest.mark.parametrize(
    ("href", "at", "found"),
    [
        ("./a/collection.json", "catalog.json", "a/collection.json"),
        ("../b.json", "a/catalog.json", "b.json"),
        ("https://x.org/stac/a.json", "catalog.json", "a.json"),
        ("../../etc/passwd", "catalog.json", None),
        ("%2e%2e/%2e%2e/etc/passwd", "catalog.json", None),
        ("/etc/passwd", "catalog.json", None),
        ("https://x.org/stac/../secret.json", "catalog.json", None),
        ("https://evil.org/stac/a.json", "catalog.json", None),
        ("https://x.org/stacked/a.json", "catalog.json", None),
        ("file:///etc/passwd", "catalog.json", None),
        ("//evil.org/a.json", "catalog.json", None),
        ("..\\secret.json", "catalog.json", None),
        ("a\x00b", "catalog.json", None),
        ("", "catalog.json", None),
    ],
)
def test_a_link_is_followed_inside_the_folder_only(href: str, at: str, found: str | None) -> None:
    assert find_inside(href, at=at, root="https://x.org/stac/catalog.json") == found


def stac_catalog(*children: str) -> str:
    links = [{"rel": "child", "href": child} for child in children]
    return json.dumps({"type": "Catalog", "id": "c", "stac_version": "1.1.0", "description": "", "links": links})


def test_a_link_that_is_no_text_is_none() -> None:
    links = [{"rel": "child", "href": href} for href in ("\ud800a", None, {}, "x" * 9_000, "b.json")]
    harvest = read_content(json.dumps({"type": "Catalog", "stac_version": "1.1.0", "links": links}).encode())
    assert harvest.children == ("a", "b.json")


def test_catalogs_that_name_each_other_are_read_once(tmp_path: Path) -> None:
    (tmp_path / "catalog.json").write_text(stac_catalog("other.json", "./catalog.json", "gone.json", "broken.json"))
    (tmp_path / "other.json").write_text(stac_catalog("catalog.json", "other.json"))
    (tmp_path / "broken.json").write_text("{")
    result = harvest(str(tmp_path / "catalog.json")).result
    assert result["pages"] == 2
    assert sorted(Path(link).name for link, *_ in result["remarks"]) == ["broken.json", "gone.json"]


def test_a_link_of_the_disk_does_not_lead_out(tmp_path: Path) -> None:
    inside, outside = tmp_path / "stac", tmp_path / "secret.json"
    inside.mkdir()
    outside.write_text(stac_catalog())
    (inside / "catalog.json").write_text(stac_catalog("link.json"))
    (inside / "link.json").symlink_to(outside)
    result = harvest(str(inside / "catalog.json")).result
    assert result["pages"] == 1
    assert "leads out" in str(result["remarks"])


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from(["2020-01-01", "R/P1Y", "public", "cc-by", "https://x.org/a.csv", "en", "POINT(1 2)"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["@id", "name", "title", "url", "href", "rel", "key", "value", "coordinates", "bbox",
                         "interval", "temporal", "spatial", "path", "code", "identifier"]), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip
KEYS = """id identifier title name description notes keyword keywords tags groups theme license licenses license_id
    publisher organization extras resources distribution spatial temporal extent providers links assets modified issued
    language contactPoint contributors author accessLevel accrualPeriodicity landingPage resource classification
    metadata type names agencyID title_translated private isopen homepage ckan_extras collection sci:doi validFrom"""
FIELDS = st.sampled_from(KEYS.split())
WRAPPERS = {
    "ckan": lambda raw: {"success": True, "result": [raw]},
    "dcat-us": lambda raw: {"dataset": [raw]},
    "frictionless": lambda raw: {**raw, "name": "x", "resources": [{"path": "a/b.csv"}, raw]},
    "socrata": lambda raw: {"resultSetSize": 1, "results": [{"resource": raw, **raw}]},
    "stac": lambda raw: {"links": [], "collections": [{**raw, "type": "Collection"}]},
    "sdmx": lambda raw: {"data": {"dataflows": [raw]}},
}


@pytest.mark.parametrize("kind", WRAPPERS)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(raw=st.dictionaries(FIELDS, ANYTHING, max_size=8))
def test_whatever_a_portal_sends_is_harvested_or_rejected(kind: Any, raw: dict[str, Any]) -> None:
    content = json.dumps(WRAPPERS[kind](raw)).encode()
    harvest = read_content(content, kind=kind)
    assert harvest.found == 1
    assert Harvest.model_validate_json(harvest.model_dump_json()) == harvest
    assert all(len(record.notes) <= MAX_NOTES for record in harvest.records)
