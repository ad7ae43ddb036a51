"""Random draws by index: the same on every machine, for any index alone, in any order.

The generator is SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014): the n-th
value is a mix of key + (n + 1) · GOLDEN, so no state is carried from row to row. Everything is whole numbers:
floating-point functions may differ in their last bit between machines.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from math import gcd

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]
Raw = npt.NDArray[np.uint64]

GOLDEN = 0x9E3779B97F4A7C15
FINENESS = 1 << 16  # shares are kept in this many parts


@lru_cache(maxsize=4096)
def key_of(seed: int, stream: str) -> int:
    """Return the key of a stream of draws: streams of other names or seeds have nothing in common."""
    return int.from_bytes(hashlib.sha256(f"datahall practice/{seed}/{stream}".encode()).digest()[:8])


def draw(key: int, index: Whole | Raw) -> Raw:
    """Return 64 random bits for each index."""
    bits = index.astype(np.uint64)
    bits += np.uint64(1)
    bits *= np.uint64(GOLDEN)
    bits += np.uint64(key)
    bits ^= bits >> np.uint64(30)
    bits *= np.uint64(0xBF58476D1CE4E5B9)
    bits ^= bits >> np.uint64(27)
    bits *= np.uint64(0x94D049BB133111EB)
    bits ^= bits >> np.uint64(31)
    return bits


def below(bits: Raw, limit: int | Whole) -> Whole:
    """Return whole numbers from 0 to limit - 1, all as likely; `limit` is at most 2**31 and may differ by row."""
    high = bits >> np.uint64(32)
    high *= np.asarray(limit).astype(np.uint64)
    high >>= np.uint64(32)
    return high.view(np.int64)


class Shares:
    """Choices with unequal shares; one is picked with 16 of a draw's bits."""

    def __init__(self, weights: Sequence[int]) -> None:
        ends = np.cumsum(np.asarray(weights, dtype=np.int64))
        ends = ends * FINENESS // int(ends[-1])
        self._choice = np.repeat(np.arange(len(weights), dtype=np.int64), np.diff(ends, prepend=0))

    def pick(self, bits: Raw) -> Whole:
        """Return the number of the choice for each draw."""
        picked: Whole = self._choice[bits >> np.uint64(48)]
        return picked


def happens(bits: Raw, *, per_mille: int | Whole) -> npt.NDArray[np.bool_]:
    """Say for each draw whether something of this probability happens."""
    return below(bits, 1000) < per_mille


def quantile(bits: Raw, *, points: Sequence[int]) -> Whole:
    """Return whole numbers whose quantiles, evenly spaced from lowest to highest, are `points`."""
    steps = len(points) - 1
    low = np.asarray(points[:-1], dtype=np.int64)
    span = np.diff(np.asarray(points, dtype=np.int64))
    place = below(bits, steps << 16)
    step = place >> 16
    values: Whole = low[step] + ((span[step] * (place & 0xFFFF)) >> 16)
    return values


def shuffle(index: Whole, *, count: int, key: int) -> Whole:
    """Return another order of 0 … count - 1, for any part of it; `count` is below 2**31."""
    factor = max(1, int(count * 0.6180339887) - key % 97)
    while gcd(factor, count) != 1:
        factor += 1
    return (index * factor + key % count) % count
