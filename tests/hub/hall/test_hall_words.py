"""Every word that people see is there in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract
from babel.messages.pofile import read_po
from datahall_hub.services import hall
from datahall_hub.services.hall.rendering import SHARED_PAGES
from datahall_hub.translations import LOCALE
from jinja2.ext import babel_extract

FOLDER = Path(hall.__file__).parent
PAGES = (FOLDER, SHARED_PAGES)  # the head and foot of every page are the hub's, too
PLACEHOLDER = re.compile(r"\{\w+\}")


def find_messages() -> Iterator[str]:
    """Yield every message that is marked in the code or shown by a template."""
    for file in FOLDER.rglob("*.py"):
        with file.open("rb") as content:
            yield from (str(message) for _, message, _, _ in extract("python", content, keywords={"N_": None}))
    for file in (file for folder in PAGES for file in folder.rglob("*.html")):
        with file.open("rb") as content:
            for _, function, found, _ in babel_extract(content, ("_", "_n"), (), {"trim_blocks": "true"}):
                words = found if isinstance(found, tuple) else (found,)
                yield from (word for word in words[: 2 if function == "_n" else 1] if isinstance(word, str))


def test_every_message_has_chinese_words_with_the_same_places() -> None:
    with (LOCALE / "zh/hall.po").open("rb") as file:
        translations = {str(message.id): str(message.string) for message in read_po(file, locale="zh") if message.id}
    messages = set(find_messages())
    assert len(messages) > 100
    assert sorted(messages - translations.keys()) == []
    assert sorted(translations.keys() - messages) == []
    for message, translated in translations.items():
        assert translated, message
        assert set(PLACEHOLDER.findall(translated)) == set(PLACEHOLDER.findall(message)), message


def test_hall_and_hub_say_the_same_thing_with_the_same_words() -> None:
    said: dict[str, dict[str, str]] = {}
    for domain in ("hall", "hub"):
        with (LOCALE / f"zh/{domain}.po").open("rb") as file:
            for message in read_po(file, locale="zh"):
                said.setdefault(str(message.id), {})[domain] = str(message.string)
    differing = {message: words for message, words in said.items() if message and len(set(words.values())) > 1}
    assert differing == {}


def test_templates_say_nothing_outside_of_messages() -> None:
    known = {"CSV", "Parquet", "JSON", "BibTeX", "English", "中文"}
    for file in (file for folder in PAGES for file in folder.rglob("*.html")):
        text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", file.read_text(), flags=re.DOTALL)
        shown = re.sub(r"<[^>]*>", "\n", text)
        words = {word for word in re.findall(r"[A-Za-z一-鿿]{2,}", shown) if word not in known}
        assert not words, (file.name, words)
