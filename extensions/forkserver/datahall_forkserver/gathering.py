"""Where modules lie in memory: side by side, because their children touch them all together.

A fork shares its parent's memory page by page, and whoever looks at an object writes into it (Python counts who refers
to it). Some thousand modules that lie scattered, each on a page of its own, cost a child 15 MB as soon as something
goes through `sys.modules`, which ipykernel does when it starts, and `inspect` for every traceback.
"""

from __future__ import annotations

import _frozen_importlib
import contextlib
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

MANY = 6000  # modules, twice what the largest profile has; those that are not used are given back


@contextlib.contextmanager
def gather_modules() -> Iterator[None]:
    """Have modules that are imported in the block lie side by side, with their dictionaries, names and files."""
    bootstrap: Any = _frozen_importlib
    make = getattr(bootstrap, "_new_module", None)  # not public: without it, they lie where they fall
    if make is not None:
        spare = [ModuleType("spare") for _ in range(MANY)]
        bootstrap._new_module = lambda name: _take(spare, name)
    try:
        yield
    finally:
        if make is not None:
            bootstrap._new_module = make
    _gather_texts()


def _take(spare: list[ModuleType], name: str) -> ModuleType:
    module = spare.pop() if spare else ModuleType(name)
    module.__init__(name)  # type: ignore[misc]  # as if it had just been made
    return module


def _gather_texts() -> None:
    modules = list(sys.modules.items())
    for _, module in modules:
        names = getattr(module, "__dict__", {})
        if type(names.get("__file__")) is str:
            names["__file__"] = _copy(names["__file__"])
    sys.modules.clear()
    sys.modules.update({_copy(name): module for name, module in modules})


def _copy(text: str) -> str:
    """Return the same text in another place."""
    return "".join((text[:1], text[1:]))
