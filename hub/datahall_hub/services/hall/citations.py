"""Citations of datasets as files for reference managers: BibTeX, RIS, CSL-JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import datahall
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from datahall_hub.services.hall.addresses import BASE, base_url
from datahall_hub.services.hall.data import OPEN_TO_ALL
from datahall_hub.services.hall.hall import TheHall
from datahall_hub.services.hall.records import cite_record, get_record
from datahall_hub.services.hall.shelf import get_dataset, get_version

if TYPE_CHECKING:
    from datahall._citation import Citation

router = APIRouter(prefix=f"{BASE}/datasets", tags=["data"])

MEDIA_TYPES = {
    "bib": "application/x-bibtex",
    "ris": "application/x-research-info-systems",
    "json": "application/vnd.citationstyles.csl+json",
}
TITLES = {"bib": "BibTeX", "ris": "RIS", "json": "CSL-JSON"}


@dataclass(frozen=True)
class CitationForm:
    """One form of a citation, as a page shows it."""

    suffix: str
    title: str
    text: str


@router.get("/{theme}/{name}/cite.{suffix}", response_class=Response)
def read_citation(
    request: Request,
    hall: TheHall,
    theme: str,
    name: str,
    suffix: Literal["bib", "ris", "json"],
    version: Annotated[str | None, Query(max_length=40, description="A version; without it the newest.")] = None,
) -> Response:
    """Return how to cite a dataset, for BibTeX, RIS or CSL-JSON; anybody may."""
    citation = _cite(f"{theme}/{name}", version=version, base=base_url(request.headers, settings=hall.settings))
    headers = OPEN_TO_ALL | {
        "content-disposition": f'attachment; filename="{name}.{suffix if suffix != "json" else "csl.json"}"',
        "cache-control": "public, no-cache",
    }
    return Response(write_form(citation, suffix), media_type=f"{MEDIA_TYPES[suffix]}; charset=utf-8", headers=headers)


def _cite(dataset_id: str, *, version: str | None, base: str) -> Citation:
    if dataset_id.startswith("harvested/"):
        return cite_record(get_record(dataset_id), base=base)
    dataset = get_dataset(dataset_id)
    found = get_version(dataset, version)
    return (datahall.dataset(f"{dataset.id}@{found}") if found else dataset).cite()


def list_forms(citation: Citation) -> list[CitationForm]:
    """Return the forms of a citation for reference managers."""
    return [CitationForm(suffix, TITLES[suffix], write_form(citation, suffix)) for suffix in MEDIA_TYPES]


def write_form(citation: Citation, suffix: str) -> str:
    """Return a citation in the form of files that end with `suffix`."""
    if suffix == "json":
        return json.dumps([citation.csl], ensure_ascii=False, indent=1) + "\n"
    return citation.ris if suffix == "ris" else citation.bibtex + "\n"
