"""What findings say: made from declared codes, told in the reader's language. `declarations` holds the words."""

from __future__ import annotations

import unicodedata
from collections import defaultdict

from datahall_hub.translations import load_translations

from .declarations import DECLARATIONS, WORDS
from .finding import Finding, Place

DOMAIN = "checks"
LONGEST_VALUE = 200  # characters; a value comes from whoever wrote the app
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})  # control characters, and marks that turn writing around


def make_finding(code: str, place: Place, /, **values: str | int | float) -> Finding:
    """Return a finding of a declared code; texts in `values` are made short and harmless."""
    kept = {name: clean_value(value) if isinstance(value, str) else value for name, value in values.items()}
    return Finding(code=code, severity=DECLARATIONS[code].severity, place=place, values=kept)


def clean_value(text: str) -> str:
    """Return `text` on one line, without signs that nobody sees, and cut where it is long."""
    seen = "".join(" " if c.isspace() else c for c in text[: 2 * LONGEST_VALUE] if not _is_unseen(c))
    line = " ".join(seen.split())
    is_cut = len(line) > LONGEST_VALUE or len(text) > 2 * LONGEST_VALUE
    return line[: LONGEST_VALUE - 1] + "…" if is_cut else line


def describe_finding(finding: Finding, *, language: str) -> dict[str, str]:
    """Return a finding's ``message`` and how to ``mend`` it; of a code that is no longer declared the code alone."""
    declared = DECLARATIONS.get(finding.code)
    if declared is None:
        return {"message": finding.code, "mend": ""}
    say = load_translations(DOMAIN, language=language).gettext
    values: defaultdict[str, object] = defaultdict(lambda: "…", finding.values)
    for name, words in WORDS.items():
        if (word := words.get(str(finding.values.get(name)))) is not None:
            values[name] = say(word).format_map(values)
    return {"message": say(declared.message).format_map(values), "mend": say(declared.mend).format_map(values)}


def _is_unseen(character: str) -> bool:
    return not character.isspace() and unicodedata.category(character) in _UNSEEN
