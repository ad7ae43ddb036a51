"""What a notebook shows for a difference: rows counted by kind, columns, and the first rows of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from ._markup import frame, heading, languages, scroll, table
from ._messages import N_, translate

if TYPE_CHECKING:
    from ._difference import Difference

_KINDS = {"added": N_("added"), "removed": N_("removed"), "changed": N_("changed"), "unchanged": N_("unchanged")}
_SAME = N_("The two versions hold the same columns and rows.")
_FIRST = {"added": N_("First rows that were added"), "removed": N_("First rows that were removed")}


def difference_html(difference: Difference) -> str:
    """Return a difference as HTML, in both languages, every value escaped."""
    title = f"<h4>{escape(difference.id)}<br><small>{escape(difference.old)} → {escape(difference.new)}</small></h4>"
    if difference.is_empty:
        told = "".join(f'<p lang="{each}">{escape(translate(_SAME, language=each))}</p>' for each in languages())
        return frame(title, told)
    return frame(title, _counts(difference), _columns(difference), _values(difference), *_examples(difference))


def _counts(difference: Difference) -> str:
    first, _ = languages()
    by = f" ({escape(', '.join(difference.key))})" if difference.key else ""
    kinds = [kind for kind in _KINDS if difference.key or kind != "changed"]
    rows = [(escape(translate(_KINDS[kind], language=first)), f"{difference.rows[kind]:,}") for kind in kinds]
    words = N_("Rows by key") if difference.key else N_("Whole rows")
    return (
        heading(words)
        + (f'<p class="muted">{by.strip(" ()")}</p>' if by else "")
        + table((N_("kind"), N_("rows")), rows)
    )


def _columns(difference: Difference) -> str:
    first, _ = languages()
    word = {kind: escape(translate(text, language=first)) for kind, text in _KINDS.items()}
    rows = [(_code(name), word["added"], escape(kind)) for name, kind in difference.columns_added]
    rows += [(_code(name), word["removed"], escape(kind)) for name, kind in difference.columns_removed]
    rows += [(_code(name), word["changed"], escape(f"{old} → {new}")) for name, old, new in difference.types_changed]
    return heading(N_("Columns")) + table((N_("column"), N_("kind"), N_("type")), rows) if rows else ""


def _values(difference: Difference) -> str:
    rows = [(_code(name), f"{count:,}") for name, count in difference.values_changed.items()]
    return heading(N_("Changed values")) + table((N_("column"), N_("rows")), rows) if rows else ""


def _examples(difference: Difference) -> Iterator[str]:
    from ._difference import shorten_value

    for kind, words in _FIRST.items():
        rows = difference.examples[kind]
        if rows:
            cells = [[escape(shorten_value(value)) for value in row.values()] for row in rows]
            yield heading(words) + _grid([escape(name) for name in rows[0]], cells)
    changed = difference.examples["changed"]
    if changed:
        head = [*map(escape, changed[0]["key"]), escape(translate(N_("before → now"), language=languages()[0]))]
        cells = [
            [
                *(escape(shorten_value(value)) for value in row["key"].values()),
                "<br>".join(
                    f"{_code(name)}: {escape(shorten_value(old))} → {escape(shorten_value(new))}"
                    for name, (old, new) in row["values"].items()
                ),
            ]
            for row in changed
        ]
        yield heading(N_("First rows that were changed")) + _grid(head, cells)


def _grid(head: list[str], cells: list[list[str]]) -> str:
    top = "".join(f'<th scope="col">{name}</th>' for name in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in cells)
    return scroll(f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>")


def _code(name: str) -> str:
    return f"<code>{escape(name)}</code>"
