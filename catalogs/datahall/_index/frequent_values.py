"""Which publishers and places most datasets have, so that these stand together in the index.

What the values of a counted field are called stands in a dictionary that is packed in blocks, and of 70,000 publishers
the 200 that a search finds most often lie in nearly as many blocks. So what is counted begins with a sign: that of
frequent values or that of all others. Which are frequent is guessed from a sample when a large index is made, and kept
beside it, so that each value has one sign for as long as the index lasts; nothing but speed depends on the guess.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SAMPLE = 20_000  # records that are looked at
_OFTEN = 2  # times that a frequent value is met in them
_FREQUENT, _OTHER = "0", "1"

_FILE = "frequent.json"


@dataclass(frozen=True, slots=True)
class FrequentValues:
    """The publishers and places of an index that begin with the sign of frequent ones."""

    publishers: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()

    def sign_publisher(self, value: str) -> str:
        """Return what the publisher `value` is counted as."""
        return f"{_FREQUENT if value in self.publishers else _OTHER}{value}"

    def sign_place(self, value: str) -> str:
        """Return what the place `value` is counted as."""
        return f"{_FREQUENT if value in self.places else _OTHER}{value}"


def take_sign_off(counted: str) -> str:
    """Return the value that is counted as `counted`; nothing for what has none."""
    return counted[1:]


def find_frequent(entries: Iterable[tuple[str, Iterable[str]]]) -> FrequentValues:
    """Return what is frequent among the publisher and the places of each entry of a sample."""
    publishers: Counter[str] = Counter()
    places: Counter[str] = Counter()
    for publisher, several in entries:
        publishers[publisher] += 1
        places.update(several)
    return FrequentValues(_choose(publishers), _choose(places))


def _choose(met: Counter[str]) -> frozenset[str]:
    return frozenset(value for value, count in met.items() if count >= _OFTEN)


def save_frequent(found: FrequentValues, *, folder: Path) -> None:
    """Keep what is frequent beside the index in `folder`."""
    told = {"publishers": sorted(found.publishers), "places": sorted(found.places)}
    aside = folder / f".{_FILE}.new"
    aside.write_text(json.dumps(told))
    aside.replace(folder / _FILE)


def load_frequent(folder: Path) -> FrequentValues:
    """Return what `save_frequent` kept; nothing where that cannot be read."""
    try:
        told = json.loads((folder / _FILE).read_bytes())
        return FrequentValues(frozenset(told["publishers"]), frozenset(told["places"]))
    except (OSError, ValueError, KeyError, TypeError):
        return FrequentValues()
