"""Another Datahall's ``/services/hall/api/v1/cards``: each of its own datasets is a record, with its whole card.

What it has harvested itself it does not pass on: that is had from the portal it comes from.
"""

from __future__ import annotations

import json
from collections.abc import Container

from .._vocabulary import access_levels, frequencies, licenses, themes
from ..errors import N_
from .addresses import make_whole
from .documents import Document
from .drafts import Draft
from .gathering import Gathering
from .record import MAX_FIELDS, MAX_LINE, MAX_WORD, Harvest, Record, RecordField
from .values import Object, clean, first_text, list_of, object_of, objects_of, text_of, texts_of

_MAX_CARD = 1_000_000  # characters; the longest real card has 60,000
_LANGUAGES = ("en", "zh")
NO_CARD = N_("its card is longer than is kept, and was left out")


def is_answer(value: object) -> bool:
    """Say whether `value` is a page of a Datahall's cards."""
    return isinstance(value, dict) and "datahall" in value and isinstance(value.get("cards"), list)


def read(document: Document) -> Harvest:
    """Return the datasets of a page, and their cards as they are there."""
    answer = object_of(document.value)
    gathering = Gathering("datahall", notes=document.notes)
    cards: dict[str, Object] = {}

    def make(item: Object) -> Record:
        record, card = _record(item, base=document.address)
        cards.update({record.id: card} if card else {})
        return record

    gathering.take_objects(list_of(answer.get("cards")), make)
    total = answer.get("total")
    following = make_whole(text_of(answer.get("next")), base=document.address) if answer.get("next") else ""
    return gathering.harvest(
        total=total if isinstance(total, int) and not isinstance(total, bool) else None,
        next_page=following if following.startswith(("http://", "https://")) else "",
        cards=cards,
    )


def _record(item: Object, *, base: str) -> tuple[Record, Object | None]:
    card = object_of(item.get("card"))
    draft = Draft("datahall")
    draft.identify(item.get("id"))
    draft.set_name(text_of(item.get("id")).replace("/", "-"))
    draft.set_address(item.get("url"))
    draft.add_languages(_LANGUAGES)
    publisher, license = object_of(item.get("publisher")), object_of(item.get("license"))
    for language in _LANGUAGES:
        draft.add_title(object_of(card.get("title")).get(language), language)
        draft.add_description(object_of(card.get("description")).get(language), language)
        draft.add_keywords(list_of(object_of(card.get("keywords")).get(language)), language)
        draft.add_publisher(object_of(publisher.get("title")).get(language), language)
    draft.set_publisher_address(publisher.get("homepage"))
    draft.add_categories([text_of(card.get("theme"))])
    draft.add_license(card.get("license"), license.get("title"), license.get("url"))
    draft.set_access(card.get("access"))
    draft.set_frequency(card.get("frequency"))
    draft.set_date("modified", card.get("modified"))
    draft.set_temporal(card.get("temporal"))
    draft.add_places(*texts_of(card.get("spatial")))
    draft.set_homepage(card.get("homepage") or item.get("url"))
    if card.get("deprecated"):
        draft.set_retired("deprecated", since=card.get("deprecated"))
        draft.set_replacement(card.get("replaced_by"))
    for format, address in object_of(item.get("data")).items():
        whole = make_whole(text_of(address), base=base)
        draft.add_distribution(whole, is_download=True, formats=[format], media_type="", size=None, checksum="")
    if len(json.dumps(card)) > _MAX_CARD:
        draft.notes.add("card", first_text(item, "id"), NO_CARD)
        return _with_own_words(draft.finish(item), card), None
    return _with_own_words(draft.finish(item), card), card


def _with_own_words(record: Record, card: Object) -> Record:
    """Return the record with the words of the card that are ours, too: there is nothing to be understood."""
    known: dict[str, Container[str]] = {
        "theme": [theme.id for theme in themes()],
        "license": licenses(),
        "frequency": frequencies(),
        "access": access_levels(),
    }
    words = {field: text for field, listed in known.items() if (text := text_of(card.get(field))) in listed}
    notes = tuple(note for note in record.notes if note.field not in words)
    more = {"fields": _fields(card), "synthetic": card.get("synthetic") is True}
    return record.model_copy(update={**words, **more, "notes": notes})


def _fields(card: Object) -> tuple[RecordField, ...]:
    """Return the columns that the card describes, within the bounds of a record."""
    fields = []
    for given in objects_of(card.get("fields"))[:MAX_FIELDS]:
        name, type = (clean(text_of(given.get(key)))[:MAX_WORD] for key in ("name", "type"))
        if name and type:
            title, told = _texts(given.get("title")), _texts(given.get("description"))
            unit, semantic = (clean(text_of(given.get(key)))[:MAX_WORD] or None for key in ("unit", "semantic"))
            fields.append(
                RecordField(name=name, type=type, title=title, description=told, unit=unit, semantic=semantic)
            )
    return tuple(fields)


def _texts(value: object) -> dict[str, str]:
    texts = object_of(value)
    return {tag: clean(text_of(texts.get(tag)))[:MAX_LINE] for tag in _LANGUAGES if text_of(texts.get(tag))}
