"""Where the catalog and each dataset's description are in the forms of other standards, as pages name them."""

from __future__ import annotations

from dataclasses import dataclass

from datahall_hub.services.hall.wording import N_


@dataclass(frozen=True)
class OtherForm:
    """One form: `title` is a marked text, `ending` the address below the hall's or behind the dataset's."""

    title: str
    ending: str
    media_type: str


CATALOG_FORMS = (
    OtherForm("DCAT-AP 3 (JSON-LD)", "catalog.jsonld", "application/ld+json"),
    OtherForm("DCAT-AP 3 (Turtle)", "catalog.ttl", "text/turtle"),
    OtherForm("DCAT-AP 3 (RDF/XML)", "catalog.rdf", "application/rdf+xml"),
    OtherForm("DCAT-US 1.1", "data.json", "application/json"),
    OtherForm(N_("China’s government catalog (JSON)"), "catalog.gov-cn.json", "application/json"),
    OtherForm("Intake 2 (YAML)", "catalog.yaml", "application/yaml"),
)
DATASET_FORMS = (
    OtherForm("DCAT-AP 3 (JSON-LD)", ".jsonld", "application/ld+json"),
    OtherForm("DCAT-AP 3 (Turtle)", ".ttl", "text/turtle"),
    OtherForm("DCAT-AP 3 (RDF/XML)", ".rdf", "application/rdf+xml"),
)
LOADED_FORM = OtherForm("Croissant 1.0", "/croissant.json", "application/ld+json")  # of rows that are here
