"""The preview of an app: what Voila shows of a notebook in a person's own server, without the cells for the Lab alone.

The apps service leaves the same cells out (`datahall_hub.services.apps.rendering`), which is not within reach here.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

LAB_ONLY = "lab-only"
LANGUAGE_TAG = "language-"


def prepare_preview(request: Any, notebook: Any, cwd: str) -> Any:
    """Return the notebook as visitors see it; called by Voila (``prelaunch_hook``) before it runs one."""
    asked = parse_qs(request.request.query).get("language", [""])[0]
    language = "zh" if asked == "zh" else "en"
    notebook.cells = [cell for cell in notebook.cells if _is_for(cell, language)]
    if title := _find_title(notebook.metadata, language):
        notebook.metadata["title"] = title
    return notebook


def _is_for(cell: Any, language: str) -> bool:
    tags = [str(tag) for tag in cell.metadata.get("tags", [])]
    languages = {tag.removeprefix(LANGUAGE_TAG) for tag in tags if tag.startswith(LANGUAGE_TAG)}
    return LAB_ONLY not in tags and (not languages or language in languages)


def _find_title(metadata: Any, language: str) -> str:
    """Return the title that was filled in to publish the notebook; empty where there is none."""
    try:
        title = metadata["datahall"]["app"]["manifest"]["title"][language]
    except (KeyError, TypeError):
        return ""
    return title if isinstance(title, str) else ""
