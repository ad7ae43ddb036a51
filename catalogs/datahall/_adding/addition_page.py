"""What a notebook shows for an addition: each table's rows and fields, what was found, and the draft card."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from .._field_words import FIELD_WORDS
from .._markup import frame, heading, in_both, languages, shorten, table
from .._messages import N_, join_sentences, translate

if TYPE_CHECKING:
    from .addition import Addition
    from .findings import Finding
    from .tables import AddedTable

SHOWN_TABLES, SHOWN_FIELDS, SHOWN_FINDINGS = 20, 60, 30
_SEVERITIES = {"note": N_("note"), "warning": N_("warning"), "problem": N_("problem")}
_MORE = N_("and {count} more")
_CARD, _FINDINGS, _KEPT = N_("Draft card"), N_("What was found"), N_("Written: {files}")


def addition_html(addition: Addition) -> str:
    """Return an addition as HTML, in both languages, everything of the file escaped."""
    first, second = languages()
    told = "<br>".join(
        f'<span lang="{each}"{" class=muted" if each == second else ""}>{escape(addition.summary(each))}</span>'
        for each in (first, second)
    )
    saved = ""
    if addition.saved:
        files = ", ".join(map(str, addition.saved))
        saved = f"<p>{escape(translate(_KEPT, language=first, files=files))}</p>"
    shown = [_table(each) for each in addition.tables[:SHOWN_TABLES]]
    return frame(f"<p>{told}</p>", saved, *shown, _more(len(addition.tables) - SHOWN_TABLES))


def _table(added: AddedTable) -> str:
    import yaml

    fields = [
        (
            f"<code>{escape(shorten(str(each['name'])))}</code>",
            escape(translate(FIELD_WORDS[each["type"]], language=languages()[0])),
            escape(shorten(str(each.get("title", {}).get(languages()[0], "")))),
        )
        for each in added.fields[:SHOWN_FIELDS]
    ]
    found = [_finding(each) for each in added.findings[:SHOWN_FINDINGS]]
    card = yaml.safe_dump(added.card, allow_unicode=True, sort_keys=False, width=110)
    name = f"<h4>{escape(shorten(added.name))}</h4>" if added.name else ""
    return "".join(
        (
            name,
            heading(_FINDINGS) + table((N_("kind"), N_("where"), N_("what")), found) if found else "",
            _more(len(added.findings) - SHOWN_FINDINGS),
            heading(N_("Fields")) + table((N_("field"), N_("type"), N_("meaning")), fields),
            _more(len(added.fields) - SHOWN_FIELDS),
            f"<details><summary><strong>{escape(in_both(_CARD))}</strong></summary><pre>{escape(card)}</pre></details>",
        )
    )


def _finding(finding: Finding) -> tuple[str, ...]:
    first, _ = languages()
    line = translate(N_("line {line}"), language=first, line=finding.line) if finding.line is not None else ""
    place = " · ".join(filter(None, (finding.field or "", line)))
    sentence = join_sentences(finding.message.spoken(first), finding.done.spoken(first))
    return escape(translate(_SEVERITIES[finding.severity], language=first)), escape(shorten(place)), escape(sentence)


def _more(count: int) -> str:
    if count <= 0:
        return ""
    return f'<p class="muted">{escape(translate(_MORE, language=languages()[0], count=f"{count:,}"))}</p>'
