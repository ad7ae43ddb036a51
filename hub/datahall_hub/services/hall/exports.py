"""The catalog and each dataset’s description in the forms of other standards; anybody may read them, from any site."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Annotated

from datahall._exports.dcat_ap import write_dataset
from datahall._exports.forms import FORMS, ExportForm
from datahall._exports.offers import page_address
from datahall._exports.pages import Page
from datahall._exports.shelf import StampedEntry, find_entry, open_shelf
from datahall._exports.statements import MEDIA_TYPES, Form
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from datahall_hub.services.hall.addresses import BASE, base_url
from datahall_hub.services.hall.documents import answer_document
from datahall_hub.services.hall.faults import NotFound
from datahall_hub.services.hall.hall import TheHall
from datahall_hub.services.hall.shelf import get_dataset
from datahall_hub.services.hall.wording import N_

router = APIRouter(prefix=BASE, tags=["catalog"])

PageNumber = Annotated[int, Query(ge=1, le=1_000_000, description="A page of the catalog, counted from 1.")]


def is_document(path: str) -> bool:
    """Tell whether `path`, below the hall's address, is that of a document for programs."""
    return path in {form.document for form in FORMS.values()} or path.endswith(
        tuple(f".{form}" for form in MEDIA_TYPES)
    )


def _serve(form: ExportForm) -> Callable[..., Response]:
    def read_document(request: Request, hall: TheHall, page: PageNumber = 1) -> Response:
        shelf, base = open_shelf(), base_url(request.headers, settings=hall.settings)
        asked, document = Page(shelf.total, page, form.page_size), f"{base}/{form.document}"
        if page > asked.count:
            raise NotFound(
                N_("The catalog has no page {page}; it ends with page {last}."),
                code="unknown-page",
                page=page,
                last=asked.count,
            )
        places = {
            "canonical": page,
            "first": 1 if asked.count > 1 else None,
            "prev": asked.before,
            "next": asked.following,
            "last": asked.count if asked.count > 1 else None,
        }
        return answer_document(
            request,
            lambda: form.write(shelf.take(asked), base, asked),
            media_type=form.media_type,
            mark=make_mark(shelf.mark, base, form.id, str(page)),
            changed=shelf.changed,
            links={name: asked.address(number, document=document) for name, number in places.items() if number},
        )

    read_document.__doc__ = f"Return a page of the catalog: {form.title}."
    return read_document


for _form in FORMS.values():
    for _method in ("GET", "HEAD"):  # HEAD too: addresses of data are not answered as GET for it
        router.add_api_route(
            f"/{_form.document}",
            _serve(_form),
            methods=[_method],
            response_class=Response,
            name=f"read_{_form.id.replace('-', '_')}",
            include_in_schema=_method == "GET",
        )


@router.get("/datasets/{theme}/{name}.{form}", response_class=Response)
def read_description(request: Request, hall: TheHall, theme: str, name: str, form: Form) -> Response:
    """Return a dataset's description in DCAT-AP 3; anybody may."""
    base = base_url(request.headers, settings=hall.settings)
    found = get_entry(f"{theme}/{name}")
    return answer_document(
        request,
        lambda: write_dataset(found.entry, base_url=base, form=form),
        media_type=MEDIA_TYPES[form],
        mark=make_mark(found.mark, base, form),
        changed=found.changed,
        links={"describes": page_address(found.entry, base_url=base, language="en")},
    )


def get_entry(dataset_id: str) -> StampedEntry:
    """Return a dataset of our own or a harvested one; refuse an unknown one."""
    found = find_entry(dataset_id) or find_entry(get_dataset(dataset_id).id)  # which says what may have been meant
    assert found is not None
    return found


def make_mark(*parts: str) -> str:
    """Return what tells a document from others and from its earlier states."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]
