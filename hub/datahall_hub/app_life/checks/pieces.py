"""The pieces of a version that people get to see: outputs, states of widgets, Markdown cells; each with its place.

The notebook and the reports of its trials are whatever somebody sent: nothing here relies on their form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datahall_hub.app_life.trial_report import TrialReport

from .finding import Place
from .readings import Form

NOTEBOOK = "app.ipynb"
LAB_ONLY = "lab-only"  # the tag of cells that an app's page leaves out
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
_FORMS: dict[str, Form] = {
    "text/html": "html",
    "image/svg+xml": "svg",
    "text/markdown": "markdown",
    "application/javascript": "script",
    "text/javascript": "script",
}
_HTML_WIDGETS = ("HTMLModel", "HTMLMathModel")
_REFERENCE = "IPY_MODEL_"
_INNER_KEYS = re.compile(r"_(?:model|view)_|_dom_classes$|outputs$")  # of the state of a widget; the rest may be read
_ENCODED = re.compile(r"[A-Za-z0-9+/_=\s-]{200,}")  # base64, which nobody reads
_DATA = re.compile(r"\s*data:(?!text/)", re.IGNORECASE)


@dataclass(frozen=True)
class Piece:
    """A text that people get to see, or its code."""

    place: Place
    form: Form
    text: str
    is_shown: bool = True  # on the app's page, rather than in the Lab alone


@dataclass(frozen=True)
class Output:
    """One output of a cell, or of an output widget; `data` by its media types."""

    place: Place
    data: Mapping[str, Any]
    metadata: Mapping[str, Any]


def as_text(value: object) -> str:
    """Return a text of nbformat, which may be in lines; empty where it is none."""
    if isinstance(value, str):
        return value
    return "".join(line for line in value if isinstance(line, str)) if isinstance(value, list) else ""


def as_mapping(value: object) -> Mapping[str, Any]:
    """Return a JSON object; empty where it is none."""
    return value if isinstance(value, Mapping) else {}


def as_mappings(value: object) -> list[Mapping[str, Any]]:
    """Return the objects of a list; none where it is no list."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def list_cells(notebook: Mapping[str, Any]) -> list[tuple[int, Mapping[str, Any]]]:
    """Return the cells with their numbers, from 1; what is no cell is passed over and counted."""
    cells = notebook.get("cells")
    listed = enumerate(cells if isinstance(cells, list) else [], 1)
    return [(number, cell) for number, cell in listed if isinstance(cell, Mapping)]


def list_pieces(notebook: Mapping[str, Any]) -> Iterator[Piece]:
    """Yield the Markdown and raw cells."""
    for number, cell in list_cells(notebook):
        if cell.get("cell_type") in ("markdown", "raw"):
            tags = as_mapping(cell.get("metadata")).get("tags")
            is_shown = not (isinstance(tags, list) and LAB_ONLY in tags)
            form: Form = "markdown" if cell["cell_type"] == "markdown" else "text"
            yield Piece(Place(file=NOTEBOOK, cell=number), form, as_text(cell.get("source")), is_shown)


def list_outputs(trial: TrialReport) -> Iterator[Output]:
    """Yield the outputs with data, those that widgets hold among them."""
    for cell in trial.cells:
        yield from _with_data(cell.outputs, place=_place(trial, cell=cell.cell))
    for place, state in list_widgets(trial):
        yield from _with_data(as_mappings(state.get("outputs")), place=place)


def _with_data(outputs: Sequence[Mapping[str, Any]], *, place: Place) -> Iterator[Output]:
    for output in outputs:
        if data := as_mapping(output.get("data")):
            yield Output(place, data, as_mapping(output.get("metadata")))


def list_shown(trial: TrialReport) -> Iterator[Piece]:
    """Yield what a trial put out: texts of outputs, and of the states of widgets."""
    for output in list_outputs(trial):
        yield from _read_data(output)
    for cell in trial.cells:
        yield from _read_words(cell.outputs, place=_place(trial, cell=cell.cell))
    for place, state in list_widgets(trial):
        yield from _read_widget(state, place=place)


def list_widgets(trial: TrialReport) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """Yield the states of widgets, with the place of the cell that shows each; one may be shown by none, or later."""
    shown_by = find_shown_by(trial)
    for key, state in trial.widgets.items():
        yield _place(trial, cell=shown_by.get(key)), state


def _read_data(output: Output) -> Iterator[Piece]:
    for media_type, value in output.data.items():
        if media_type == WIDGET_VIEW:
            continue
        if media_type in _FORMS or media_type.startswith("text/"):
            yield Piece(output.place, _FORMS.get(media_type, "text"), as_text(value))
        elif media_type == "application/json" or media_type.endswith("+json"):
            yield Piece(output.place, "text", "\n".join(find_texts(value)))


def _read_words(outputs: Sequence[Mapping[str, Any]], *, place: Place) -> Iterator[Piece]:
    for output in outputs:
        if output.get("output_type") == "stream":
            yield Piece(place, "text", as_text(output.get("text")))
        elif output.get("output_type") == "error":
            yield Piece(place, "text", f"{as_text(output.get('evalue'))}\n{as_text(output.get('traceback'))}")


def _read_widget(state: Mapping[str, Any], *, place: Place) -> Iterator[Piece]:
    model = state.get("_model_name")
    if model in _HTML_WIDGETS:
        yield Piece(place, "html", as_text(state.get("value")))
    if state.get("description_allow_html") is True:
        yield Piece(place, "html", as_text(state.get("description")))
    plain = {key: value for key, value in state.items() if not _INNER_KEYS.match(key)}
    if model in _HTML_WIDGETS:
        plain.pop("value", None)
    yield Piece(place, "text", "\n".join(find_texts(plain)))
    yield from _read_words(as_mappings(state.get("outputs")), place=place)


def find_texts(value: object) -> Iterator[str]:
    """Yield the texts and whole numbers of a JSON document; nothing that stands for a picture or a widget."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Mapping):
            waiting.extend(reversed([*part.values()]))
        elif isinstance(part, list | tuple):
            waiting.extend(reversed(part))
        elif isinstance(part, int) and not isinstance(part, bool) and part.bit_length() < 80:
            yield str(part)
        elif isinstance(part, str) and not (part.startswith(_REFERENCE) or is_encoded(part)):
            yield part


def is_encoded(text: str) -> bool:
    """Tell whether a text stands for a picture or the like."""
    return _DATA.match(text) is not None or (len(text) >= 200 and _ENCODED.fullmatch(text) is not None)


def find_shown_by(trial: TrialReport) -> dict[str, int]:
    """Return which cell shows each widget that is shown, by itself or within others."""
    shown_by: dict[str, int] = {}
    for cell in trial.cells:
        for output in cell.outputs:
            model = as_mapping(as_mapping(output.get("data")).get(WIDGET_VIEW)).get("model_id")
            waiting = [model] if isinstance(model, str) else []
            while waiting:
                key = waiting.pop()
                if key in trial.widgets and key not in shown_by:
                    shown_by[key] = cell.cell
                    waiting.extend(_find_references(trial.widgets[key]))
    return shown_by


def _find_references(state: Mapping[str, Any]) -> Iterator[str]:
    for value in state.values():
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, str) and part.startswith(_REFERENCE):
                yield part.removeprefix(_REFERENCE)


def _place(trial: TrialReport, *, cell: int | None) -> Place:
    return Place(file=NOTEBOOK, cell=cell, language=trial.language)
