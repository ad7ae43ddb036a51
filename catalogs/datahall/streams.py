"""Following data that arrives, for whoever writes the store: the hall's fetch service, or a laptop's own loop."""

from __future__ import annotations

from . import store
from ._streams.following import Followed, follow

__all__ = ["Followed", "follow_stream"]


def follow_stream(dataset_id: str) -> Followed:
    """Ask the dataset's source once for what is new; make the version of a day that has passed.

    Parameters
    ----------
    dataset_id : str
        Of a dataset whose card names a stream as its source.

    Returns
    -------
    Followed
        The newest version, the records received now, and whether more are there at once.

    Raises
    ------
    UnknownDataset, NotPresent, SourceFailed, UnreadableSource, StoreFailed
    """
    loaded = store.find_card(dataset_id)
    store.require_open(loaded)
    return follow(loaded)
