"""Date words: how a date is written, as a person says it: year-month-day, 年-月-日, with an example from the file."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .._dates import EXCEL
from .._messages import N_, chosen_language, translate

_WORDS = {
    "%EY": N_("year of the Republic of China"),
    "%Y": N_("year"),
    "%y": N_("year in two figures"),
    "%m": N_("month"),
    "%d": N_("day"),
    "%b": N_("month's name"),
    "%B": N_("month's name"),
    "%H": N_("hour"),
    "%I": N_("hour"),
    "%M": N_("minute"),
    "%S": N_("second"),
    "%p": N_("AM or PM"),
    "%z": N_("distance from UTC"),
    "%.f": N_(".fraction"),
}
_TOKEN = re.compile(r"%(?:EY|\.f|[A-Za-z])")
_BETWEEN = {"en": "; ", "zh": "；"}


@dataclass(frozen=True)
class FormWords:
    """A form that a card may give, in words."""

    form: str

    def spoken(self, language: str | None = None) -> str:
        """Return the form in `language`; where signs such as 年 say it already, dots stand for the figures."""
        language = language or chosen_language()
        if self.form == EXCEL:
            return translate(N_("Excel's serial number of a day"), language=language)
        if language == "zh" and "年" in self.form:
            return _TOKEN.sub("…", self.form)
        words = {token: translate(word, language=language) for token, word in _WORDS.items()}
        return _TOKEN.sub(lambda match: words.get(match[0], match[0]), self.form)


@dataclass(frozen=True)
class FormExamples:
    """Forms, each with the first value that is written so and its line."""

    examples: tuple[tuple[str, int, str], ...]

    def spoken(self, language: str | None = None) -> str:
        """Return the list in `language`."""
        language = language or chosen_language()
        said = N_("“{value}” in line {line} ({form})")
        return _BETWEEN.get(language, "; ").join(
            translate(said, language=language, value=value, line=line, form=FormWords(form).spoken(language))
            for form, line, value in self.examples
        )
