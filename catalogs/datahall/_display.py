"""What a notebook shows for a dataset and for a list of them: both languages side by side, every text escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from ._messages import chosen_language, translate
from ._results import NOTHING_FOUND
from ._vocabulary import licenses, publishers, themes

if TYPE_CHECKING:
    from ._dataset import Dataset

_SYNTHETIC = "<strong>合成数据 · synthetic data</strong>"


def dataset_html(dataset: Dataset) -> str:
    """Return a dataset's card as HTML: titles, what a row is, origin, licence, fields."""
    card = dataset.card
    first, second = _languages()
    facts = [
        ("编号 · id", escape(dataset.id)),
        ("版本 · version", escape(dataset.version or "–")),
        ("行数 · rows", f"{dataset.rows:,}" if dataset.rows is not None else "–"),
        ("发布者 · publisher", escape(publishers()[card.publisher].title[first])),
        ("许可 · licence", escape(licenses()[card.license].title[first])),
        ("来源 · source", f'<a href="{escape(card.homepage)}">{escape(card.homepage)}</a>'),
    ]
    rows = "".join(
        f"<tr><th style='text-align:left'>{name}</th><td style='text-align:left'>{value}</td></tr>"
        for name, value in facts
    )
    fields = _table(
        ("字段 · field", "类型 · type", "名称 · title", "单位 · unit"),
        (
            (field.name, field.type, f"{field.title[first]} · {field.title[second]}", field.unit or "")
            for field in card.fields
        ),
    )
    mark = f"<p>{_SYNTHETIC}</p>" if card.synthetic else ""
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
            + (" (合成数据 · synthetic)" if dataset.card.synthetic else ""),
            titles[dataset.theme][first],
            known[dataset.card.license].title[first],
        )
        for dataset in datasets
    ]
    if not rows:
        return "".join(f"<p>{escape(translate(NOTHING_FOUND, language=each))}</p>" for each in (first, second))
    return _table(("编号 · id", "名称 · title", "领域 · theme", "许可 · licence"), rows)


def _languages() -> tuple[str, str]:
    return ("zh", "en") if chosen_language() == "zh" else ("en", "zh")


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th style='text-align:left'>{escape(cell)}</th>" for cell in header)
    body = "".join(
        "<tr>" + "".join(f"<td style='text-align:left'>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
