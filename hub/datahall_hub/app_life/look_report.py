"""What the apps service tells about a look: what Chromium and axe-core saw of a version's page, at rest.

The service looks and reports; what keeps a version from its reviewer is judged by `checks`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Impact = Literal["minor", "moderate", "serious", "critical"]
# Why nobody looked: no browser, no axe-core, no sandbox for the browser, no page to look at, or it did not work.
Hindrance = Literal["", "no-chromium", "no-axe", "no-walls", "not-rendered", "failed"]

LONGEST = 300  # characters of each text
MOST_VIOLATIONS = 400


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Violation(_Part):
    """A rule of axe-core that a page breaks in one cell, in how many places at the widest or the narrowest."""

    rule: str = Field(max_length=LONGEST)
    impact: Impact
    help: str = Field(max_length=LONGEST)  # axe-core's own words, in English
    language: Literal["en", "zh"]
    cell: int | None = None  # of the notebook as it was submitted, from 1; None where it is in none
    count: int = Field(ge=1)
    example: str = Field("", max_length=LONGEST)  # the first of the elements, as HTML


class LookReport(_Part):
    """What was seen; nothing where there was a hindrance."""

    hindrance: Hindrance = ""
    violations: list[Violation] = Field([], max_length=MOST_VIOLATIONS)
    has_picture: bool = False  # a screenshot is kept beside the version (`kept_looks`)
    made_with: dict[str, str] = {}  # the versions of axe-core and Chromium
