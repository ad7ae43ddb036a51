"""What a notebook shows for a dataset and for a list of them: in both languages, the reader's first, and escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from ._messages import N_, chosen_language, translate
from ._results import NOTHING_FOUND
from ._vocabulary import licenses, publishers, themes

if TYPE_CHECKING:
    from ._dataset import Dataset

SYNTHETIC = N_("synthetic data")


def dataset_html(dataset: Dataset) -> str:
    """Return a dataset's card as HTML: titles, what a row is, origin, licence, fields."""
    card = dataset.card
    first, second = _languages()
    facts = [
        (N_("id"), escape(dataset.id)),
        (N_("version"), escape(dataset.version or "–")),
        (N_("rows"), f"{dataset.rows:,}" if dataset.rows is not None else "–"),
        (N_("publisher"), escape(publishers()[card.publisher].title[first])),
        (N_("licence"), escape(licenses()[card.license].title[first])),
        (N_("source"), f'<a href="{escape(card.homepage)}">{escape(card.homepage)}</a>'),
    ]
    rows = "".join(
        f"<tr><th style='text-align:left'>{_in_both(name)}</th><td style='text-align:left'>{value}</td></tr>"
        for name, value in facts
    )
    fields = _table(
        (N_("field"), N_("type"), N_("title"), N_("unit")),
        (
            (field.name, field.type, f"{field.title[first]} · {field.title[second]}", field.unit or "")
            for field in card.fields
        ),
    )
    mark = f"<p><strong>{_in_both(SYNTHETIC)}</strong></p>" if card.synthetic else ""
    return (
        f"<h4>{escape(card.title[first])}<br><small>{escape(card.title[second])}</small></h4>{mark}"
        f"<p>{escape(card.description[first])}</p><table>{rows}</table>{fields}"
    )


def results_html(datasets: Iterable[Dataset]) -> str:
    """Return a table of datasets as HTML."""
    first, second = _languages()
    titles = {theme.id: theme.title for theme in themes()}
    known = licenses()
    rows = [
        (
            dataset.id,
            f"{dataset.title(first)} · {dataset.title(second)}"
            + (f" ({_in_both(SYNTHETIC)})" if dataset.card.synthetic else ""),
            titles[dataset.theme][first],
            known[dataset.card.license].title[first],
        )
        for dataset in datasets
    ]
    if not rows:
        return "".join(f"<p>{escape(translate(NOTHING_FOUND, language=each))}</p>" for each in (first, second))
    return _table((N_("id"), N_("title"), N_("theme"), N_("licence")), rows)


def _languages() -> tuple[str, str]:
    return ("zh", "en") if chosen_language() == "zh" else ("en", "zh")


def _in_both(words: str) -> str:
    """Return a marked text in both languages, the reader's first."""
    return " · ".join(translate(words, language=language) for language in _languages())


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th style='text-align:left'>{escape(_in_both(cell))}</th>" for cell in header)
    body = "".join(
        "<tr>" + "".join(f"<td style='text-align:left'>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
