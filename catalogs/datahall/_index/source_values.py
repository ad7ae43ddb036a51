"""Which source somebody means: by the name that ids begin with, or by what pages show it as, in either language."""

from __future__ import annotations

from .._messages import LANGUAGES, translate
from .._records.record_store import RecordStore
from .._records.source_titles import OWN as OWN_TITLE
from .._records.source_titles import title_source
from ..errors import DatahallError
from .analysis import fold
from .schema import OWN


def find_source(text: str) -> str | None:
    """Return the name of the one source that `text` means; None where it means none, or several.

    A portal may call itself what it likes, so the name of another one comes before its title.
    """
    wanted, names = fold(text.strip()), (OWN, *_list_sources())
    if wanted in names:
        return wanted
    found = [name for name in names if wanted in {fold(_title(name, language)) for language in LANGUAGES}]
    return found[0] if len(found) == 1 else None


def _list_sources() -> tuple[str, ...]:
    try:
        return RecordStore().list_sources()
    except DatahallError:
        return ()  # a name does as well; nobody is refused a search for a title


def _title(name: str, language: str) -> str:
    return translate(OWN_TITLE, language=language) if name == OWN else title_source(name, language=language)
