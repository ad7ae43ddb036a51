"""A small sample of a column's different values, and what two of them say about how far the columns meet. Pure.

A sketch keeps the K smallest 64-bit hashes of the different values (Bar-Yossef et al. 2002, "Counting distinct
elements in a data stream"; Beyer et al. 2007, "On synopses for distinct-value estimation under multiset operations")
with the rows of each, and the heaviest values besides. What lies below a limit in two sketches is the same random
part of all values, so that the share of it which both hold estimates how far one column contains the other.

The hash of a value is BLAKE2b of 8 bytes over its text in UTF-8, read as a little-endian number: the same on every
machine and in every version of a library. (Theta sketches of Apache DataSketches take one value a call from Python
and keep no rows of it, from which the share of *rows* is estimated here.)
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

SAMPLE = 4096  # hashes of a column: an error of 1.6 points at worst, where both columns are as large
HEAVY = 64  # the values with most rows are known for certain, so that a skewed column is estimated as well
MARKS = 32  # numbers are described by so many equal parts
_EVERYTHING = 1 << 64
_Z = 1.96  # 95 %

Kind = Literal["text", "digits", "integer", "year", "date", "datetime", "calendar"]
Hashes = NDArray[np.uint64]
Counts = NDArray[np.uint32]


@dataclass(frozen=True, eq=False)
class Sketch:
    """What is kept of the values of one column, or of two that are read together.

    Attributes
    ----------
    columns : tuple of str
        The column; a place or thing and its time where rows are told apart by both.
    kind : str
        What the values look like.
    rows, filled, distinct : int
        All rows, those with a value, and the different values; counted, not estimated.
    marks : tuple of int
        Bounds of equal parts of the numbers, or of codes of digits; empty for others.
    universe : float
        How many numbers lie between the bounds, or how many texts of such lengths and alphabets there are.
    limit : int
        Below it every hash is in `hashes`; 2**64 where the sketch holds all values.
    heavy : int
        Every value in more rows than that is in `hashes`, too.
    hashes, counts : numpy.ndarray
        Sorted hashes, and in how many rows each value stands.
    """

    columns: tuple[str, ...]
    kind: Kind
    rows: int
    filled: int
    distinct: int
    marks: tuple[int, ...]
    universe: float
    limit: int
    heavy: int
    hashes: Hashes
    counts: Counts

    @property
    def is_unique(self) -> bool:
        """Whether every row has a value of its own."""
        return self.distinct == self.rows > 0

    @property
    def is_whole(self) -> bool:
        """Whether all values are known, none only estimated."""
        return self.limit == _EVERYTHING


@dataclass(frozen=True)
class Overlap:
    """How far one column's values are found in another.

    Attributes
    ----------
    share, low, high : float
        Of the rows with a value, those that find a partner, and the bounds within which that lies in 95 of 100 cases.
    values : int
        How many different values both hold, estimated.
    seen : int
        How many of these were seen in the sketches.
    """

    share: float
    low: float
    high: float
    values: int
    seen: int


def hash_texts(texts: Iterable[bytes]) -> Hashes:
    """Return the hash of each text, which is given in UTF-8."""
    digest = hashlib.blake2b
    digests = b"".join([digest(text, digest_size=8).digest() for text in texts])  # a list is faster than a generator
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def mark_ranks(values: int) -> list[int]:
    """Return which of so many sorted values mark equal parts of them."""
    return [round(step * (values - 1) / MARKS) for step in range(MARKS + 1)]


def sample_hashes(hashes: Hashes, counts: Counts, *, size: int = SAMPLE) -> tuple[Hashes, Counts, int, int]:
    """Return the smallest hashes and the heaviest values, sorted, and two limits.

    No hash below the first is missing, and no value with more rows than the second.
    """
    values = len(hashes)
    heavy = int(np.partition(counts, values - HEAVY - 1)[values - HEAVY - 1]) if values > HEAVY else 0
    if values <= size:
        order = np.argsort(hashes)
        return hashes[order], counts[order], _EVERYTHING, heavy
    limit = np.partition(hashes, size - 1)[size - 1]
    kept = np.flatnonzero((hashes <= limit) | (counts > heavy))
    order = kept[np.argsort(hashes[kept])]
    return hashes[order], counts[order], int(limit), heavy


def estimate_overlap(asked: Sketch, other: Sketch) -> Overlap:
    """Return which share of the rows of `asked` finds its value in `other`.

    Values whose hash lies below the other's limit are surely in it or surely not. The heaviest of them are counted
    as they are; those below both limits are a random part of all others, for which the ratio estimator of cluster
    sampling speaks (Cochran 1977, §6), with Wilson's interval for the effective size that skewed counts leave (Kish).
    """
    if not asked.filled or not len(other.hashes):
        return Overlap(0.0, 0.0, 0.0, 0, 0)
    found = np.isin(asked.hashes, other.hashes, assume_unique=True)
    seen = int(found.sum())
    is_heavy = asked.counts > asked.heavy
    is_known, is_sampled = _is_below(asked.hashes, other.limit), _is_below(asked.hashes, asked.limit)
    counts = asked.counts.astype(np.float64)
    certain = is_heavy & (is_known | found)
    random = ~is_heavy & is_known & is_sampled
    values = _scale_values(asked, found=found, drawn=is_known & is_sampled)
    sure, hits = float(counts[certain].sum()), float(counts[certain & found].sum())
    heavy_unknown = float(counts[is_heavy & ~certain].sum())
    rest = max(asked.filled - sure - heavy_unknown, 0.0)
    share, low, high = _estimate_share(
        counts[random], found[random], all_rows=rest, all_values=asked.distinct - int(is_heavy.sum())
    )
    total = float(asked.filled)
    middle = (hits + rest * share + heavy_unknown * share) / total
    return Overlap(
        share=middle,
        low=max(0.0, (hits + rest * low) / total),
        high=min(1.0, (hits + rest * high + heavy_unknown) / total),
        values=values,
        seen=seen,
    )


def _is_below(hashes: Hashes, limit: int) -> NDArray[np.bool_]:
    return np.ones(len(hashes), dtype=bool) if limit >= _EVERYTHING else hashes < np.uint64(limit)


def _scale_values(asked: Sketch, *, found: NDArray[np.bool_], drawn: NDArray[np.bool_]) -> int:
    sample = int(drawn.sum())
    if not sample:
        return int(found.sum())
    return max(int(found.sum()), round(asked.distinct * float(found[drawn].sum()) / sample))


def _estimate_share(
    counts: NDArray[np.float64], found: NDArray[np.bool_], *, all_rows: float, all_values: int
) -> tuple[float, float, float]:
    """Return the share of rows found in a random part of the values, and its bounds."""
    if all_rows <= 0 or all_values <= 0:
        return 0.0, 0.0, 0.0
    drawn = float(counts.sum())
    if not drawn:
        return 0.5, 0.0, 1.0  # nothing is known of them
    share = float(counts[found].sum()) / drawn
    if len(counts) >= all_values:
        return share, share, share
    effective = drawn**2 / float((counts**2).sum())
    effective /= 1 - len(counts) / all_values  # of few values, most of which were drawn, little stays unknown
    middle = (share + _Z**2 / (2 * effective)) / (1 + _Z**2 / effective)
    spread = _Z * np.sqrt(share * (1 - share) / effective + _Z**2 / (4 * effective**2)) / (1 + _Z**2 / effective)
    low = 0.0 if share == 0 else max(0.0, float(middle - spread))  # not a rounding error away from it
    high = 1.0 if share == 1 else min(1.0, float(middle + spread))
    return share, low, high
