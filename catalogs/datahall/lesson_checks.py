"""Checks of lessons: a check sees a lesson as its author wrote it, and of what a student wrote the answers alone.

``%load_ext datahall.lesson_checks`` gives a lesson two magics. ``%keep``, before the first exercise, keeps what is
defined by then, and ``%keep name …`` what is defined later. A cell that begins with ``%%check answer …`` is run with
what was kept, with the functions below, and with the answers it names: whatever else an answer cell calls ``is_near``,
``load_homes`` or ``all`` changes nothing. It is a wall against mistakes and easy ways out, not against somebody who
patches this module: teachers read the answers, too.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable, Mapping
from hashlib import sha256
from types import FunctionType
from typing import Any

import polars as pl

__all__ = ["as_list", "as_number", "as_pairs", "as_table", "blur", "get_column", "is_near"]  # what checks call by name


def as_number(answer: Any) -> float:
    """Return an answer as a number, also from a table of one cell; NaN for anything else."""
    try:
        return math.nan if isinstance(answer, str) else float(answer.item() if hasattr(answer, "item") else answer)
    except (TypeError, ValueError):
        return math.nan


def is_near(answer: Any, expected: float, tolerance: float = 0.01) -> bool:
    """Say whether an answer is this number, but for rounding."""
    return abs(as_number(answer) - expected) <= tolerance


def as_table(answer: Any) -> pl.DataFrame:
    """Return an answer as a polars table, also from pandas; an empty table for anything else."""
    answer = answer.to_frame() if hasattr(answer, "to_frame") else answer
    if hasattr(answer, "reset_index"):  # pandas keeps the names of groups in its index
        answer = pl.from_pandas(answer.reset_index() if any(answer.index.names) else answer)
    answer = answer.collect() if isinstance(answer, pl.LazyFrame) else answer
    return answer if isinstance(answer, pl.DataFrame) else pl.DataFrame()


def get_column(answer: Any, name: str) -> list[Any]:
    """Return the values of a column of an answer; an empty list where there is none."""
    table = as_table(answer)
    return table[name].to_list() if name in table.columns else []


def as_list(answer: Any) -> list[Any]:
    """Return an answer as a list, also from a tuple, a set or a column; [] for anything else."""
    return [] if isinstance(answer, str) or not hasattr(answer, "__iter__") else list(answer)


def as_pairs(answer: Any) -> dict[str, Any]:
    """Return a table of names and numbers as {name: number}; {} for anything else."""
    table = as_table(answer)
    names = [name for name in table.columns if table[name].dtype == pl.String]
    numbers = [name for name in table.columns if table[name].dtype.is_numeric()]
    return dict(zip(table[names[0]], table[numbers[-1]], strict=True)) if names and numbers else {}


def blur(answer: Any) -> str:
    """Return a fingerprint of an answer in words: by it a check knows the right one, and does not tell it."""
    return sha256(str(answer).strip().lower().encode()).hexdigest()[:8]


_TOOLS: Mapping[str, Callable[..., Any]] = {
    each.__name__: each for each in (as_list, as_number, as_pairs, as_table, blur, get_column, is_near)
}
_IPYTHONS_OWN = {"In", "Out", "exit", "quit", "open", "get_ipython"}


class Checks:
    """What the checks of one kernel see."""

    def __init__(self, theirs: dict[str, Any]) -> None:
        self.theirs = theirs  # the names of the notebook, which answers change
        self.kept: dict[str, Any] = {"__name__": "checks", "__builtins__": builtins}

    def keep(self, line: str) -> None:
        """Keep what these names stand for now, or all names; what has been kept before stays as it is."""
        everything = (name for name in self.theirs if name[0] != "_" and name not in _IPYTHONS_OWN)
        for name in line.split() or everything:
            self.kept.setdefault(name, self._free(self.theirs[name]))

    def check(self, line: str, cell: str) -> None:
        """Run a check; where it fails only its sentence is shown, without the lines that lead to it."""
        answers = {name: self.theirs.get(name) for name in line.split()}
        try:
            exec(compile(cell, "<check>", "exec"), {**self.kept, **_TOOLS, **answers})  # noqa: S102 - as its cell would
        except AssertionError as problem:
            sentence = str(problem)
            problem._render_traceback_ = lambda: [sentence]  # type: ignore[attr-defined]  # read by IPython
            raise

    def _free(self, value: Any) -> Any:
        """Return a function of the notebook with what was kept in place of the notebook's names; else the value."""
        if not isinstance(value, FunctionType) or value.__globals__ is not self.theirs:
            return value
        freed = FunctionType(value.__code__, self.kept, value.__name__, value.__defaults__, value.__closure__)
        freed.__kwdefaults__ = value.__kwdefaults__
        return freed


def load_ipython_extension(shell: Any) -> None:
    """Give a lesson its magics; IPython calls this for ``%load_ext``, once in a kernel."""
    checks = Checks(shell.user_ns)
    shell.register_magic_function(checks.keep, "line", "keep")
    shell.register_magic_function(checks.check, "cell", "check")
