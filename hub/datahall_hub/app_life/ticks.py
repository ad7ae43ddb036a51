"""What a reviewer has to look at in place of the checks, before a version is approved. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

COUNTED = "and-more"  # says only that there is more of another code


def list_needed_ticks(check: Mapping[str, Any] | None) -> list[str]:
    """Return the codes of what was not tried, each once, of a record as `AppBook.note_check` keeps it."""
    findings = (check or {}).get("findings", [])
    codes = [each["code"] for each in findings if each["severity"] == "not-run" and each["code"] != COUNTED]
    return list(dict.fromkeys(codes))


def list_missing_ticks(check: Mapping[str, Any] | None, ticks: Collection[str]) -> list[str]:
    """Return the codes that were not ticked."""
    return [code for code in list_needed_ticks(check) if code not in ticks]
