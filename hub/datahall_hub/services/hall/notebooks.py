"""A notebook about one dataset, to be downloaded."""

from __future__ import annotations

from typing import Annotated

from datahall._notebooks import write_notebook
from fastapi import APIRouter, Query
from fastapi.responses import Response

from datahall_hub.services.hall.addresses import BASE
from datahall_hub.services.hall.data import OPEN_TO_ALL
from datahall_hub.services.hall.languages import Language
from datahall_hub.services.hall.records import get_record
from datahall_hub.services.hall.shelf import get_dataset, get_version

router = APIRouter(prefix=f"{BASE}/datasets", tags=["data"])


@router.get("/{theme}/{name}/notebook.ipynb", response_class=Response)
def read_notebook(
    theme: str,
    name: str,
    language: Annotated[Language, Query(description="Of its texts.")] = "en",
    version: Annotated[str | None, Query(max_length=40, description="A version; without it the newest.")] = None,
) -> Response:
    """Return a notebook that opens a dataset; anybody may."""
    if theme == "harvested":
        content = write_notebook(get_record(f"{theme}/{name}").id, language=language)
    else:
        dataset = get_dataset(f"{theme}/{name}")
        content = write_notebook(dataset.id, version=get_version(dataset, version), language=language)
    headers = OPEN_TO_ALL | {"content-disposition": f'attachment; filename="{name}.ipynb"', "cache-control": "no-cache"}
    return Response(content, media_type="application/x-ipynb+json", headers=headers)
