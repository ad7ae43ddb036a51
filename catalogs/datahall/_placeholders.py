"""Placeholders: what a draft card says where only a person knows the answer, and what to write there.

Pure: values in, places out. `datahall validate` names them, `datahall publish` refuses while there are any, and the
quality of metadata gives them no points.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ._messages import N_, translate

PUBLISHER = "to-be-named"
LICENSE = "LicenseRef-Not-Stated"
HOMEPAGE = "https://to-be-named.invalid/"  # a name that never leads anywhere (RFC 2606)
DESCRIPTION = N_("One row per line of {title}; to be described.")
_LANGUAGES = ("en", "zh")


@dataclass(frozen=True)
class Placeholder:
    """One thing that is still to be said: its place in the card, and in a sentence what to write."""

    place: tuple[str | int, ...]
    advice: str
    values: dict[str, str] = field(default_factory=dict)


def find_placeholders(card: Mapping[str, Any]) -> Iterator[Placeholder]:
    """Yield what nobody has filled in yet in a card as it is written, whether or not that is marked as a draft."""
    if card.get("publisher") == PUBLISHER:
        yield Placeholder(("publisher",), N_("name who publishes the data, by an id of the vocabulary publishers.yaml"))
    if card.get("license") == LICENSE:
        yield Placeholder(
            ("license",), N_("name the licence, by an id of the vocabulary licenses.yaml such as CC-BY-4.0")
        )
    if is_nowhere(card.get("homepage")):
        yield Placeholder(("homepage",), N_("write the address of the page that tells of the data"))
    for language in _LANGUAGES:
        if is_undescribed(_text(card.get("description"), language), language=language):
            yield Placeholder(("description", language), N_("say what a row is, and where the data comes from"))
    if card.get("draft") is True:
        yield from _find_untranslated(card)


def _find_untranslated(card: Mapping[str, Any]) -> Iterator[Placeholder]:
    """Yield the title and the keywords of a draft where they are the file's name in both languages."""
    title = _text(card.get("title"), "en")
    if title and title == _text(card.get("title"), "zh"):
        yield Placeholder(
            ("title",), N_("write the title in English and in Chinese; {title} stands for both"), {"title": title}
        )
    words, names = card.get("keywords"), card.get("title")
    if isinstance(words, Mapping) and isinstance(names, Mapping) and _are_titles(words, names):
        yield Placeholder(("keywords",), N_("write words that people search for, in English and in Chinese"))


def _are_titles(words: Mapping[str, Any], names: Mapping[str, Any]) -> bool:
    """Say whether the keywords are nothing but the title, in both languages or in one for both."""
    return words.get("en") == words.get("zh") or all(
        list(words.get(each) or ()) == [names.get(each)] for each in _LANGUAGES
    )


def is_nowhere(address: object) -> bool:
    """Say whether an address is one that leads nowhere, as a draft's does."""
    if not isinstance(address, str):
        return False
    try:
        return (urlsplit(address).hostname or "").endswith(".invalid")
    except ValueError:
        return False


def is_undescribed(text: str, *, language: str) -> bool:
    """Say whether a description still says what a draft's does."""
    words = translate(DESCRIPTION, language=language).rpartition("{title}")[2]
    return re.split("[;，]", words)[-1].strip(" .。") in text


def _text(value: object, language: str) -> str:
    text = value.get(language) if isinstance(value, Mapping) else None
    return text if isinstance(text, str) else ""
