"""Slows down the guessing of join codes: wrong ones are counted for the place that they come from."""

from __future__ import annotations

import time

from jupyterhub.handlers import BaseHandler

from datahall_hub.sign_in_throttle import FailureCount

# A class behind one address mistypes a code that is read out; a script of hundreds is stopped.
FREE_GUESSES = 60
PAUSE = 10.0  # seconds until one more is free
_KEY = "datahall_join_guesses"


def find_join_guesses(handler: BaseHandler) -> FailureCount:
    """Return the hub's count of wrong join codes; it is forgotten when the hub starts."""
    if _KEY not in handler.settings:
        handler.settings[_KEY] = FailureCount(free=FREE_GUESSES, pause=PAUSE, clock=time.monotonic)
    return handler.settings[_KEY]  # type: ignore[no-any-return]  # tornado keeps anything there
