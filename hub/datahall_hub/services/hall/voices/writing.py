"""What a visitor's form must hold to become a draft. Pure: values in, a draft or problems out."""

from __future__ import annotations

from dataclasses import dataclass, field

from datahall_hub.services.hall.voices.free_text import (
    clean_line,
    clean_text,
    find_personal_data,
    has_control_characters,
    is_email,
)
from datahall_hub.services.hall.voices.voice import Draft, Kind
from datahall_hub.services.hall.wording import N_

# Characters that a field may hold; the form tells browsers, too.
LONGEST = {"title": 120, "text": 2_000, "name": 60, "email": 200}
SHORTEST_TEXT = 10  # characters; less is no description of anything

TOO_LONG = N_("This is too long: {n} characters are the most.")
MISSING = N_("Please fill this in.")
TOO_SHORT = N_("Please describe it in a sentence or two.")
CONTROL = N_("There are characters in this that cannot be shown. Type it anew instead of pasting it.")
NO_EMAIL = N_("This is no e-mail address. Correct it, or leave the field empty.")


@dataclass(frozen=True)
class Writing:
    """A form as it was filled in; `problems` by field, each a message and its values."""

    title: str = ""
    text: str = ""
    name: str = ""
    email: str = ""
    problems: dict[str, tuple[str, int]] = field(default_factory=dict)


def check_writing(writing: Writing, *, kind: Kind, dataset: str | None, language: str) -> Draft | Writing:
    """Return the draft that `writing` makes, or it with its problems."""
    title, name, email = (clean_line(each) for each in (writing.title, writing.name, writing.email))
    text = clean_text(writing.text)
    values = {"title": title, "text": text, "name": name, "email": email}
    problems = {key: problem for key, value in values.items() if (problem := _find_problem(key, value))}
    problems |= {key: (CONTROL, 0) for key in values if has_control_characters(getattr(writing, key))}
    if problems:
        return Writing(writing.title, writing.text, writing.name, writing.email, problems)
    findings = find_personal_data(f"{title}\n{text}\n{name}")
    return Draft(kind, dataset, title, text, language, name, email, findings)


def _find_problem(key: str, value: str) -> tuple[str, int] | None:
    if len(value) > LONGEST[key]:
        return TOO_LONG, LONGEST[key]
    if key in {"title", "text"} and not value:
        return MISSING, 0
    if key == "text" and len(value) < SHORTEST_TEXT:
        return TOO_SHORT, 0
    if key == "email" and value and not is_email(value):
        return NO_EMAIL, 0
    return None
