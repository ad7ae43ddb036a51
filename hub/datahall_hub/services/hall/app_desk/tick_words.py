"""What reviewers say when they approve a version that the checks could not wholly try: a claim for each thing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from datahall_hub.app_life.records import AppVersion
from datahall_hub.app_life.ticks import list_needed_ticks
from datahall_hub.services.hall.app_desk.desk import CHECK, AppDesk
from datahall_hub.services.hall.wording import N_, Words

CLAIMS = {
    "not-tried": N_("I have opened it in both languages, and it runs."),
    "too-much-text": N_("I have looked through all that it shows: there are no personal data and no secrets."),
    "accessibility-not-run": N_(
        "I have tried its page with the keyboard alone and at a phone’s width; all can use it."
    ),
    "thumbnail-not-run": N_("It can do without a picture."),
}
OTHER = N_("I have looked at this: {code}.")


@dataclass(frozen=True)
class Tick:
    """What is to be ticked, and whether it is."""

    code: str
    claim: str
    is_ticked: bool


def list_ticks(desk: AppDesk, version: AppVersion, *, ticked: Collection[str], words: Words) -> list[Tick]:
    """Return what a reviewer has to tick before they approve a version."""
    codes = list_needed_ticks(desk.find_record(version, CHECK))
    return [Tick(code, tell_claim(code, words=words), code in ticked) for code in codes]


def tell_claim(code: str, *, words: Words) -> str:
    """Return what somebody says who ticks this."""
    return words.text(CLAIMS.get(code, OTHER), code=code)
