"""The forms in which the whole catalog can be written, each declared once: for the command line and the hall."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import N_
from .pages import PAGE_SIZE

if TYPE_CHECKING:
    from .._entries.entry import Entry
    from .pages import Page
    from .statements import Form

    Write = Callable[[Iterable[Entry], str, Page], bytes]


# A standard without pages: as many datasets as one document bears. The largest data.json of agencies have as many.
WHOLE = 10_000


@dataclass(frozen=True)
class ExportForm:
    """A standard form of the catalog; `document` is its address below the hall's."""

    id: str
    title: str
    document: str
    media_type: str
    write: Write
    as_json: str = ""  # the form in JSON of what is not JSON itself
    page_size: int = PAGE_SIZE


def _dcat_ap(form: Form) -> Write:
    def write(entries: Iterable[Entry], base_url: str, page: Page) -> bytes:
        from .dcat_ap import write_catalog

        return write_catalog(entries, base_url=base_url, page=page, form=form)

    return write


def _dcat_us(entries: Iterable[Entry], base_url: str, page: Page) -> bytes:
    from .dcat_us import write_catalog

    return write_catalog(
        entries, base_url=base_url, document=page.address(page.number, document=f"{base_url}/data.json")
    )


def _gov_cn(entries: Iterable[Entry], base_url: str, page: Page) -> bytes:
    from .gov_cn import write_catalog

    return write_catalog(entries, base_url=base_url, page=page)


FORMS = {
    form.id: form
    for form in (
        ExportForm(
            "dcat-ap",
            N_("DCAT-AP 3 as JSON-LD, for European portals"),
            "catalog.jsonld",
            "application/ld+json",
            _dcat_ap("jsonld"),
        ),
        ExportForm(
            "dcat-ap-turtle",
            N_("DCAT-AP 3 as Turtle"),
            "catalog.ttl",
            "text/turtle; charset=utf-8",
            _dcat_ap("ttl"),
            as_json="dcat-ap",
        ),
        ExportForm(
            "dcat-ap-rdf",
            N_("DCAT-AP 3 as RDF/XML"),
            "catalog.rdf",
            "application/rdf+xml",
            _dcat_ap("rdf"),
            as_json="dcat-ap",
        ),
        ExportForm(
            "dcat-us",
            N_("DCAT-US 1.1, the data.json that data.gov harvests"),
            "data.json",
            "application/json",
            _dcat_us,
            page_size=WHOLE,
        ),
        ExportForm(
            "gov-cn",
            N_("China’s government information resource catalog, as JSON"),
            "catalog.gov-cn.json",
            "application/json",
            _gov_cn,
        ),
    )
}
