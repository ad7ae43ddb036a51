"""One app, and one address, have a share of the seats, so that others find one, too."""

from __future__ import annotations

import contextlib

import pytest
from datahall_hub.services.apps.seats import NoSeatError, Seats, ShareUsedUpError

NEAR, FAR = "203.0.113.7", "203.0.113.8"
SHARES = [(12, 0, 9), (4, 0, 4), (2, 0, 2), (12, 5, 5)]


@pytest.mark.parametrize(("number", "setting", "share"), SHARES)
def test_one_address_has_a_share(number, setting, share):
    seats = Seats(number, per_address=setting)
    with contextlib.suppress(NoSeatError):
        while True:
            seats.take(app=f"app-{seats.taken % 3}", address=NEAR)
    assert seats.taken == share
    if share < number:
        seats.take(app="app-0", address=FAR)
        with pytest.raises(ShareUsedUpError, match="apps_kernels_per_address"):
            seats.take(app="app-1", address=NEAR)


@pytest.mark.parametrize(("number", "setting", "share"), SHARES)
def test_one_app_has_a_share(number, setting, share):
    seats = Seats(number, per_app=setting)
    with contextlib.suppress(NoSeatError):
        while True:
            seats.take(app="popular", address=None)
    assert seats.taken == share
    if share < number:
        seats.take(app="other", address=None)
        with pytest.raises(ShareUsedUpError, match=r"popular has .* apps_kernels_per_app"):
            seats.take(app="popular", address=FAR)


def test_a_seat_that_waits_counts_for_a_share_when_it_is_given_away():
    seats = Seats(5, per_app=3, per_address=1)
    waiting = [seats.take_spare(app="popular") for _ in range(2)]
    assert (seats.taken, seats.spare, seats.free) == (0, 2, 3)
    seats.give_away(waiting[0], address=NEAR)
    with pytest.raises(ShareUsedUpError):
        seats.give_away(waiting[1], address=NEAR)
    assert (seats.taken, seats.spare, seats.free) == (1, 1, 3)
    assert seats.release(waiting[0])
    assert not seats.release(waiting[0])
    seats.give_away(waiting[1], address=NEAR)
    assert list(seats) == [waiting[1]]


def test_seats_that_wait_are_no_more_than_an_app_may_have():
    seats = Seats(12)
    for _ in range(8):
        seats.take(app="popular", address=None)
    assert seats.count_left(app="popular") == 1
    seats.take_spare(app="popular")
    with pytest.raises(ShareUsedUpError, match="popular"):
        seats.take_spare(app="popular")
    seats.take_spare(app="other")
    assert (seats.taken, seats.spare, seats.free) == (8, 2, 2)


def test_a_seat_helps_whom_its_own_share_has_kept_out():
    seats = Seats(12, per_app=2, per_address=2)
    popular = [seats.take(app="popular", address=NEAR) for _ in range(2)]
    other = seats.take(app="other", address=FAR)
    assert seats.has_room(app="other", address=FAR)
    assert not seats.has_room(app="popular", address=FAR)
    assert seats.would_help(popular[0], app="popular", address=FAR)
    assert not seats.would_help(other, app="popular", address=FAR)
    assert not seats.has_room(app="new", address=NEAR)
    assert seats.would_help(popular[1], app="new", address=NEAR)
    assert not seats.would_help(other, app="new", address=NEAR)
    assert not seats.would_help("nobody", app="new", address=NEAR)
    assert seats.taken == 3


def test_all_seats_may_be_taken():
    seats = Seats(1)
    seats.take(app="one", address=None)
    with pytest.raises(NoSeatError, match="all 1 seats"):
        seats.take(app="other", address=None)
