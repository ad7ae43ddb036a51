"""What the datasets of one document refer to, explained once: concepts, licences, publishers, pages, media types."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from .._messages import translate
from .._vocabulary import licenses, themes
from .eu_vocabulary import Concept, find_licence
from .statements import Node, refer, say
from .texts import LANGUAGES

_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"


class Glossary:
    """The nodes of one document that several datasets share, by their addresses."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._nodes: dict[str, Node] = {}
        self._licenses = licenses()

    def nodes(self) -> Iterable[Node]:
        """Return all of them."""
        return self._nodes.values()

    def add(self, concept: Concept, *types: str) -> str:
        """Explain a concept; return its address."""
        node = self._nodes.setdefault(
            concept.address,
            {
                "@id": concept.address,
                "@type": [],
                "skos:prefLabel": [say(text, language) for language, text in concept.title.items()],
                "skos:inScheme": [refer(concept.scheme)],
            },
        )
        _add_types(node, *types)
        return concept.address

    def theme(self, theme: str) -> str:
        """Explain one of our 20 themes; return its address, which leads to its datasets."""
        address = f"{self._base_url}/datasets/{quote(theme)}"
        if address not in self._nodes:
            term = next((each for each in themes() if each.id == theme), None)
            labels = [say(theme)]  # the id, which tells another hall our domain from the EU's broader one
            labels += [say(term.title.en, "en"), say(term.title.zh, "zh")] if term else []
            self._nodes[address] = {"@id": address, "@type": ["skos:Concept"], "skos:prefLabel": labels}
        return address

    def license(self, license: str | None) -> list[Node]:
        """Return the licence, explained, in a list; none where nobody knows it."""
        term = self._licenses.get(license or "")
        if term is None:
            return []
        node: Node = {
            "@type": ["dct:LicenseDocument"],
            "rdfs:label": [say(term.title.en, "en"), say(term.title.zh, "zh"), say(term.id)],
        }
        if term.url:
            node["rdfs:seeAlso"] = [refer(term.url)]
        address = find_licence(license) or term.url
        return [self._explain(address, node)] if address else [node]

    def publisher(self, id: str, node: Node) -> Node:
        """Return a publisher of ours, explained; its address lists its datasets."""
        return self._explain(f"{self._base_url}/datasets/?publisher={quote(id)}", node)

    def document(self, address: str) -> Node:
        """Return a page of the web."""
        return self._explain(address, {"@type": ["foaf:Document"]})

    def resource(self, address: str) -> Node:
        """Return whatever lies at an address."""
        return self._explain(address, {"@type": ["rdfs:Resource"]})

    def media_type(self, name: str) -> Node:
        """Return a media type."""
        return self._explain(_MEDIA_TYPES + name, {"@type": ["dct:MediaType"]})

    def algorithm(self, name: str) -> Node:
        """Return an algorithm of checksums."""
        address = f"http://spdx.org/rdf/terms#checksumAlgorithm_{name}"
        return self._explain(address, {"@type": ["spdx:ChecksumAlgorithm"]})

    def _explain(self, address: str, node: Node) -> Node:
        known = self._nodes.setdefault(address, {"@id": address, **node})
        _add_types(known, *node["@type"])
        for key, value in node.items():
            known.setdefault(key, value)
        return refer(address)


def _add_types(node: Node, *types: str) -> None:
    node["@type"] = list(dict.fromkeys([*node["@type"], *types]))


def say_both(text: str) -> list[Node]:
    """Return a text of ours in both languages."""
    return [say(translate(text, language=language), language) for language in LANGUAGES]
