"""Pictures that fit: one for wide screens and one for phones, in light and dark, with an alternative text.

A picture is drawn twice with matplotlib as SVG; the browser takes the one that fits its width. Colours of
the palette below turn into their dark partners by a style sheet inside the SVG.
"""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .words import find_chinese_family

# Light colour → its partner on dark paper; the same tokens as the hall's style sheet.
INK, SOFT, LINE, PAPER, ACCENT = "#16201e", "#52605c", "#d5dbd8", "#ffffff", "#0b6a5c"
SECOND, FAINT = "#b3541e", "#c3cbc8"
DARK = {
    INK: "#e9efec",
    SOFT: "#a6b3ae",
    LINE: "#303b38",
    PAPER: "#111715",
    ACCENT: "#6fcdbb",
    SECOND: "#ffb27a",
    FAINT: "#46524e",
}
PHONE = "(max-width: 40rem)"
WIDE_INCHES, NARROW_INCHES = 13.0, 4.6  # with the type below, letters come out as large as those of the page
FONT_POINTS = {"wide": 13, "narrow": 12.5}

Plot = Callable[[Any, bool], None]


@dataclass(frozen=True)
class Picture:
    """A drawn picture: HTML that scales with the page."""

    html: str


def draw_picture(plot: Plot, *, alt: str, heights: tuple[float, float]) -> Picture:
    """Draw a picture for wide screens and for phones.

    Parameters
    ----------
    plot
        Called twice, with an empty matplotlib figure and whether it is the narrow one; draws into it.
    alt
        What the picture shows, in a sentence, for those who do not see it.
    heights
        Inches of the wide and of the narrow figure.
    """
    wide = _draw_svg(plot, narrow=False, height=heights[0])
    narrow = _draw_svg(plot, narrow=True, height=heights[1])
    return Picture(
        f'<picture><source media="{PHONE}" srcset="{_as_data(narrow)}">'
        f'<img src="{_as_data(wide)}" alt="{html.escape(alt, quote=True)}"></picture>'
    )


def _draw_svg(plot: Plot, *, narrow: bool, height: float) -> str:
    # Imported when first drawn: a notebook that fails before has not waited for it.
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_style(narrow=narrow)):
        figure = Figure(figsize=(NARROW_INCHES if narrow else WIDE_INCHES, height), layout="constrained")
        plot(figure, narrow)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return _with_dark_colours(buffer.getvalue())


def _style(*, narrow: bool) -> Any:  # matplotlib types its settings name by name
    family = find_chinese_family()
    points = FONT_POINTS["narrow" if narrow else "wide"]
    return {
        "font.family": [*([family] if family else []), "DejaVu Sans"],
        "font.size": points,
        "axes.titlesize": points * 1.05,
        "axes.titlelocation": "left",
        "axes.titleweight": "normal",
        "axes.titlecolor": SOFT,
        "axes.edgecolor": LINE,
        "axes.labelcolor": SOFT,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "axes.axisbelow": True,
        "axes.unicode_minus": False,
        "grid.color": LINE,
        "grid.linewidth": 0.8,
        "text.color": INK,
        "xtick.color": SOFT,
        "ytick.color": SOFT,
        "ytick.major.size": 0,
        "legend.frameon": False,
        "figure.constrained_layout.h_pad": 0.1,
        "lines.solid_capstyle": "round",
        "svg.fonttype": "path",
        "svg.hashsalt": "datahall",
    }


def _with_dark_colours(svg: str) -> str:
    rules = "".join(
        f'[style*="{kind}: {light}"]{{{kind}:{dark}!important}}'
        for light, dark in DARK.items()
        for kind in ("fill", "stroke")
    )
    style = f"<style>@media (prefers-color-scheme: dark){{{rules}}}</style>"
    head, mark, body = svg.partition("<defs>")
    return head + style + mark + body


def _as_data(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
