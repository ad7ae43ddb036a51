"""Stills have the words and the shape of what they stand for, and nothing in them acts or leaves its place."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import ipywidgets
import pytest
from bs4 import BeautifulSoup
from datahall_hub.services.apps.still_widgets import StillWidgets, close_html
from datahall_hub.services.apps.stills import VIEW, add_stills, render_output
from hypothesis import given, settings
from hypothesis import strategies as st

PNG = "iVBORw0KGgo="


def model(name: str, **state: Any) -> dict[str, Any]:
    return {"_model_name": f"{name}Model", **state}


def still(states: dict[str, Any], *, shown: str = "a") -> str:
    return render_output(
        {"output_type": "display_data", "data": {VIEW: {"model_id": shown}}},
        StillWidgets(states, render_output=render_output),
    )


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (model("HTML", value="<b>bold</b>", description="Name"), ["<b>bold</b>", "Name"]),
        (model("Label", value="a < b"), ["a &lt; b"]),
        (
            model("Dropdown", _options_labels=["one", "two"], index=1, description="Pick"),
            ["<option>two</option>", "Pick"],
        ),
        (model("SelectMultiple", _options_labels=["one", "two"], index=[0, 1]), ["<option>one</option>", "two"]),
        (model("RadioButtons", _options_labels=["one", "two"], index=0), ["one", "two", "mod-active"]),
        (model("IntSlider", value=7, description="Year"), [">7<", "Year"]),
        (model("FloatRangeSlider", value=[1.5, 2.5]), ["1.5 – 2.5"]),
        (model("SelectionSlider", _options_labels=["low", "high"], index=1), ["high"]),
        (model("Checkbox", value=True, description="Yes"), ["checked", "Yes"]),
        (model("Text", value='"quoted"'), ["&quot;quoted&quot;"]),
        (model("Textarea", value="</textarea><b>"), ["&lt;/textarea&gt;"]),
        (model("Button", description="Go"), ["Go"]),
        (model("DatePicker", value=None), ['type="date"']),
        (model("Output", outputs=[{"output_type": "stream", "name": "stdout", "text": "said"}]), ["<pre>said</pre>"]),
        (model("SomethingNew"), ["app-still-other"]),
    ],
    ids=lambda value: value.get("_model_name") if isinstance(value, dict) else "",
)
def test_each_widget_shows_its_words(state: dict[str, Any], shown: list[str]) -> None:
    made = still({"a": state})
    assert all(each in made for each in shown), made


@pytest.mark.parametrize(
    ("state", "places"),
    [
        (model("IntSlider", min=0, max=8, value=2), [25]),
        (model("FloatRangeSlider", min=-1.0, max=1.0, value=[-1.0, 0.5]), [0, 75]),
        (model("FloatLogSlider", min=0.0, max=4.0, base=10.0, value=1000.0), [75]),
        (model("SelectionSlider", _options_labels=["low", "mid", "high"], index=1), [50]),
        (model("SelectionRangeSlider", _options_labels=["low", "mid", "high"], index=[0, 2]), [0, 100]),
        (model("IntSlider", min=0, max=8, value=80), [100]),
        (model("IntSlider", min=3, max=3, value=3), []),
        (model("SelectionSlider", _options_labels=["only"], index=0), []),
        (model("FloatSlider", min=0, max="8", value=2), []),
        (model("FloatLogSlider", min=0, max=4, base=10, value=0), []),
        (model("IntProgress", min=0, max=8, value=2), []),
    ],
)
def test_a_sliders_handles_stand_where_its_values_are(state: dict[str, Any], places: list[float]) -> None:
    found = re.findall(r"inset-inline-start:([\d.]+)%", still({"a": state}))
    assert [float(each) for each in found] == places


NOON = datetime(2020, 2, 3, 12, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("widget", "shown"),
    [
        (ipywidgets.DatePicker(value=NOON.date()), 'type="date" value="2020-02-03"'),
        (ipywidgets.TimePicker(value=NOON.time()), 'type="time" value="12:05"'),
        (ipywidgets.TimePicker(value=NOON.time().replace(second=9)), 'type="time" value="12:05:09"'),
        (
            ipywidgets.NaiveDatetimePicker(value=NOON.replace(tzinfo=None)),
            'type="datetime-local" value="2020-02-03T12:05"',
        ),
        (ipywidgets.DatetimePicker(value=NOON), 'type="datetime-local" value=""'),  # whose zone nobody knows yet
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, ipywidgets.Widget) else "",
)
def test_dates_and_times_are_shown_as_the_live_widgets_show_them(widget: ipywidgets.Widget, shown: str) -> None:
    assert shown in still({"a": widget.get_state()})


def test_boxes_hold_their_children_in_order_and_layout() -> None:
    states = {
        "a": model("VBox", children=["IPY_MODEL_b", "IPY_MODEL_c"], layout="IPY_MODEL_l"),
        "b": model("Label", value="first"),
        "c": model("HBox", children=["IPY_MODEL_d"], _dom_classes=["app-controls"]),
        "d": model("Label", value="second"),
        "l": {"width": "50%", "color": "red", "height": "1px;position:fixed", "border_top": "url(//elsewhere/x)"},
    }
    made = still(states)
    assert made.index("first") < made.index("second")
    assert "app-controls" in made
    assert 'style="width:50%"' in made


def test_of_pages_the_chosen_one_is_shown() -> None:
    states = {
        "a": model("Tab", children=["IPY_MODEL_b", "IPY_MODEL_c"], selected_index=1, titles=["One", "Two"]),
        "b": model("Label", value="hidden"),
        "c": model("Label", value="shown"),
    }
    made = still(states)
    assert ("shown" in made, "hidden" in made, "One" in made) == (True, False, True)


def test_a_circle_of_boxes_ends() -> None:
    assert still({"a": model("VBox", children=["IPY_MODEL_a"])}).count("widget-vbox") <= 30


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ({"text/html": "<p>open", "text/plain": "no"}, "<p>open</p>"),
        ({"image/png": PNG, "text/plain": "no"}, f"data:image/png;base64,{PNG}"),
        ({"image/png": '"><script>', "text/plain": "plain"}, "<pre>plain</pre>"),
        ({"text/plain": ["a\n", "<b>"]}, "<pre>a\n&lt;b&gt;</pre>"),
        ({"application/x-new": "?"}, ""),
    ],
    ids=["HTML", "a picture", "a picture that is none", "text in lines", "something new"],
)
def test_outputs_show_what_a_browser_would_take(data: dict[str, Any], shown: str) -> None:
    made = render_output({"output_type": "execute_result", "data": data}, StillWidgets({}, render_output=render_output))
    assert (shown in made) if shown else made == ""


def test_a_page_gets_its_stills_beside_its_data() -> None:
    data = json.dumps({"output_type": "display_data", "data": {VIEW: {"model_id": "a"}}})
    script = f'<script type="application/vnd.voila.cell-output+json">{data}</script>'
    page = f"<div>{script}</div><div>{script.replace('a', 'b', 0)}</div>"
    made = add_stills(page, {"a": model("Label", value="words")})
    assert made.count('<div class="app-still" inert>') == 2
    assert made.count(script) == 2
    assert add_stills(page, {}) == page


@pytest.mark.parametrize(
    "text", ["</div></main></body>", "<div><p>", "<!--", "<script>1", "<b id=x>", "&lt;script&gt;", "<a href='"]
)
def test_nothing_leaves_its_place(text: str) -> None:
    around = f"<main><div>{close_html(text)}</div><p>after</p></main>"
    after = BeautifulSoup(around, "html.parser").find("p", string="after")
    assert after is not None
    assert after.parent is not None
    assert after.parent.name == "main"
    assert " id=" not in close_html(text)


@pytest.mark.parametrize("name", ["script", "meta", "link", "base", "iframe", "object", "embed", "form"])
def test_what_acts_is_left_out(name: str) -> None:
    made = close_html(
        f'<p>before</p><{name} src="/x" http-equiv="refresh" content="0;url=//elsewhere">in</{name}><p>after'
    )
    assert f"<{name}" not in made
    assert ("before" in made, "after" in made) == (True, True)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=8), inside, max_size=3),
    max_leaves=8,
)
_NAMES = st.sampled_from(
    ["HTML", "VBox", "Tab", "Dropdown", "IntSlider", "RadioButtons", "Output", "Text", "Checkbox", "New"]
)
_FIELDS = st.sampled_from(
    ["value", "children", "outputs", "index", "_options_labels", "titles", "layout", "selected_index"]
)


@given(
    st.dictionaries(
        st.sampled_from("abc"), st.tuples(_NAMES, st.dictionaries(_FIELDS, _VALUES, max_size=4)), max_size=3
    )
)
@settings(max_examples=300, deadline=None)
def test_whatever_a_state_holds_it_is_a_text(states: dict[str, Any]) -> None:
    assert isinstance(still({key: model(name, **fields) for key, (name, fields) in states.items()}), str)
