"""The versions that this process has opened, for whoever is to name them in the end."""

from __future__ import annotations

# Ids and versions, in order of first use.
_used: dict[tuple[str, str], None] = {}


def is_used(dataset_id: str, version: str) -> bool:
    """Say whether this process has opened the version before."""
    return (dataset_id, version) in _used


def note_used(dataset_id: str, version: str) -> None:
    """Note that this process has opened the version."""
    _used[dataset_id, version] = None


def used() -> list[dict[str, str]]:
    """Return the datasets and versions that this process has opened, as ``[{"id", "version"}]``."""
    return [{"id": dataset_id, "version": version} for dataset_id, version in _used]
