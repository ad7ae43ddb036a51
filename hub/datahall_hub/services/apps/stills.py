"""What a kept page shows before its visitor's kernel has joined: stills of its outputs, beside the data of each. Pure.

The page's own script loads Voila's front end when there is a kernel for it, and puts what it makes in their place, in
one step, once it is there (`app.js`).
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from typing import Any

from .still_widgets import StillWidgets, close_html

VIEW = "application/vnd.jupyter.widget-view+json"
# Where the front end finds the data of an output; jinja writes no `<` inside of it.
_DATA = re.compile(r'<script type="application/vnd\.voila\.cell-output\+json">([^<]*)</script>')
_FRONT_END = re.compile(r'<script src="([^"]*/voila\.js)"( nonce="[^"]*")?></script>')
# In the order in which the front end prefers them.
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")


def add_stills(page: str, widgets: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a page in which each output that has a still is shown by it; `widgets` are the states a run left."""
    known = StillWidgets(widgets, render_output=render_output)

    def put_before(data: re.Match[str]) -> str:
        still = render_output(json.loads(data[1]), known)
        return f'<div class="app-still" inert>{still}</div>{data[0]}' if still else data[0]

    return _FRONT_END.sub(
        r'<link id="app-front-end" rel="preload" as="script" href="\1"\2>', _DATA.sub(put_before, page)
    )


def render_output(output: Any, widgets: StillWidgets) -> str:
    """Return the still of an output as nbformat has it; empty where there is none."""
    if not isinstance(output, Mapping):
        return ""
    if output.get("output_type") == "stream":
        return _preformat(output.get("text")) if output.get("name") == "stdout" else ""
    data = output.get("data")
    if not isinstance(data, Mapping):
        return ""
    view = data.get(VIEW)
    if isinstance(view, Mapping):
        return widgets.render(str(view.get("model_id", "")))
    if "text/html" in data:
        return close_html(_join(data["text/html"]))
    if "image/svg+xml" in data:
        return close_html(_join(data["image/svg+xml"]))
    for kind in _PICTURES:
        picture = _join(data.get(kind, ""))
        if picture and _BASE64.fullmatch(picture):
            return f'<img src="data:{kind};base64,{"".join(picture.split())}" alt="">'
    return _preformat(data.get("text/plain"))


def _preformat(text: Any) -> str:
    words = _join(text or "")
    return f"<pre>{html.escape(words)}</pre>" if words else ""


def _join(value: Any) -> str:
    """Return a text, which nbformat may have as a list of lines."""
    if isinstance(value, list):
        return "".join(str(each) for each in value)
    return value if isinstance(value, str) else ""
