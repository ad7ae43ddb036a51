"""Datahall: find, open, fetch and cite curated open datasets.

>>> import datahall
>>> datahall.search("weather")                        # doctest: +SKIP
>>> ds = datahall.dataset("weather/seattle-weather")  # doctest: +SKIP
>>> ds.polars().head().collect()                      # doctest: +SKIP

Everything is loaded on first use, so that importing costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# The public face: each name and the module that it comes from ("" means the module of that name itself).
_HOMES = {
    "Addition": "_adding.addition",
    "Card": "card",
    "DatahallError": "errors",
    "DatahallWarning": "errors",
    "Dataset": "_dataset",
    "InvalidCard": "errors",
    "InvalidQuery": "errors",
    "NotPresent": "errors",
    "NotPublished": "_publication",
    "Publication": "_publication",
    "Quality": "_quality.report",
    "Results": "_results",
    "SourceFailed": "errors",
    "StoreFailed": "errors",
    "UnknownDataset": "errors",
    "UnknownTheme": "errors",
    "UnreadableSource": "errors",
    "WrongType": "errors",
    "access_levels": "_vocabulary",
    "add": "_adding.addition",
    "card_schema": "card",
    "catalog": "intake",
    "dataset": "_lookup",
    "datasets": "_lookup",
    "formats": "_vocabulary",
    "frequencies": "_vocabulary",
    "goals": "_vocabulary",
    "invalid_cards": "_lookup",
    "join_places": "_places.joining",
    "licenses": "_vocabulary",
    "link": "_linking.linkage",
    "publish": "_publication",
    "publishers": "_vocabulary",
    "search": "_search",
    "store": "",
    "themes": "_vocabulary",
    "to_intake_yaml": "intake",
    "used": "_used_versions",
}

__all__ = [  # spelt out for readers and type checkers; a test compares it with _HOMES
    "Addition",
    "Card",
    "DatahallError",
    "DatahallWarning",
    "Dataset",
    "InvalidCard",
    "InvalidQuery",
    "NotPresent",
    "NotPublished",
    "Publication",
    "Quality",
    "Results",
    "SourceFailed",
    "StoreFailed",
    "UnknownDataset",
    "UnknownTheme",
    "UnreadableSource",
    "WrongType",
    "access_levels",
    "add",
    "card_schema",
    "catalog",
    "dataset",
    "datasets",
    "formats",
    "frequencies",
    "goals",
    "invalid_cards",
    "join_places",
    "licenses",
    "link",
    "publish",
    "publishers",
    "search",
    "store",
    "themes",
    "to_intake_yaml",
    "used",
]

if TYPE_CHECKING:
    from . import store
    from ._adding.addition import Addition, add
    from ._dataset import Dataset
    from ._linking.linkage import link
    from ._lookup import dataset, datasets, invalid_cards
    from ._places.joining import join_places
    from ._publication import NotPublished, Publication, publish
    from ._quality.report import Quality
    from ._results import Results
    from ._search import search
    from ._used_versions import used
    from ._vocabulary import (
        access_levels,
        formats,
        frequencies,
        goals,
        licenses,
        publishers,
        themes,
    )
    from .card import Card, card_schema
    from .errors import (
        DatahallError,
        DatahallWarning,
        InvalidCard,
        InvalidQuery,
        NotPresent,
        SourceFailed,
        StoreFailed,
        UnknownDataset,
        UnknownTheme,
        UnreadableSource,
        WrongType,
    )
    from .intake import catalog, to_intake_yaml


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'datahall' has no attribute {name!r}")
    home = _HOMES[name]
    module = import_module(f".{home or name}", __name__)
    return getattr(module, name) if home else module


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
