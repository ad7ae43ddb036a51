"""Personal data in what is shown are found, and figures are not taken for them; the values are never told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from datahall_hub.app_life.checks.finding import Place

from tests.hub.app_checks.submitted import (
    codes,
    judge,
    judge_outputs,
    make_markdown,
    make_notebook,
    make_output,
    make_trials,
)

CITIZEN, CARD, PHONE, MAIL = "11010519491231002X", "6222020200112230", "13800138000", "lin@city.example"


def find_kinds(*outputs: dict[str, Any]) -> dict[object, object]:
    found = judge_outputs(*outputs)
    assert {finding.code for finding in found} <= {"personal-data"}
    return {finding.values["kind"]: finding.values["count"] for finding in found}


@pytest.mark.parametrize(
    "output",
    [
        make_output(plain=f"Lin Wei {CITIZEN}"),
        make_output(html=f"<table><tr><td>{CITIZEN}</td><td>12</td></tr></table>"),
        make_output(html="<p>1101051949<b>1231002X</b></p>"),
        make_output(html=f'<img alt="{CITIZEN}" src="data:,">'),
        make_output(html="<p>1101051949123100&#50;X</p>"),
        make_output(html=f'<script type="application/json">{{"id": "{CITIZEN}"}}</script>'),
        make_output(html=f"<iframe srcdoc='&lt;p&gt;{CITIZEN}'></iframe>"),
        make_output(svg=f"<svg><text>{CITIZEN}</text></svg>", html=""),
        make_output(markdown=f"**Lin** {CITIZEN}"),
        make_output(json={"people": [{"id": CITIZEN}]}),
        make_output(json={"people": {"x": [110105194912310003]}}),
        {"output_type": "stream", "name": "stdout", "text": ["Lin\n", f"身份证：{CITIZEN}。\n"]},
    ],
    ids=[
        "plain text", "a table", "in two elements", "an alternative text", "a character by its number", "a script",
        "a frame", "a picture", "Markdown", "JSON", "JSON, as a number", "printed",
    ],
)  # fmt: skip
def test_a_citizen_number_is_found_wherever_it_is_shown(output: dict[str, Any]) -> None:
    assert find_kinds(output) == {"citizen-number": 1}


@pytest.mark.parametrize(
    ("state", "count"),
    [
        ({"_model_name": "HTMLModel", "value": f"<b>{CITIZEN}</b>"}, 1),
        ({"_model_name": "DropdownModel", "_options_labels": [CITIZEN], "description": "x"}, 1),
        ({"_model_name": "LabelModel", "value": f"Lin {CITIZEN}"}, 1),
        ({"_model_name": "OutputModel", "outputs": [make_output(plain=CITIZEN)]}, 1),
        ({"_model_name": "LabelModel", "value": "Lin"}, 0),
    ],
    ids=["HTML", "choices", "a label", "an output", "nothing in it"],
)
def test_personal_data_in_widgets_are_found(state: dict[str, Any], count: int) -> None:
    assert len(judge(trials=make_trials(widgets={"a": state}))) == count


def test_a_widget_is_told_by_the_cell_that_shows_it() -> None:
    view = {"output_type": "display_data", "data": {"application/vnd.jupyter.widget-view+json": {"model_id": "box"}}}
    widgets = {
        "box": {"_model_name": "VBoxModel", "children": ["IPY_MODEL_label"]},
        "label": {"_model_name": "LabelModel", "value": CITIZEN},
    }

    [found] = judge(trials=make_trials(widgets=widgets, cells=[{"cell": 4, "outputs": [view]}]))

    assert found.place == Place(file="app.ipynb", cell=4)


def test_a_markdown_cell_is_looked_at_too() -> None:
    [found] = judge(notebook=make_notebook(make_markdown(f"Ask {MAIL}"), {"cell_type": "code", "source": "1"}))

    assert (found.values["kind"], found.place) == ("e-mail", Place(file="app.ipynb", cell=1))


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (f"Ask {MAIL}.", {"e-mail": 1}),
        (f"<a href='mailto:{MAIL}'>ask</a>", {"e-mail": 1}),
        ("lin@home and @everybody, 3 @ 4", {}),
        ("6222 0202 0011 2230", {"bank-card": 1}),
        (CARD, {"bank-card": 1}),
        ("6222020200112231", {}),
        (f"{CARD} 6222020200112231 6222020200112232 6222020200112233", {}),
        (PHONE, {"phone": 1}),
        ("张三 138 0013 8000", {"phone": 1}),
        ("138-0013-8000", {"phone": 1}),
        ("+86 138 0013 8000", {"phone": 1}),
        ("<td>+8613800138000</td>", {"phone": 1}),
        (f"电话 {PHONE} 88888888888 99999999999 77777777777", {"phone": 1}),
        (f"{PHONE} 88888888888 99999999999 77777777777", {}),
        ("13,800,138,000", {}),
        ("13800138000.25", {}),
        (f"{CITIZEN[:-1]}1", {}),
    ],
)
def test_form_and_surroundings_say_what_a_figure_is(text: str, kinds: dict[str, int]) -> None:
    assert find_kinds(make_output(html=text)) == kinds


def test_a_list_of_people_is_counted_by_kind() -> None:
    rows = "".join(f"<tr><td>1380013800{n}</td><td>p{n}@a.example</td></tr>" for n in range(10))

    assert find_kinds(make_output(html=f"<table>{rows}</table>")) == {"e-mail": 10, "phone": 10}


@pytest.mark.parametrize(
    "output",
    [
        make_output(html='<svg><path d="M138 0013 8000 L 13800138000 13912345678"/><text>1</text></svg>'),
        make_output(html=f"<img alt='' src='data:image/png;base64,{PHONE * 100}'>"),
        make_output(html=f"<style>p::after{{content: '{PHONE}'}}</style>"),
        make_output(json={"x": [13.800138, 121.4737021, 31.2304], "image": "138001380" * 40}),
        make_output(plain="\n".join(f"{n}  1{n:03}  {n * 13_577_531:>12}  {n / 7:.12f}" for n in range(200))),
        make_output(plain="\n".join(f"150 2012 196{n} 17 139 2015 1988" for n in range(9))),
        make_output(json={"values": [n * 13_577_531 for n in range(2000)]}),
        make_output(json={"at": [1388534400000 + n * 86_400_000 for n in range(500)]}),
        make_output(plain="2012-01-01 12:30:00  2015-12-31 23:59:59  1.3.15  978-7-02-000220-7"),
    ],
    ids=[
        "coordinates", "a picture", "a style", "floating points", "a table of figures", "years in a row",
        "large numbers", "times in milliseconds", "dates and versions",
    ],
)  # fmt: skip
def test_figures_are_not_taken_for_personal_data(output: dict[str, Any]) -> None:
    assert judge_outputs(output) == []


def test_the_values_are_never_told() -> None:
    told = json.dumps(
        [finding.model_dump() for finding in judge_outputs(make_output(plain=f"{CITIZEN} {MAIL} {PHONE}"))]
    )

    assert "personal-data" in told
    for value in (CITIZEN, MAIL, PHONE):
        assert value not in told


def test_what_was_too_much_to_look_at_is_for_the_reviewer() -> None:
    mails = " ".join(f"p{n}@a.example" for n in range(4_000))

    found = judge_outputs(make_output(plain=mails))

    assert codes(found) == ["personal-data", "too-much-text"]
    assert found[0].values["count"] == 3_000
    assert found[1].severity == "not-run"
