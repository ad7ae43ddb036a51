"""Notebooks that people get from the hall: one about a dataset, ready to be run, and copies of those of apps.

The hall hands it out, and a person's server puts it into their home. What cards and portals say stays text in it.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
from typing import TYPE_CHECKING, Any

from ._messages import N_, translate

if TYPE_CHECKING:
    from ._dataset import Dataset
    from ._harvested.known_records import KnownRecord

# Signs that mean something in Markdown or HTML; what a card or a portal says stays text.
_SIGNS = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_{}[]()<>#+!|~$&"})
# An address within a text, without the stop after it; in Chinese no blank follows one.
_ADDRESS = re.compile(
    r"(https?://[^\s()<>\[\]`\\，。；：！？、（）《》“”「」]*[^\s()<>\[\]`\\，。；：！？、（）《》“”「」.,;:!?'\"])"
)
_LONGEST = 2_000  # characters of a portal's description
# What a kernel says of its language. The Lab writes it into a notebook that lacks it, which is then marked as unsaved.
_PYTHON = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}
_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
_DATASET = "dataset"  # in the notebook's metadata below `datahall`: what it was made for


def write_notebook(dataset_id: str, *, version: str | None = None, language: str = "en") -> str:
    """Return a notebook that opens a dataset, in nbformat 4.5 and without outputs.

    Raises
    ------
    UnknownDataset
    """
    from . import store

    if store.is_harvested(dataset_id):
        cells = _tell_record(dataset_id, language=language)
    else:
        cells = _tell_dataset(dataset_id, version=version, language=language)
    content = {
        "cells": [_cell(kind, text, place=place) for place, (kind, text) in enumerate(cells)],
        "metadata": {
            "datahall": {_DATASET: dataset_id},
            "kernelspec": _KERNEL,
            "language_info": _PYTHON | {"version": platform.python_version()},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def find_subject(notebook: bytes) -> str | None:
    """Return the dataset that a notebook was made for; None for any other file."""
    try:
        subject = json.loads(notebook)["metadata"]["datahall"][_DATASET]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return subject if isinstance(subject, str) else None


def prepare_copy(notebook: bytes, *, app: str) -> str:
    """Return an app's notebook as somebody's own: of the kernel there is, and no dataset's whatever it says of itself.

    Raises
    ------
    ValueError
        If it is none.
    """
    content = json.loads(notebook)
    if not isinstance(content, dict) or not isinstance(content.get("metadata", {}), dict):
        raise ValueError("that is no notebook")
    told = content.get("metadata", {})
    content["metadata"] = {
        "language_info": _PYTHON | {"version": platform.python_version()},
        **told,
        "kernelspec": _KERNEL,
        "datahall": {"app": app},
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def write_dataset_lines(dataset: Dataset, *, version: str | None, language: str) -> str:
    """Return the lines for a notebook that open a dataset of this hall."""
    pinned = f"{dataset.id}@{version}" if version else dataset.id
    other = translate(N_("or ds.pandas()"), language=language)
    text = f'import datahall\n\nds = datahall.dataset("{pinned}")\ndf = ds.polars().collect()  # {other}\ndf'
    if dataset.card.stream is None:
        return text
    newest = translate(N_("up to the newest value"), language=language)
    return f'{text}\n\nnow = datahall.dataset("{dataset.id}").live().collect()  # {newest}\nnow'


def write_record_lines(dataset_id: str, *, language: str) -> str:
    """Return the lines for a notebook that open a dataset of another portal."""
    said = translate(N_("what its source says of it"), language=language)
    brought = translate(N_("brought here from its source"), language=language)
    return (
        f'import datahall\n\nds = datahall.dataset("{dataset_id}")\n'
        f"ds.entry  # {said}\ndf = ds.polars().collect()  # {brought}\ndf"
    )


def _tell_dataset(dataset_id: str, *, version: str | None, language: str) -> list[tuple[str, str]]:
    from . import dataset, licenses

    newest = dataset(dataset_id)
    card = newest.card
    pinned = dataset(f"{newest.id}@{version}") if version else newest
    about = _about(card.title[language], card.description[language], licenses()[card.license].title[language], language)
    opened, _, live = write_dataset_lines(newest, version=version, language=language).partition("\n\nnow = ")
    more = [("code", f"now = {live}")] if live else []
    cite = f"**{translate(N_('Cite'), language=language)}**: {pinned.cite().texts[language].translate(_SIGNS)}"
    return [("markdown", about), ("code", opened), ("code", "df.describe()"), *more, ("markdown", cite)]


def _tell_record(dataset_id: str, *, language: str) -> list[tuple[str, str]]:
    from . import licenses
    from ._harvested.known_records import get_known

    known = get_known(dataset_id)
    entry = known.describe()
    terms = licenses().get(entry.license or "")
    license = terms.title[language] if terms else translate(N_("Licence not stated"), language=language)
    about = _about(entry.title_in(language), entry.description_in(language)[:_LONGEST], license, language)
    files = _tell_files(known, language=language)
    return [
        ("markdown", about),
        *([("markdown", files)] if files else []),
        ("code", write_record_lines(dataset_id, language=language)),
    ]


def _tell_files(known: KnownRecord, *, language: str) -> str:
    from . import store
    from ._harvested.choosing import rank_distributions
    from ._harvested.limits import BYTES, read_limit
    from ._harvested.version_notes import VersionNotes
    from ._record_files import tell_files

    version = store.find_latest(known.id)
    notes = VersionNotes.find(known.id, version) if version is not None else None
    ranked, _ = rank_distributions(known.record.distributions, largest=read_limit(BYTES))
    files = [each for each in ranked if each.url.startswith(("http://", "https://"))]
    return tell_files(files, here=notes.url if notes is not None else None, language=language)


def _about(title: str, description: str, license: str, language: str) -> str:
    label = translate(N_("Licence"), language=language)
    title = " ".join(title.split())
    return f"# {title.translate(_SIGNS)}\n\n{_write_description(description)}\n\n{label}: {license.translate(_SIGNS)}"


def _cell(kind: str, text: str, *, place: int) -> dict[str, Any]:
    name = hashlib.sha256(f"{place}{text}".encode()).hexdigest()[:8]
    cell: dict[str, Any] = {"cell_type": kind, "id": name, "metadata": {}, "source": text.splitlines(keepends=True)}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def _write_description(text: str) -> str:
    """Return a description as the page shows it; of its signs none is obeyed, and its addresses end where they end."""
    from ._plain_text import take_markup_off

    pieces = _ADDRESS.split(take_markup_off(text))
    return "".join(f"<{piece}>" if at % 2 else piece.translate(_SIGNS) for at, piece in enumerate(pieces))
