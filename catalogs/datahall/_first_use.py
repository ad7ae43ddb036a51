"""Imports what a first use of a dataset imports, and does nothing: for a process that kernels are forked from."""

from __future__ import annotations

from datahall import (
    _card_problems,  # noqa: F401
    _cards,  # noqa: F401
    _compiled_cards,  # noqa: F401
    _dataset,  # noqa: F401
    _lookup,  # noqa: F401
    _new_versions,  # noqa: F401
    _open_cards,  # noqa: F401
    _stored_versions,  # noqa: F401
    _used_versions,  # noqa: F401
    _version_warnings,  # noqa: F401
    openings,  # noqa: F401
    store,  # noqa: F401
)
