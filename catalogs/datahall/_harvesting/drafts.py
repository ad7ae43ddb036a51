"""A record in the making: takes what a portal says, keeps what is understood, notes what is not.

The readers of the kinds only say what stands where; bounds, mapping to our words and notes are made here, once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from typing import Any, Literal, Unpack

from . import reasons
from .addresses import find_fetchable
from .columns import merge_fields
from .dates import last_date, read_date, read_period
from .distributions import Said, choose_license, make_distribution
from .notes import Notes
from .places import box_of_numbers, find_box
from .record import (
    MAX_ADDRESS,
    MAX_DESCRIPTION,
    MAX_DISTRIBUTIONS,
    MAX_ID,
    MAX_ITEMS,
    MAX_LINE,
    MAX_ORIGINAL,
    MAX_WORD,
    Contact,
    Distribution,
    Kind,
    Record,
    RecordField,
)
from .values import as_json, spoken, text_of
from .words import find_access, find_frequency, find_language, find_retirement, find_theme, fold, takes_back

_STRICTEST = ("restricted", "conditional", "unknown", "open")  # what is said and not understood may be a bar
_UNSAID = ("", "unknown", "not specified", "notspecified", "unspecified", "none", "null", "n a")
_MADE_UP = ("synthetic data", "合成数据")  # keywords; more than these words may tell of how real data was made
UNKNOWN = "und"  # BCP 47's tag of a language that is not stated


class Unusable(Exception):
    """A record that cannot be kept; its text is a marked reason."""


class Draft:
    """What is known so far of one record."""

    def __init__(self, kind: Kind) -> None:
        self.notes = Notes()
        self._kind: Kind = kind
        self._fields: dict[str, Any] = {}
        self._titles: dict[str, list[str]] = {}
        self._descriptions: dict[str, list[str]] = {}
        self._keywords: dict[str, dict[str, None]] = {}
        self._publishers: dict[str, list[str]] = {}
        self._categories: dict[str, None] = {}
        self._licenses: list[tuple[object, ...]] = []
        self._rights: dict[str, None] = {}
        self._places: dict[str, None] = {}
        self._languages: dict[str, None] = {}
        self._distributions: list[Distribution] = []
        self._columns: dict[str, RecordField] = {}
        self._file_statuses: list[tuple[str, ...]] = []
        self._left_out = 0  # distributions beyond those that a record may hold

    # ── What it is called ─────────────────────────────────────────────────────────────────────────────────────────
    def identify(self, *values: object) -> None:
        """Take the first text as the identifier."""
        found = next((text for value in values if (text := text_of(value))), "")
        text = self._line("id", found, limit=MAX_ID * 10)
        if len(text) > MAX_ID:  # cut ones could be alike
            text = text[: MAX_ID - 65] + "~" + hashlib.sha256(text.encode()).hexdigest()
        self._fields["id"] = text

    def set_name(self, value: object) -> None:
        """Take the source's short name."""
        self._fields["name"] = self._line("name", value)

    def set_address(self, value: object) -> None:
        """Take the address that stands for the dataset itself."""
        self._fields["address"] = self._line("address", value, limit=MAX_ADDRESS)

    def add_title(self, value: object, language: str = UNKNOWN) -> None:
        """Take a title; markup in it stays text."""
        self._add_text(self._titles, "title", value, language, limit=MAX_LINE)

    def add_description(self, value: object, language: str = UNKNOWN) -> None:
        """Take a description; a second one in the same language follows the first."""
        self._add_text(self._descriptions, "description", value, language, limit=MAX_DESCRIPTION)

    def add_keywords(self, values: Iterable[object], language: str = UNKNOWN) -> None:
        """Take keywords; each is kept once."""
        for value in values:
            word = self._line("keywords", value, limit=MAX_WORD)
            if word and sum(map(len, self._keywords.values())) < MAX_ITEMS:
                self._keywords.setdefault(_tag(language), {})[word] = None
            elif word:
                self.notes.add("keywords", "", reasons.TOO_MANY)

    def add_categories(self, values: Iterable[object]) -> None:
        """Take the words or addresses of themes, groups and categories, from which the theme is told first."""
        self._add_lines(self._categories, "categories", values)

    # ── Who answers for it, and what may be done with it ──────────────────────────────────────────────────────────
    def add_publisher(self, value: object, language: str = UNKNOWN) -> None:
        """Take the publisher's name."""
        self._add_text(self._publishers, "publisher", value, language, limit=MAX_LINE)

    def set_publisher_address(self, value: object) -> None:
        """Take the address that stands for the publisher."""
        self._fields["publisher_address"] = self._line("publisher", value, limit=MAX_ADDRESS)

    def add_license(self, *texts: object) -> None:
        """Take what is said about one licence: its id, title, address."""
        if any(texts) and len(self._licenses) < MAX_ITEMS:
            self._licenses.append(texts)

    def add_rights(self, values: Iterable[object]) -> None:
        """Take what else is said about rights."""
        self._add_lines(self._rights, "rights", values)

    def set_access(self, *values: object) -> None:
        """Take who may read it; where several things are said of that, the strictest, and what nobody understands."""
        texts = [text for value in values if fold(text := self._line("access", value)) not in _UNSAID]
        said = [(text, find_access(text)) for text in texts]
        text, access = min(said, key=lambda each: _STRICTEST.index(each[1]), default=("", "unknown"))
        self._fields |= {"access_text": text, "access": access}
        if text and access == "unknown":
            self.notes.add("access", text, reasons.UNKNOWN_ACCESS)

    def set_contact(self, *, name: object = "", email: object = "", address: object = "") -> None:
        """Take whom to ask."""
        mail = self._line("contact", email).removeprefix("mailto:")
        self._fields["contact"] = Contact(
            name=self._line("contact", name),
            email=mail.rpartition("/")[2] if "://" in mail and "@" in mail else mail,  # it was taken for an address
            address=self._web_address("contact", address),
        )

    def mark_synthetic(self) -> None:
        """Take that the source calls the data made up; a keyword that says just that does so, too."""
        self._fields["synthetic"] = True

    # ── When and where ────────────────────────────────────────────────────────────────────────────────────────────
    def set_frequency(self, value: object) -> None:
        """Take how often it is renewed."""
        text = self._line("frequency", value)
        if not text:
            return
        self._fields |= {"frequency_text": text, "frequency": find_frequency(text)}
        if self._fields["frequency"] is None:
            self.notes.add("frequency", text, reasons.UNKNOWN_FREQUENCY)

    def set_date(self, field: Literal["issued", "modified"], value: object) -> None:
        """Take when it was issued or modified; ``R/P1D`` there says how often instead."""
        text = self._line(field, value)
        if not text:
            return
        self._fields |= {f"{field}_text": text, field: read_date(text)}
        if self._fields[field] is None:
            self.notes.add(field, text, reasons.NO_DATE)
            if text.startswith("R/") and "frequency_text" not in self._fields:
                self.set_frequency(text)

    def set_temporal(self, value: object = "", *, start: object = "", end: object = "") -> None:
        """Take the period that it covers, as one text or by both ends."""
        text = self._line("temporal", value)
        begin, finish = text_of(start), text_of(end)
        if not (text or begin or finish):
            return
        found = (read_date(begin), last_date(finish)) if begin or finish else read_period(text)
        first, last = found if _is_in_order(*found) else (None, None)
        self._fields |= {"temporal_start": first, "temporal_end": last}
        self._fields["temporal_text"] = text or self._line("temporal", f"{begin}/{finish}")
        if first is None and (last is None or begin):
            self.notes.add("temporal", self._fields["temporal_text"], reasons.NO_PERIOD)

    def add_places(self, *values: object) -> None:
        """Take names and addresses of places, rectangles and shapes; of several shapes the first counts."""
        for value in values:
            box = find_box(value)
            if box is not None:
                if self._fields.setdefault("bbox", box) != box:
                    self.notes.add("spatial", spoken(list(box)), reasons.FIRST_KEPT)
            elif text_of(value) and len(text_of(value)) <= MAX_LINE:
                self._add_lines(self._places, "spatial", [value])
            elif value not in (None, "", [], {}):
                self.notes.add("spatial", spoken(value), reasons.NO_PLACE)

    def set_box(self, numbers: Any) -> None:
        """Take west, south, east, north."""
        box = box_of_numbers(numbers)
        if box is not None:
            self._fields["bbox"] = box
        elif numbers is not None:
            self.notes.add("spatial", spoken(numbers), reasons.NO_PLACE)

    # ── Whether it should still be used ───────────────────────────────────────────────────────────────────────────
    def set_retired(self, *statuses: object, since: object = "") -> None:
        """Take how it stands: the first status that says that it should no longer be used; others say nothing here."""
        texts = [self._line("retired", status) for status in statuses]
        said = next(((text, word) for text in texts if text and (word := find_retirement(text))), None)
        if said is not None and "retired" not in self._fields:
            self._fields |= {"retired_text": said[0], "retired": said[1]}
            self._fields["retired_since"] = read_date(self._line("retired", since))

    def add_file_status(self, *statuses: object) -> None:
        """Take how one of its files stands, once for each; only they have a status in DCAT-AP. All must agree."""
        self._file_statuses.append(tuple(self._line("retired", status) for status in statuses))

    def set_replacement(self, value: object) -> None:
        """Take what to use instead, by its address or identifier at the source: what is replaced is deprecated."""
        self._fields["replaced_by"] = self._line("replaced_by", value, limit=MAX_ADDRESS)

    # ── Where to find it ──────────────────────────────────────────────────────────────────────────────────────────
    def set_homepage(self, value: object) -> None:
        """Take the address of a page about it."""
        self._fields["homepage"] = self._web_address("homepage", value)

    def has_homepage(self) -> bool:
        """Say whether a page is known."""
        return bool(self._fields.get("homepage"))

    def add_languages(self, values: Iterable[object]) -> None:
        """Take the languages that it is in."""
        for value in values:
            text = self._line("language", value, limit=MAX_WORD)
            tag = find_language(text) if text else None
            if tag and len(self._languages) < MAX_ITEMS:
                self._languages[tag] = None
            elif text:
                self.notes.add("language", text, reasons.UNKNOWN_LANGUAGE)

    def only_language(self) -> str:
        """Return the language that the source states for the whole, where it is one."""
        return next(iter(self._languages)) if len(self._languages) == 1 else UNKNOWN

    def add_distribution(self, url: object, **said: Unpack[Said]) -> None:
        """Take one form in which the data can be had; without an address there is nothing to keep but a note."""
        if len(self._distributions) >= MAX_DISTRIBUTIONS:
            self._left_out += 1
            return
        found = make_distribution(url, notes=self.notes, **said)
        if found is not None:
            self._distributions.append(found)

    def add_fields(self, fields: Iterable[RecordField]) -> None:
        """Take columns; one that is called as an earlier one adds to what is said of that."""
        merge_fields(self._columns, fields)

    # ── The whole ─────────────────────────────────────────────────────────────────────────────────────────────────
    def finish(self, original: object = None) -> Record:
        """Return the record; raises Unusable where nothing names it."""
        self._name_it()
        if self._left_out:
            self.notes.add("distribution", str(self._left_out), reasons.TOO_MANY)
        self._set_license()
        self._set_theme()
        self._set_retirement()
        if any(fold(word) in _MADE_UP for words in self._keywords.values() for word in words):
            self.mark_synthetic()
        return Record(
            kind=self._kind,
            **{key: value for key, value in self._fields.items() if value is not None},
            title=self._first_texts(self._titles, "title"),
            description={tag: self._joined(texts) for tag, texts in self._descriptions.items()},
            keywords={tag: tuple(words) for tag, words in self._keywords.items()},
            categories=tuple(self._categories),
            publisher=self._first_texts(self._publishers, "publisher"),
            rights=tuple(self._rights),
            spatial=tuple(self._places),
            languages=tuple(self._languages),
            distributions=tuple(self._distributions),
            distributions_left_out=self._left_out,
            fields=tuple(self._columns.values()),
            original=as_json(original, limit=MAX_ORIGINAL),
            notes=self.notes.listed(),
        )

    def _name_it(self) -> None:
        titles = [text for texts in self._titles.values() for text in texts]
        identifier = self._fields.get("id")
        if not identifier and not titles:
            raise Unusable(reasons.NAMELESS)
        if not identifier:
            publishers = [text for texts in self._publishers.values() for text in texts]
            known = json.dumps([sorted(titles), sorted(publishers), self._fields.get("homepage", "")])
            self._fields["id"] = "title:" + hashlib.sha256(known.encode()).hexdigest()[:16]
            self.notes.add("id", titles[0], reasons.NO_IDENTIFIER)
        if not titles:
            self.add_title(self._fields.get("name") or identifier)
            self.notes.add("title", "", reasons.NO_TITLE)

    def _set_license(self) -> None:
        """Set the licence: the dataset's own, else that of all its files where these agree; none that is taken back."""
        license, texts = choose_license(self._licenses, field="license", notes=self.notes)
        stated = {distribution.license for distribution in self._distributions}
        if not texts and len(stated) == 1 and None not in stated:
            license = stated.pop()
            self.notes.add("license", license or "", reasons.LICENSE_OF_FILES)
        reserved = next((text for text in self._rights if license and takes_back(text, license)), "")
        if reserved:
            self.notes.add("rights", reserved, reasons.RESERVED_RIGHTS)
        self._fields |= {"license": None if reserved else license, "license_texts": texts}

    def _set_theme(self) -> None:
        keywords = [word for words in self._keywords.values() for word in words]
        titles = [text for texts in self._titles.values() for text in texts]
        theme, words = find_theme(list(self._categories), keywords, titles)
        self._fields |= {"theme": theme, "theme_words": words[:MAX_ITEMS]}
        if theme is None and (self._categories or keywords):
            self.notes.add("theme", ", ".join([*self._categories, *keywords]), reasons.UNKNOWN_THEME)

    def _set_retirement(self) -> None:
        """Set how it stands where only its files say so, or only what replaces it; what replaces itself is a slip."""
        found = [next(filter(find_retirement, statuses), "") for statuses in self._file_statuses]
        if "retired" not in self._fields and found and all(found):
            self.set_retired(*found)
            self.notes.add("retired", found[0], reasons.RETIRED_FILES)
        other = self._fields.get("replaced_by", "")
        if other in (self._fields.get(field) for field in ("id", "address", "name")):
            other = self._fields["replaced_by"] = ""
        if other and "retired" not in self._fields:
            self._fields["retired"] = "deprecated"

    # ── Texts ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def _line(self, field: str, value: object, *, limit: int = MAX_LINE) -> str:
        """Return a text that is bounded and clean; what is no text is noted."""
        return self.notes.take(field, value, limit=limit)

    def _add_text(self, table: dict[str, list[str]], field: str, value: object, language: str, *, limit: int) -> None:
        text = self._line(field, value, limit=limit)
        if text and (len(table) < MAX_ITEMS or _tag(language) in table):
            texts = table.setdefault(_tag(language), [])
            if text not in texts:
                texts.append(text)

    def _first_texts(self, table: dict[str, list[str]], field: str) -> dict[str, str]:
        """Return the first text in each language; others are noted."""
        for texts in table.values():
            if len(texts) > 1:
                self.notes.add(field, " | ".join(texts[1:]), reasons.FIRST_KEPT)
        return {tag: texts[0] for tag, texts in table.items()}

    def _joined(self, texts: list[str]) -> str:
        return self._line("description", "\n\n".join(texts), limit=MAX_DESCRIPTION)

    def _add_lines(self, table: dict[str, None], field: str, values: Iterable[object]) -> None:
        for value in values:
            text = self._line(field, value)
            if text and len(table) < MAX_ITEMS:
                table[text] = None
            elif text:
                self.notes.add(field, "", reasons.TOO_MANY)

    def _web_address(self, field: str, value: object) -> str:
        text = self._line(field, value, limit=MAX_ADDRESS)
        address = find_fetchable(text)
        if text and not address:
            self.notes.add(field, text, reasons.NO_ADDRESS)
        return address[:MAX_ADDRESS]


def _tag(language: str) -> str:
    is_tag = 2 <= len(language) <= 35 and language.replace("-", "").isalnum() and language.isascii()
    return language if is_tag else UNKNOWN


def _is_in_order(first: date | None, last: date | None) -> bool:
    return first is None or last is None or first <= last
