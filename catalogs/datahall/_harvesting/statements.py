"""What a graph says about one thing, as texts and nodes in an order that does not depend on how it was written down."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..errors import N_
from .documents import unsafe
from .drafts import UNKNOWN
from .rdf import NO_BASE

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

_PREFIXES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "adms": "http://www.w3.org/ns/adms#",
    "locn": "http://www.w3.org/ns/locn#",
    "spdx": "http://spdx.org/rdf/terms#",
    "schema": "http://schema.org/",
    "schemas": "https://schema.org/",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "tree": "https://w3id.org/tree#",
    "dcatapit": "http://dati.gov.it/onto/dcatapit#",
}
_MAX_VISITS = 3_000_000  # a few for each statement of the largest document; more only where all refer to the same
_NAMES = ("foaf:name", "skos:prefLabel", "dct:title", "rdfs:label", "vcard:fn", "vcard:organization-name")


class Statements:
    """A graph, asked by short names such as ``dct:title``."""

    def __init__(self, graph: Graph, *, address: str = "") -> None:
        self._graph = graph
        self._address = address
        self._visits = 0
        self._places: dict[Node, tuple[str, ...]] = {}

    def things(self, *types: str) -> list[Node]:
        """Return all things of these types."""
        from rdflib import RDF, URIRef

        found = {thing for name in types for thing in self._graph.subjects(RDF.type, URIRef(_whole(name)))}
        return sorted(found, key=self._order)

    def nodes(self, subject: Node, *properties: str) -> list[Node]:
        """Return what stands at `properties`."""
        from rdflib import URIRef

        found = {node for name in properties for node in self._graph.objects(subject, URIRef(_whole(name)))}
        self._visits += len(found)
        if self._visits > _MAX_VISITS:
            raise unsafe(self._address, N_("its things refer to each other too often"))
        return sorted(found, key=self._order)

    def texts(self, subject: Node, *properties: str) -> list[tuple[str, str]]:
        """Return the literals at `properties`, each with its language."""
        from rdflib import Literal

        found = (node for node in self.nodes(subject, *properties) if isinstance(node, Literal))
        return [(_cased(node.language or UNKNOWN), str(node)) for node in found]

    def first(self, subject: Node, *properties: str) -> str:
        """Return the first text or address at `properties`, in their order."""
        found = (text for name in properties for node in self.nodes(subject, name) if (text := spoken(node)))
        return next(found, "")

    def names(self, node: Node) -> list[tuple[str, str]]:
        """Return what a thing is called: a literal itself, else its names, by language."""
        from rdflib import Literal

        if isinstance(node, Literal):
            return [(_cased(node.language or UNKNOWN), str(node))]
        return next((texts for name in _NAMES if (texts := self.texts(node, name))), [])

    def words(self, nodes: Iterable[Node]) -> list[str]:
        """Return the addresses and names of things that stand for words."""
        found = (text for node in nodes for text in (spoken(node), *(name for _, name in self.names(node))))
        return [text for text in dict.fromkeys(found) if text]

    def is_described(self, node: Node) -> bool:
        """Say whether the graph says anything about `node`."""
        return (node, None, None) in self._graph

    def listed(self, subject: Node) -> dict[str, list[str]]:
        """Return all that is said about a thing, by property; of things without an address only that they are."""
        found: dict[str, set[str]] = {}
        for predicate, node in self._graph.predicate_objects(subject):
            found.setdefault(str(predicate), set()).add(spoken(node))
        return {predicate: sorted(found[predicate]) for predicate in sorted(found)}

    def _order(self, node: Node) -> tuple[str, ...]:
        """Order by text and language; things without an address by what is said about them."""
        from rdflib import BNode, Literal

        if isinstance(node, BNode):
            if node not in self._places:
                said = (f"{predicate} {spoken(value)}" for predicate, value in self._graph.predicate_objects(node))
                self._places[node] = ("~", *sorted(said))
            return self._places[node]
        return (str(node), (node.language or "") if isinstance(node, Literal) else "")


def spoken(node: Node) -> str:
    """Return the text of a literal or an address; empty for a thing without one."""
    from rdflib import BNode

    return "" if isinstance(node, BNode) else str(node).removeprefix(NO_BASE)


def _whole(name: str) -> str:
    prefix, _, rest = name.partition(":")
    return _PREFIXES[prefix] + rest


def _cased(tag: str) -> str:
    """Return a language tag as it is written: rdflib makes ``sv-SE`` small."""
    parts = tag.split("-")
    for position in range(1, len(parts)):
        is_free = len(parts[position - 1]) > 1  # what follows -t- or -x- has other rules
        if is_free and len(parts[position]) == 2:
            parts[position] = parts[position].upper()
        elif is_free and len(parts[position]) == 4 and parts[position].isalpha():
            parts[position] = parts[position].title()
    return "-".join(parts)
