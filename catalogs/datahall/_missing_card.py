"""What is said of an id that no valid card has: that its card has mistakes, or which ids are near."""

from __future__ import annotations

from ._cards import Shelf
from ._nearest import find_near_ids
from .errors import N_, DatahallError, InvalidCard, UnknownDataset


def explain_missing(dataset_id: str, *, shelf: Shelf) -> DatahallError:
    """Return the error for an id that is not among the shelf's cards; `store.find_card` raises it."""
    problems = shelf.problems_of(dataset_id)
    if problems:
        return InvalidCard(
            N_("The card of {id} has mistakes ({count} in all), so its data is not read. {first}"),
            id=repr(dataset_id),
            count=len(problems),
            first=problems[0].error,
            hint=N_("Correct the card; `datahall validate` at a terminal names every mistake."),
            terminal_hint=N_("Correct the card; `datahall validate` names every mistake."),
        )
    if dataset_id in shelf.drafts:
        return UnknownDataset(
            N_("{id} is a draft, which nobody but its maker sees."),
            code="draft",
            id=repr(dataset_id),
            name=dataset_id,
            file=shelf.drafts[dataset_id].file,
            hint=N_("Complete {file}, and then: datahall publish {name}"),
        )
    near = find_near_ids(dataset_id, list(shelf.cards))
    return UnknownDataset(
        N_("There is no dataset {id}."),
        id=repr(dataset_id),
        near=", ".join(near),
        hint=N_("Did you mean {near}?") if near else N_("datahall.datasets() lists them all."),
        terminal_hint="" if near else N_("`datahall search` lists them all."),
    )
