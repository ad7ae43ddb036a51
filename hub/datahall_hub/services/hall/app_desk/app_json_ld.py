"""An app for search engines, in the words of schema.org. Pure."""

from __future__ import annotations

from typing import Any

from datahall_hub.app_life.published_apps import PublishedApp
from datahall_hub.services.hall.rendering import LANGUAGE_TAGS

SPDX = "https://spdx.org/licenses/"


def describe_app(
    app: PublishedApp, *, language: str, page: str, address: str, picture: str, license_url: str | None
) -> dict[str, Any]:
    """Return an app's description; empty places are left out."""
    manifest = app.manifest
    described = {
        "@context": "https://schema.org",
        "@type": "WebApplication",
        "@id": page,
        "name": manifest.title[language],
        "description": manifest.summary[language],
        "url": address,
        "image": picture or None,
        "inLanguage": list(LANGUAGE_TAGS.values()),
        "applicationCategory": "EducationalApplication",
        "operatingSystem": "Any",
        "browserRequirements": "Requires JavaScript",
        "isAccessibleForFree": True,
        "license": license_url or manifest.license,
        "author": [_describe_author(author.name, author.url) for author in manifest.authors],
        "softwareVersion": str(app.number) if app.number else None,
        "datePublished": app.published.date().isoformat() if app.published else None,
        "isBasedOn": [f"{page.partition('/apps/')[0]}/datasets/{use.id}" for use in app.list_datasets()],
    }
    return {name: value for name, value in described.items() if value is not None}


def _describe_author(name: str, url: str | None) -> dict[str, str]:
    return {"@type": "Person", "name": name} | ({"url": url} if url else {})
