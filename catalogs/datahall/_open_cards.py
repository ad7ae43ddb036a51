"""The card of a dataset that is to be read here: that there is one, and that its data is open."""

from __future__ import annotations

from ._cards import LoadedCard, load_card_of, load_card_or_draft, load_shelf
from .errors import N_, NotPresent


def find_card(dataset_id: str) -> LoadedCard:
    """Return the card with this id.

    Raises
    ------
    InvalidCard
        There is a card, but it has mistakes, of which the first is named.
    UnknownDataset
        There is none, and the nearest ids are named; or it is a draft (code ``draft``).
    """
    card = load_card_of(dataset_id)
    if card is not None:
        return card
    from ._missing_card import explain_missing

    raise explain_missing(dataset_id, shelf=load_shelf())


def require_open(loaded: LoadedCard) -> None:
    """Raise NotPresent unless the dataset is open: what is not, is neither fetched nor read here."""
    if loaded.card.access != "open":
        raise NotPresent(
            N_("{id} is not open data, and the store is readable for everybody."),
            code="not-open",
            id=loaded.id,
            hint=N_("Its publisher says on {homepage} how to ask for it.") if loaded.card.homepage else "",
            homepage=loaded.card.homepage,
        )


def require_still_open(loaded: LoadedCard) -> None:
    """Raise NotPresent where the dataset was withdrawn since, while somebody held its lock or its rows were made."""
    found = load_card_or_draft(loaded.id) if loaded.card.draft else load_card_of(loaded.id)
    if found is not None:
        require_open(found)
