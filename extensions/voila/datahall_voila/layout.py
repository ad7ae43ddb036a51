"""The frame of an app: controls above, a sentence and a picture below, and what it says in every state.

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
from .words import say

log = logging.getLogger("datahall.app")


class Problem(Exception):
    """What stands in the way, as a sentence for the visitor in the visitor's language."""


@dataclass(frozen=True)
class View:
    """What an app shows for one setting of its controls."""

    sentence: str
    picture: Picture


class Board:
    """An app: named controls and the function that turns their values into a view."""

    def __init__(self, controls: Mapping[str, widgets.ValueWidget], render: Callable[..., View]) -> None:
        self.controls = dict(controls)
        self.render = render
        self.sentence = widgets.HTML()
        self.picture = widgets.HTML()
        self.sentence.add_class("app-sentence")
        self.picture.add_class("app-picture")
        bar = widgets.Box(list(self.controls.values()))
        bar.add_class("app-controls")
        self.box = widgets.VBox([bar, self.sentence, self.picture])

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
            self.picture.value = ""
        except Exception:
            log.exception("an app could not draw its view")
            self._say(
                say(
                    en="This view could not be drawn. Choose something else, or reload the page.",
                    zh="这个视图没能画出来。请换一个选项，或重新加载页面。",
                ),
                kind="app-error",
            )
            self.picture.value = ""
        else:
            self._say(view.sentence)
            self.picture.value = view.picture.html
        finally:
            self.box.remove_class("app-busy")

    def _follow(self, change: Any) -> None:
        self.refresh()

    def _say(self, text: str, *, kind: str = "") -> None:
        # One region that screen readers announce whenever the controls have changed it.
        self.sentence.value = f'<p class="{kind}" role="status">{html.escape(text)}</p>'
