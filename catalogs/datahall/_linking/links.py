"""Which rows of two tables were found to be the same, how surely, and what is left over."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from .._messages import N_, speak

if TYPE_CHECKING:
    import polars as pl

SHOWN = 10  # pairs that a notebook shows


@dataclass(frozen=True, repr=False)
class Links:
    """The linked pairs; made by `datahall.link`.

    Attributes
    ----------
    pairs : polars.DataFrame
        One row per pair, the surest first: ``left_row`` and ``right_row`` (0-based), ``match_probability``, and the
        compared columns of both tables as ``<column>`` and ``<column>_right``.
    rows : tuple of int
        How many rows the left and the right table have.
    threshold : float
        The probability from which rows were linked.
    undecided : int
        Where only one column was compared: rows of the left table that have no partner although the right table has
        their value, because it occurs several times.
    """

    pairs: pl.DataFrame
    rows: tuple[int, int]
    threshold: float
    undecided: int = 0

    @classmethod
    def choose(
        cls, pairs: pl.DataFrame, *, left: pl.DataFrame, right: pl.DataFrame, threshold: float, one_to_one: bool
    ) -> Links:
        """Keep the pairs from `threshold` on, each row once if `one_to_one`, with the compared values beside them."""
        import polars as pl

        likely = pairs.filter(pl.col("match_probability") >= threshold)
        if one_to_one:
            likely = _take_each_once(likely)
        index = {"left": left.with_row_index("left"), "right": right.with_row_index("right")}
        shown = [
            frame.rename({name: f"{name}{'_right' if side == 'right' else ''}" for name in frame.columns[1:]})
            for side, frame in index.items()
        ]
        row = pl.col("left", "right").cast(pl.UInt32)
        joined = (
            likely.with_columns(row)
            .join(shown[0], on="left", how="left", maintain_order="left")
            .join(shown[1], on="right", how="left", maintain_order="left")
            .rename({"left": "left_row", "right": "right_row"})
        )
        return cls(joined, (left.height, right.height), threshold)

    def report(self) -> dict[str, float | int | str]:
        """Return counts and what the model expects of itself.

        Returns
        -------
        dict
            ``left_rows``, ``right_rows``, ``linked``, ``left_share``, ``right_share`` (0–1), ``threshold``,
            ``expected_precision``: the mean probability of the linked pairs, which is right if the model is, and
            ``warning``: why rows with the same value were not linked, where there are any.
        """
        linked = self.pairs.height
        left, right = (self.pairs[side].n_unique() for side in ("left_row", "right_row"))
        mean = self.pairs["match_probability"].mean()
        warning = self._warning()
        return {
            "left_rows": self.rows[0],
            "right_rows": self.rows[1],
            "linked": linked,
            "left_share": round(left / self.rows[0], 4),
            "right_share": round(right / self.rows[1], 4),
            "threshold": self.threshold,
            "expected_precision": round(mean, 4) if isinstance(mean, float) else 0.0,
            **({"warning": warning} if warning else {}),
        }

    def unlinked_left(self) -> list[int]:
        """Return the rows of the left table that have no partner."""
        return sorted(set(range(self.rows[0])) - set(self.pairs["left_row"]))

    def unlinked_right(self) -> list[int]:
        """Return the rows of the right table that have no partner."""
        return sorted(set(range(self.rows[1])) - set(self.pairs["right_row"]))

    def __len__(self) -> int:
        return self.pairs.height

    def __repr__(self) -> str:
        warning = self._warning()
        return f"<Links: {self._sentence()}{f' — {warning}' if warning else ''}>"

    def _repr_html_(self) -> str:
        head = "".join(f"<th style='text-align:left'>{escape(name)}</th>" for name in self.pairs.columns)
        body = "".join(
            "<tr>" + "".join(f"<td style='text-align:left'>{escape(_write(value))}</td>" for value in row) + "</tr>"
            for row in self.pairs.head(SHOWN).iter_rows()
        )
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if len(self) else ""
        warning = f"<p>{escape(self._warning())}</p>" if self.undecided else ""
        return f"<p>{escape(self._sentence())}</p>{warning}<div style='overflow-x:auto'>{table}</div>"

    def _warning(self) -> str:
        if not self.undecided:
            return ""
        return speak(
            N_(
                "{count} rows have a value that the other table has, too, but it occurs several times, and one column "
                "cannot tell which is meant: name a second one in `on`, such as an address."
            ),
            count=f"{self.undecided:,}",
        )

    def _sentence(self) -> str:
        report = self.report()
        return speak(
            N_("{linked} pairs from {left} and {right} rows; expected share of right ones: {precision}"),
            linked=f"{len(self):,}",
            left=f"{self.rows[0]:,}",
            right=f"{self.rows[1]:,}",
            precision=f"{report['expected_precision']:.1%}",
        )


def _take_each_once(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs from the surest down whose rows are both still free."""
    import polars as pl

    taken: tuple[set[int], set[int]] = (set(), set())
    keep = []
    for left, right in pairs.select("left", "right").iter_rows():
        is_free = left not in taken[0] and right not in taken[1]
        keep.append(is_free)
        if is_free:
            taken[0].add(left)
            taken[1].add(right)
    return pairs.filter(pl.Series(keep, dtype=pl.Boolean))


def _write(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else "" if value is None else str(value)
