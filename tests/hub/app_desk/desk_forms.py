"""The pages of authors and reviewers as a browser uses them: their addresses, and what their forms send."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import yaml

from tests.hub.app_desk.test_drafts import MANIFEST, NOTEBOOK
from tests.hub.hall.test_hall_people import csrf_of

PAGES = "/services/hall"
MINE, QUEUE = f"{PAGES}/en/apps/mine", f"{PAGES}/en/apps/review"
AUTHOR, REVIEWER = "pages-author", "pages-reviewer"


def page_of(slug: str, number: int = 1, *, language: str = "en") -> str:
    return f"{PAGES}/{language}/apps/{slug}/versions/{number}"


def revision_of(page: str) -> str:
    found = re.search(r'name="revision" value="(\d+)"', page)
    assert found, page
    return found[1]


def move(client: httpx.Client, slug: str, action: str, number: int = 1, **fields: Any) -> httpx.Response:
    """Send a form of a version's page, as it stands now unless `revision` is given."""
    form = {"csrf": csrf_of(client), "action": action, **fields}
    return client.post(page_of(slug, number), data=form)


def submit(
    client: httpx.Client, slug: str, files: dict[str, bytes] | None = None, *, language: str = "en"
) -> httpx.Response:
    sent = {
        "notebook": json.dumps(NOTEBOOK).encode(),
        "manifest": yaml.safe_dump(MANIFEST, allow_unicode=True).encode(),
        **(files or {}),
    }
    form = {"csrf": csrf_of(client), "slug": slug}
    named = {name: (f"app.{name}", content) for name, content in sent.items()}
    return client.post(f"{PAGES}/{language}/apps/mine", data=form, files=named)
