"""The catalog in DCAT-AP 3, for the data portals of Europe and whatever reads RDF.

https://semiceu.github.io/DCAT-AP/releases/3.0.0/ : each document names and explains every concept that it uses, so
that it is valid against the official shapes by itself.
"""

from __future__ import annotations

from collections.abc import Iterable

from .._entries.entry import Entry
from .._messages import translate
from ..errors import N_
from .dcat_distributions import describe_offers
from .eu_vocabulary import AUTHORITY, find_access_right, find_frequency, find_language, find_status, find_themes
from .glossary import Glossary, say_both
from .offers import dataset_address, find_address, full_address, page_address
from .pages import Page
from .places import describe_places
from .statements import Form, Node, refer, say, typed, write_nodes
from .texts import (
    LANGUAGES,
    clean_line,
    find_modified,
    list_descriptions,
    list_keywords,
    list_texts,
    list_titles,
    make_address,
    make_email,
)

TITLE = N_("Datahall")
DESCRIPTION = N_("Open public data: the hall’s own datasets, and those of the portals that it harvests.")
LEFT_OUT = N_("This list shows {shown} of its {count} distributions; {address} has all.")
NOT_KEPT = N_("Its portal has {count} distributions, of which {kept} are kept here.")
HARVESTED = N_("Harvested from {source}.")
MISSING = N_("The portal no longer has it, as was seen on {day}.")


def write_catalog(entries: Iterable[Entry], *, base_url: str, page: Page, form: Form) -> bytes:
    """Return one page of the catalog of the hall at `base_url`."""
    glossary = Glossary(base_url)
    datasets = [describe_dataset(entry, base_url=base_url, glossary=glossary) for entry in entries]
    catalog = _describe_catalog(datasets, base_url=base_url, glossary=glossary)
    view = _describe_view(page, document=f"{base_url}/catalog.{form}") if page.count > 1 else None
    if view:
        catalog["hydra:view"] = [refer(view["@id"])]
    nodes = [catalog, *([view] if view else []), *datasets, *glossary.nodes()]
    return write_nodes(nodes, form=form)


def write_dataset(entry: Entry, *, base_url: str, form: Form) -> bytes:
    """Return the document of one dataset."""
    glossary = Glossary(base_url)
    dataset = describe_dataset(entry, base_url=base_url, glossary=glossary)
    return write_nodes([dataset, *glossary.nodes()], form=form)


def _describe_catalog(datasets: list[Node], *, base_url: str, glossary: Glossary) -> Node:
    hall = f"{base_url}/"
    return {
        "@id": f"{base_url}/#catalog",
        "@type": ["dcat:Catalog"],
        "dct:title": say_both(TITLE),
        "dct:description": say_both(DESCRIPTION),
        "dct:publisher": [
            {
                "@id": f"{base_url}/#publisher",
                "@type": ["foaf:Agent"],
                "foaf:name": say_both(TITLE),
                "foaf:homepage": [refer(hall)],
            }
        ],
        "dct:language": [
            refer(glossary.add(word, "dct:LinguisticSystem")) for tag in LANGUAGES if (word := find_language(tag))
        ],
        "foaf:homepage": [glossary.document(hall)],
        "dcat:themeTaxonomy": [
            {
                "@id": f"{AUTHORITY}data-theme",
                "@type": ["skos:ConceptScheme"],
                "dct:title": [say("Data theme", "en"), say("数据主题", "zh")],
            }
        ],
        "dcat:dataset": [refer(dataset["@id"]) for dataset in datasets],
    }


def _describe_view(page: Page, *, document: str) -> Node:
    places = {
        "hydra:first": 1,
        "hydra:previous": page.before,
        "hydra:next": page.following,
        "hydra:last": page.count,
    }
    return {
        "@id": page.address(page.number, document=document),
        "@type": ["hydra:PartialCollectionView"],
        "hydra:totalItems": [typed(str(page.total), "xsd:integer")],
        **{key: [refer(page.address(number, document=document))] for key, number in places.items() if number},
    }


def describe_dataset(entry: Entry, *, base_url: str, glossary: Glossary) -> Node:
    """Return what DCAT-AP says of a dataset; what it refers to goes into `glossary`."""
    address = dataset_address(entry, base_url=base_url)
    own_page = page_address(entry, base_url=base_url, language="en")
    homepage = make_address(entry.homepage)
    landing, other = (homepage or own_page, own_page) if entry.is_harvested else (own_page, homepage)
    frequency, access = find_frequency(entry.frequency), find_access_right(entry.access)
    modified, status = find_modified(entry), find_status("dataset", entry.retired)
    node: Node = {
        "@id": address,
        "@type": ["dcat:Dataset"],
        "dct:identifier": [say(entry.id)],
        "adms:identifier": _other_identifiers(entry),
        "dct:title": [say(text, language) for language, text in list_titles(entry)],
        "dct:description": [say(text, language) for language, text in list_descriptions(entry)],
        "dcat:keyword": [say(word, language) for language, word in list_keywords(entry)],
        "dcat:theme": [refer(glossary.add(word, "skos:Concept")) for word in find_themes(entry.theme)],
        "dct:subject": [refer(glossary.theme(entry.theme))] if entry.theme else [],
        "dct:publisher": _describe_publisher(entry, glossary=glossary),
        "dcat:contactPoint": _describe_contact(entry),
        "dct:license": glossary.license(entry.license),
        "dct:accessRights": [refer(glossary.add(access, "dct:RightsStatement"))] if access else [],
        "dct:accrualPeriodicity": [refer(glossary.add(frequency, "dct:Frequency"))] if frequency else [],
        "dct:issued": [typed(entry.issued.isoformat(), "xsd:date")] if entry.issued else [],
        "dct:modified": [typed(modified.isoformat(), "xsd:date")] if modified else [],
        "dct:temporal": _describe_period(entry),
        "dct:spatial": describe_places(entry, glossary=glossary),
        "dct:language": [
            refer(glossary.add(word, "dct:LinguisticSystem")) for tag in entry.languages if (word := find_language(tag))
        ],
        "dcat:landingPage": [glossary.document(landing)],
        "foaf:page": [glossary.document(other)] if other and other != landing else [],
        "adms:status": [refer(glossary.add(status, "skos:Concept"))] if status else [],
        "dct:isReplacedBy": _describe_replacement(entry, base_url=base_url),
        "dct:provenance": _describe_provenance(entry, base_url=base_url),
        "dcat:version": [say(entry.version)] if entry.version else [],
        "dcat:distribution": describe_offers(entry, base_url=base_url, glossary=glossary),
        "rdfs:seeAlso": [refer(full_address(entry, base_url=base_url))] if entry.left_out else [],
    }
    return {key: value for key, value in node.items() if value}


def _other_identifiers(entry: Entry) -> list[Node]:
    said = clean_line(entry.source_id) if entry.is_harvested else ""
    return [{"@type": ["adms:Identifier"], "skos:notation": [say(said)]}] if said else []


def _describe_publisher(entry: Entry, *, glossary: Glossary) -> list[Node]:
    names = list(list_texts(entry.publisher.title)) if entry.publisher else []
    if entry.publisher is None or not names:
        return []
    homepage = make_address(entry.publisher.homepage)
    node: Node = {"@type": ["foaf:Agent"], "foaf:name": [say(name, language) for language, name in names]}
    if homepage:
        node["foaf:homepage"] = [refer(homepage)]
    return [glossary.publisher(entry.publisher.id, node)] if entry.publisher.id else [node]


def _describe_contact(entry: Entry) -> list[Node]:
    name, email = clean_line(entry.contact.name), make_email(entry.contact.email)
    page = make_address(entry.contact.address)
    told: Node = {
        "vcard:fn": [say(name)] if name else [],
        "vcard:hasEmail": [refer(f"mailto:{email}")] if email else [],
        "vcard:hasURL": [refer(page)] if page else [],
    }
    told = {key: value for key, value in told.items() if value}
    return [{"@type": ["vcard:Kind"], **told}] if told else []


def _describe_replacement(entry: Entry, *, base_url: str) -> list[Node]:
    """Return what to use instead: here, else where its portal has it; an identifier alone leads nowhere."""
    address = (
        find_address(entry.replaced_by, base_url=base_url) if entry.replaced_by else make_address(entry.replacement)
    )
    return [refer(address)] if address else []


def _describe_period(entry: Entry) -> list[Node]:
    ends = {"dcat:startDate": entry.temporal_start, "dcat:endDate": entry.temporal_end}
    told = {key: [typed(day.isoformat(), "xsd:date")] for key, day in ends.items() if day}
    return [{"@type": ["dct:PeriodOfTime"], **told}] if told else []


def _describe_provenance(entry: Entry, *, base_url: str) -> list[Node]:
    if entry.source is None:
        return []
    said = []
    for language in LANGUAGES:
        text = translate(HARVESTED, language=language, source=clean_line(entry.source))
        if entry.missing_since:
            text += " " + translate(MISSING, language=language, day=entry.missing_since.isoformat())
        if entry.left_out:
            text += " " + _tell_left_out(entry, base_url=base_url, language=language)
        if entry.not_kept:
            kept = len(entry.distributions) + entry.left_out
            text += " " + translate(NOT_KEPT, language=language, count=entry.distributions_total, kept=kept)
        said.append(say(text, language))
    return [{"@type": ["dct:ProvenanceStatement"], "rdfs:label": said}]


def _tell_left_out(entry: Entry, *, base_url: str, language: str) -> str:
    shown = len(entry.distributions)
    address = full_address(entry, base_url=base_url)
    return translate(LEFT_OUT, language=language, shown=shown, count=shown + entry.left_out, address=address)
