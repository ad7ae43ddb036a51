"""The statements of a JSON-LD document whose keys are prefixed names, and their other written forms.

A node is a dict with ``@id`` (without one it is blank), ``@type``, and lists of values: nodes, ``{"@value": …}``. The
document is built plainly, which is fast; Turtle and RDF/XML are written by Oxigraph, twenty times faster than rdflib.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pyoxigraph import BlankNode, NamedNode, Triple

Node = dict[str, Any]
Form = Literal["jsonld", "ttl", "rdf"]

PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
MEDIA_TYPES: dict[Form, str] = {
    "jsonld": "application/ld+json",
    "ttl": "text/turtle; charset=utf-8",
    "rdf": "application/rdf+xml",
}


def write_nodes(nodes: list[Node], *, form: Form) -> bytes:
    """Return the document that describes `nodes`."""
    if form == "jsonld":
        document = {"@context": PREFIXES, "@graph": nodes}
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    from pyoxigraph import RdfFormat, serialize

    formats = {"ttl": RdfFormat.TURTLE, "rdf": RdfFormat.RDF_XML}
    triples = (triple for node in nodes for triple in _tell(node, subject=_name(node)))
    written = serialize(triples, format=formats[form], prefixes=PREFIXES)
    assert written is not None
    return written


def _tell(node: Node, *, subject: NamedNode | BlankNode) -> Iterator[Triple]:
    """Yield what `node` says of `subject`, and what the nodes inside it say."""
    from pyoxigraph import Triple

    inner = []
    for key, values in node.items():
        if key == "@id":
            continue
        if key == "@type":
            yield from (Triple(subject, _term("rdf:type"), _term(name)) for name in values)
            continue
        for value in values:
            if "@value" in value:
                yield Triple(subject, _term(key), _literal(value))
            else:
                thing = _name(value)
                yield Triple(subject, _term(key), thing)
                inner.append((value, thing))
    for value, thing in inner:  # behind its own statements, so that these stand together
        yield from _tell(value, subject=thing)


def _name(node: Node) -> NamedNode | BlankNode:
    from pyoxigraph import BlankNode, NamedNode

    return NamedNode(node["@id"]) if "@id" in node else BlankNode()


def _literal(value: Node) -> Any:
    from pyoxigraph import Literal

    if "@language" in value:
        return Literal(value["@value"], language=value["@language"])
    return Literal(value["@value"], datatype=_term(value["@type"]) if "@type" in value else None)


def _term(name: str) -> NamedNode:
    from pyoxigraph import NamedNode

    found = _TERMS.get(name)
    if found is None:
        prefix, _, local = name.partition(":")
        found = _TERMS[name] = NamedNode(PREFIXES[prefix] + local)
    return found


_TERMS: dict[str, Any] = {}  # prefixed names are few, and ours


def say(text: str, language: str = "") -> Node:
    """Return a text as a value; tags of languages are compared without case, and written small by all forms."""
    return {"@value": text, "@language": language.lower()} if language else {"@value": text}


def typed(text: str, name: str) -> Node:
    """Return a value of a datatype, such as ``xsd:date``."""
    return {"@value": text, "@type": name}


def refer(address: str) -> Node:
    """Return a thing by its address alone."""
    return {"@id": address}
