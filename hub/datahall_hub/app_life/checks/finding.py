"""A finding: something about a version that its author and its reviewer have to know. Pure values."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Severity = Literal["problem", "remark", "not-run"]


class Place(BaseModel):
    """Where something was found; cells and lines count from 1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: Literal["app.ipynb", "app.yaml", "thumbnail"]
    cell: int | None = None
    line: int | None = None
    field: str = ""  # such as `title.zh`
    language: Literal["", "en", "zh"] = ""  # of the trial in which it showed, where it showed in one alone


class Finding(BaseModel):
    """One thing found; its words are those of its `code` (`declarations`), with `values` put in.

    A problem keeps a version from its reviewer; a remark does not; what was not run asks for the reviewer's own look.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    severity: Severity
    place: Place
    values: dict[str, str | int | float] = {}
