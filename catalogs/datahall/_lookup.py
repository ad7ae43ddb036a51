"""The datasets of the catalog, looked up: one by its id, or all; and the cards that are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import store
from ._cards import load_shelf
from ._dataset import Dataset
from .errors import N_, UnknownDataset, check_text

if TYPE_CHECKING:
    from ._card_problems import Problem


def datasets() -> list[Dataset]:
    """Return every dataset whose card is valid, sorted by id."""
    return [Dataset(loaded) for loaded in load_shelf().cards.values()]


def dataset(dataset_id: str) -> Dataset:
    """Return the dataset with this id, ``<theme>/<name>`` or ``<theme>/<name>@<version>``.

    Of a dataset that was harvested from another portal the id begins with ``harvested/``; what is returned is then a
    `HarvestedDataset`, whose data is brought here when it is first read.

    Raises
    ------
    UnknownDataset
        No card has the id (the message proposes near ones), or what follows ``@`` is not a version.
    WrongType
        The id is no text.

    Examples
    --------
    >>> dataset("weather/seattle-weather").card.license
    'LicenseRef-US-Government'
    """
    check_text(dataset_id, name="dataset_id", example='"weather/seattle-weather"')
    name, _, version = dataset_id.partition("@")
    if version and not store.VERSION.match(version):
        raise UnknownDataset(
            N_("{version} is not a version; versions look like 2024-05-01.3f9c2a1b."),
            code="unknown-version",
            version=repr(version),
        )
    if store.is_harvested(name):
        from ._harvested.harvested_dataset import open_harvested

        return open_harvested(name, version=version or None)
    return Dataset(store.find_card(name), version=version or None)


def invalid_cards() -> list[Problem]:
    """Return what is wrong with the cards that could not be read: file, line, field, message."""
    return list(load_shelf().problems)
