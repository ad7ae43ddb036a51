"""Plain values out of documents of strangers: whatever stands there, a text, a list or an object comes back."""

from __future__ import annotations

import json
import re
from typing import Any

Object = dict[str, Any]  # Any: what a JSON document may hold

# Control characters, halves of surrogate pairs, and marks that turn the direction of what follows.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")


def text_of(value: object) -> str:
    """Return a text or a number as text without blanks around it; empty for anything else."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value) if abs(value) < 1e300 else ""
    return ""


def list_of(value: object) -> list[Any]:
    """Return a list as it is, nothing as an empty one, and one value as a list of it."""
    if isinstance(value, list):
        return value
    return [] if value is None or value == "" else [value]


def object_of(value: object) -> Object:
    """Return an object as it is, anything else as an empty one."""
    return value if isinstance(value, dict) else {}


def objects_of(value: object) -> list[Object]:
    """Return the objects in a list, or the one object."""
    return [item for item in list_of(value) if isinstance(item, dict)]


def texts_of(value: object) -> list[str]:
    """Return the texts in a list, or the one text; of objects their name, title or label."""
    found = (named_text(item) if isinstance(item, dict) else text_of(item) for item in list_of(value))
    return [text for text in found if text]


def named_text(value: Object) -> str:
    """Return what an object that stands for a word is called."""
    keys = ("title", "display_name", "prefLabel", "name", "label", "@value", "notation", "@id", "id")
    return next((text for key in keys if (text := text_of(value.get(key)))), "")


def tagged_texts(value: object) -> list[tuple[str, str]]:
    """Return the texts in `value` with their languages, empty where none is stated.

    It may be a text, ``{"@value": …, "@language": …}``, ``{"en": …, "zh": …}``, or a list of these.
    """
    found: list[tuple[str, str]] = []
    for item in list_of(value):
        if not isinstance(item, dict):
            found.append(("", text_of(item)))
        elif "@value" in item:
            found.append((text_of(item.get("@language")), text_of(item["@value"])))
        else:
            found += [(key, text_of(text)) for key, text in item.items() if not key.startswith("@")]
    return [(language, text) for language, text in found if text]


def first_text(value: Object, *keys: str) -> str:
    """Return the first text that stands at one of `keys`."""
    return next((text for key in keys if (text := text_of(value.get(key)))), "")


def clean(text: str) -> str:
    """Return `text` without control characters and the like; line ends and tabs stay."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNWANTED.sub("", text) if _UNWANTED.search(text) else text


def as_json(value: object, *, limit: int = 10_000) -> str:
    """Return `value` as JSON text; empty where it is longer than `limit`, or nothing."""
    if value is None:
        return ""
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    except (RecursionError, ValueError):
        return ""
    return text.encode(errors="replace").decode() if len(text) <= limit else ""


def spoken(value: object) -> str:
    """Return `value` as a text for a note."""
    return text_of(value) or (as_json(value) if value not in (None, "") else "")
