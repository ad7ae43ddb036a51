"""What a steward's form must hold to become an answer. Pure, but for looking up what the form names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from datahall_hub.services.hall.voices.free_text import clean_line, clean_text, has_control_characters
from datahall_hub.services.hall.voices.voice import REASONS, STATES, Answer, Voice
from datahall_hub.services.hall.wording import N_

LONGEST_ANSWER = 4_000  # characters
LONGEST_SHOWN = 2_000
LONGEST_TITLE = 120
LONGEST_NUMBER = 10  # digits

PROBLEMS = {
    "state": N_("Choose how this stands."),
    "reason": N_("Say why it cannot be opened."),
    "version": N_("This dataset has no such version. Its page lists those there are."),
    "opened_as": N_("There is no dataset with this identifier."),
    "duplicate_of": N_("There is no other public message with this number that is not itself marked as asked before."),
    "answer": N_("Write an answer in at least one language."),
    "long": N_("This is too long: 4,000 characters of an answer, 2,000 of a message and 120 of a title are the most."),
    "control": N_("There are characters in this that cannot be shown. Type it anew instead of pasting it."),
    "looked": N_("Confirm that you have looked at the personal data, or take them out of the text."),
    "outdated": N_("Somebody else has changed this meanwhile. Look at what stands now, and send it again if need be."),
}


@dataclass(frozen=True)
class Lookups:
    """How it is found out whether what a form names is there."""

    has_version: Callable[[str, str], bool]
    has_dataset: Callable[[str], bool]
    find_voice: Callable[[int], Voice | None]
    find_personal_data: Callable[[str], tuple[str, ...]]


@dataclass(frozen=True)
class AnswerForm:
    """A steward's form as it was filled in."""

    state: str = ""
    reason: str = ""
    version: str = ""
    duplicate_of: str = ""
    opened_as: str = ""
    answer_en: str = ""
    answer_zh: str = ""
    shown_text: str = ""
    title: str = ""  # empty: as it is
    has_name: bool = True
    has_looked: bool = False


def check_answer(form: AnswerForm, *, voice: Voice, lookups: Lookups) -> Answer | str:
    """Return the answer that `form` makes of `voice`, or the key of what is wrong with it in `PROBLEMS`."""
    state = STATES.get(form.state)
    if state is None or voice.kind not in state.kinds or (state.id == "waiting" and voice.state != "waiting"):
        return "state"
    answers = [clean_text(form.answer_en), clean_text(form.answer_zh)]
    shown, title = clean_text(form.shown_text), clean_line(form.title) or voice.title
    if any(has_control_characters(text) for text in (*answers, shown, form.title, form.version, form.opened_as)):
        return "control"
    if len(shown) > LONGEST_SHOWN or len(title) > LONGEST_TITLE or max(map(len, answers)) > LONGEST_ANSWER:
        return "long"
    if state.id in {"answered", "unfounded"} and not any(answers):
        return "answer"
    name = voice.name if form.has_name else ""
    if state.is_public and not form.has_looked and lookups.find_personal_data(f"{title}\n{shown}\n{name}"):
        return "looked"
    named = _check_named(form, voice=voice, lookups=lookups)
    if isinstance(named, str):
        return named
    shown_text = None if shown in {voice.text, ""} and voice.shown_text is None else shown
    return replace(
        named,
        answer_en=answers[0],
        answer_zh=answers[1],
        shown_text=shown_text,
        title=title if title != voice.title else None,
        has_name=form.has_name,
    )


def _check_named(form: AnswerForm, *, voice: Voice, lookups: Lookups) -> Answer | str:
    """Return the state with what belongs to it: the reason, the version, the dataset or the other message."""
    match form.state:
        case "declined":
            return Answer(form.state, reason=form.reason) if form.reason in REASONS else "reason"
        case "mended" if voice.kind == "report":
            version = clean_line(form.version)
            is_there = voice.dataset is not None and lookups.has_version(voice.dataset, version)
            return Answer(form.state, version=version) if is_there else "version"
        case "opened":
            dataset = clean_line(form.opened_as)
            return Answer(form.state, opened_as=dataset) if lookups.has_dataset(dataset) else "opened_as"
        case "duplicate":
            return _check_duplicate(form, voice=voice, lookups=lookups)
    return Answer(form.state)


def _check_duplicate(form: AnswerForm, *, voice: Voice, lookups: Lookups) -> Answer | str:
    text = form.duplicate_of.strip().removeprefix("#")
    if not (text.isascii() and text.isdigit() and len(text) < LONGEST_NUMBER):
        return "duplicate_of"
    other = lookups.find_voice(int(text))
    if other is None or other.number == voice.number or not other.is_public or other.state == "duplicate":
        return "duplicate_of"
    return Answer(form.state, duplicate_of=other.number)
