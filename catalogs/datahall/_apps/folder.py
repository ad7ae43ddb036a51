"""What of a folder is sent to a hall: notebook, manifest and picture, read as data and looked through before it leaves.

The folder may come from somebody else: the picture that its manifest names must lie in it and be one, so that no other
file of this machine is sent. Everything that is wrong is told in one round.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .._cli_help import Misuse
from .._documents import Document, parse_document
from .._messages import N_, speak
from ..errors import InvalidCard
from .answers import Finding, Place
from .faults import NotReady
from .notebook import Flawed, make_flaw, read_file, read_notebook

NOTEBOOK, MANIFEST = "app.ipynb", "app.yaml"
LARGEST_APP = 10_000_000  # bytes of what is sent; a hall takes no more
LARGEST_MANIFEST = 100_000
LARGEST_PICTURE = 2_000_000
LONGEST_SLUG = 60
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_PNG = b"\x89PNG\r\n\x1a\n"
_BOTH = ("title", "summary")  # what an app says in both languages


def find_notebook(path: Path) -> Path:
    """Return the notebook at `path`, which is one or a folder with one; it need not be there. Raise `Misuse`."""
    if not _is_there(path):
        raise Misuse(N_("There is no file or folder {path}."), path=path)
    if path.is_dir():
        return path / NOTEBOOK
    if path.suffix != ".ipynb":
        raise Misuse(
            N_("{path} is neither a folder nor a notebook."),
            path=path,
            hint=N_("Name a folder with app.ipynb and app.yaml, or a notebook that lies beside its app.yaml."),
        )
    return path


def choose_slug(notebook: Path, *, named: str | None) -> str:
    """Return what the app is called in addresses: as it is named, else as its folder; raise `Misuse`."""
    return check_slug(named if named is not None else notebook.absolute().parent.resolve().name)


def check_slug(slug: str) -> str:
    """Return what an app may be called in addresses; raise `Misuse` for anything else."""
    if not _SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG:
        raise Misuse(
            N_("An app cannot be called {slug}."),
            slug=repr(slug[: 2 * LONGEST_SLUG]),
            hint=N_("Use at most {limit} small letters, digits and single hyphens; with submit, say --slug."),
            limit=LONGEST_SLUG,
        )
    return slug


def pack_app(notebook: Path) -> bytes:
    """Return what is sent to the hall; raise `NotReady`, which lists all that is wrong."""
    flaws: list[Finding] = []
    parts = {
        "notebook": _try(lambda: read_notebook(notebook), flaws),
        "manifest": _try(lambda: read_manifest(notebook.with_name(MANIFEST)), flaws),
    }
    if manifest := parts["manifest"]:
        parts["thumbnail"] = _try(lambda: read_picture(notebook.parent, manifest.get("thumbnail")), flaws)
    if flaws:
        raise _not_ready(flaws)
    body = json.dumps({name: part for name, part in parts.items() if part is not None}, ensure_ascii=False).encode()
    if len(body) > LARGEST_APP:
        raise _not_ready([_too_large(notebook, size=len(body))])
    return body


def read_manifest(file: Path) -> dict[str, Any]:
    """Return the fields of an app.yaml; raise `Flawed`."""
    try:
        document = parse_document(read_file(file, largest=LARGEST_MANIFEST).decode(), file=file.name)
        json.dumps(document.values, allow_nan=False).encode()
    except InvalidCard as error:
        raise Flawed(
            make_flaw("not-yaml", "{message}", place=Place(file=file.name), message=error.message())
        ) from error
    except UnicodeDecodeError as error:
        raise Flawed(make_flaw("not-text", N_("This is not UTF-8 text."), place=Place(file=file.name))) from error
    except ValueError as error:
        raise Flawed(
            make_flaw("not-yaml", N_("It holds a number that JSON does not know."), place=Place(file=file.name))
        ) from error
    if not isinstance(document.values, dict):
        mend = N_("Begin it with “title:”.")
        raise Flawed(
            make_flaw("no-fields", N_("This is not a list of fields."), place=Place(file=file.name), mend=mend)
        )
    if flaws := list(_check_texts(document, file=file.name)):
        raise Flawed(*flaws)
    return document.values


def read_picture(folder: Path, name: object) -> str | None:
    """Return the picture that a manifest names, as base64; None where it names none. Raise `Flawed`."""
    if name is None:
        return None
    place = Place(file=MANIFEST, field="thumbnail")
    if not isinstance(name, str) or not _lies_in(folder, name):
        mend = N_("Put the picture beside app.yaml and write its name alone.")
        raise Flawed(make_flaw("foreign-file", N_("The thumbnail lies elsewhere."), place=place, mend=mend))
    content = read_file(folder / name, largest=LARGEST_PICTURE)
    if not content.startswith(_PNG):
        mend = N_("Save it as PNG, or leave it out.")
        raise Flawed(make_flaw("no-picture", N_("{name} is no PNG picture."), place=place, name=name, mend=mend))
    return base64.b64encode(content).decode()


def _lies_in(folder: Path, name: str) -> bool:
    """Tell whether `name` is that of a file in the folder itself, and no link that leads out of it."""
    if not name or "\0" in name or Path(name).name != name:
        return False
    try:
        return (folder / name).resolve().parent == folder.resolve()
    except (OSError, RuntimeError):  # links in a circle
        return False


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # such as a name that is too long
        return False


def _check_texts(document: Document, *, file: str) -> Iterator[Finding]:
    for name in _BOTH:
        value = document.values.get(name)
        for language in ("en", "zh"):
            text = value.get(language) if isinstance(value, dict) else None
            if not isinstance(text, str) or not text.strip():
                line = document.line_of((name, language)) if name in document.values else None
                yield Finding(
                    code="text-missing",
                    message=speak(N_("The text is missing.")),
                    mend=speak(N_("An app speaks Chinese and English: write zh and en.")),
                    place=Place(file=file, line=line, field=f"{name}.{language}"),
                )


def _try(read: Callable[[], Any], flaws: list[Finding]) -> Any:
    try:
        return read()
    except Flawed as flawed:
        flaws += flawed.flaws
        return None


def _too_large(notebook: Path, *, size: int) -> Finding:
    text = N_("The app has {size} bytes without its outputs, more than {limit}.")
    mend = N_("Take pictures and data out of the notebook; data belongs into a dataset.")
    values = {"size": f"{size:,}", "limit": f"{LARGEST_APP:,}"}
    return make_flaw("too-large", text, place=Place(file=notebook.name), mend=mend, **values)


def _not_ready(flaws: list[Finding]) -> NotReady:
    return NotReady(N_("The app was not sent. To be mended first: {count}."), problems=flaws, count=len(flaws))
