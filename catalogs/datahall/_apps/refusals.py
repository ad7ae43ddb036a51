"""What a hall refuses, told in its own words; and in ours what only this side can know."""

from __future__ import annotations

import re
from typing import Any

from .._messages import N_, join_sentences, speak
from ..errors import DatahallError
from .addresses import HallAddress, Token
from .answers import in_one_line, read_problems
from .faults import AWAY, NotSignedIn, OutOfReach, Refused

_CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_AWAY = (502, 503, 504)  # what a proxy answers, too, in whose words ever
_TOO_LARGE, _NOT_SIGNED_IN = 413, 401
# What a person may be refused because the token of their server does less than they may.
_FOR_LACK_OF_RIGHTS = ("not-allowed", "no-such-app-version")


def tell_refusal(
    status: int, answer: dict[str, Any] | None, *, hall: HallAddress, token: Token | None
) -> DatahallError | None:
    """Return why the hall refuses; None where what answers does not speak as a hall does."""
    if status == _NOT_SIGNED_IN:
        return NotSignedIn(
            N_("The hall at {hall} does not know this token, or no longer."),
            hall=hall.url,
            hint=N_("Make one at {page}, and set DATAHALL_TOKEN to it."),
            page=hall.token_page,
        )
    error = (answer or {}).get("error")
    if not isinstance(error, dict) or not isinstance(error.get("code"), str):
        return _tell_by_status(status, hall=hall)
    code = error["code"] if _CODE.fullmatch(error["code"][:60]) else Refused.code
    words = in_one_line(error.get("message") or "") or speak(N_("The hall refuses this ({code})."), code=code)
    advice = in_one_line(error.get("hint") or "")
    if token is not None and token.is_of_server and code in _FOR_LACK_OF_RIGHTS:
        more = N_("The workbench's own token may do less than you: make another at {page}, and set DATAHALL_TOKEN.")
        advice = join_sentences(advice, speak(more, page=hall.token_page))
    told: dict[str, Any] = {"code": code, "words": words, "hint": "{advice}", "advice": advice}
    if status in _AWAY or code == AWAY:
        return OutOfReach("{words}", **told)
    return Refused("{words}", problems=read_problems(error), **told)


def _tell_by_status(status: int, *, hall: HallAddress) -> DatahallError | None:
    if status in _AWAY:
        return OutOfReach(
            N_("The hall at {hall} is not available at the moment."), hall=hall.url, hint=N_("Try again later.")
        )
    if status == _TOO_LARGE:
        return Refused(
            N_("The app is larger than {hall} takes."),
            code="too-large",
            hall=hall.url,
            hint=N_("Take pictures and data out of the notebook; data belongs into a dataset."),
        )
    return None
