"""Widgets as still HTML, made from the states that a run left: the shape and the words of each, and nothing that acts.

The classes are ipywidgets' own, so that a still stands where the live widget will; `app.css` says how it looks until
then. Values are an app's, and escaped, but for HTML widgets, whose value is HTML and is closed where it is open.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from bs4 import BeautifulSoup

REFERENCE = "IPY_MODEL_"
DEEPEST = 30  # boxes in boxes
ACTING = ("script", "link", "meta", "base", "iframe", "object", "embed", "form", "noscript", "template")
LARGEST_HTML = 2_000_000  # characters of one HTML value; a larger one has no still
State = Mapping[str, Any]
Render = Callable[[State, str], str]
# What a layout may set, as CSS names it, and how a value may be written: no address, nothing that ends the attribute.
LAYOUT = (
    "align_content", "align_items", "align_self", "border_bottom", "border_left", "border_right", "border_top",
    "display", "flex", "flex_flow", "grid_area", "grid_auto_columns", "grid_auto_flow", "grid_auto_rows", "grid_column",
    "grid_gap", "grid_row", "grid_template_areas", "grid_template_columns", "grid_template_rows", "height",
    "justify_content", "justify_items", "margin", "max_height", "max_width", "min_height", "min_width", "order",
    "overflow", "padding", "visibility", "width",
)  # fmt: skip
_VALUE = re.compile(r"[\w\s.%#(),/+*'-]{1,200}")
_BOXES = {"BoxModel": "", "VBoxModel": "widget-vbox", "HBoxModel": "widget-hbox", "GridBoxModel": "widget-gridbox"}
_PAGED = {"TabModel", "AccordionModel", "StackModel"}
_FIELDS = {
    "TextModel": "text", "PasswordModel": "password", "ComboboxModel": "text", "IntTextModel": "number",
    "BoundedIntTextModel": "number", "FloatTextModel": "number", "BoundedFloatTextModel": "number",
    "DatePickerModel": "date", "TimeModel": "time", "DatetimeModel": "datetime-local",
    "NaiveDatetimeModel": "datetime-local", "ColorPickerModel": "color",
}  # fmt: skip
_SLIDERS = {
    "IntSliderModel", "FloatSliderModel", "FloatLogSliderModel", "IntRangeSliderModel", "FloatRangeSliderModel",
    "SelectionSliderModel", "SelectionRangeSliderModel",
}  # fmt: skip
_LISTS = {"DropdownModel", "SelectModel", "SelectMultipleModel"}
_CHOICES = {"ToggleButtonsModel", "RadioButtonsModel"}


class StillWidgets:
    """All widgets of one run; `render_output` makes stills of what Output widgets hold."""

    def __init__(self, states: Mapping[str, State], *, render_output: Callable[[Any, StillWidgets], str]) -> None:
        self._states = states
        self._render_output = render_output
        self._depth = 0

    def render(self, model_id: str) -> str:
        """Return the still of a widget; empty for one that is not there, or lies too deep."""
        state = self._states.get(model_id)
        if not isinstance(state, Mapping) or self._depth >= DEEPEST:
            return ""
        self._depth += 1
        try:
            return self._render(state)
        finally:
            self._depth -= 1

    def _render(self, state: State) -> str:
        name = str(state.get("_model_name", ""))
        if name in _BOXES or name in _PAGED:
            return self._render_box(state, name)
        if name == "OutputModel":
            outputs = state.get("outputs")
            inside = "".join(self._render_output(each, self) for each in outputs) if isinstance(outputs, list) else ""
            return self._wrap(state, "jupyter-widgets-output-area", inside)
        if name in {"HTMLModel", "HTMLMathModel"}:
            content = f'<div class="widget-html-content">{close_html(_text(state, "value"))}</div>'
            return self._wrap(state, "widget-inline-hbox widget-html", _label(state) + content)
        return self._wrap(state, "widget-inline-hbox", _label(state) + _control(state, name))

    def _render_box(self, state: State, name: str) -> str:
        children = state.get("children")
        children = children if isinstance(children, list) else []
        if name in _PAGED:
            chosen = state.get("selected_index")
            titles = state.get("titles")
            labels = titles if isinstance(titles, list) else []
            heads = "".join(f'<span class="app-still-tab">{html.escape(str(each))}</span>' for each in labels)
            children = children[chosen : chosen + 1] if isinstance(chosen, int) and chosen >= 0 else []
            return self._wrap(state, "widget-container widget-vbox", heads + self._render_all(children))
        return self._wrap(state, f"widget-container widget-box {_BOXES[name]}", self._render_all(children))

    def _render_all(self, children: list[Any]) -> str:
        return "".join(self.render(each.removeprefix(REFERENCE)) for each in children if isinstance(each, str))

    def _wrap(self, state: State, classes: str, inside: str) -> str:
        own = state.get("_dom_classes")
        named = " ".join(html.escape(str(each)) for each in own) if isinstance(own, list) else ""
        style = self._find_style(state)
        return f'<div class="jupyter-widgets {classes} {named}"{style}>{inside}</div>'

    def _find_style(self, state: State) -> str:
        layout = self._states.get(str(state.get("layout", "")).removeprefix(REFERENCE), {})
        rules = [
            f"{name.replace('_', '-')}:{value}"
            for name in LAYOUT
            if isinstance(value := layout.get(name), str) and _VALUE.fullmatch(value) and "url" not in value.lower()
        ]
        return f' style="{html.escape(";".join(rules))}"' if rules else ""


def close_html(text: str) -> str:
    """Return HTML in which everything that was begun is ended, and nothing acts; without names that could be twice."""
    if len(text) > LARGEST_HTML:
        return ""
    soup = BeautifulSoup(text, "html.parser")
    for element in soup.find_all(ACTING):
        element.decompose()
    for element in soup.find_all(True):
        element.attrs.pop("id", None)
    return soup.decode(formatter="minimal")


def _label(state: State) -> str:
    words = _text(state, "description")
    return f'<label class="widget-label">{html.escape(words)}</label>' if words else ""


def _control(state: State, name: str) -> str:
    """Return the part of a widget that people would move."""
    value = state.get("value")
    if name == "LabelModel":
        return f'<span class="widget-label">{html.escape(str(value))}</span>'
    if name in _LISTS or name in _CHOICES:
        return _render_choices(state, is_list=name in _LISTS)
    if name in _SLIDERS:
        return f'{_render_track(_find_places(state))}<span class="widget-readout">{_describe(state)}</span>'
    if name in _FIELDS:
        shown = "" if value is None else _describe_moment(value, name) if isinstance(value, Mapping) else str(value)
        return f'<input type="{_FIELDS[name]}" value="{html.escape(shown)}" disabled>'
    if name == "TextareaModel":
        return f"<textarea disabled>{html.escape(str(value))}</textarea>"
    if name in {"ButtonModel", "ToggleButtonModel"}:
        return f'<span class="jupyter-button">{html.escape(_text(state, "description"))}</span>'
    if name in {"CheckboxModel", "ValidModel"}:
        return f'<input type="checkbox"{" checked" if value is True else ""} disabled>'
    if name in {"IntProgressModel", "FloatProgressModel"}:
        return _render_track([])
    return '<span class="app-still-other"></span>'


def _render_choices(state: State, *, is_list: bool) -> str:
    labels = state.get("_options_labels")
    labels = [str(each) for each in labels] if isinstance(labels, list) else []
    index = state.get("index")
    chosen = {each for each in (index if isinstance(index, list) else [index]) if isinstance(each, int)}
    if is_list:
        options = "".join(
            f"<option>{html.escape(labels[at])}</option>" for at in sorted(chosen) if 0 <= at < len(labels)
        )
        return f"<select disabled>{options}</select>"
    return "".join(
        f'<span class="jupyter-button{" mod-active" if at in chosen else ""}">{html.escape(label)}</span>'
        for at, label in enumerate(labels)
    )


def _render_track(places: list[float]) -> str:
    """Return the track of a slider with a handle at each place, in percent of its length."""
    handles = "".join(f'<span style="inset-inline-start:{place:.4g}%"></span>' for place in places)
    return f'<span class="app-still-slider">{handles}</span>'


def _find_places(state: State) -> list[float]:
    """Return where a slider's handles stand, in percent of its length; none where that cannot be told."""
    labels, value = state.get("_options_labels"), state.get("value")
    first: Any = state.get("min")
    last: Any = state.get("max")
    base: Any = state.get("base")
    if isinstance(labels, list):
        first, last, value = 0, len(labels) - 1, state.get("index")
    values: list[Any] = value if isinstance(value, list) else [value]
    try:
        if base is not None:  # the ends are exponents
            values = [math.log(each, base) for each in values]
        return [min(100.0, max(0.0, 100 * (each - first) / (last - first))) for each in values]
    except (TypeError, ValueError, ArithmeticError):
        return []


def _describe(state: State) -> str:
    """Return what a slider's readout says."""
    labels, index, value = state.get("_options_labels"), state.get("index"), state.get("value")
    if isinstance(labels, list):
        places = index if isinstance(index, list) else [index]
        value = [labels[at] for at in places if isinstance(at, int) and 0 <= at < len(labels)]
    parts = value if isinstance(value, list) else [value]
    return html.escape(" – ".join(str(each) for each in parts))


def _describe_moment(value: Mapping[str, Any], name: str) -> str:
    """Return the value of a date's or time's field in HTML from what ipywidgets sends, whose first month is 0.

    Empty for a moment with a time zone: the widget shows it in the visitor's own, which nobody knows yet.
    """
    parts = {"year": 0, "month": 0, "date": 0, "hours": 0, "minutes": 0, "seconds": 0, **value}
    if name == "DatetimeModel" or not all(isinstance(each, (int, float)) for each in parts.values()):
        return ""
    day = f"{parts['year']:04.0f}-{parts['month'] + 1:02.0f}-{parts['date']:02.0f}"
    hour = f"{parts['hours']:02.0f}:{parts['minutes']:02.0f}" + f":{parts['seconds']:02.0f}" * bool(parts["seconds"])
    return {"DatePickerModel": day, "TimeModel": hour}.get(name, f"{day}T{hour}")


def _text(state: State, name: str) -> str:
    value = state.get(name)
    return value if isinstance(value, str) else ""
