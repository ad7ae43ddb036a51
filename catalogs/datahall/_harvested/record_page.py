"""What a notebook shows for a harvested dataset: what its source says, escaped, and its first rows once here."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from .._deprecation import tell_retirement
from .._display import SAMPLE_FIELDS, SAMPLE_ROWS
from .._entries.entry import EntryField, choose_text
from .._field_words import FIELD_WORDS
from .._markup import frame, heading, in_both, languages, scroll, shorten, table
from .._messages import N_, translate
from .._plain_text import take_markup_off
from .._records.source_titles import title_source
from .._vocabulary import licenses
from .column_words import explain_column

if TYPE_CHECKING:
    from .harvested_dataset import HarvestedDataset

_SHOWN_FIELDS = 60
_LONGEST = 1_000  # characters of a stranger's description
_NOT_HERE = N_("The data is not here yet; .polars() or .fetch() brings it from its source.")


def harvested_html(dataset: HarvestedDataset) -> str:
    """Return a harvested dataset as HTML: title, description, origin, licence, and fields and rows where they are."""
    first, _ = languages()
    description = shorten(take_markup_off(dataset.entry.description_in(first)), to=_LONGEST)
    retired = tell_retirement(dataset.entry, language=first)
    return frame(
        f"<h4>{escape(dataset.title(first))}</h4>",
        f"<p><strong>{escape(shorten(retired, to=_LONGEST))}</strong></p>" if retired else "",
        f"<p>{escape(description)}</p>" if description else "",
        _facts(dataset),
        "" if dataset.is_present else f'<p class="muted">{escape(translate(_NOT_HERE, language=first))}</p>',
        _fields(dataset.entry.fields),
        _sample(dataset) if dataset.is_present else "",
    )


def _facts(dataset: HarvestedDataset) -> str:
    first, _ = languages()
    entry = dataset.entry
    license = licenses().get(entry.license or "")
    said = ", ".join(entry.license_texts) or "–"
    publisher = choose_text(entry.publisher.title, language=first) if entry.publisher is not None else "–"
    facts = [
        (N_("id"), f"<code>{escape(entry.id)}</code>"),
        (N_("version"), f"<code>{escape(dataset.version or '–')}</code>"),
        (N_("rows"), f"{dataset.rows:,}" if dataset.rows is not None else "–"),
        (N_("publisher"), escape(publisher)),
        (N_("licence"), escape(license.title[first] if license is not None else shorten(said, to=200))),
        (N_("harvested from"), escape(title_source(entry.source or "–", language=first))),
    ]
    if entry.homepage.startswith(("http://", "https://")):
        facts.append((N_("source"), f'<a href="{escape(entry.homepage)}">{escape(shorten(entry.homepage))}</a>'))
    rows = "".join(f'<tr><th scope="row">{escape(in_both(fact))}</th><td>{value}</td></tr>' for fact, value in facts)
    return f'<table class="stack"><tbody>{rows}</tbody></table>'


def _fields(fields: Sequence[EntryField]) -> str:
    """Return the columns: those that were found in the data, before it is here those that the source names."""
    first, _ = languages()
    rows = [
        (
            f"<code>{escape(each.name)}</code>",
            escape(translate(FIELD_WORDS.get(each.type, each.type), language=first)),
            escape(shorten(explain_column(each, language=first), to=_LONGEST))
            + (f" ({escape(each.unit)})" if each.unit else ""),
        )
        for each in fields[:_SHOWN_FIELDS]
    ]
    if not rows:
        return ""
    return heading(N_("Fields")) + table([N_("field"), N_("type"), N_("meaning")], rows)


def _sample(dataset: HarvestedDataset) -> str:
    """Return the first rows; looking is not using, so `used` does not list it."""
    import polars as pl

    names = [each.name for each in dataset.fields[:SAMPLE_FIELDS]]
    rows = pl.scan_parquet(dataset.parquet_paths()).select(names).head(SAMPLE_ROWS).collect()
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(shorten('–' if cell is None else str(cell)))}</td>" for cell in row) + "</tr>"
        for row in rows.iter_rows()
    )
    return heading(N_("First rows")) + scroll(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
