"""DCAT and its application profiles in any form of RDF: each dcat:Dataset is a record, in whichever named graph.

Properties are tried in the order of their lists: the standard's first, then what catalogs write instead.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from ..errors import N_
from . import reasons
from .addresses import make_whole
from .documents import Document, unknown_format
from .drafts import UNKNOWN, Draft
from .gathering import Gathering
from .portal_titles import tidy_titles
from .rdf import parse_graph
from .record import Harvest, Record
from .statements import Statements, spoken
from .words import find_access

if TYPE_CHECKING:
    from rdflib.term import Node

RDF_ROOT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}RDF"
_QUOTED = re.compile(r"rdfs:Literal='?(.*?)'?$")  # a keyword as a hand-made catalog quotes it
_DATASETS = ("dcat:Dataset", "dcatapit:Dataset")
_OTHERS = {"services": "dcat:DataService", "series": "dcat:DatasetSeries"}
_SLIPS = {  # what hand-made catalogs write in place of a property
    "distribution": ("dct:distribution",),
    "keywords": ("dct:keyword", "dct:keywords"),
    "frequency": ("dct:Frequency",),
    "homepage": ("dct:landingpage", "dcat:landingpage"),
}


def is_rdf(document: Document) -> bool:
    """Say whether `document` is RDF in any form; whether it holds a catalog only reading tells."""
    if document.form == "xml":
        return document.root == RDF_ROOT
    if document.form == "rdf-text":
        return True
    value = document.value
    items = value[:20] if isinstance(value, list) else [value]
    return any(isinstance(item, dict) and ("@graph" in item or "@context" in item or "@id" in item) for item in items)


def read(document: Document) -> Harvest:
    """Return the datasets; raises unknown-format for RDF in which nothing of a catalog is."""
    graph, notes = parse_graph(document)
    statements = Statements(graph, address=document.address)
    datasets = statements.things(*_DATASETS)
    others = {kind: len(statements.things(name)) for kind, name in _OTHERS.items()}
    catalogs = statements.things("dcat:Catalog", "dcatapit:Catalog")
    if not datasets and not catalogs and not any(others.values()):
        raise unknown_format(document.address, N_("it is RDF, but has neither a dcat:Catalog nor a dcat:Dataset"))
    gathering = Gathering("dcat", notes=notes)
    successors = {old: new for new in datasets for old in statements.nodes(new, "dct:replaces")}  # as DCAT 3 says it
    for dataset in datasets:
        make = partial(_record, statements=statements, successor=successors.get(dataset))
        gathering.take(dataset, make, name=spoken(dataset))
    for kind, count in others.items():
        gathering.leave_out(kind, count)
    named = {node for catalog in catalogs for node in statements.nodes(catalog, "dcat:dataset")}
    gathering.leave_out("undescribed", len(named - set(datasets)))
    return gathering.harvest(
        total=_total(statements),
        next_page=_next_page(statements, document.address),
        children=_pages_of_stream(statements, document.address),
        titles=_titles(catalogs, statements),
    )


def _titles(catalogs: list[Node], statements: Statements) -> dict[str, str]:
    """Return what the catalog is called that is part of no other; nothing where several are."""
    parts = {node for each in catalogs for node in statements.nodes(each, "dcat:catalog", "dct:hasPart")}
    outer = [each for each in catalogs if each not in parts]
    return tidy_titles(statements.names(outer[0])) if len(outer) == 1 else {}


def _total(statements: Statements) -> int | None:
    pages = statements.things("hydra:PagedCollection", "hydra:PartialCollectionView", "hydra:Collection")
    counts = (statements.first(page, "hydra:totalItems") for page in pages)
    return next((int(count) for count in counts if count.isdecimal() and len(count) < 12), None)


def _next_page(statements: Statements, address: str) -> str:
    pages = statements.things("hydra:PagedCollection", "hydra:PartialCollectionView", "hydra:Collection")
    following = next((href for page in pages if (href := statements.first(page, "hydra:next", "hydra:nextPage"))), "")
    whole = make_whole(following, base=address)
    return whole if whole.startswith(("http://", "https://")) else ""


def _pages_of_stream(statements: Statements, address: str) -> list[str]:
    """Return the other pages of an event stream (LDES), which may lead back to this one."""
    relations = [node for page in statements.things("tree:Node") for node in statements.nodes(page, "tree:relation")]
    pages = (make_whole(statements.first(relation, "tree:node"), base=address) for relation in relations)
    return [page for page in dict.fromkeys(pages) if page and page != address]


def _record(dataset: Node, *, statements: Statements, successor: Node | None) -> Record:
    draft = Draft("dcat")
    address, identifier = spoken(dataset), statements.first(dataset, "dct:identifier", "adms:identifier")
    draft.identify(address, identifier)
    draft.set_name(address.rstrip("/").rpartition("/")[2].rpartition("#")[2] or identifier)
    draft.set_address(address)
    draft.add_languages(spoken(node) for node in statements.nodes(dataset, "dct:language"))
    told = draft.only_language()  # DCAT: the language of the texts about a dataset, too
    for language, text in statements.texts(dataset, "dct:title"):
        draft.add_title(text, _either(language, told))
    for language, text in statements.texts(dataset, "dct:description"):
        draft.add_description(text, _either(language, told))
    for node in _nodes(draft, dataset, "keywords", "dcat:keyword", statements=statements):
        for language, text in statements.texts(node, "dcat:keyword") or statements.names(node):
            draft.add_keywords([_QUOTED.sub(r"\1", text)], _either(language, told))
    draft.add_categories(statements.words(statements.nodes(dataset, "dcat:theme", "dct:subject")))
    for node in _first(draft, "publisher", statements.nodes(dataset, "dct:publisher")):
        draft.set_publisher_address(spoken(node) if "://" in spoken(node) else "")
        for language, text in statements.names(node):
            draft.add_publisher(text, _either(language, told))
    for node in statements.nodes(dataset, "dct:license"):
        draft.add_license(*statements.words([node]))
    draft.add_rights(statements.words(statements.nodes(dataset, "dct:rights")))
    draft.set_access(*(_tell_access(statements, node) for node in statements.nodes(dataset, "dct:accessRights")))
    frequencies = _nodes(draft, dataset, "frequency", "dct:accrualPeriodicity", statements=statements)
    for node in _first(draft, "frequency", frequencies):
        draft.set_frequency(spoken(node) or next((text for _, text in statements.names(node)), ""))
    draft.set_date("issued", statements.first(dataset, "dct:issued", "dct:created"))
    draft.set_date("modified", statements.first(dataset, "dct:modified"))
    for node in _first(draft, "temporal", statements.nodes(dataset, "dct:temporal")):
        _set_temporal(draft, node, statements)
    for node in statements.nodes(dataset, "dct:spatial"):
        _add_place(draft, node, statements)
    pages = _nodes(draft, dataset, "homepage", "dcat:landingPage", "foaf:page", "foaf:homepage", statements=statements)
    for node in _first(draft, "homepage", pages):
        draft.set_homepage(spoken(node))
    contacts = statements.nodes(dataset, "dcat:contactPoint", "adms:contactPoint")
    for node in _first(draft, "contact", contacts):
        _set_contact(draft, node, statements)
    for node in _nodes(draft, dataset, "distribution", "dcat:distribution", "adms:sample", statements=statements):
        _add_distribution(draft, node, statements)
    _set_retirement(draft, dataset, statements, successor=successor)
    return draft.finish(statements.listed(dataset))


def _nodes(draft: Draft, subject: Node, field: str, *properties: str, statements: Statements) -> list[Node]:
    """Return what stands at the first of `properties` that is there, or at a misspelt one, which is noted."""
    for name in properties:
        if nodes := statements.nodes(subject, name):
            return nodes
    nodes = statements.nodes(subject, *_SLIPS[field])
    if nodes:
        draft.notes.add(field, ", ".join(_SLIPS[field]), reasons.MISSPELT)
    return nodes


def _first(draft: Draft, field: str, nodes: list[Node]) -> list[Node]:
    """Return the first of `nodes`, where there is one; others are noted."""
    if len(nodes) > 1:
        draft.notes.add(field, " | ".join(filter(None, map(spoken, nodes[1:]))), reasons.FIRST_KEPT)
    return nodes[:1]


def _either(language: str, told: str) -> str:
    return told if language == UNKNOWN else language


def _tell_access(statements: Statements, node: Node) -> str:
    """Return which of the addresses and names of one statement of access says something, else the first."""
    words = statements.words([node])
    return next((word for word in words if find_access(word) != "unknown"), next(iter(words), ""))


def _set_retirement(draft: Draft, dataset: Node, statements: Statements, *, successor: Node | None) -> None:
    """Take whether it should no longer be used: by its status, by OWL, or by what replaces it."""
    draft.set_retired(*statements.words(statements.nodes(dataset, "adms:status")))
    if statements.first(dataset, "owl:deprecated") in ("true", "1"):
        draft.set_retired("deprecated")
    for node in _first(draft, "replaced_by", statements.nodes(dataset, "dct:isReplacedBy")):
        draft.set_replacement(spoken(node) or statements.first(node, "dct:identifier"))
        return
    if successor is not None:
        draft.set_replacement(spoken(successor) or statements.first(successor, "dct:identifier"))


def _set_temporal(draft: Draft, node: Node, statements: Statements) -> None:
    start = statements.first(node, "dcat:startDate", "schema:startDate", "schemas:startDate")
    end = statements.first(node, "dcat:endDate", "schema:endDate", "schemas:endDate")
    draft.set_temporal(spoken(node), start=start, end=end)


def _add_place(draft: Draft, node: Node, statements: Statements) -> None:
    shapes = [
        spoken(shape)
        for shape in statements.nodes(node, "dcat:bbox", "locn:geometry", "dcat:centroid", "dct:Description")
    ]
    words = [*statements.words([node]), *filter(None, shapes)]
    draft.add_places(*words)
    if not words:
        draft.notes.add("spatial", ", ".join(statements.listed(node)), reasons.NO_PLACE)


def _set_contact(draft: Draft, node: Node, statements: Statements) -> None:
    names = statements.texts(node, "vcard:fn", "vcard:organization-name", "foaf:name")
    email = statements.first(node, "vcard:hasEmail", "foaf:mbox")
    if not email:
        inner = (statements.first(value, "vcard:value") for value in statements.nodes(node, "vcard:hasEmail"))
        email = next(filter(None, inner), "")
    is_page = spoken(node).startswith(("http://", "https://")) and not statements.is_described(node)
    page = statements.first(node, "vcard:hasURL") or (spoken(node) if is_page else "")
    draft.set_contact(name=names[0][1] if names else "", email=email, address=page)


def _add_distribution(draft: Draft, node: Node, statements: Statements) -> None:
    if not statements.is_described(node):
        draft.notes.add("distribution", spoken(node), reasons.UNDESCRIBED)
        draft.add_distribution(spoken(node))
        draft.add_file_status()
        return
    draft.add_file_status(*statements.words(statements.nodes(node, "adms:status")))
    download = statements.first(node, "dcat:downloadURL")
    sums = [(statements.first(node, "spdx:algorithm"), statements.first(node, "spdx:checksumValue"))
            for node in statements.nodes(node, "spdx:checksum")]  # fmt: skip
    texts = statements.texts(node, "dct:title") or statements.texts(node, "dct:description")
    draft.add_distribution(
        download or statements.first(node, "dcat:accessURL"),
        is_download=bool(download),
        formats=statements.words(
            statements.nodes(
                node, "dct:format", "dcat:compressFormat", "dcat:packageFormat", "adms:representationTechnique"
            )
        ),
        media_type=statements.first(node, "dcat:mediaType"),
        size=statements.first(node, "dcat:byteSize"),
        checksum=next((f"{name.rpartition('_')[2]}:{value}" for name, value in sums if value), ""),
        title=texts[0][1] if texts else "",
        licenses=[statements.words([license]) for license in statements.nodes(node, "dct:license")],
    )
