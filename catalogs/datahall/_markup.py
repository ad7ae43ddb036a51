"""The HTML that notebooks show: one style sheet, words in both languages, tables. Everything is escaped here.

It takes the notebook's own colours, light or dark, and stacks its tables where the cell is narrow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from ._messages import chosen_language, translate

# Scoped by the class; `!important` where JupyterLab's own rules for tables are as specific.
STYLE = """<style>
.datahall{container-type:inline-size;color:var(--jp-content-font-color1,inherit);line-height:1.45;max-width:64rem;
overflow-x:auto}.datahall h4{margin:.2em 0 .4em;font-size:1.25em;font-weight:bold}
.datahall h4 small,.datahall .muted{opacity:.72;font-weight:normal}
.datahall h5{margin:1.1em 0 .3em;font-size:1em;font-weight:bold}
.datahall p{margin:.4em 0;max-width:46rem;overflow-wrap:anywhere}
.datahall table{border-collapse:collapse;margin:0!important;font-size:.92em;border:0}
.datahall th,.datahall td{text-align:left!important;vertical-align:top;padding:.25em .9em .25em 0!important;
border:0;max-width:26rem;overflow-wrap:break-word;white-space:normal!important;background:none!important}
.datahall tbody tr{border-top:1px solid rgba(128,128,128,.35);background:none!important}
.datahall .scroll{overflow-x:auto}.datahall .scroll td,.datahall .scroll th{white-space:nowrap!important;max-width:none}
.datahall .number{text-align:right!important}.datahall svg{display:block;max-width:100%;height:auto}
.datahall code{font-size:.95em;background:none!important;color:inherit;padding:0!important}
.datahall a{color:var(--jp-content-link-color,LinkText)}.datahall summary{cursor:pointer;margin:.6em 0 .3em}
.datahall pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.9em}
.datahall .mark{border:1px solid;border-radius:3px;padding:.05em .5em;font-weight:bold;
display:inline-block;white-space:nowrap}
@container (max-width:36rem){
.datahall .stack thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
.datahall .stack,.datahall .stack tbody,.datahall .stack tr,.datahall .stack th,.datahall .stack td{display:block;
max-width:none;overflow-wrap:anywhere}
.datahall .stack tr{padding:.4em 0}.datahall .stack td[data-label]::before{content:attr(data-label) ": ";opacity:.72}
.datahall .stack th,.datahall .stack td{padding:.05em 0!important}}
</style>"""


def languages() -> tuple[str, str]:
    """Return both languages, the reader's first."""
    return ("zh", "en") if chosen_language() == "zh" else ("en", "zh")


def in_both(words: str) -> str:
    """Return a marked text in both languages, the reader's first."""
    return " · ".join(translate(words, language=language) for language in languages())


def frame(*parts: str) -> str:
    """Return the parts as one block with its style."""
    return f'{STYLE}<div class="datahall" lang="{languages()[0]}">{"".join(parts)}</div>'


def heading(words: str) -> str:
    """Return a marked text as a heading."""
    return f"<h5>{escape(in_both(words))}</h5>"


def table(header: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of ready HTML; the first cell of a row names it. In a narrow cell it stacks, with its labels."""
    words = list(header)
    head = "".join(f'<th scope="col">{escape(in_both(word))}</th>' for word in words)
    names = [escape(translate(word, language=languages()[0])) for word in words]
    body = "".join(
        f'<tr><th scope="row">{first}</th>'
        + "".join(f'<td data-label="{name}">{cell}</td>' for name, cell in zip(names[1:], rest, strict=True))
        + "</tr>"
        for first, *rest in rows
    )
    return f'<table class="stack"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def scroll(content: str) -> str:
    """Return `content` in a box that scrolls sideways, also by keyboard."""
    return f'<div class="scroll" tabindex="0">{content}</div>'


def shorten(text: str, *, to: int = 80) -> str:
    """Return `text` with its end cut off where it is long."""
    return text if len(text) <= to else text[: to - 1] + "…"
