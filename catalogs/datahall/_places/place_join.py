"""Two tables joined by places, with what was found, how, and what was not; made by `datahall.join_places`."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from .._markup import frame, heading, languages, shorten, table
from .._messages import N_, speak, translate

if TYPE_CHECKING:
    import polars as pl

SHOWN = 10
_HOW = {
    "exact": N_("the same text"),
    "code": N_("the same code, written otherwise"),
    "name": N_("code and name, or another name"),
    "short name": N_("name without the kind of place"),
    "town": N_("a town in its county"),
    "changed": N_("what became of it"),
}
_SENTENCE = N_("{matched} of {rows} rows on the left ({rate}) and {others} of {all} on the right found a partner.")
_AMBIGUOUS = N_("Could be several places, and was not guessed")
_UNKNOWN = N_("Found no partner")
_COULD_BE, _READ_AS = N_("could be"), N_("read as")
_SIDES = {"left": N_("left"), "right": N_("right")}
_MORE = N_("and {count} more")


@dataclass(frozen=True, repr=False)
class PlaceJoin:
    """The joined rows and the account of them.

    Attributes
    ----------
    frame : polars.DataFrame
        The rows of the left table with those of the right; ``matched_place`` (today's name), ``matched_by`` (see
        `matches`) and, where a division was renamed, recoded or merged, ``matched_year``.
    matches : polars.DataFrame
        One row per pair of values: ``left``, ``right``, ``by``, ``place``, ``year``, ``left_rows``, ``right_rows``.
        ``by`` is ``exact``, ``code``, ``name``, ``short name``, ``town`` or ``changed``.
    unmatched : polars.DataFrame
        One row per value without a partner: ``side``, ``value``, ``within``, ``rows``, ``place`` (if it is known).
    ambiguous : polars.DataFrame
        One row per value that may mean several places: ``side``, ``value``, ``within``, ``rows``, ``candidates``.
    places : str
        By which list the values were read: ``china``, ``country``, ``us-state``, or ``names`` where by spelling alone.
    years : tuple
        The year whose list the left and the right values were read by; None where each row told its own.
    rows, matched_rows : tuple of int
        How many rows the left and the right table have, and how many of them found a partner.
    """

    frame: pl.DataFrame
    matches: pl.DataFrame
    unmatched: pl.DataFrame
    ambiguous: pl.DataFrame
    places: str
    years: tuple[int | None, int | None]
    rows: tuple[int, int]
    matched_rows: tuple[int, int]

    @property
    def match_rate(self) -> float:
        """Which share of the left table's rows found a partner."""
        return self.matched_rows[0] / self.rows[0] if self.rows[0] else 0.0

    def report(self) -> dict[str, Any]:
        """Return the counts: rows, those that found a partner, and the values by how they were matched.

        Returns
        -------
        dict
            ``places``, ``years``, ``left_rows``, ``right_rows``, ``left_matched``, ``right_matched``, ``match_rate``,
            ``matched_by`` (pairs of values by ``exact``, ``code``, …), ``unmatched_values``, ``ambiguous_values``.
        """
        return {
            "places": self.places,
            "years": list(self.years),
            "left_rows": self.rows[0],
            "right_rows": self.rows[1],
            "left_matched": self.matched_rows[0],
            "right_matched": self.matched_rows[1],
            "match_rate": round(self.match_rate, 4),
            "matched_by": dict(sorted(self.matches["by"].value_counts().iter_rows())),
            "unmatched_values": self.unmatched.height,
            "ambiguous_values": self.ambiguous.height,
        }

    def __len__(self) -> int:
        return self.frame.height

    def __repr__(self) -> str:
        return f"<PlaceJoin: {self._sentence()}>"

    def _sentence(self, language: str | None = None) -> str:
        from .._quality.measure import percent

        values = {
            "matched": f"{self.matched_rows[0]:,}",
            "rows": f"{self.rows[0]:,}",
            "rate": percent(self.match_rate),
            "others": f"{self.matched_rows[1]:,}",
            "all": f"{self.rows[1]:,}",
        }
        return translate(_SENTENCE, language=language, **values) if language else speak(_SENTENCE, **values)

    def _repr_html_(self) -> str:
        first, second = languages()
        rows = [
            (escape(translate(_HOW[how], language=first)), f"{count:,}", escape(self._example(how)))
            for how, count in sorted(self.matches["by"].value_counts().iter_rows(), key=lambda each: -each[1])
        ]
        header = (N_("matched by"), N_("pairs of values"), N_("for example"))
        return frame(
            f'<p>{escape(self._sentence(first))}<br><span class="muted" lang="{second}">'
            f"{escape(self._sentence(second))}</span></p>",
            table(header, rows) if rows else "",
            _list(self.ambiguous, _AMBIGUOUS, _COULD_BE),
            _list(self.unmatched, _UNKNOWN, _READ_AS),
        )

    def _example(self, how: str) -> str:
        left, right, _, _, year, *_ = next(each for each in self.matches.iter_rows() if each[2] == how)
        return f"{left} = {right}" + (f" ({year})" if year else "")


def _list(values: pl.DataFrame, words: str, last: str) -> str:
    """Return the first of some values as a table, with how many there are."""
    if values.is_empty():
        return ""
    first, _ = languages()
    sides = {side: escape(translate(words, language=first)) for side, words in _SIDES.items()}
    rows = [
        (
            escape(shorten(value or "–")),
            sides[side],
            escape(within or ""),
            f"{count:,}",
            escape(shorten(told or "", to=200)),
        )
        for side, value, within, count, told in values.head(SHOWN).iter_rows()
    ]
    header = (N_("value"), N_("table"), N_("lies in"), N_("rows"), last)
    more = values.height - SHOWN
    rest = f'<p class="muted">{escape(translate(_MORE, language=first, count=f"{more:,}"))}</p>' if more > 0 else ""
    return heading(words) + table(header, rows) + rest
