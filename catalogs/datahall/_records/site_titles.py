"""What a portal of CKAN calls itself: asked of the portal, since no page of its catalog tells."""

from __future__ import annotations

from .._harvesting.documents import open_document
from .._harvesting.portal_titles import read_site_title
from ..errors import DatahallError
from .sites import WebSite

TITLE_SECONDS = 5.0  # that a portal may take for it


def ask_site_title(site: WebSite, *, start: str) -> dict[str, str]:
    """Return what the portal calls itself; nothing where it does not say, which spoils no harvest."""
    action, _, _ = start.partition("package_search")
    if not action.endswith("/action/"):
        return {}
    address = f"{action}status_show"
    try:
        answer = site.open_page(address, is_guess=True, patience=TITLE_SECONDS)
        return read_site_title(open_document(answer.content or b"", address=address).value)
    except DatahallError:
        return {}
