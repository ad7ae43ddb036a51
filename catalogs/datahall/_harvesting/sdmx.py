"""SDMX structures, in XML and JSON: each dataflow is a record; data messages are no catalogs.

A dataflow names no file. Where the structure came from a registry of the web, its data lies at ``/data/<flow>`` beside
``/dataflow``, as SDMX's REST interface has it.
"""

from __future__ import annotations

import re
from collections import Counter
from io import BytesIO
from typing import Any
from urllib.parse import quote
from xml.etree.ElementTree import Element

from .documents import Document
from .drafts import Draft
from .gathering import Gathering
from .record import Harvest, Record
from .values import Object, first_text, list_of, object_of, objects_of, text_of

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_STRUCTURE = re.compile(r"\{http://www\.(?:sdmx|SDMX)\.org/.+\}Structure$")
_OTHERS = ("DataStructure", "KeyFamily", "Codelist", "CodeList", "ConceptScheme", "CategoryScheme", "Metadataflow")
_LISTS = ("dataflows", "Dataflow", "dataflow")

Names = dict[str, str]  # texts by language


def is_structure(document: Document) -> bool:
    """Say whether `document` is a structure message, in XML or JSON, with dataflows or without."""
    if document.form == "xml":
        return bool(_STRUCTURE.match(document.root))
    value = object_of(document.value)
    inner = object_of(value.get("data"))
    has_structures = any(isinstance(inner.get(name), list) for name in ("dataflows", "dataStructures", "codelists"))
    return has_structures and "dataSets" not in inner


def read(document: Document) -> Harvest:
    """Return the dataflows."""
    gathering = Gathering("sdmx", notes=document.notes)
    if document.form == "xml":
        _read_xml(document, gathering)
    else:
        data = object_of(object_of(document.value).get("data"))
        for name in _LISTS:
            gathering.take_objects(list_of(data.get(name)), lambda flow: _record(_of_json(flow), base=document.address))
        for name in ("dataStructures", "codelists", "conceptSchemes", "categorySchemes"):
            gathering.leave_out(name, len(list_of(data.get(name))))
    return gathering.harvest()


def _read_xml(document: Document, gathering: Gathering) -> None:
    """Read the dataflows and the categories that they are put into; what is no longer needed is forgotten at once."""
    from defusedxml.ElementTree import iterparse

    flows: list[Object] = []
    names: dict[str, Names] = {}
    placed: dict[str, list[str]] = {}
    agencies: dict[str, Names] = {}
    left_out: Counter[str] = Counter()
    inside: list[Element] = []
    for event, element in iterparse(BytesIO(document.content), events=("start", "end"), forbid_entities=True):
        if event == "start":
            inside.append(element)
            continue
        inside.pop()
        name = _local(element)
        parent = _local(inside[-1]) if inside else ""
        if name == "Dataflow" and parent == "Dataflows":
            flows.append(_of_element(element))
        elif name == "Category":
            names[element.get("id", "")] = _texts(element, "Name")
        elif name == "Categorisation":
            _place(element, placed)
        elif name == "Sender":
            agencies[element.get("id", "")] = _texts(element, "Name")
        elif name in _OTHERS:
            left_out[name] += 1
        else:
            continue  # it may be part of one of these
        if name != "Category":
            element.clear()
    for kind, count in left_out.items():
        gathering.leave_out(kind, count)
    for flow in flows:
        flow["categories"] = [
            text for category in placed.get(flow["id"], []) for text in names.get(category, {}).values()
        ]
        flow["publisher"] = agencies.get(flow["agency"], {})
        gathering.take(flow, lambda found: _record(found, base=document.address), name=flow["id"])


def _of_element(element: Element) -> Object:
    return {
        "id": element.get("id", ""),
        "agency": element.get("agencyID", ""),
        "version": element.get("version", ""),
        "urn": element.get("urn", ""),
        "names": _texts(element, "Name"),
        "descriptions": _texts(element, "Description"),
        "start": element.get("validFrom", ""),
    }


def _of_json(flow: Object) -> Object:
    texts: dict[str, Any] = {}
    for plural, single in (("names", "name"), ("descriptions", "description")):
        texts[plural] = object_of(flow.get(plural)) or {"und": flow.get(single)}
    links = objects_of(flow.get("links"))
    urn = text_of(flow.get("urn")) or next((first_text(link, "urn") for link in links if link.get("rel") == "self"), "")
    return {
        "id": text_of(flow.get("id")),
        "agency": first_text(flow, "agencyID", "agencyId"),
        "version": text_of(flow.get("version")),
        "urn": urn,
        "start": text_of(flow.get("validFrom")),
        **texts,
    }


def _place(categorisation: Element, placed: dict[str, list[str]]) -> None:
    """Note into which category a dataflow is put; the last part of a target's id is the category's own."""
    ends: Names = {}
    for child in categorisation:
        reference = next((part for part in child.iter() if _local(part) == "Ref"), None)
        if reference is not None:
            ends[_local(child)] = reference.get("id", "")
    if ends.get("Source") and ends.get("Target"):
        placed.setdefault(ends["Source"], []).append(ends["Target"].rpartition(".")[2])


def _record(flow: Object, *, base: str) -> Record:
    draft = Draft("sdmx")
    agency, identifier, version = flow["agency"], flow["id"], flow["version"]
    whole = f"{agency}:{identifier}({version})" if agency and version else identifier
    draft.identify(whole)
    draft.set_name(identifier)
    draft.set_address(flow["urn"])
    for language, text in flow["names"].items():
        draft.add_title(text, language)
    for language, text in flow["descriptions"].items():
        draft.add_description(text, language)
    draft.add_categories(flow.get("categories", ()))
    publisher = flow.get("publisher") or {"und": agency}
    for language, text in publisher.items():
        draft.add_publisher(text, language)
    draft.set_date("issued", flow["start"])
    if identifier and base.startswith(("http://", "https://")) and "/dataflow" in base:
        reference = quote(",".join(part for part in (agency, identifier, version) if part), safe=",")
        draft.add_distribution(f"{base.partition('/dataflow')[0]}/data/{reference}", formats=["SDMX"])
    return draft.finish({key: value for key, value in flow.items() if value})


def _texts(element: Element, name: str) -> Names:
    """Return the texts of the children called `name`, by language."""
    return {child.get(_LANGUAGE, "und"): (child.text or "") for child in element if _local(child) == name}


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]
