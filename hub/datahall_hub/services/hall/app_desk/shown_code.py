"""Texts of strangers as they are shown: escaped, with what nobody would see made visible, within bounds. Pure.

A character that turns writing around, or that has no width, can make code read otherwise than it runs; each is shown by
its number. The ends of very long lines are folded, never left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from datahall_hub.services.hall.app_desk.changes import Line, find_differing
from datahall_hub.services.hall.app_desk.notebook_cells import Cell

NOTHING = Markup("")
MOST_SHOWN = 300_000  # characters of code on one page
LONGEST_LINE = 1_000  # characters before its end is folded
WEIGHT_OF_LINE, WEIGHT_OF_NUMBER = 40, 30  # characters that the page needs for a line, and for an unseen character
_CANDIDATES = re.compile(
    r"([^\x20-\x7e\t\n\u00a1-\u00ac\u00ae-\u02ff\u3000-\u3163\u4e00-\u9fff\uff01-\uff5e])\1*"  # and its repetitions
)
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters and marks that show nothing: fillers of Korean, a blank of Braille, joiners, selectors of variants.
_BLANK = re.compile(
    r"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0e\uffa0\U000e0100-\U000e01ef]"
)


@dataclass(frozen=True)
class ShownLine:
    """A line as it is shown; `folded` is the end of one that is very long."""

    text: Markup
    folded: Markup = NOTHING
    folded_length: int = 0


@dataclass(frozen=True)
class ShownCell:
    """A cell as it is shown."""

    number: int
    kind: str
    lines: tuple[ShownLine, ...]


@dataclass(frozen=True)
class ShownNotebook:
    """The cells that a page has room for, and how many cells and characters it has none for."""

    cells: tuple[ShownCell, ...]
    left_out: int
    left_out_characters: int


@dataclass(frozen=True)
class ShownPair:
    """Two lines side by side."""

    kind: str
    number_before: int
    number_after: int
    before: ShownLine
    after: ShownLine


def show_text(text: str) -> Markup:
    """Return `text` for a page, each character that nobody would see as its number."""
    parts, begin = [], 0
    for found in _CANDIDATES.finditer(text):
        if is_unseen(found[1]):
            parts += [escape(text[begin : found.start()]), _tell(found[1], times=len(found[0]))]
            begin = found.end()
    return Markup("").join([*parts, escape(text[begin:])])


def is_unseen(character: str) -> bool:
    """Tell whether a character shows nothing, or changes how its neighbours are shown."""
    return unicodedata.category(character) in _UNSEEN or _BLANK.match(character) is not None


def count_unseen(texts: Iterable[str]) -> int:
    """Return how many such characters there are."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text)
    return sum(count for character, count in counts.items() if character not in "\t\n" and is_unseen(character))


def show_line(text: str) -> ShownLine:
    """Return one line, the end of a very long one apart."""
    rest = text[LONGEST_LINE:]
    return ShownLine(show_text(text[:LONGEST_LINE]), show_text(rest), len(rest)) if rest else ShownLine(show_text(text))


def show_notebook(cells: Sequence[Cell]) -> ShownNotebook:
    """Return as many whole cells as a page has room for; the first one in any case, cut if need be."""
    shown: list[ShownCell] = []
    room, left_out = MOST_SHOWN, 0
    for place, cell in enumerate(cells):
        weight = weigh([cell.source])
        if weight > room and shown:
            left_out = sum(len(each.source) for each in cells[place:])
            return ShownNotebook(tuple(shown), len(cells) - place, left_out)
        source = cell.source if weight <= room else cell.source[: room // (WEIGHT_OF_LINE + 1)]
        left_out += len(cell.source) - len(source)
        shown.append(ShownCell(cell.number, cell.kind, tuple(map(show_line, source.split("\n")))))
        room -= weight
    return ShownNotebook(tuple(shown), 0, left_out)


def weigh(texts: Iterable[str]) -> int:
    """Return about how many characters a page needs for texts."""
    kept = list(texts)
    lines = sum(text.count("\n") + 1 for text in kept)
    return sum(map(len, kept)) + WEIGHT_OF_LINE * lines + WEIGHT_OF_NUMBER * count_unseen(kept)


def show_pair(line: Line) -> ShownPair:
    """Return two lines side by side, what differs in them marked."""
    before, after = show_line(line.before), show_line(line.after)
    if line.kind == "changed" and max(len(line.before), len(line.after)) <= LONGEST_LINE:
        head, tail = find_differing(line.before, line.after)
        if 3 * (head + tail) >= min(len(line.before), len(line.after)):  # else all of it differs
            before, after = (ShownLine(_mark(text, head, tail)) for text in (line.before, line.after))
    return ShownPair(line.kind, line.number_before, line.number_after, before, after)


def _mark(text: str, head: int, tail: int) -> Markup:
    end = len(text) - tail
    middle = Markup("<mark>{}</mark>").format(show_text(text[head:end])) if end > head else NOTHING
    return show_text(text[:head]) + middle + show_text(text[end:])


def _tell(character: str, *, times: int) -> Markup:
    number = f"U+{ord(character):04X}" if times == 1 else f"{times} × U+{ord(character):04X}"
    return Markup('<span class="unseen">{}</span>').format(number)
