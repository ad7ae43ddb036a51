"""Publishers, themes, keywords and licences as CKAN calls them: organizations, groups, tags and licences.

An organization is named by the id of one of our publishers, and by the name itself where it is another portal's; a
group is one of the 20 themes; a tag is a keyword. So each name is also what ``fq`` filters by.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .._entries.entry import Texts, choose_text
from .._vocabulary import License, Theme, licenses, publishers, themes

# What CKAN calls a licence that nobody has stated.
NOT_SPECIFIED = "notspecified"

_NOT_STATED = "LicenseRef-Not-Stated"


def describe_organization(name: str, title: Texts, *, language: str, homepage: str = "") -> dict[str, Any]:
    """Return a publisher as an organization."""
    return {
        **_describe_group(name, choose_text(title, language=language) or name),
        "description": homepage,
        "is_organization": True,
        "type": "organization",
        "title_translated": dict(title),
    }


def describe_known_organization(name: str, *, language: str) -> dict[str, Any]:
    """Return the organization called `name`, with its titles where it is one of our publishers."""
    known = publishers().get(name)
    title = {"en": known.title.en, "zh": known.title.zh} if known else {"und": name}
    return describe_organization(name, title, language=language, homepage=(known.homepage if known else "") or "")


def find_theme(name: str) -> Theme | None:
    """Return the theme that is called `name`."""
    return next((theme for theme in themes() if theme.id == name), None)


def describe_theme(theme: Theme, *, language: str) -> dict[str, Any]:
    """Return a theme as a group."""
    return {
        **_describe_group(theme.id, theme.title[language]),
        "description": theme.sentence[language],
        "is_organization": False,
        "type": "group",
        "title_translated": {"en": theme.title.en, "zh": theme.title.zh},
    }


def describe_tag(word: str) -> dict[str, Any]:
    """Return a keyword as a tag."""
    return {"id": word, "name": word, "display_name": word, "state": "active", "vocabulary_id": None}


def list_licenses(*, language: str) -> Iterator[dict[str, Any]]:
    """Yield every licence of the vocabulary."""
    for license in licenses().values():
        if license.id != _NOT_STATED:
            yield _describe_license(license, language=language)


def is_open(license_id: str | None) -> bool:
    """Tell whether a licence allows everybody every use, also of what they change, as the Open Definition wants it."""
    license = licenses().get(license_id or "")
    return license is not None and license.commercial and not license.id.endswith("-ND")


def _describe_license(license: License, *, language: str) -> dict[str, Any]:
    return {
        "id": license.id,
        "title": license.title[language],
        "url": str(license.url or ""),
        "status": "active",
        "family": "",
        "maintainer": "",
        "is_generic": license.id.startswith("LicenseRef-"),
        "od_conformance": "approved" if is_open(license.id) else "rejected",
        "osd_conformance": "not reviewed",
        "domain_content": True,
        "domain_data": True,
        "domain_software": False,
        "is_okd_compliant": is_open(license.id),
        "is_osi_compliant": False,
    }


def _describe_group(name: str, title: str) -> dict[str, Any]:
    return {
        "id": name,
        "name": name,
        "title": title,
        "display_name": title,
        "image_url": "",
        "image_display_url": "",
        "state": "active",
        "approval_status": "approved",
    }
