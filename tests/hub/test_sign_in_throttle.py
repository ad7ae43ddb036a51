"""Claims about slowing down guesses: who is held, who is not, how much is remembered, and where requests come from."""

from __future__ import annotations

import pytest
from datahall_hub.client_addresses import HERE, find_client
from datahall_hub.sign_in_throttle import (
    FREE_FAILURES,
    FREE_FAILURES_OF_A_PLACE,
    KNOWN_BROWSER,
    PAUSE,
    PAUSE_OF_A_PLACE,
    REMEMBERED,
    SIGNED_IN,
    SignInThrottle,
)
from datahall_hub.sign_up_limit import DAY, MOST_FROM_A_PLACE, SignUpLimit

HOME, ELSEWHERE = "192.0.2.1", "203.0.113.9"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def fail(throttle: SignInThrottle, name: str, *, place: str, times: int = FREE_FAILURES) -> None:
    for _ in range(times):
        throttle.note_failure(name, place=place)


def test_after_wrong_attempts_one_more_a_minute() -> None:
    clock = Clock()
    throttle = SignInThrottle(clock)
    for _ in range(FREE_FAILURES):
        assert not throttle.is_blocked("alice", place=HOME)
        throttle.note_failure("alice", place=HOME)
    assert throttle.is_blocked("alice", place=HOME)
    assert not throttle.is_blocked("bob", place=HOME)
    clock.now += PAUSE
    assert not throttle.is_blocked("alice", place=HOME)
    throttle.note_failure("alice", place=HOME)
    assert throttle.is_blocked("alice", place=HOME)
    throttle.forget("alice", place=HOME)
    assert not throttle.is_blocked("alice", place=HOME)


def test_a_stranger_elsewhere_locks_nobody_out() -> None:
    throttle = SignInThrottle(Clock())
    fail(throttle, "alice", place=ELSEWHERE, times=1000)
    assert not throttle.is_blocked("alice", place=HOME)


@pytest.mark.parametrize("place", [KNOWN_BROWSER, SIGNED_IN])
def test_others_failures_do_not_reach_a_place_of_ones_own(place: str) -> None:
    throttle = SignInThrottle(Clock())
    fail(throttle, "alice", place=HOME, times=1000)
    fail(throttle, "bob", place=place)
    assert not throttle.is_blocked("alice", place=place)
    assert throttle.is_blocked("bob", place=place)


def test_one_place_that_tries_many_names_is_held() -> None:
    clock = Clock()
    throttle = SignInThrottle(clock)
    for number in range(FREE_FAILURES_OF_A_PLACE):
        assert not throttle.is_blocked(f"name{number}", place=ELSEWHERE)
        throttle.note_failure(f"name{number}", place=ELSEWHERE)
    assert throttle.is_blocked("another", place=ELSEWHERE)
    assert not throttle.is_blocked("another", place=HOME)
    clock.now += PAUSE_OF_A_PLACE
    assert not throttle.is_blocked("another", place=ELSEWHERE)


def test_a_class_that_signs_in_rightly_is_not_counted() -> None:
    throttle = SignInThrottle(Clock())
    for number in range(3 * FREE_FAILURES_OF_A_PLACE):
        throttle.note_failure(f"name{number}", place=HOME)
        throttle.forget(f"name{number}", place=HOME)
    assert not throttle.is_blocked("another", place=HOME)


def test_many_unknown_names_push_nobodys_count_out() -> None:
    clock = Clock()
    throttle = SignInThrottle(clock)
    fail(throttle, "victim", place=ELSEWHERE)
    for number in range(REMEMBERED + 100):
        throttle.note_failure(f"name{number}", place=f"place {number % 300}")
    assert throttle.is_blocked("victim", place=ELSEWHERE)
    assert len(throttle._pairs) == REMEMBERED
    clock.now += 10 * PAUSE
    throttle.note_failure("late", place=HOME)
    assert len(throttle._pairs) == 1  # what had ended made room


def test_places_without_room_share_one_count() -> None:
    throttle = SignInThrottle(Clock())
    for number in range(REMEMBERED + FREE_FAILURES_OF_A_PLACE):
        throttle.note_failure("alice", place=f"place {number}")
    assert len(throttle._places) <= REMEMBERED + 1
    assert throttle.is_blocked("alice", place=HOME)
    assert not throttle.is_blocked("alice", place=KNOWN_BROWSER)


def test_impossible_names_take_no_room() -> None:
    throttle = SignInThrottle(Clock())
    for number in range(20):
        throttle.note_failure("x" * 10_000 + str(number), place=HOME)
    assert len(throttle._pairs) == 1


@pytest.mark.parametrize(
    ("forwarded", "trusted", "client"),
    [
        pytest.param("203.0.113.9", (), "203.0.113.9", id="as the proxy wrote it"),
        pytest.param("10.0.0.1, 203.0.113.9", (), "203.0.113.9", id="what the sender wrote does not count"),
        pytest.param("::ffff:203.0.113.9", (), "203.0.113.9", id="IPv4 on an IPv6 socket"),
        pytest.param("2001:db8:1:2:3:4:5:6", (), "2001:db8:1:2::/64", id="an IPv6 network"),
        pytest.param("10.0.0.1,203.0.113.9,127.0.0.1", ("127.0.0.1",), "203.0.113.9", id="behind another server"),
        pytest.param("203.0.113.9,127.0.0.1", (), "127.0.0.1", id="no other server is trusted unasked"),
        pytest.param("", (), HERE, id="without the proxy"),
        pytest.param("<script>", (), HERE, id="not an address"),
        pytest.param("127.0.0.1", ("127.0.0.1",), HERE, id="nothing but trusted ones"),
    ],
)
def test_where_a_request_comes_from(forwarded: str, trusted: tuple[str, ...], client: str) -> None:
    assert find_client(forwarded, trusted=trusted) == client


def test_one_place_cannot_fill_the_list_of_sign_ups() -> None:
    clock = Clock()
    limit = SignUpLimit(clock)
    waiting = {f"name{number}" for number in range(MOST_FROM_A_PLACE)}
    for name in waiting:
        assert not limit.is_reached(ELSEWHERE, waiting=waiting)
        limit.note(name, place=ELSEWHERE)
    assert limit.is_reached(ELSEWHERE, waiting=waiting)
    assert not limit.is_reached(HOME, waiting=waiting)
    assert not limit.is_reached(ELSEWHERE, waiting=waiting - {"name7"})  # an admin has decided about one
    limit.note("name7", place=ELSEWHERE)
    clock.now += DAY
    assert not limit.is_reached(ELSEWHERE, waiting=waiting)
