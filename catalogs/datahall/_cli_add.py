"""How ``datahall add`` speaks to people: rows, findings by kind, and the draft card."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ._cli_output import print_rows, say
from ._messages import N_, join_sentences, speak

if TYPE_CHECKING:
    from ._adding.addition import Addition
    from ._adding.findings import Finding
    from ._adding.later_editions import Edition
    from ._adding.tables import AddedTable

_SEVERITIES = {"note": N_("note"), "warning": N_("warning"), "problem": N_("problem")}


def print_addition(addition: Addition) -> None:
    """Print what was found; the card last, since it is what a person goes on with."""
    from ._adding.drafts import TO_COMPLETE

    if addition.edition is not None:
        _print_edition(addition.edition, saved=addition.saved)
        return
    for table in addition.tables:
        _print_table(table)
    if addition.saved:
        _say_next(addition.saved)
    else:
        say(speak(N_("Nothing was written. To keep the card: datahall add … --save <theme>/<name>")))
    say(speak(N_("Only a person can know these; replace what the draft says: {keys}."), keys=", ".join(TO_COMPLETE)))


def _print_edition(edition: Edition, *, saved: Sequence[Path]) -> None:
    """Print how a newer file fits the card that is there, and what comes next."""
    counts = {"rows": edition.rows, "before": edition.rows_before}
    words = {name: f"{count:,}" if count is not None else "–" for name, count in counts.items()}
    print(speak(N_("A newer edition of {id}. Rows: {rows}; before: {before}."), id=edition.id, **words))
    print_rows([_cells(finding) for finding in edition.differences])
    if edition.fits:
        say(
            speak(N_("It fits the card. Written: {files}"), files=", ".join(map(str, saved))),
            speak(N_("Readers have the version before until: datahall publish {id}"), id=edition.id),
        )
    else:
        say(speak(N_("It does not fit the card, and nothing was changed.")))


def _say_next(saved: Sequence[Path]) -> None:
    """Say what was written and what comes next; the card is the first file."""
    card = saved[0]
    say(
        speak(N_("Written: {files}"), files=", ".join(map(str, saved))),
        speak(N_("It is a draft, which nobody else sees. Next:")),
        "  1. " + speak(N_("complete the card: {file}"), file=card),
        "  2. datahall validate " + shlex.quote(str(card)),
        "  3. datahall publish " + f"{card.parent.name}/{card.stem}",
    )


def _print_table(table: AddedTable) -> None:
    import yaml

    from ._adding.examples import shorten

    if table.name:
        print(shorten(table.name))
    print(speak(N_("Rows: {rows}. Fields: {fields}."), rows=f"{table.rows:,}", fields=len(table.fields)) + "\n")
    print_rows([_cells(finding) for finding in _first_of_each(table.findings)])
    if key := table.card.get("primary_key"):
        proposed = N_("Proposed as the primary key, since no value is missing or occurs twice: {names}.")
        print("\n" + speak(proposed, names=key[0]))
    print("\n" + yaml.safe_dump(table.card, allow_unicode=True, sort_keys=False, width=110))


def _first_of_each(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield one finding of each kind and field; its sentence says how many there are."""
    seen = set()
    for finding in findings:
        key = (finding.code, finding.field) if "count" in finding.message.values else finding
        if key not in seen:
            seen.add(key)
            yield finding


def _cells(finding: Finding) -> tuple[str, ...]:
    place = speak(N_("line {line}"), line=finding.line) if finding.line is not None else ""
    sentence = join_sentences(finding.message.spoken(), finding.done.spoken())
    return (speak(_SEVERITIES[finding.severity]), place, finding.field or "", sentence)
