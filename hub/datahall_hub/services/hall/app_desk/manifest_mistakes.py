"""What is wrong with a submitted manifest, told to its author: which field, and what belongs there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydantic import ValidationError

from datahall_hub.services.hall.faults import Fault
from datahall_hub.services.hall.wording import N_

LONGEST = 100  # characters of a name that are repeated
_MEND = N_("Mend it in app.yaml and submit again.")
_MEND_MORE = N_("Mend it in app.yaml, look at {others} there, too, and submit again.")
_WRONG = N_("“{field}” of the manifest is not of the form that it has to have.")
_FORMS = {  # by the last part of a field's name
    "id": N_("“{field}” of the manifest is no dataset’s identifier, such as weather/seattle-weather."),
    "url": N_("“{field}” of the manifest is no address: it begins with https://."),
    "show_source": N_("“{field}” of the manifest is true or false."),
    "thumbnail": N_("“{field}” of the manifest is the name of a PNG, JPEG or WebP picture."),
}
_TOLD = {  # by what pydantic calls a mistake
    "missing": N_("The manifest lacks “{field}”."),
    "model_type": N_("“{field}” of the manifest has parts of its own, each on a line below it."),
    "list_type": N_("“{field}” of the manifest is a list: [one, two], or a line with a hyphen for each."),
    "string_type": N_("“{field}” of the manifest is a text."),
    "string_too_short": N_("“{field}” of the manifest is empty."),
    "too_short": N_("“{field}” of the manifest is empty."),
    "extra_forbidden": N_("The manifest has a field that nobody reads: “{field}”."),
}
_IN_BOTH_LANGUAGES = N_("“{field}” of the manifest is told in both languages: en: and zh: on lines below it.")
_BILINGUAL = ("title", "summary")


class BadApp(Fault):
    """What was sent cannot become a version of an app."""

    status, code = 422, "bad-app"


def tell_mistakes(error: ValidationError) -> BadApp:
    """Return the first mistake in the reader's language, and the names of the other fields to look at."""
    first, *others = error.errors()
    field = _name(first["loc"])
    message = _TOLD.get(first["type"]) or _FORMS.get(str(first["loc"][-1]), _WRONG)
    if first["type"] == "model_type" and field in _BILINGUAL:
        message = _IN_BOTH_LANGUAGES
    more = dict.fromkeys(name for each in others if (name := _name(each["loc"])) != field)
    hint = _MEND_MORE if more else _MEND
    return BadApp(message, hint=hint, field=field, others=", ".join(more)[:LONGEST])


def refuse_unknown_words(field: str, words: Sequence[str], *, known: Iterable[str]) -> None:
    """Raise `BadApp` where a field names a word that is none of the hall's vocabulary."""
    listed = list(known)
    for word in words:
        if word not in listed:
            raise BadApp(
                N_("“{word}” under “{field}” is no word of this hall."),
                hint=N_("There are: {known}."),
                word=word[:LONGEST],
                field=field,
                known=", ".join(listed),
            )


def _name(place: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in place)[:LONGEST]
