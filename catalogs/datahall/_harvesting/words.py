"""Words of other portals in our vocabularies, by the spellings listed in ``vocabulary/spellings``.

A spelling is a word (``Annual``), compared without case, accents and punctuation, or an address
(``creativecommons.org/licenses/by/4.0``), compared without scheme and ``www``; one that ends with ``*`` stands for all
addresses that begin so. What is not listed is not known: nothing is guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, NamedTuple, cast
from urllib.parse import unquote, urlsplit

from .._documents import load_document
from .._locations import shipped_folder
from ..card import FileFormat
from .record import AccessLevel, Retirement

Packing = Literal["zip", "gzip", "bz2", "xz", "7z", "tar"]

_ADDRESS = re.compile(r"(?:https?://)?(?:www\.)?([\w-]+(?:\.[\w-]+)+/\S*)$", re.IGNORECASE)
_SCHEME = re.compile(r"https?://(?:www\.)?([^\s<>\"')]+)", re.IGNORECASE)
_RESERVATION = re.compile(  # what a text may take back of the licence that it names
    r"\b(?:not?|non\w*|nor|except|unless|only|without|reserv\w*|restrict\w*|prohibit\w*|forbid\w*|permission|personal"
    r"|confidential|nicht|nur|kein\w*|vorbehalten|untersagt|sauf|sans|interdit\w*|réserv\w*|sin|solo|prohibid\w*|não|sem"
    r"|somente|apenas|proibid\w*|exceto|riservat\w*|vietat\w*)\b"
    r"|[不仅禁非未勿]|除外|保留|限于|须经",
    re.IGNORECASE,
)
_NO_RESERVATION = re.compile(r"\b(?:no|not|without)(?: \w+){0,2} restrict(?:ions?|ed)\b|[没沒无]有?限制", re.IGNORECASE)
_JOINING = re.compile(r"(?:of|the|and|for|de|d[aeo]s?|del|della|des|du|et|y|e|und|für|för|och|&|-|–)$")  # inside names
_MAX_NAME = 12  # words of a publisher's name
_LEGAL_FORM = re.compile(r"/(?:legalcode|deed|rdf)(?:\.[a-z_-]+)?(?:\.(?:txt|html))?/*$")
_GAPS = re.compile(r"[\W_]+")
_MAX_TEXT = 500  # a licence told in more words than these says more than the licence that it mentions
_MEDIA_TYPE = re.compile(r"[a-z]+/[\w.+-]+$", re.IGNORECASE)
_PACKED_BY_THEMSELVES = ("xlsx", "shapefile", "parquet")  # which servers take for archives
_VAGUE = (
    "application octet stream",
    "octet stream",
    "binary",
    "file",
    "data",
    "download",
    "other",
    "excel",
    "spreadsheet",
)
_REMEMBERED = 20_000  # texts whose words are remembered; portals repeat them, but a stranger must not fill the memory
_MOST_RIVALS = 2  # themes between which the first word of a title decides
_LONGEST = 3  # words in a row of a keyword that are looked up together


@dataclass
class Spellings:
    """The spellings of one vocabulary, as they are looked up."""

    words: dict[str, str] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    beginnings: dict[str, str] = field(default_factory=dict)

    def find(self, text: str) -> str | None:
        """Return the word that `text` as a whole is a spelling of."""
        address = _ADDRESS.match(text.strip())
        if address:
            return self._find_address(_fold_address(address[1]))
        return self.words.get(fold(text)) if len(text) <= _MAX_TEXT else None

    def _find_address(self, address: str) -> str | None:
        if address in self.addresses:
            return self.addresses[address]
        fitting = [beginning for beginning in self.beginnings if address.startswith(beginning)]
        return self.beginnings[max(fitting, key=len)] if fitting else None


@cache
def load_spellings(name: str) -> Spellings:
    """Return the spellings in one file of ``vocabulary/spellings``; a spelling of two words is a broken file."""
    path: Path = shipped_folder("vocabulary") / "spellings" / f"{name}.yaml"
    made = Spellings()
    for word, listed in load_document(path).values.items():
        for spelling in (word, *map(str, listed)):
            address = _ADDRESS.match(spelling)
            if spelling.endswith("*"):
                _enter(made.beginnings, spelling[:-1].lower(), word)
            elif address:
                _enter(made.addresses, _fold_address(address[1]), word)
            else:
                _enter(made.words, fold(spelling), word)
    return made


def _enter(table: dict[str, str], spelling: str, word: str) -> None:
    if table.setdefault(spelling, word) != word:
        raise ValueError(f"{spelling} is listed for {table[spelling]} and for {word}")


@lru_cache(_REMEMBERED)
def fold(text: str) -> str:
    """Return `text` as it is compared: no case, no accents, one blank for all that is no letter or digit."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(character for character in plain if not unicodedata.combining(character))
    return _GAPS.sub(" ", bare).strip()


def _fold_address(address: str) -> str:
    bare = address.lower().partition("?")[0].rstrip("/#.")
    return _LEGAL_FORM.sub("", bare).rstrip("/#")


def find_license(text: str) -> str | None:
    """Return the licence that `text` states: the whole of it, or the lines and addresses of a short text.

    Where these state two different ones, or the text is long or has reservations, nobody knows. Beside the line of a
    licence only addresses and names may stand, such as the publisher's: what else is said may take back of it.
    """
    listed = load_spellings("licenses")
    whole = listed.find(text)
    if whole is not None or len(text) > _MAX_TEXT or _RESERVATION.search(text):
        return whole
    lines = [line for line in map(str.strip, text.splitlines()) if line]
    if len(lines) > 1 and not all(listed.find(line) or _ADDRESS.match(line) or _is_name(line) for line in lines):
        return None
    parts = {listed.find(line) for line in lines} | {listed.find(part) for part in _SCHEME.findall(text)}
    found = parts - {None}
    return found.pop() if len(found) == 1 else None


def _is_name(line: str) -> bool:
    """Say whether a line is written as names are: no sentence, and none of our terms."""
    words = _SCHEME.sub("", line).split()
    return len(words) <= _MAX_NAME and all(
        word[0].isupper() or not word[0].isalpha() or _JOINING.match(word) for word in words
    )


def takes_back(text: str, license: str) -> bool:
    """Say whether what is said of rights leaves less than `license` gives: a reservation, or a narrower licence."""
    other = find_license(text)
    if other is not None:
        return other != license and ("-NC" in other or "-ND" in other)
    return bool(_RESERVATION.search(_NO_RESERVATION.sub(" ", _SCHEME.sub(" ", text))))


def find_frequency(text: str) -> str | None:
    """Return how often data is renewed: R/P1Y, Annual, mensal, an address of a vocabulary."""
    return load_spellings("frequencies").find(text)


def find_access(text: str) -> AccessLevel:
    """Return who may read; ``unknown`` for what is not listed."""
    return cast(AccessLevel, load_spellings("access").find(text) or "unknown")


def find_retirement(text: str) -> Retirement | None:
    """Return whether a status says that something should no longer be used; None for every other."""
    return cast("Retirement | None", load_spellings("retirements").find(text))


def find_language(text: str) -> str | None:
    """Return the tag of a language: ``sv`` for ``SWE``, the address of a vocabulary's word, or ``Swedish``."""
    import pycountry

    last = _last_part(text) or text.strip().rstrip(".")
    main, _, rest = last.partition("-")
    languages = pycountry.languages
    found = (
        languages.get(alpha_2=main.lower()) or languages.get(alpha_3=main.lower()) or languages.get(name=last.title())
    )
    found = found or languages.get(bibliographic=main.lower())
    if found is None:
        return None
    tag = str(getattr(found, "alpha_2", None) or found.alpha_3)
    return f"{tag}-{rest}" if re.fullmatch(r"[A-Za-z0-9-]{2,30}", rest) else tag


def find_format(*, texts: Iterable[str], media_type: str, url: str) -> tuple[FileFormat | None, Packing | None]:
    """Return what a file is and what it is wrapped in; the first that says something counts, at last the address."""
    formats: FileFormat | None = None
    packing: Packing | None = None
    suffixes = _suffixes(url)
    declared = [text.partition(";")[0].strip() for text in (*texts, media_type) if text]
    is_vague = all(fold(text) in _VAGUE or _format_and_packing(text)[1] for text in declared)
    for text in (*declared, *([suffixes] if is_vague else [])):  # a PDF is none of ours, whatever its address ends with
        first, wrapped = _format_and_packing(text)
        formats, packing = formats or first, packing or wrapped
        if formats:
            break
    if packing is None and formats not in _PACKED_BY_THEMSELVES:
        ending = _format_and_packing(suffixes)
        packing = ending[1] if any(ending) else _format_and_packing(declared[-1] if media_type else "")[1]
    return formats, packing


def _suffixes(url: str) -> str:
    """Return the last two endings of the file that an address names."""
    try:
        name = urlsplit(url).path.rpartition("/")[2]
    except ValueError:
        return ""
    return " ".join(name.lower().split(".")[1:][-2:])


@lru_cache(_REMEMBERED)
def _format_and_packing(text: str) -> tuple[FileFormat | None, Packing | None]:
    """Tell ``zip+csv``, ``CSV (zipped)``, ``.cvs``, ``text/csv``; two formats at once (``CSV, JSON``) are none."""
    formats, packings = load_spellings("formats"), load_spellings("packings")
    if len(text) > _MAX_TEXT:
        return None, None
    text = _last_part(text) or text
    whole = formats.find(text)
    if whole is not None:
        return cast(FileFormat, whole), None
    if _MEDIA_TYPE.match(text):  # application/rdf+xml is not any XML
        return None, cast(Packing | None, packings.find(text.rpartition("/")[2].rpartition("+")[2]))
    parts = fold(text).split()
    named = {formats.words[part] for part in parts if part in formats.words}
    wrapped = [packings.words[part] for part in parts if part in packings.words]
    format = cast(FileFormat, named.pop()) if len(named) == 1 and len(parts) <= 4 else None
    return format, cast(Packing, wrapped[0]) if wrapped else None


class _Vote(NamedTuple):
    """What a text says about the theme; one that is not sure strengthens what others say, and decides nothing."""

    theme: str
    weight: int
    is_sure: bool


def find_theme(*stages: Sequence[str]) -> tuple[str | None, tuple[str, ...]]:
    """Return the theme that most texts name, and these; the first stage (categories, then keywords …) that names any.

    A whole text counts twice as much as words in it. Of themes that are named as often the later stages choose, then
    the first counts; but three and more that only words of the last stage name say nothing. An ambiguous word (the
    climate of business) counts where a surer one names its theme, too, and as a category, which a portal has chosen.
    """
    ballots = [[vote for text in texts for vote in _votes_of(text)] for texts in stages]
    sure = {vote.theme for ballot in ballots for vote in ballot if vote.is_sure}
    sure.update(vote.theme for vote in ballots[0] if vote.weight > 1)
    tied: list[str] = []
    told_in = len(ballots)
    for place, ballot in enumerate(ballots):
        stage = _count_votes(vote for vote in ballot if vote.theme in sure)
        rivals = [theme for theme in stage if theme in tied or not tied]
        if rivals:
            most = max(stage[theme] for theme in rivals)
            tied = [theme for theme in rivals if stage[theme] == most]
            told_in = min(told_in, place)
        if len(tied) == 1:
            break
    if not tied or (len(tied) > _MOST_RIVALS and told_in == len(ballots) - 1 and told_in > 0):
        return None, ()
    named = stages[told_in]
    return tied[0], tuple(dict.fromkeys(text for text in named if any(v.theme == tied[0] for v in _votes_of(text))))


def _count_votes(votes: Iterable[_Vote]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for vote in votes:
        counted[vote.theme] += vote.weight
    return counted


@lru_cache(_REMEMBERED)
def _votes_of(text: str) -> tuple[_Vote, ...]:
    listed, ambiguous = load_spellings("themes"), load_spellings("ambiguous-words").words
    whole = listed.find(text)
    if whole is not None:
        return (_Vote(whole, 2, fold(text) not in ambiguous),) if whole != "none" else ()
    text = _last_part(text) or text
    found: dict[str, bool] = {}
    for theme, words in _named_in(fold(text[:_MAX_TEXT]).split(), listed=listed.words):
        found[theme] = found.get(theme, False) or not {words, words.removesuffix("s")} & ambiguous.keys()
    return tuple(_Vote(theme, 1, is_sure) for theme, is_sure in found.items() if theme != "none")


def _find_word(words: str, listed: dict[str, str]) -> str:
    """Return the theme of `words`, also where they are a plural in -s."""
    return listed.get(words) or listed.get(words.removesuffix("s")) or ""


def _named_in(words: list[str], *, listed: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the themes of the words in a row, and these words, the longest first; each word counts once."""
    used: set[int] = set()
    for length in range(_LONGEST, 0, -1):
        for start in range(len(words) - length + 1):
            places = range(start, start + length)
            joined = " ".join(words[start : start + length])
            theme = _find_word(joined, listed)
            if theme and used.isdisjoint(places):
                used.update(places)
                yield theme, joined


def _last_part(text: str) -> str:
    """Return the last part of an address, in which vocabularies put their word; empty where it is no address."""
    if "://" not in text[:10] or not text.isprintable():
        return ""
    bare = text.split()[0].rstrip("/#.") if text.split() else ""
    return unquote(re.split(r"[/#]", bare)[-1])
