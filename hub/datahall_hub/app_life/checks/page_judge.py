"""Whether an app's page stands on its own: nothing from other hosts, and words for whoever sees no pictures."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from .addresses import find_host
from .finding import Finding, Place
from .findings import make_finding
from .pieces import Output, as_mapping, as_text
from .subject import Subject

_PREFERRED = ("text/html", "text/markdown")  # which the page shows in place of a picture of the same output
_IMAGE_WIDGET, _BY_ADDRESS = "ImageModel", ("ImageModel", "VideoModel", "AudioModel")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"\w+")
FEWEST_SIGNS = 6  # of a Chinese text that is longer than a word


def judge_hosts(subject: Subject) -> Iterator[Finding]:
    """Yield the other hosts from which visitors' browsers would load something."""
    hosts: dict[tuple[Place, str], None] = {}
    for piece in subject.pieces:
        if piece.is_shown:
            hosts |= {(piece.place, host): None for host in sorted(subject.read(piece).hosts)}
    for place, state in subject.widgets:
        address = as_text(state.get("value")) if state.get("format") == "url" else ""
        if state.get("_model_name") in _BY_ADDRESS and (host := find_host(address)) is not None:
            hosts[place, host] = None
    for place, host in hosts:
        yield make_finding("outside-host", place, host=host)


def judge_alternatives(subject: Subject) -> Iterator[Finding]:
    """Yield where pictures lack a text that is read out, or have the same one in both languages."""
    unnamed: Counter[Place] = Counter()
    for piece in subject.pieces:
        if piece.is_shown:
            unnamed[piece.place] += subject.read(piece).unnamed
    for output in subject.outputs:
        if (media_type := find_picture(output.data)) is not None:
            if has_unread_text(output, media_type):
                yield make_finding("alternative-unread", output.place)
            else:
                unnamed[output.place] += 1
    for place, state in subject.widgets:
        unnamed[place] += state.get("_model_name") == _IMAGE_WIDGET
    for place, count in unnamed.items():
        if count:
            yield make_finding("picture-without-text", place, count=count)
    yield from _judge_languages(subject)


def find_picture(data: Mapping[str, Any]) -> str | None:
    """Return the media type of the picture that the page shows of an output; None where it shows something else."""
    if any(media_type in data for media_type in _PREFERRED):
        return None
    return next((media_type for media_type in data if media_type.startswith("image/")), None)


def has_unread_text(output: Output, media_type: str) -> bool:
    """Tell whether the author has given an alternative text where the page does not show it."""
    of_type = as_mapping(output.metadata.get(media_type))
    return any(as_text(each.get("alt")).strip() for each in (of_type, output.metadata))


def _judge_languages(subject: Subject) -> Iterator[Finding]:
    said: dict[str, dict[str, Place]] = {"en": {}, "zh": {}}
    for piece in subject.pieces:
        if piece.place.language:
            for text in subject.read(piece).alternatives:
                said[piece.place.language].setdefault(text, piece.place)
    for text, place in said["en"].items():
        if text in said["zh"] and is_sentence(text):
            yield make_finding("alternative-same", place.model_copy(update={"language": ""}), text=text)


def is_sentence(text: str) -> bool:
    """Tell whether a text is longer than a word and has letters, so that it would differ between languages."""
    words = [word for word in _WORD.findall(text) if not word.isdigit()]
    return len(words) > 1 or (_CHINESE.search(text) is not None and len(text) >= FEWEST_SIGNS)
