"""An app's page loads nothing from other hosts, and its pictures have words in both languages."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from datahall_hub.app_life.checks.finding import Place
from datahall_hub.app_life.trial_report import CellOutputs

from tests.hub.app_checks.submitted import (
    codes,
    judge,
    judge_outputs,
    make_code,
    make_markdown,
    make_notebook,
    make_output,
    make_trial,
    make_trials,
)

AWAY = "https://cdn.example/x"
FRAMED = base64.b64encode(f"<img alt='' src={AWAY}>".encode()).decode()


def find_hosts(*outputs: dict[str, Any]) -> list[object]:
    return [finding.values["host"] for finding in judge_outputs(*outputs) if finding.code == "outside-host"]


LOADING = {
    "a picture": f"<img alt='' src='{AWAY}'>",
    "without a scheme": "<img alt='' src='//cdn.example/x'>",
    "with backslashes": r"<img alt='' src='\\cdn.example\x'>",
    "with blanks": "<img alt='' src=' \n htt\tps://cdn.example/x'>",
    "without slashes": "<img alt='' src='https:cdn.example/x'>",
    "in capitals": "<IMG ALT='' SRC='HTTPS://cdn.example/x'>",
    "by entities": "<img alt='' src='&#104;ttps&colon;//cdn.example/x'>",
    "without quotes": f"<img alt='' src={AWAY}>",
    "in a hurry": f"<img/alt=''/src='{AWAY}'/>",
    "as image": f"<image alt='' src='{AWAY}'>",
    "with a login": "<img alt='' src='https://lin@cdn.example/x'>",
    "by width": f"<img alt='' srcset='a.png 1x, {AWAY} 2x'>",
    "a second source": f"<picture><source srcset='{AWAY}'><img alt='' src='data:,'></picture>",
    "a script": f"<script src='{AWAY}'></script>",
    "a module in a script": f"<script>import('{AWAY}.mjs')</script>",
    "from where modules are handed out": "<script>load('https://cdn.example/vega@5')</script>",
    "a style sheet": f"<link rel=stylesheet href='{AWAY}'>",
    "an import": f"<style>@import '{AWAY}';</style>",
    "a background": f"<style>p {{ background: url({AWAY}) }}</style>",
    "a background with escapes": r"<style>p { background: u\72l('https://cdn.example/x') }</style>",
    "a set of pictures": f"<style>p {{ background: image-set('{AWAY}' 1x) }}</style>",
    "a comment in a style": f"<style><!-- p {{ background: url({AWAY}) }} --></style>",
    "a style of an element": f"<p style='background: url({AWAY})'>",
    "a frame": f"<iframe src='{AWAY}'></iframe>",
    "in a frame": f"<iframe srcdoc='<img alt=\"\" src={AWAY}>'></iframe>",
    "in a frame by its data": f"<iframe src='data:text/html;base64,{FRAMED}'></iframe>",
    "a form": f"<form action='{AWAY}'></form>",
    "a button of a form": f"<button formaction='{AWAY}'>",
    "an object": f"<object data='{AWAY}'></object>",
    "a film": f"<video poster='{AWAY}'></video>",
    "another page": f"<meta http-equiv=refresh content='0; url={AWAY}'>",
    "a base": f"<base href='{AWAY}'>",
    "a symbol": f"<svg><use href='{AWAY}#a'/></svg>",
    "a symbol, of old": f"<svg><use xlink:href='{AWAY}#a'/></svg>",
    "a filling": f"<svg><rect fill='url({AWAY}#a)'/></svg>",
    "later": f"<svg><image href='#'><set attributeName=href to='{AWAY}'/></image></svg>",
    "in a style of SVG": f"<svg><style>p{{}}<img alt='' src={AWAY}></style></svg>",
    "behind a comment": f"<!--><img alt='' src='{AWAY}'>-->",
}
STAYING = {
    "a link": f"<a href='{AWAY}' ping=''>more</a>",
    "an area": f"<map><area alt='' href='{AWAY}'></map>",
    "a link of SVG": f"<svg><a xlink:href='{AWAY}'>more</a></svg>",
    "text": f"<p>{AWAY} &lt;img src={AWAY}&gt;</p>",
    "in a comment": f"<!-- <img alt='' src='{AWAY}'> -->",
    "in a text field": f"<textarea><img src='{AWAY}'></textarea>",
    "data": "<img alt='' src='data:image/png;base64,//8A//8='>",
    "data by width": "<img alt='' srcset='data:image/png;base64,//8A//8= 2x, data:image/png;base64,//8A 1x'>",
    "the hall": "<img alt='' src='/services/hall/static/a.png'>",
    "the folder": "<img alt='' src='files/a.png'>",
    "a style with data": "<style>p { background: url(data:image/png;base64,AAAA) } q { content: 'https://a' }</style>",
    "a namespace": "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'></svg>",
    "a schema in a script": "<script>({$schema: 'https://schema.example/lite/v5.json'})</script>",
    "words that look like code": "<p title='url(https://a.example)'>x</p>",
    "another attribute": f"<p data-source='{AWAY}' cite='{AWAY}'>x</p>",
}


@pytest.mark.parametrize("case", LOADING)
def test_what_would_be_loaded_from_another_host_is_found(case: str) -> None:
    assert find_hosts(make_output(html=LOADING[case])) == ["cdn.example"]


@pytest.mark.parametrize("case", STAYING)
def test_what_stays_on_the_page_is_fine(case: str) -> None:
    assert find_hosts(make_output(html=STAYING[case])) == []


@pytest.mark.parametrize(
    ("output", "is_found"),
    [
        (make_output(markdown=f"![a rainy day]({AWAY})"), True),
        (make_output(markdown=f"![a rainy day][1]\n\n[1]: {AWAY}"), True),
        (make_output(markdown=f"<img alt='' src='{AWAY}'>"), True),
        (make_output(markdown=f"[more]({AWAY}), `<img src={AWAY}>`, <{AWAY}>"), False),
        (make_output(svg=f"<svg><image href='{AWAY}'/></svg>"), True),
        (make_output(script=f"import('{AWAY}.js')"), True),
        (make_output(plain=f"<img src='{AWAY}'>"), False),
    ],
    ids=["Markdown", "Markdown with notes", "HTML in Markdown", "links and code", "SVG", "a script", "plain text"],
)
def test_other_forms_of_outputs_are_looked_at(output: dict[str, Any], is_found: bool) -> None:
    assert find_hosts(output) == (["cdn.example"] if is_found else [])


def test_markdown_cells_are_looked_at_where_the_page_shows_them() -> None:
    shown, hidden = make_markdown(f"![rain]({AWAY})"), make_markdown(f"![rain]({AWAY})", tags=("lab-only",))

    [found] = judge(notebook=make_notebook(hidden, shown, make_code("1")))

    assert (found.code, found.place) == ("outside-host", Place(file="app.ipynb", cell=2))


@pytest.mark.parametrize(
    ("state", "is_found"),
    [
        ({"_model_name": "HTMLModel", "value": f"<img alt='' src='{AWAY}'>"}, True),
        (
            {"_model_name": "DropdownModel", "description": f"<img alt='' src={AWAY}>", "description_allow_html": True},
            True,
        ),
        ({"_model_name": "VideoModel", "format": "url", "value": AWAY}, True),
        ({"_model_name": "OutputModel", "outputs": [make_output(html=f"<img alt='' src='{AWAY}'>")]}, True),
        ({"_model_name": "TextareaModel", "value": f"<img src='{AWAY}'>"}, False),
    ],
    ids=["HTML", "a description", "a film", "an output", "a text field"],
)
def test_widgets_are_looked_at(state: dict[str, Any], is_found: bool) -> None:
    assert codes(judge(trials=make_trials(widgets={"a": state}))) == (["outside-host"] if is_found else [])


def test_addresses_in_code_are_fine() -> None:
    assert judge(notebook=make_notebook(make_code(f"source = '<img src={AWAY}>'"))) == []


@pytest.mark.parametrize(
    ("html", "count"),
    [
        ("<img src='data:,'>", 1),
        ("<img src='data:,'><img src='data:,'><img alt='' src='data:,'>", 2),
        ("<input type=image src='data:,'>", 1),
        ("<svg role=img></svg>", 1),
        ("<svg role=img><g></svg><svg role='img'>", 2),
        ("<svg role=img><title> </title></svg>", 1),
        ("<svg role=img aria-label='Rain in May'></svg>", 0),
        ("<svg role=img><title>Rain in May</title></svg>", 0),
        ("<svg><title>Rain</title></svg>", 0),
        ("<svg aria-hidden=true role=img></svg>", 0),
        ("<img alt='Rain in May' src='data:,'>", 0),
        ("<img alt src='data:,'>", 0),
        ("<img role=presentation src='data:,'>", 0),
        ("<img title='Rain in May' src='data:,'>", 0),
        ("<p>&lt;img&gt;</p>", 0),
    ],
)
def test_pictures_without_words_are_counted(html: str, count: int) -> None:
    found = [each for each in judge_outputs(make_output(html=html)) if each.code == "picture-without-text"]

    assert [each.values["count"] for each in found] == ([count] if count else [])


@pytest.mark.parametrize(
    ("output", "found"),
    [
        (make_output(png="iVBORw0KGgo=", plain="<Figure size 640x480>"), ["picture-without-text"]),
        (make_output(svg="<svg><title>Rain</title></svg>"), ["picture-without-text"]),
        (make_output({"image/png": {"alt": "Rain in May"}}, png="iVBORw0KGgo="), ["alternative-unread"]),
        (make_output({"alt": "Rain in May"}, png="iVBORw0KGgo="), ["alternative-unread"]),
        (make_output(png="iVBORw0KGgo=", html="<p>42</p>"), []),
        (make_output(markdown="![](data:,)"), []),
    ],
    ids=["matplotlib's own", "SVG", "words in the metadata", "words for the output", "a table, too", "a decoration"],
)
def test_a_picture_that_is_put_out_by_itself_has_no_words(output: dict[str, Any], found: list[str]) -> None:
    assert codes(judge_outputs(output)) == found


def test_an_image_widget_has_no_words() -> None:
    assert codes(judge(trials=make_trials(widgets={"a": {"_model_name": "ImageModel"}}))) == ["picture-without-text"]


@pytest.mark.parametrize(
    ("english", "chinese", "is_remarked"),
    [
        ("Rain in May", "Rain in May", True),
        ("五月的降雨量", "五月的降雨量", True),
        ("Rain in May", "五月的雨", False),
        ("Seattle", "Seattle", False),
        ("北京", "北京", False),
        ("2024 12 31", "2024 12 31", False),
    ],
)
def test_an_alternative_text_differs_between_languages(english: str, chinese: str, is_remarked: bool) -> None:
    trials = [
        make_trial(language=language, cells=[CellOutputs(cell=2, outputs=[make_output(html=f"<img alt='{text}'>")])])
        for language, text in (("en", english), ("zh", chinese))
    ]

    found = judge(trials=trials)

    assert codes(found) == (["alternative-same"] if is_remarked else [])
    assert all(each.place == Place(file="app.ipynb", cell=2) and each.severity == "remark" for each in found)
