"""The frame of an app: controls above, a sentence, a picture and a table below, and what it says in every state.

An app calls `Board(controls, render).show()`. `render` gets the values of the controls by name and returns
a `View`, or raises `Problem` with a sentence for the visitor: nothing matches, data that is not here.
Anything else that goes wrong is logged, and the visitor is told without details.
"""

from __future__ import annotations

import html
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets

from .pictures import Picture
from .tables import Table
from .words import count_letters, say

log = logging.getLogger("datahall.app")
LETTER = 0.55  # rem that a letter is wide, on average
NARROWEST, FRAME = 15, 3.5  # rem: of a control, and of what a list has beside its words: border, padding, arrow


class Problem(Exception):
    """What stands in the way, as a sentence for the visitor in the visitor's language."""


@dataclass(frozen=True)
class View:
    """What an app shows for one setting of its controls.

    `method` says how its figures are worked out, and what they cannot say; a paragraph for each line.
    """

    sentence: str
    picture: Picture | None = None
    table: Table | None = None
    method: str = ""


class Board:
    """An app: named controls and the function that turns their values into a view."""

    def __init__(self, controls: Mapping[str, widgets.ValueWidget], render: Callable[..., View]) -> None:
        self.controls = dict(controls)
        self.render = render
        self.sentence = widgets.HTML()
        self.picture = widgets.HTML()
        self.table = widgets.HTML()
        self.method = widgets.HTML()
        self.sentence.add_class("app-sentence")
        self.picture.add_class("app-picture")
        self.method.add_class("app-method")
        for control in self.controls.values():
            _give_room(control)
        bar = widgets.Box(list(self.controls.values()))
        bar.add_class("app-controls")
        self._always = (bar, self.sentence, self.picture)
        self.box = widgets.VBox(self._always)

    def show(self) -> widgets.VBox:
        """Draw the first view, follow the controls from now on, and return what to display."""
        for control in self.controls.values():
            control.observe(self._follow, names="value")
        self.refresh()
        return self.box

    def refresh(self) -> None:
        """Draw the view for the present values of the controls."""
        self.box.add_class("app-busy")
        try:
            view = self.render(**{name: control.value for name, control in self.controls.items()})
        except Problem as problem:
            self._say(str(problem), kind="app-empty")
            self._draw(View(""))
        except Exception:
            log.exception("an app could not draw its view")
            self._say(
                say(
                    en="This view could not be drawn. Choose something else, or reload the page.",
                    zh="这个视图没能画出来。请换一个选项，或重新加载页面。",
                ),
                kind="app-error",
            )
            self._draw(View(""))
        else:
            self._say(view.sentence)
            self._draw(view)
        finally:
            self.box.remove_class("app-busy")

    def _draw(self, view: View) -> None:
        self.picture.value = view.picture.html if view.picture else ""
        self.table.value = view.table.html if view.table else ""
        self.method.value = _write_method(view.method) if view.method else ""
        children = (*self._always, *(part for part in (self.table, self.method) if part.value))
        if children != self.box.children:  # setting the same ones again would lay the page out anew
            self.box.children = children

    def _follow(self, change: Any) -> None:
        self.refresh()

    def _say(self, text: str, *, kind: str = "") -> None:
        # One region that screen readers announce whenever the controls have changed it.
        self.sentence.value = f'<p class="{kind}" role="status">{html.escape(text)}</p>'


def _give_room(control: widgets.ValueWidget) -> None:
    """Make a list as wide as its longest choice, in a still too, which knows but the one that is chosen."""
    if isinstance(control, widgets.Dropdown) and control.layout.flex is None:
        longest = max((count_letters(str(label)) for label in control._options_labels), default=0)
        control.layout.flex = f"0 1 {max(NARROWEST, FRAME + LETTER * longest):.1f}rem"


def _write_method(text: str) -> str:
    title = say(en="How this is worked out", zh="计算方法")
    paragraphs = "".join(f"<p>{html.escape(line)}</p>" for line in text.splitlines() if line.strip())
    return f"<details><summary>{title}</summary>{paragraphs}</details>"
