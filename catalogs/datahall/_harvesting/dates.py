"""Dates and periods as portals write them; None where they are none, or could be two different ones."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from .words import find_frequency, fold

_ISO = re.compile(r"([+-]?\d{4})(?:-?(\d\d)(?:-?(\d\d)(?:[T ].*)?)?)?Z?$", re.DOTALL)
_NUMBERS = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?:[T ,].*)?$", re.DOTALL)
_YEAR_FIRST = re.compile(r"(\d{4})[./年](\d{1,2})(?:[./月](\d{1,2})日?)?月?(?:[T ].*)?$", re.DOTALL)
_WORDED = ("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%B %d %Y", "%b %d %Y", "%B %Y", "%b %Y",
           "%a, %d %b %Y", "%d-%b-%Y", "%d-%b-%y")  # fmt: skip
_MONTH_FIRST = re.compile(r"(\d{1,2})[./-](\d{4})$")
_MONTH = re.compile(r"(?:\d{4}-\d\d|\d{4}[./年]\d{1,2}月?|\d{1,2}[./-]\d{4})$")
_MONTHS = (
    ("janeiro", "fevereiro", "marco", "abril", "maio", "junho",
     "julho", "agosto", "setembro", "outubro", "novembro", "dezembro"),
    ("enero", "febrero", "marzo", "abril", "mayo", "junio",
     "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)  # fmt: skip
_MONTH_WORD = re.compile(r"(?:(\d{1,2})\s+de\s+)?([^\W\d_]+)(?:/|\s+de\s+|\s+)(\d{4})$")
_YEARS = re.compile(r"(\d{4})\s*[-–—]\s*(\d{4})$")
_BETWEEN = re.compile(r"\s+(?:to|until|through|a|ate|até|al?|hasta|bis|au)\s+|\s+[-–—]\s+|\s*[至到]\s*", re.IGNORECASE)
_SINCE = re.compile(
    r"(?:(?:from|since|starting|desde|a partir d[eo]|a partir|depuis|ab|seit)\s+|[自从]\s*)(.+)$", re.IGNORECASE
)
_ONWARDS = re.compile(r"\s*(?:onwards?|and later|em diante|en adelante|以来|开始|起|之后)$", re.IGNORECASE)
_SPAN_OPENS = re.compile(r"(?:from|between|de|desde|du|von|[自从])\s*(?=\d)", re.IGNORECASE)
_OPEN_ENDS = ("", "..", "...", "open", "now", "today", "present", "the present", "ongoing", "atual", "hoje", "presente",
              "actualidad", "presente data", "今", "现在", "目前")  # fmt: skip
_ERA = re.compile(r"(?:民國|民国)\s*(\d{1,3})年(\d{1,2})月(\d{1,2})日")  # years of the Republic of China
_ERA_BEGINS = 1911
_FIRST, _LAST = 1000, 2999  # outside lie years that stand for none: 0000, 0001, 9999
_MAX_LENGTH = 100


def read_date(text: str) -> date | None:
    """Return the date in `text`; without a day the first of the month, without a month of January."""
    text = text.strip()
    if not text or len(text) > _MAX_LENGTH:
        return None
    if found := _ISO.match(text):
        return _date(found[1], found[2] or 1, found[3] or 1)
    if found := _YEAR_FIRST.match(text):
        return _date(found[1], found[2], found[3] or 1)
    if found := _ERA.match(text):
        return _date(int(found[1]) + _ERA_BEGINS, found[2], found[3])
    if found := _NUMBERS.match(text):
        return _day_and_month(found)
    if re.fullmatch(r"\d{9,10}|\d{12,13}", text):  # seconds or milliseconds since 1970
        return datetime.fromtimestamp(int(text) / (1 if len(text) < 11 else 1000), UTC).date()
    if found := _MONTH_FIRST.match(text):
        return _date(found[2], found[1], 1)
    return _worded(text) or _read_month_word(text)


def read_period(text: str) -> tuple[date | None, date | None]:
    """Return both ends of a period such as ``2013-01-01/2013-12-31`` or ``2005 to 2019``; None where it is open.

    Only what is read as a whole has ends: a date in a phrase that is not understood may be anything.
    """
    text = text.strip()
    if len(text) > 2 * _MAX_LENGTH:
        return None, None
    if (found := _YEARS.match(text)) and (begin := read_date(found[1])) and (end := last_date(found[2])):
        return begin, end
    phrase = _without_frequency(text)
    spoken = _SPAN_OPENS.sub("", phrase, count=1) if _SPAN_OPENS.match(phrase) else phrase
    for begin_text, end_text in [*_split(spoken), *([phrase.split("/")] if phrase.count("/") == 1 else [])]:
        begin, end = _read_whole(begin_text), last_date(end_text) if _read_whole(end_text) else None
        if (begin or _is_open(begin_text)) and (end or _is_open(end_text)):
            return begin, end
        if begin and "/" in phrase and re.match(r"[Pp]\d", end_text):  # how long it is, which is not reckoned here
            return begin, None
    since = _SINCE.match(phrase)
    if since or _ONWARDS.search(phrase):
        return _read_whole(_ONWARDS.sub("", since[1] if since else phrase)), None
    return _read_whole(text), None


def _without_frequency(phrase: str) -> str:
    """Return a phrase without how often the data is renewed, which some portals write before the period."""
    before, *rest = re.split(r"\s+[-–—]\s+|,\s*", phrase, maxsplit=1)
    return rest[0].strip() if rest and find_frequency(before) is not None else phrase


def _split(phrase: str) -> list[tuple[str, str]]:
    return [(phrase[: found.start()], phrase[found.end() :]) for found in _BETWEEN.finditer(phrase)]


def _take_year_sign_off(text: str) -> str:
    """Return a Chinese year (``2024年``) as its digits, any other text as it is."""
    return text[:4] if re.fullmatch(r"\d{4}年", text) else text


def _read_whole(text: str) -> date | None:
    """Return the date that `text` is; none where more follows it than a time of day."""
    text = _take_year_sign_off(text.strip())
    _, blank, rest = text.partition(" ")
    if text[:4].isdecimal() and blank and not re.match(r"\d{1,2}:", rest):
        return None
    return read_date(text)


def _is_open(text: str) -> bool:
    """Tell whether an end stands for none: it is empty, a word for now, or a year such as 9999."""
    text = text.strip().casefold()
    return text in _OPEN_ENDS or (_ISO.match(text) is not None and read_date(text) is None)


def last_date(text: str) -> date | None:
    """Return the last day of a date, month or year."""
    text = _take_year_sign_off(text.strip())
    found = read_date(text)
    if found is None:
        return None
    if re.fullmatch(r"\d{4}", text):
        return found.replace(month=12, day=31)
    word = _MONTH_WORD.match(text)
    is_month = _MONTH.match(text) is not None or (word is not None and word[1] is None)
    if is_month:
        following = found.replace(year=found.year + found.month // 12, month=found.month % 12 + 1)
        return date.fromordinal(following.toordinal() - 1)
    return found


def _read_month_word(text: str) -> date | None:
    """Return a date as Portuguese and Spanish write it: ``Janeiro/2021``, ``18 de marzo de 2020``."""
    found = _MONTH_WORD.match(text)
    word = fold(found[2]) if found else ""
    month = next((names.index(word) + 1 for names in _MONTHS if word in names), 0)
    return _date(found[3], month, found[1] or 1) if found and month else None


def _date(year: str | int, month: str | int, day: str | int) -> date | None:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return found if _FIRST <= found.year <= _LAST else None


def _day_and_month(found: re.Match[str]) -> date | None:
    """Return the date of ``13/04/2018``; with points the day comes first, else what could be either is none."""
    first, second = int(found[1]), int(found[3])
    if found[2] == "." or first > 12 or first == second:
        return _date(found[4], second, first)
    return _date(found[4], first, second) if second > 12 else None


def _worded(text: str) -> date | None:
    for form in _WORDED:
        try:
            found = datetime.strptime(text, form)
        except ValueError:
            continue
        return _date(found.year, found.month, found.day)
    return None
