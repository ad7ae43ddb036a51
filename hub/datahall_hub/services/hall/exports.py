"""The catalog and each dataset’s description in the forms of other standards; anybody may read them, from any site."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated

import datahall
from datahall import store
from datahall._entries.card_entries import list_files
from datahall._entries.entry import Entry
from datahall._exports import croissant, intake_parts, sitemap
from datahall._exports.dcat_ap import write_dataset
from datahall._exports.forms import FORMS, ExportForm
from datahall._exports.offers import page_address
from datahall._exports.pages import Page
from datahall._exports.shelf import ExportShelf, StampedEntry, find_digests, find_entry, open_shelf
from datahall._exports.sitemap import SitePage
from datahall._exports.statements import MEDIA_TYPES, Form
from datahall._harvested.harvested_dataset import HarvestedDataset
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from datahall_hub import __version__
from datahall_hub.client_addresses import find_client
from datahall_hub.services.hall.addresses import BASE, base_url, kept_base_url
from datahall_hub.services.hall.data import OPEN_TO_ALL, TheRows
from datahall_hub.services.hall.documents import KeptCopy, answer_document
from datahall_hub.services.hall.faults import NotFound
from datahall_hub.services.hall.hall import Hall, TheHall
from datahall_hub.services.hall.shelf import get_dataset
from datahall_hub.services.hall.wording import N_

router = APIRouter(prefix=BASE, tags=["catalog"])
top_router = APIRouter()  # what has its address at the top of the host

PageNumber = Annotated[int, Query(ge=1, le=1_000_000, description="A page of the catalog, counted from 1.")]
_ENDINGS = (".xml", ".yaml", "/croissant.json", *(f".{form}" for form in MEDIA_TYPES))


def is_document(path: str) -> bool:
    """Tell whether `path`, below the hall's address, is that of a document for programs."""
    return path in {"robots.txt", *(form.document for form in FORMS.values())} or path.endswith(_ENDINGS)


def serve_form(form: ExportForm) -> Callable[..., Response]:
    """Return the handler of a form's address."""

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
        return _answer_kept(
            request,
            hall,
            lambda base: form.write(shelf.take_shares(asked), base, asked),
            shelf=shelf,
            parts=(form.id, str(page)),
            media_type=form.media_type,
            links={name: asked.address(number, document=document) for name, number in places.items() if number},
        )

    read_document.__doc__ = f"Return a page of the catalog: {form.title}."
    return read_document


for _form in FORMS.values():
    for _method in ("GET", "HEAD"):  # HEAD too: addresses of data are not answered as GET for it
        router.add_api_route(
            f"/{_form.document}",
            serve_form(_form),
            methods=[_method],
            response_class=Response,
            name=f"read_{_form.id.replace('-', '_')}",
            include_in_schema=_method == "GET",
        )


@router.get("/catalog.yaml", response_class=Response)
def read_intake_catalog(request: Request, hall: TheHall) -> Response:
    """Return the catalog as Intake 2 YAML with absolute addresses, in parts where it is large; anybody may."""
    shelf = open_shelf()
    pages = shelf.pages_of_harvested(intake_parts.LARGE)

    def write(base: str) -> bytes:
        own = datahall.datasets()
        if shelf.total <= intake_parts.LARGE:
            return intake_parts.write_part(
                own, shelf.take_harvested(pages, fits=intake_parts.is_readable), base_url=base
            )
        return intake_parts.write_index(intake_parts.list_parts(own, harvested=pages), own, base_url=base)

    parts = ("intake", "")
    return _answer_kept(request, hall, write, shelf=shelf, parts=parts, media_type="application/yaml", is_plain=True)


@router.get("/catalog/{part}.yaml", response_class=Response)
def read_intake_part(request: Request, hall: TheHall, part: str) -> Response:
    """Return a part of a large catalog as Intake 2 YAML: our datasets of a theme, or a page of harvested ones."""
    shelf = open_shelf()
    pages = shelf.pages_of_harvested(intake_parts.LARGE)
    own = [dataset for dataset in datahall.datasets() if dataset.theme == part]
    if part not in intake_parts.list_parts(own, harvested=pages):
        raise NotFound(N_("There is no such page."), hint=N_("Check the address, or search."))
    page = intake_parts.find_page(part, harvested=pages)

    def write(base: str) -> bytes:
        harvested = shelf.take_harvested(page, fits=intake_parts.is_readable) if page else ()
        return intake_parts.write_part(own, harvested, base_url=base)

    parts = ("intake", part)
    return _answer_kept(request, hall, write, shelf=shelf, parts=parts, media_type="application/yaml", is_plain=True)


def _answer_kept(
    request: Request,
    hall: Hall,
    write: Callable[[str], bytes],
    *,
    shelf: ExportShelf,
    parts: tuple[str, ...],
    media_type: str,
    links: Mapping[str, str] | None = None,
    is_plain: bool = False,
) -> Response:
    """Answer with what `write` makes of the hall's address; of every state of the shelf one copy is kept."""
    base, made_with = base_url(request.headers, settings=hall.settings), kept_base_url(hall.settings)
    client = find_client(request.headers.get("x-forwarded-for", ""))
    return answer_document(
        request,
        lambda: write(made_with),
        media_type=media_type,
        mark=make_mark(shelf.mark, base, *parts),
        changed=shelf.changed,
        links=links,
        is_plain=is_plain,
        kept=KeptCopy(hall.documents, make_mark(shelf.mark, made_with, *parts), made_with, base, client),
    )


@router.get("/sitemap.xml", response_class=Response)
def read_sitemap(request: Request, hall: TheHall) -> Response:
    """Return the sitemap: where its parts are; anybody may."""
    shelf, base = open_shelf(), base_url(request.headers, settings=hall.settings)
    parts = Page(shelf.total, size=sitemap.PART_SIZE).count
    return answer_document(
        request,
        lambda: sitemap.write_index(parts=parts, base_url=base, changed=shelf.changed.date()),
        media_type="application/xml",
        mark=make_mark(shelf.mark, base, "sitemap"),
        changed=shelf.changed,
    )


@router.get("/sitemap-{number}.xml", response_class=Response)
def read_sitemap_part(request: Request, hall: TheHall, number: int) -> Response:
    """Return a part of the sitemap; anybody may."""
    shelf = open_shelf()
    part = Page(shelf.total, number, sitemap.PART_SIZE)
    if not 1 <= number <= part.count:
        raise NotFound(N_("There is no such page."), hint=N_("Check the address, or search."))
    site = [SitePage(path) for path in ("", "datasets/", "apps/")] if number == 1 else []
    return _answer_kept(
        request,
        hall,
        lambda base: sitemap.write_part(
            [*site, *(sitemap.dataset_page(*each) for each in shelf.take_dates(part))], base_url=base
        ),
        shelf=shelf,
        parts=("sitemap", str(number)),
        media_type="application/xml",
    )


@router.get("/robots.txt", response_class=Response)
@top_router.get("/robots.txt", include_in_schema=False)
def read_robots(request: Request, hall: TheHall) -> Response:
    """Return what robots may read; the proxy sends those here that ask for it at the top."""
    base = base_url(request.headers, settings=hall.settings)
    return Response(sitemap.write_robots(base_url=base), media_type="text/plain", headers=OPEN_TO_ALL)


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


@router.get("/datasets/{theme}/{name}/croissant.json", response_class=Response)
def read_croissant(request: Request, hall: TheHall, rows: TheRows) -> Response:
    """Return a dataset's description in Croissant 1.0, from which machine-learning tools load it; anybody may."""
    base = base_url(request.headers, settings=hall.settings)
    found = get_entry(rows.dataset.id)
    pinned = datahall.dataset(f"{rows.dataset.id}@{rows.version}")
    shown = (
        describe_brought(pinned) if isinstance(pinned, HarvestedDataset) else show_version(found.entry, rows.version)
    )
    entry, card = find_digests(shown), pinned.card
    loading = croissant.Loading(pinned.cite().bibtex, card.stream is not None, card.primary_key)
    return answer_document(
        request,
        lambda: croissant.write_dataset(entry, base_url=base, loading=loading),
        media_type="application/ld+json",
        mark=make_mark(found.mark, base, "croissant", rows.version),
        changed=found.changed,
    )


def describe_brought(dataset: HarvestedDataset) -> Entry:
    """Return the entry of a harvested dataset with the files of the version that was brought here."""
    version = str(dataset.version)
    noted = store.load_record(dataset.id, version).get("files", ())
    return replace(dataset.entry, files=list_files(dataset.id, version, noted=noted))


def show_version(entry: Entry, version: str | None) -> Entry:
    """Return the entry of a dataset of our own as it is in another version, or in none."""
    if entry.version == version:
        return entry
    return replace(entry, version=version, files=list_files(entry.id, version))


def get_entry(dataset_id: str) -> StampedEntry:
    """Return a dataset of our own or a harvested one; refuse an unknown one."""
    found = find_entry(dataset_id) or find_entry(get_dataset(dataset_id).id)  # which says what may have been meant
    assert found is not None
    return found


def make_mark(*parts: str) -> str:
    """Return what tells a document from others and from its earlier states, also those of another version of ours."""
    return hashlib.sha256("\n".join((__version__, *parts)).encode()).hexdigest()[:24]
