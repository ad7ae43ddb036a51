"""A notebook about one dataset, ready to be run: what it is, the lines that open it, its citation."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any

import datahall
from datahall import Dataset
from fastapi import APIRouter, Query
from fastapi.responses import Response

from datahall_hub.services.hall.addresses import BASE
from datahall_hub.services.hall.data import OPEN_TO_ALL
from datahall_hub.services.hall.languages import Language
from datahall_hub.services.hall.records import describe_stored, get_record
from datahall_hub.services.hall.shelf import get_dataset, get_version
from datahall_hub.services.hall.snippets import write_notebook_lines, write_record_lines
from datahall_hub.services.hall.wording import N_, Words

router = APIRouter(prefix=f"{BASE}/datasets", tags=["data"])

# Signs that mean something in Markdown or HTML; what a card or a portal says stays text.
_SIGNS = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_{}[]()<>#+!|~$&"})


@router.get("/{theme}/{name}/notebook.ipynb", response_class=Response)
def read_notebook(
    theme: str,
    name: str,
    language: Annotated[Language, Query(description="Of its texts.")] = "en",
    version: Annotated[str | None, Query(max_length=40, description="A version; without it the newest.")] = None,
) -> Response:
    """Return a notebook that opens a dataset; anybody may."""
    if theme == "harvested":
        cells = _tell_record(f"{theme}/{name}", language=language)
    else:
        dataset = get_dataset(f"{theme}/{name}")
        cells = _tell_dataset(dataset, version=get_version(dataset, version), language=language)
    headers = OPEN_TO_ALL | {"content-disposition": f'attachment; filename="{name}.ipynb"', "cache-control": "no-cache"}
    return Response(write_notebook(cells), media_type="application/x-ipynb+json", headers=headers)


def write_notebook(cells: list[tuple[str, str]]) -> str:
    """Return a notebook with `cells` (kind and text) and no outputs, in nbformat 4.5."""
    content = {
        "cells": [_cell(kind, text, place=place) for place, (kind, text) in enumerate(cells)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _tell_dataset(dataset: Dataset, *, version: str | None, language: str) -> list[tuple[str, str]]:
    card = dataset.card
    pinned = datahall.dataset(f"{dataset.id}@{version}") if version else dataset
    license = datahall.licenses()[card.license].title[language]
    about = _about(card.title[language], card.description[language], license, language=language)
    lines = write_notebook_lines(dataset, version=version, language=language)
    return _cells(about, lines, pinned.cite().texts[language], language=language)


def _tell_record(dataset_id: str, *, language: str) -> list[tuple[str, str]]:
    entry = describe_stored(get_record(dataset_id))
    terms, words = datahall.licenses().get(entry.license or ""), Words(language)
    license = terms.title[language] if terms else words.text(N_("Licence not stated"))
    about = _about(entry.title_in(language), entry.description_in(language)[:2_000], license, language=language)
    return [("markdown", about), ("code", write_record_lines(dataset_id, language=language))]


def _about(title: str, description: str, license: str, *, language: str) -> str:
    label = Words(language).text(N_("Licence"))
    title = " ".join(title.split())
    return f"# {title.translate(_SIGNS)}\n\n{description.translate(_SIGNS)}\n\n{label}: {license.translate(_SIGNS)}"


def _cells(about: str, lines: str, citation: str, *, language: str) -> list[tuple[str, str]]:
    cite = f"**{Words(language).text(N_('Cite'))}**: {citation.translate(_SIGNS)}"
    opened, _, live = lines.partition("\n\nnow = ")
    more = [("code", f"now = {live}")] if live else []
    return [("markdown", about), ("code", opened), ("code", "df.describe()"), *more, ("markdown", cite)]


def _cell(kind: str, text: str, *, place: int) -> dict[str, Any]:
    name = hashlib.sha256(f"{place}{text}".encode()).hexdigest()[:8]
    cell: dict[str, Any] = {"cell_type": kind, "id": name, "metadata": {}, "source": text.splitlines(keepends=True)}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})
