"""Every record in every file of the shared portals is harvested, or listed with the reason; counted here once more."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
import rdflib
import yaml
from datahall import licenses, themes
from datahall._harvesting.detection import read, read_content
from datahall._harvesting.naming import name_record
from datahall._harvesting.record import Harvest
from datahall.errors import DatahallError

from tests.catalogs.portal_entries import read_file

# What SOURCE.md calls no catalog: pages of rows, data messages, shapes and schemas, RDF about licences, an error.
NO_CATALOGS = {
    "ckan/package_show_404.json",
    "dcat-ap/belgium-licenses.nt",
    "link-status/validated.json",
    "sdmx/ECB_EXR-M.USD.EUR.SP00.A.xml",
    "sdmx/ECB_EXR-flat.json",
    "sdmx/INSEE-IPI-2010-A21.xml",
    "socrata/soda-bike-counts-page-1.json",
}
RDF_FORMS = {".nt": "nt", ".trig": "trig", ".rdf": "xml", ".jsonld": "json-ld"}


def count_ckan(file: Path) -> int:
    result = json.loads(file.read_text())["result"]
    return len(result["results"]) if "results" in result else 1


def count_json_datasets(file: Path) -> int:
    """Count the objects in lists called dataset or seriesMember, however deep; an array is all datasets."""

    def count(value: Any) -> int:
        if isinstance(value, list):
            return sum(map(count, value))
        if not isinstance(value, dict):
            return 0
        own = sum(len(value.get(key) or []) for key in ("dataset", "seriesMember"))
        return own + sum(count(value.get(key)) for key in ("catalog", "datasetSeries"))

    document = json.loads(file.read_text())
    return len(document) if isinstance(document, list) else count(document)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")  # its own parsers use its own old classes
def count_rdf(file: Path) -> int:
    graph = rdflib.Dataset(default_union=True)
    graph.parse(data=file.read_bytes(), format=RDF_FORMS[file.suffix], publicID="https://example.org/")
    query = "SELECT (COUNT(DISTINCT ?d) AS ?n) WHERE { ?d a <http://www.w3.org/ns/dcat#Dataset> }"
    return int(next(iter(graph.query(query)))[0])


def count_sdmx(file: Path) -> int:
    tree = ElementTree.parse(file)
    return sum(len(found) for found in tree.iter() if found.tag.endswith("}Dataflows"))


def count_stac(file: Path) -> int:
    document = json.loads(file.read_text())
    return int(document.get("type", "Collection" if "extent" in document else "Catalog") == "Collection")


def count_socrata(file: Path) -> int:
    document = json.loads(file.read_text())
    return len(document["results"]) if isinstance(document, dict) else len(document)


COUNTERS: dict[str, Callable[[Path], int]] = {
    "ckan": count_ckan,
    "dcat-us": count_json_datasets,
    "dcat-ap": count_rdf,
    "frictionless": lambda file: int(
        "resources" in (yaml.safe_load if file.suffix == ".yml" else json.loads)(file.read_text())
    ),
    "sdmx": count_sdmx,
    "socrata": count_socrata,
    "stac": count_stac,
}


def all_files(portals: Path) -> list[str]:
    files = [file for kind in portals.iterdir() if kind.is_dir() for file in kind.rglob("*") if file.is_file()]
    return sorted(str(file.relative_to(portals)) for file in files if file.name != "SOURCE.md")


@cache
def harvest(portals: Path, name: str) -> Harvest:
    return read(read_file(portals / name))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_every_record_of_every_file_is_harvested_or_listed_with_a_reason(portals: Path) -> None:
    found = kept = 0
    for name in all_files(portals):
        if name.startswith("shapes/") or name in NO_CATALOGS:
            continue
        result = harvest(portals, name)
        expected = COUNTERS[name.partition("/")[0]](portals / name)
        assert result.found == expected, name
        assert all(rejection.reason and rejection.id for rejection in result.rejected)
        assert len({record.id for record in result.records}) == len(result.records), name
        found, kept = found + expected, kept + len(result.records)
    assert found > 5_000
    assert kept >= 0.99 * found


@pytest.mark.parametrize("name", sorted(NO_CATALOGS))
def test_what_is_no_catalog_is_told_apart_from_an_empty_one(portals: Path, name: str) -> None:
    with pytest.raises(DatahallError, match="no catalog that is known") as caught:
        harvest(portals, name)
    assert caught.value.code == "unknown-format"


def test_no_shape_or_schema_is_a_catalog(portals: Path) -> None:
    names = [name for name in all_files(portals) if name.startswith("shapes/")]
    assert len(names) > 5
    for name in names:
        with pytest.raises(DatahallError) as caught:
            harvest(portals, name)
        assert caught.value.code == "unknown-format", name


@pytest.mark.parametrize(
    "name", ["ckan/package_search_empty.json", "dcat-ap/belgium-catalog.nt", "sdmx/ECB_EXR-structure.xml"]
)
def test_an_empty_catalog_has_no_records(portals: Path, name: str) -> None:
    assert harvest(portals, name).found == 0


def test_only_empty_objects_are_rejected(portals: Path) -> None:
    names = [name for name in all_files(portals) if not name.startswith("shapes/") and name not in NO_CATALOGS]
    rejected = {
        name: [r.reason for r in found.rejected] for name in names if (found := harvest(portals, name)).rejected
    }
    reason = ["it has neither an identifier nor a title"]
    assert rejected == {
        f"dcat-us/gsa-edge-cases/missing-{what}.data.json": reason for what in ("catalog", "dataset-fields")
    }


def test_words_of_records_are_of_our_vocabularies_and_the_original_stands_beside_them(portals: Path) -> None:
    ids = {theme.id for theme in themes()}
    shares = {  # of records with a theme; what is left names none, as much of the military's news at Socrata
        "ckan/package_search_q-all_rows-800.json": 0.83,
        "dcat-us/energy.json": 0.94,
        "socrata/explore.data.gov.json": 0.75,
    }
    for name, share in shares.items():
        records = harvest(portals, name).records
        for record in records:
            assert record.theme is None or (record.theme in ids and record.theme_words), record.id
            assert record.license is None or record.license in licenses(), record.id
            assert record.license is None or record.license_texts or any(d.license for d in record.distributions)
            assert record.frequency is None or record.frequency_text
            assert record.modified is None or str(record.modified.year) in record.modified_text
        assert sum(record.theme is not None for record in records) > share * len(records)


@pytest.mark.parametrize(
    ("name", "title", "theme"),
    [
        ("dcat-us/dol.json", "Self Employment Assistance (ETA-9161)", "employment"),
        ("dcat-us/dol.json", "DOL Enterprise Physical Access Control System (DOL EPACS)", None),
        ("dcat-us/dol.json", "DOL Enterprise Data Inventory", None),
        ("socrata/explore.data.gov.json", "U.S. Department of Defense Press Advisories", None),
        ("socrata/explore.data.gov.json", "Personnel Trends by Gender/Race", None),
        ("socrata/explore.data.gov.json", "U.S. Army Network Enterprise Technology Command (NETCOM)", None),
        ("ckan/package_search_q-all_rows-800.json", "Empréstimos dos Acervos das Bibliotecas", "culture"),
        ("ckan/package_search_q-all_rows-800.json", "Admitir novos policiais", None),
    ],
)
def test_no_word_that_means_something_else_tells_a_theme(
    portals: Path, name: str, title: str, theme: str | None
) -> None:
    found = [record for record in harvest(portals, name).records if title in record.title.values()]
    assert {record.theme for record in found} == {theme}


def test_a_ckan_portal_s_licences_are_never_made_more_open(portals: Path) -> None:
    file = portals / "ckan" / "package_search_q-all_rows-800.json"
    raw = {package["id"]: package for package in json.loads(file.read_text())["result"]["results"]}
    known = {
        "odc-odbl": "ODbL-1.0", "cc-by": "LicenseRef-CC-BY", "other-pd": "LicenseRef-Public-Domain",
        "CC-BY-4.0": "CC-BY-4.0", "odc-pddl": "PDDL-1.0", "cc-zero": "CC0-1.0", "cc-nc": "LicenseRef-CC-BY-NC",
    }  # fmt: skip
    for record in harvest(portals, "ckan/package_search_q-all_rows-800.json").records:
        package = raw[record.id]
        assert record.license == known.get(package["license_id"]), record.id
        assert (record.access == "open") == (package["isopen"] is True), record.id


def test_formats_are_told_in_34_spellings(portals: Path) -> None:
    file = portals / "ckan" / "package_search_q-all_rows-800.json"
    packages = json.loads(file.read_text())["result"]["results"]
    resources = [resource for package in packages for resource in package["resources"]]
    said = [resource for resource in resources if re.search(r"cvs|csv", resource["format"], re.IGNORECASE)]
    records = harvest(portals, "ckan/package_search_q-all_rows-800.json").records
    kept = [distribution for record in records for distribution in record.distributions]
    told = [d for d in kept if d.format == "csv" and re.search(r"cvs|csv", d.format_text, re.IGNORECASE)]
    assert len(told) == len([resource for resource in said if re.match(r"https?://[^\s/]+/", resource["url"])])
    packed = [d for d in told if re.search("zip", d.format_text, re.IGNORECASE)]
    assert len(packed) == sum(bool(re.search("zip", resource["format"], re.IGNORECASE)) for resource in said)
    assert {d.packed for d in packed} == {"zip"}


def test_files_of_ckan_count_as_downloads_though_the_portal_says_nothing_of_that(portals: Path) -> None:
    records = harvest(portals, "ckan/package_search_q-all_rows-800.json").records
    kept = [distribution for record in records for distribution in record.distributions if distribution.format == "csv"]
    plain = [each for each in kept if urlsplit(each.url).path.lower().endswith(".csv")]
    assert len(plain) > 3_000
    assert all(each.is_download for each in plain)
    # What is called CSV and may be a page of an office or a viewer stays what nobody knows.
    unknown = {urlsplit(each.url).netloc for each in kept if not each.is_download}
    assert {"www.gov.br", "drive.google.com"} <= unknown


def test_a_file_without_an_address_is_noted(portals: Path) -> None:
    file = portals / "ckan" / "package_search_q-all_rows-800.json"
    packages = json.loads(file.read_text())["result"]["results"]
    without = {p["id"] for p in packages if any(not r["url"].strip() for r in p["resources"])}
    records = harvest(portals, "ckan/package_search_q-all_rows-800.json").records
    noted = {r.id for r in records if any(note.field == "distribution" for note in r.notes)}
    assert without
    assert without <= noted


@pytest.mark.parametrize(
    ("rdf", "json_ld", "address"),
    [
        ("sweden-sgu.rdf", "sweden-sgu.derived.jsonld", ""),
        ("italy-unical-catalog.rdf", "italy-unical-catalog.derived-expanded.jsonld", "http://example.org/base/"),
    ],
)
def test_a_graph_gives_the_same_records_in_whichever_form(portals: Path, rdf: str, json_ld: str, address: str) -> None:
    files = [(portals / "dcat-ap" / name).read_bytes() for name in (rdf, json_ld)]
    one, other = (read_content(content, address=address) for content in files)
    assert one.records == other.records
    assert one.records


def test_items_and_catalogs_of_stac_are_counted_but_are_no_records(portals: Path) -> None:
    folder = "stac/planet-example-v1.0.0-beta.2"
    files = ("collection.json", "hurricane-harvey/catalog.json", "hurricane-harvey/hurricane-harvey-0831/catalog.json")
    read = [harvest(portals, f"{folder}/{name}") for name in files]
    assert [[record.id for record in each.records] for each in read] == [["planet-disaster-data"], [], []]
    assert [each.left_out for each in read] == [{}, {"catalogs": 1}, {"catalogs": 1, "items": 5}]


def test_four_languages_of_belgium_are_kept_as_they_are_tagged(portals: Path) -> None:
    records = harvest(portals, "dcat-ap/belgium-ldes-page-0.trig").records
    assert set(records[0].title) == {"en", "nl-t-en", "fr-t-en", "de-t-en"}
    assert {record.theme for record in records} == {"environment"}
    assert {record.access for record in records} == {"open"}


def test_hand_made_mistakes_are_understood_and_noted(portals: Path) -> None:
    (record,) = harvest(portals, "dcat-ap/sweden-opennorth-dcat.rdf").records
    assert record.temporal_end is None
    assert record.frequency == "PT1S"
    assert record.homepage == "http://wiki.opennorth.se/index.php/Luftkvalitet_(beskrivning)"
    assert record.distributions[0].is_download
    assert record.keywords["sv-SE"][0] == "förorening"
    assert {note.field for note in record.notes} >= {"distribution", "keywords", "frequency"}


def test_records_of_a_portal_have_names_of_their_own(portals: Path) -> None:
    for name in ("ckan/package_search_q-all_rows-800.json", "dcat-us/energy.json", "sdmx/INSEE-dataflow.xml"):
        records = harvest(portals, name).records
        names = {name_record(record, source="portal") for record in records}
        assert len(names) == len(records), name
        assert all(re.fullmatch(r"harvested/portal--[a-z0-9]+(-[a-z0-9]+)*", found) for found in names)


def test_a_data_json_of_socrata_may_be_called_socrata(portals: Path) -> None:
    document = read_file(portals / "socrata" / "explore.data.gov.json")
    assert read(document, kind="socrata").found == count_socrata(portals / "socrata" / "explore.data.gov.json")
