"""What a notebook shows for a dataset and for a list of them: in both languages, the reader's first, and escaped.

Only the first rows are read for it; distributions and quality come from the version's record.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from ._deprecation import tell_deprecation
from ._entries.entry import choose_text
from ._field_words import FIELD_WORDS
from ._markup import frame, heading, in_both, languages, scroll, shorten, table
from ._messages import N_, translate
from ._vocabulary import licenses, publishers, themes

if TYPE_CHECKING:
    from ._dataset import Dataset
    from ._entries.entry import Entry
    from ._index import Hit
    from ._quality.record import Distribution
    from ._quality.report import Quality
    from ._results import Results
    from .card import CardField

SYNTHETIC = N_("synthetic data")
_QUALITY, _CITE, _MORE = N_("Quality"), N_("Cite"), N_("and {count} more")
_NOT_MEASURED = N_("This version was made before quality was measured; .quality() measures it.")
SAMPLE_ROWS = 5
SAMPLE_FIELDS = 12
SHOWN_FIELDS = 60
SHOWN_RESULTS = 100


def dataset_html(dataset: Dataset) -> str:
    """Return a dataset as HTML: titles, what a row is, origin, licence, fields, first rows, quality, citation."""
    card = dataset.card
    first, second = languages()
    quality = dataset.known_quality()
    mark = f'<p><span class="mark">{escape(in_both(SYNTHETIC))}</span></p>' if card.synthetic else ""
    warning = tell_deprecation(card, language=first)
    return frame(
        f'<h4>{escape(card.title[first])}<br><small lang="{second}">{escape(card.title[second])}</small></h4>{mark}',
        f"<p><strong>{escape(warning)}</strong></p>" if warning else "",
        f"<p>{escape(card.description[first])}</p>",
        _facts(dataset),
        _fields(dataset, distributions={each.name: each for each in quality.fields}),
        _sample(dataset) if quality.version else "",
        _quality(quality),
        _citation(dataset),
    )


def results_html(results: Results) -> str:
    """Return a table of what was found as HTML."""
    first, second = languages()
    shown = list(results[:SHOWN_RESULTS].hits())
    remarks = "".join(
        f"<p>{escape(text)}</p>" for language in (first, second) for text in results.remarks(language=language)
    )
    if not shown:
        return remarks
    titles = {theme.id: theme.title for theme in themes()}
    rows = [
        (
            _names(hit),
            f"{hit.entry.rows:,}" if hit.entry.rows is not None else "–",
            _score_of(hit.entry),
            escape(titles[hit.entry.theme][first]) if hit.entry.theme in titles else "–",
            escape(choose_text(hit.entry.publisher.title, language=first)) if hit.entry.publisher else "–",
            escape(_name_license(hit.entry)),
            f"<code>{escape(hit.id)}</code>",
        )
        for hit in shown
    ]
    header = (N_("title"), N_("rows"), N_("quality"), N_("theme"), N_("publisher"), N_("licence"), N_("id"))
    return frame(remarks, table(header, rows), _more(len(results) - len(shown)))


def _names(hit: Hit) -> str:
    first, second = languages()
    entry = hit.entry
    mark = f' <span class="mark">{escape(in_both(SYNTHETIC))}</span>' if entry.synthetic else ""
    title, other = entry.title_in(first), entry.title_in(second)
    muted = f'<br><span class="muted" lang="{second}">{escape(other)}</span>' if other != title else ""
    passage = "".join(f"<b>{escape(piece.text)}</b>" if piece.is_match else escape(piece.text) for piece in hit.snippet)
    found = any(piece.is_match for piece in hit.snippet)
    return f"{escape(title)}{mark}{muted}{f'<br><small>{passage}</small>' if found else ''}"


def _name_license(entry: Entry) -> str:
    known = licenses().get(entry.license or "")
    return known.title[languages()[0]] if known is not None else entry.license or "–"


def _score_of(entry: Entry) -> str:
    if entry.is_harvested:
        return "–"
    from ._lookup import dataset

    return escape(_score(dataset(entry.id).known_quality()))


def _score(quality: Quality) -> str:
    """Return the score of the rows, where it was measured, and the points of the card."""
    from ._quality.measure import percent

    data = percent(quality.score) if quality.fields and quality.score is not None else "–"
    return f"{data} · {quality.metadata.points}/{quality.metadata.of}"


def _facts(dataset: Dataset) -> str:
    first, _ = languages()
    card, license = dataset.card, licenses()[dataset.card.license]
    name = escape(license.title[first])
    facts = [
        (N_("id"), f"<code>{escape(dataset.id)}</code>"),
        (N_("version"), f"<code>{escape(dataset.version or '–')}</code>"),
        (N_("rows"), f"{dataset.rows:,}" if dataset.rows is not None else "–"),
        (N_("publisher"), escape(publishers()[card.publisher].title[first])),
        (N_("licence"), f'<a href="{escape(license.url)}">{name}</a>' if license.url else name),
    ]
    if card.homepage is not None:
        facts.append((N_("source"), f'<a href="{escape(card.homepage)}">{escape(card.homepage)}</a>'))
    rows = "".join(f'<tr><th scope="row">{escape(in_both(fact))}</th><td>{value}</td></tr>' for fact, value in facts)
    return f'<table class="stack"><tbody>{rows}</tbody></table>'


def _fields(dataset: Dataset, *, distributions: dict[str, Distribution]) -> str:
    header = [N_("field"), N_("type"), N_("meaning")]
    header += [N_("values"), N_("empty")] if distributions else []
    fields = dataset.card.fields
    rows = [_field(each, distribution=distributions.get(each.name)) for each in fields[:SHOWN_FIELDS]]
    return heading(N_("Fields")) + table(header, rows) + _more(len(fields) - SHOWN_FIELDS)


def _field(field: CardField, *, distribution: Distribution | None) -> tuple[str, ...]:
    from ._quality.picture import describe_distribution, draw_distribution

    first, second = languages()
    unit = f" ({escape(field.unit)})" if field.unit else ""
    meaning = f'{escape(field.title[first])}{unit}<br><span class="muted" lang="{second}">'
    row = (
        f"<code>{escape(field.name)}</code>",
        escape(translate(FIELD_WORDS[field.type], language=first)),
        f"{meaning}{escape(field.title[second])}</span>",
    )
    if distribution is None:
        return row
    told = shorten(describe_distribution(distribution, language=first), to=100)
    picture = draw_distribution(distribution, language=first)
    return (*row, f'{picture}<span class="muted">{escape(told)}</span>', _empty(distribution))


def _empty(distribution: Distribution) -> str:
    from ._quality.measure import percent

    if not distribution.empty:
        return "0"
    rows = max(distribution.filled + distribution.empty, 1)
    return escape(f"{distribution.empty:,} ({percent(min(1.0, distribution.empty / rows))})")


def _sample(dataset: Dataset) -> str:
    """Return the first rows, of data that arrives the newest; looking is not using, so `used` does not list it."""
    import polars as pl

    is_arriving = dataset.card.stream is not None and dataset.is_newest
    file = dataset.newest(SAMPLE_ROWS).lazy() if is_arriving else pl.scan_parquet(dataset.parquet_paths())
    names = set(file.collect_schema().names())
    shown = [field for field in dataset.card.fields[:SAMPLE_FIELDS] if field.name in names]
    rows = file.select(field.name for field in shown).head(SAMPLE_ROWS).collect()
    kinds = ["number" if field.type in ("integer", "number") else "" for field in shown]
    head = "".join(
        f'<th scope="col" class="{kind}">{escape(field.name)}</th>' for field, kind in zip(shown, kinds, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(f'<td class="{kind}">{_cell(row[field.name])}</td>' for field, kind in zip(shown, kinds, strict=True))
        + "</tr>"
        for row in rows.iter_rows(named=True)
    )
    written = scroll(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
    title = N_("Newest rows, with those that arrived since the version") if is_arriving else N_("First rows")
    return heading(title) + written + _more(len(dataset.card.fields) - SAMPLE_FIELDS)


def _cell(value: Any) -> str:
    return '<span class="muted">–</span>' if value is None else escape(shorten(str(value)))


def _quality(quality: Quality) -> str:
    from ._quality.page import quality_parts

    first, _ = languages()
    if quality.version and not quality.fields:
        hint = translate(_NOT_MEASURED, language=first)
        return f"{heading(_QUALITY)}<p>{escape(hint)}</p>"
    return (
        f"<details><summary><strong>{escape(in_both(_QUALITY))}</strong> "
        f"{escape(quality.summary(first))}</summary>{quality_parts(quality)}</details>"
    )


def _citation(dataset: Dataset) -> str:
    citation, (first, _) = dataset.cite(), languages()
    return (
        f"<details><summary><strong>{escape(in_both(_CITE))}</strong> {escape(citation.texts[first])}</summary>"
        f"<pre>{escape(citation.bibtex)}</pre></details>"
    )


def _more(count: int) -> str:
    first, _ = languages()
    if count <= 0:
        return ""
    return f'<p class="muted">{escape(translate(_MORE, language=first, count=f"{count:,}"))}</p>'
