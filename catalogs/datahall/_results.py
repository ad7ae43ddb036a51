"""A list of datasets, as a search gives it, shown as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, overload

from ._messages import N_, chosen_language, translate

if TYPE_CHECKING:
    from ._dataset import Dataset

NOTHING_FOUND = N_("No dataset holds all these words. Try fewer or other words.")


class Results(Sequence["Dataset"]):
    """Datasets, the best match first."""

    def __init__(self, datasets: Sequence[Dataset]) -> None:
        self._datasets = list(datasets)

    @overload
    def __getitem__(self, index: int) -> Dataset: ...
    @overload
    def __getitem__(self, index: slice) -> Results: ...
    def __getitem__(self, index: int | slice) -> Dataset | Results:
        return Results(self._datasets[index]) if isinstance(index, slice) else self._datasets[index]

    def __len__(self) -> int:
        return len(self._datasets)

    def __iter__(self) -> Iterator[Dataset]:
        return iter(self._datasets)

    def facets(self) -> dict[str, dict[str, int]]:
        """Return how many of these datasets have each theme, licence, access and publisher."""
        cards = [dataset.card for dataset in self._datasets]
        return {
            name: dict(Counter(getattr(card, name) for card in cards).most_common())
            for name in ("theme", "license", "access", "publisher")
        }

    def __repr__(self) -> str:
        from ._display import SYNTHETIC

        mark = f" ({translate(SYNTHETIC, language=chosen_language())})"
        lines = [
            f"{dataset.id:40} {dataset.title()}{mark if dataset.card.synthetic else ''}" for dataset in self._datasets
        ]
        return "\n".join(lines) or translate(NOTHING_FOUND, language=chosen_language())

    def _repr_html_(self) -> str:
        from ._display import results_html

        return results_html(self)
