"""Who has which seat: how many visitors may have a kernel, of them of one app, and from one address of the network.

A share leaves room for others: neither one app that everybody opens, nor one address that opens everything, takes all.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import psutil

FOR_ONE = 100_000_000  # bytes: a visit of an app with its libraries holds some 40 MB of its own, and computes
FEWEST, MOST = 4, 200
LEAST_SHARE = 4


def count_seats(memory: int | None = None) -> int:
    """Return as many seats as half of `memory` bytes holds; of the machine's where nothing is given."""
    total = psutil.virtual_memory().total if memory is None else memory
    return min(MOST, max(FEWEST, total // 2 // FOR_ONE))


class NoSeatError(Exception):
    """As many visitors as the operator allows are being served, or as many of one app or address."""


class ShareUsedUpError(NoSeatError):
    """There may be seats, but none more for this app, or for this address, of which one is named."""

    def __init__(self, message: str, *, app: str | None = None, address: str | None = None) -> None:
        super().__init__(message)
        self.app, self.address = app, address


@dataclass(frozen=True)
class _Taken:
    app: str
    address: str | None  # None has no share of its own
    is_spare: bool = False


class Seats:
    """All seats, by the ids of the kernels that they are for."""

    def __init__(self, number: int, *, per_app: int = 0, per_address: int = 0) -> None:
        """Take how many there are, and how many of them are for one app and one address: 0 for three quarters."""
        self.number, self._per_app, self._per_address = number, per_app, per_address
        self._taken: dict[str, _Taken] = {}

    def __contains__(self, kernel_id: object) -> bool:
        """Return whether a kernel has a seat."""
        return kernel_id in self._taken

    def __iter__(self) -> Iterator[str]:
        """Iterate over the ids of kernels that have one."""
        return iter(self._taken)

    @property
    def taken(self) -> int:
        """How many seats visitors have."""
        return len(self._taken) - self.spare

    @property
    def spare(self) -> int:
        """How many seats kernels have that wait for a visitor."""
        return sum(each.is_spare for each in self._taken.values())

    @property
    def free(self) -> int:
        """How many seats nobody has."""
        return self.number - len(self._taken)

    def take(self, *, app: str, address: str | None) -> str:
        """Return the id under which a kernel may be started for a visitor of `app` from `address`.

        Raises
        ------
        NoSeatError
            If no seat is left; `ShareUsedUpError` if none is left for this app or address.
        """
        return self._note(_Taken(app, address))

    def take_spare(self, *, app: str) -> str:
        """Return the id under which a kernel may be started that waits for a visitor; raise the same."""
        return self._note(_Taken(app, None, is_spare=True))

    def give_away(self, kernel_id: str, *, address: str | None) -> None:
        """Give the seat of a kernel that waits for a visitor to one; raise the same."""
        given = _Taken(self._taken[kernel_id].app, address)
        self._judge(given)
        self._taken[kernel_id] = given

    def release(self, kernel_id: str) -> bool:
        """Take a seat back; return whether a kernel had it."""
        return self._taken.pop(kernel_id, None) is not None

    def count_left(self, *, app: str) -> int:
        """Return how many more visitors of an app may have a seat, were there any."""
        return self._share(self._per_app) - self._count_visitors("app", app)

    def has_room(self, *, app: str, address: str | None) -> bool:
        """Return whether a visitor of `app` from `address` would find a seat."""
        try:
            self._judge(_Taken(app, address))
        except ShareUsedUpError:
            return False
        return self.free > 0

    def would_help(self, kernel_id: str, *, app: str, address: str | None) -> bool:
        """Return whether a visitor of `app` from `address` would find a seat if this kernel gave its own back."""
        taken = self._taken.pop(kernel_id, None)
        if taken is None:
            return False
        try:
            return self.has_room(app=app, address=address)
        finally:
            self._taken[kernel_id] = taken

    def _note(self, taken: _Taken) -> str:
        if not self.free:
            raise NoSeatError(f"all {self.number} seats are taken")
        self._judge(taken)
        kernel_id = str(uuid.uuid4())
        self._taken[kernel_id] = taken
        return kernel_id

    def _judge(self, asking: _Taken) -> None:
        share, own = self._share(self._per_app), self._count_visitors("app", asking.app)
        if asking.is_spare:  # one that nobody of the app may be given would only be in others' way
            own += sum(each.app == asking.app for each in self._taken.values() if each.is_spare)
        if own >= share:
            raise ShareUsedUpError(
                f"{asking.app} has {share} of {self.number} seats (setting apps_kernels_per_app)", app=asking.app
            )
        share = self._share(self._per_address)
        if asking.address and self._count_visitors("address", asking.address) >= share:
            raise ShareUsedUpError(
                f"one address has {share} of {self.number} seats (setting apps_kernels_per_address)",
                address=asking.address,
            )

    def _count_visitors(self, of: str, value: str) -> int:
        return sum(getattr(each, of) == value for each in self._taken.values() if not each.is_spare)

    def _share(self, setting: int) -> int:
        return setting or max(LEAST_SHARE, self.number * 3 // 4)
