"""The parameters of one call, as the values that actions want: what is not understood is refused by name.

In an address everything is text, in a JSON body numbers and lists may be such; CKAN's clients send both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from datahall_hub.services.hall.ckan.faults import Invalid
from datahall_hub.services.hall.wording import N_

LONGEST_TEXT = 2_000  # characters of one parameter
MOST_VALUES = 100  # of a list
LARGEST = 1_000_000_000  # no hall holds more

_TRUTHS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


class Arguments:
    """The parameters of one call."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    @property
    def names(self) -> list[str]:
        """What was given."""
        return list(self._values)

    def text(self, name: str, default: str = "") -> str:
        """Return a text; a number stands for its digits."""
        value = self._values.get(name)
        if value is None:
            return default
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise Invalid(name, N_("{name} is not a text."), name=name)
        return self._checked(name, str(value))

    def needed_text(self, *names: str) -> str:
        """Return the first of these texts that is given; one must be."""
        for name in names:
            if value := self.text(name):
                return value
        raise Invalid(names[0], N_("Missing value: {name}"), name=names[0])

    def number(self, name: str, default: int, *, least: int = 0) -> int:
        """Return a whole number."""
        text = self.text(name).strip()
        if not text:
            return default
        try:
            number = int(text) if len(text) <= 20 and text.isascii() else None
        except ValueError:
            number = None
        if number is None:
            raise Invalid(name, N_("{name} is not a whole number."), name=name)
        if not least <= number <= LARGEST:
            raise Invalid(name, N_("{name} is not between {least} and {most}."), name=name, least=least, most=LARGEST)
        return number

    def truth(self, name: str, default: bool) -> bool:
        """Return a yes or no."""
        value = self._values.get(name)
        if isinstance(value, bool):
            return value
        text = self.text(name).strip().lower()
        if text and text not in _TRUTHS:
            raise Invalid(name, N_("{name} is neither true nor false."), name=name)
        return _TRUTHS.get(text, default)

    def texts(self, name: str) -> list[str]:
        """Return a list of texts: a list, JSON of one, or one text for a list of one."""
        value = self._values.get(name)
        if isinstance(value, str) and value.lstrip().startswith("["):
            value = _read_list(name, value)
        listed = value if isinstance(value, list) else [value] if value not in (None, "") else []
        if len(listed) > MOST_VALUES:
            raise Invalid(name, N_("{name} has too many values: {most} are the most."), name=name, most=MOST_VALUES)
        return [Arguments({name: each}).text(name) for each in listed]

    def refuse_others(self, known: frozenset[str]) -> None:
        """Refuse parameters that are not known: who sends one expects that it does something."""
        for name in self._values:
            if name not in known:
                raise Invalid(name, N_("The parameter {name} is not known here."), name=name[:100])

    @staticmethod
    def _checked(name: str, text: str) -> str:
        if len(text) > LONGEST_TEXT:
            raise Invalid(name, N_("{name} is too long: {most} characters are the most."), name=name, most=LONGEST_TEXT)
        if any(
            (ord(character) < 32 and character not in "\t\n\r") or "\ud800" <= character <= "\udfff"
            for character in text
        ):
            raise Invalid(name, N_("{name} holds control characters."), name=name)
        return text


def _read_list(name: str, text: str) -> list[Any]:
    try:
        value = json.loads(text[: LONGEST_TEXT * 10])
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, list):
        raise Invalid(name, N_("{name} is not a JSON list."), name=name)
    return value
