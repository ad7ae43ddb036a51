"""The hall's sitemap: an index of parts, in each the pages of some datasets in both languages.

https://www.sitemaps.org/protocol.html , with the alternates of each language that search engines read beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

PART_SIZE = 5_000  # datasets; each has a page in either language, and a part may hold 50,000 addresses
LANGUAGES = {"en": "en", "zh": "zh-Hans"}
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACES = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


@dataclass(frozen=True)
class SitePage:
    """A page of the hall in both languages: its path without a language, and when it last changed, if that is known."""

    path: str
    changed: date | None = None


def dataset_page(dataset_id: str, changed: date | None) -> SitePage:
    """Return a dataset's page."""
    return SitePage(f"datasets/{quote(dataset_id)}", changed)


def write_index(*, parts: int, base_url: str, changed: date) -> bytes:
    """Return the index of the parts, which are counted from 1."""
    lines = [
        f"<sitemap><loc>{escape(base_url)}/sitemap-{number}.xml</loc><lastmod>{changed.isoformat()}</lastmod></sitemap>"
        for number in range(1, parts + 1)
    ]
    return "\n".join([f"{_HEAD}<sitemapindex {_NAMESPACES}>", *lines, "</sitemapindex>\n"]).encode()


def write_part(pages: Iterable[SitePage], *, base_url: str) -> bytes:
    """Return one part."""
    head = f'{_HEAD}<urlset {_NAMESPACES} xmlns:xhtml="http://www.w3.org/1999/xhtml">'
    return "\n".join([head, *(_describe(page, base_url=base_url) for page in pages), "</urlset>\n"]).encode()


def _describe(page: SitePage, *, base_url: str) -> str:
    addresses = {language: f"{base_url}/{language}/{page.path}" for language in LANGUAGES}
    alternates = {tag: addresses[language] for language, tag in LANGUAGES.items()}
    alternates["x-default"] = f"{base_url}/{page.path}"
    links = "".join(
        f'<xhtml:link rel="alternate" hreflang="{tag}" href={quoteattr(address)}/>'
        for tag, address in alternates.items()
    )
    changed = f"<lastmod>{page.changed.isoformat()}</lastmod>" if page.changed else ""
    return "\n".join(f"<url><loc>{escape(address)}</loc>{changed}{links}</url>" for address in addresses.values())


def write_robots(*, base_url: str, document: str = "sitemap.xml") -> bytes:
    """Return what robots are told: the pages are theirs, accounts and people's servers are not."""
    closed = ("/hub/", "/user/", "/services/hall/sign-in", "/services/hall/api/")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), "", f"Sitemap: {base_url}/{document}", ""]
    return "\n".join(lines).encode()
