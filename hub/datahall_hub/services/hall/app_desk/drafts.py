"""What somebody sends to be submitted, read and checked as far as that needs no trial. Nothing of it is executed.

What comes back is written anew: a notebook without outputs, a manifest of known fields alone, a picture that is one.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datahall
import nbformat
import yaml
from datahall import store
from pydantic import ValidationError

from datahall_hub.app_life.app_files import PICTURE, Submission
from datahall_hub.app_life.environment import find_environment
from datahall_hub.app_life.manifest import LONGEST_SLUG, SLUG, Manifest, ManifestError, check_slug
from datahall_hub.services.hall.app_desk.manifest_mistakes import BadApp, refuse_unknown_words, tell_mistakes
from datahall_hub.services.hall.wording import N_

LARGEST_PICTURE = 2_000_000  # bytes
MOST_CELLS = 2_000
# Where the Lab keeps in a notebook what its author typed into the form for publishing.
OURS, FORM = "datahall", "app"
_PNG = b"\x89PNG\r\n\x1a\n"
FIELDS = frozenset(Manifest.model_fields) - {"slug", "folder"}


@dataclass(frozen=True)
class Draft:
    """What somebody sent."""

    notebook: Any
    manifest: Any
    thumbnail: str | None = None


def read_draft(body: bytes) -> Draft:
    """Return what a request's body holds; raise `BadApp`."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadApp(
            N_("What was sent is no JSON."), hint=N_("Send notebook and manifest as a JSON object.")
        ) from error
    if not isinstance(fields, dict) or not {"notebook", "manifest"} <= fields.keys() <= {*Draft.__annotations__}:
        raise BadApp(
            N_("What was sent is not an app."),
            hint=N_("Send a JSON object with “notebook” and “manifest” and, if you like, “thumbnail”."),
        )
    return Draft(**fields)


def make_submission(slug: str, draft: Draft) -> Submission:
    """Return what is kept of a draft; raise `BadApp`, which names the field."""
    check_name(slug)
    picture = _read_picture(draft.thumbnail)
    manifest = _read_manifest(slug, draft.manifest, has_picture=picture is not None)
    return Submission(
        notebook=_write_notebook(draft.notebook),
        manifest=_write_manifest(manifest),
        picture=picture,
        datasets={use.id: store.find_latest(use.id) for use in manifest.datasets},
        environment=find_environment(),
    )


def read_folder(folder: Path) -> Draft:
    """Return the draft of an app that comes with the hall."""
    manifest = yaml.safe_load((folder / "app.yaml").read_text(encoding="utf-8"))
    picture = folder / str(manifest.get("thumbnail"))
    return Draft(
        notebook=json.loads((folder / "app.ipynb").read_bytes()),
        manifest=manifest,
        thumbnail=base64.b64encode(picture.read_bytes()).decode() if picture.is_file() else None,
    )


def check_name(slug: str) -> None:
    """Refuse what cannot be the last part of an app's address."""
    try:
        if len(slug) > LONGEST_SLUG or not SLUG.fullmatch(slug):
            raise ManifestError(slug)
        check_slug(slug)
    except ManifestError as error:
        raise BadApp(
            N_("An app cannot be named “{slug}”."),
            hint=N_(
                "Use at most 60 small letters, digits and single hyphens; api, health, mine, preview, review, static "
                "and voila are taken."
            ),
            slug=slug[:LONGEST_SLUG],
        ) from error


def _read_manifest(slug: str, fields: Any, *, has_picture: bool) -> Manifest:
    if not isinstance(fields, dict):
        raise BadApp(N_("The manifest is not a list of fields."), hint=N_("Begin it with “title:”."))
    known = {name: value for name, value in fields.items() if name != "thumbnail"}
    known |= {"slug": slug, "folder": Path(slug)} | ({"thumbnail": PICTURE} if has_picture else {})
    try:
        if wrong := {"slug", "folder"} & fields.keys():
            raise BadApp(
                N_("The manifest has a field that is not its own: {field}."),
                hint=N_("Take it out; an app’s name is that of its address."),
                field=min(wrong),
            )
        manifest = Manifest.model_validate(known)
    except ValidationError as error:
        raise tell_mistakes(error) from error
    refuse_unknown_words("themes", manifest.themes, known=[theme.id for theme in datahall.themes()])
    refuse_unknown_words("goals", manifest.goals, known=datahall.goals())
    return manifest


def _write_manifest(manifest: Manifest) -> bytes:
    fields = manifest.model_dump(mode="json", include=set(FIELDS), exclude_none=True)
    return yaml.safe_dump(fields, allow_unicode=True, sort_keys=False).encode()


def _write_notebook(notebook: Any) -> bytes:
    """Return a notebook as a file, without outputs and counts: what it shows is what it shows when it is run."""
    try:
        if not isinstance(notebook, dict) or not isinstance(notebook.get("nbformat"), int):
            raise ValueError("it does not say its nbformat")
        node = nbformat.from_dict(notebook)
        node = nbformat.convert(node, 4)
        nbformat.validate(node)
        nbformat.writes(node).encode()  # half a character cannot be
    except Exception as error:  # nbformat raises whatever it meets in what is no notebook
        raise BadApp(
            N_("The notebook is not a notebook: {problem}"),
            hint=N_("Open it in the Lab and save it, then submit it again."),
            problem=_first_line(error),
        ) from error
    if len(node.cells) > MOST_CELLS:
        raise BadApp(
            N_("The notebook has more than 2,000 cells."), hint=N_("Make it shorter, or make several apps of it.")
        )
    for cell in node.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    node.metadata.pop("widgets", None)
    if isinstance(kept := node.metadata.get(OURS), dict):
        kept.pop(FORM, None)  # with its author's name; whoever opens a copy fills in their own
    text: str = nbformat.writes(node)
    return text.encode()


def _read_picture(thumbnail: Any) -> bytes | None:
    if thumbnail is None:
        return None
    try:
        picture = base64.b64decode(thumbnail, validate=True)
    except (TypeError, ValueError, binascii.Error):
        picture = b""
    if not picture.startswith(_PNG) or len(picture) > LARGEST_PICTURE:
        raise BadApp(N_("The thumbnail is no PNG of at most 2 MB."), hint=N_("Save it as PNG, or leave it out."))
    return picture


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
