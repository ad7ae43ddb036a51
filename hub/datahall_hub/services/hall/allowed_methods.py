"""Which methods an address has, for the header ``Allow`` (RFC 9110, 10.2.1): starlette names one route's alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any


def find_methods(routes: Iterable[Any], path: str) -> set[str]:
    """Return the methods of all routes that have the address `path`, in whichever router."""
    return {method for route in _flatten(routes) if _has(route, path) for method in route.methods}


def _flatten(routes: Iterable[Any]) -> Iterator[Any]:
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is None:
            yield route
        else:
            yield from _flatten(inner.routes)


def _has(route: Any, path: str) -> bool:
    expression = getattr(route, "path_regex", None)
    return bool(expression and getattr(route, "methods", None) and expression.match(path))
