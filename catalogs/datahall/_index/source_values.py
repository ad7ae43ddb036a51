"""Which source somebody means: by the name that ids begin with, or by what pages show it as, in either language."""

from __future__ import annotations

from .._records.source_titles import list_shown
from .analysis import fold


def find_source(text: str) -> str | None:
    """Return the name of the one source that `text` means; None where it means none, or several.

    A portal may call itself what it likes, so the name of another one comes before its title.
    """
    shown, wanted = list_shown(), fold(text.strip())
    named = [name for name in shown if fold(name) == wanted]
    called = [name for name, titles in shown.items() if wanted in map(fold, titles.values())]
    found = named or called
    return found[0] if len(found) == 1 else None
