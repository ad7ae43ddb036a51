"""An app as a form of the hall sends it: notebook, manifest and picture as files. Read as data, within bounds."""

from __future__ import annotations

import base64
import json
from typing import Any

import yaml

from datahall_hub.services.hall.app_desk.drafts import Draft
from datahall_hub.services.hall.app_desk.manifest_mistakes import BadApp
from datahall_hub.services.hall.wording import N_

LARGEST_MANIFEST = 100_000  # bytes


def read_uploads(*, notebook: bytes, manifest: bytes, thumbnail: bytes) -> Draft:
    """Return the draft in three files, of which the picture may be empty; raise `BadApp`."""
    if not notebook or not manifest:
        raise BadApp(N_("Two files are needed: the notebook and app.yaml."), hint=N_("Choose both."))
    return Draft(
        notebook=_read_notebook(notebook),
        manifest=_read_manifest(manifest),
        thumbnail=base64.b64encode(thumbnail).decode() if thumbnail else None,
    )


def _read_notebook(content: bytes) -> Any:
    try:
        notebook = json.loads(content)
        json.dumps(notebook, ensure_ascii=False).encode()  # halves of characters, which no file can hold
        return notebook
    except (ValueError, RecursionError) as error:
        raise BadApp(
            N_("The file of the notebook is no notebook."), hint=N_("Choose the file that ends in .ipynb.")
        ) from error


def _read_manifest(content: bytes) -> Any:
    """Return what a YAML file holds; one with names for its parts (aliases), which could unfold endlessly, is none."""
    if len(content) > LARGEST_MANIFEST:
        raise BadApp(N_("app.yaml is larger than 100 kB."), hint=N_("Did you choose another file?"))
    try:
        text = content.decode()
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise BadApp(N_("app.yaml uses aliases (*name)."), hint=N_("Write out what they stand for."))
        return yaml.safe_load(text)
    except (UnicodeDecodeError, yaml.YAMLError, ValueError, RecursionError) as error:
        raise BadApp(
            N_("app.yaml cannot be read: {problem}"),
            hint=N_("Correct that line; it is written in YAML and UTF-8."),
            problem=_find_problem(error),
        ) from error


def _find_problem(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark is not None else ""
    return f"{getattr(error, 'problem', None) or type(error).__name__}"[:200] + place
