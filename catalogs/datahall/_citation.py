"""How to cite a version of a dataset, for people and for reference managers. Pure."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._entries.entry import Texts, choose_text
from ._messages import chosen_language
from ._vocabulary import licenses, publishers

if TYPE_CHECKING:
    from ._dataset import Dataset
    from ._entries.entry import Entry


@dataclass(frozen=True)
class Citation:
    """One citation in the forms that people and programs use."""

    texts: dict[str, str]
    bibtex: str
    ris: str
    csl: dict[str, Any]

    @property
    def text(self) -> str:
        """The sentence for a list of references, in the environment's language."""
        return self.texts[chosen_language()]

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(self.text)}</p><pre>{html.escape(self.bibtex)}</pre>"


@dataclass(frozen=True)
class _Work:
    """What is cited; texts by language where the forms differ by it."""

    id: str
    title: Texts
    publisher: Texts
    license: str
    license_title: Texts
    year: str | None
    version: str | None
    address: str
    synthetic: bool = False


def cite(dataset: Dataset) -> Citation:
    """Return the citation of `dataset` in the version that it reads."""
    card, version = dataset.card, dataset.version
    publisher, terms = publishers()[card.publisher].title, licenses()[card.license].title
    return _cite(
        _Work(
            id=dataset.id,
            title={"en": card.title.en, "zh": card.title.zh},
            publisher={"en": publisher.en, "zh": publisher.zh},
            license=card.license,
            license_title={"en": terms.en, "zh": terms.zh},
            year=_year_of(version or card.version_date()),
            version=version,
            address=card.homepage or "",
            synthetic=card.synthetic,
        )
    )


def cite_entry(entry: Entry, *, homepage: str | None = None) -> Citation:
    """Return the citation of a dataset of another portal, as far as that portal says who made it and when.

    `homepage` is where the portal presents it, where that is known better than the entry says.
    """
    terms = licenses().get(entry.license or "")
    publisher = entry.publisher.title if entry.publisher else {}  # a portal is not who made the data
    day = entry.modified or entry.issued
    own_words = entry.license_texts[0] if entry.license_texts else ""
    languages = ("en", "zh")
    return _cite(
        _Work(
            id=entry.id,
            title={language: entry.title_in(language) for language in languages},
            publisher={language: choose_text(publisher, language=language) for language in languages},
            license=entry.license or own_words,
            license_title={language: terms.title[language] if terms else own_words for language in languages},
            year=str(day.year) if day else None,
            version=entry.version,
            address=(entry.homepage if homepage is None else homepage) or _find_file_address(entry),
        )
    )


def _find_file_address(entry: Entry) -> str:
    """Return the first address of the web at which a source offers the data; empty where it names none."""
    addresses = (each.url for each in entry.distributions)
    return next((address for address in addresses if address.startswith(("http://", "https://"))), "")


def _cite(work: _Work) -> Citation:
    name = f"Datahall {work.id}"
    title, day = f"{work.title['en']} [{'Synthetic dataset' if work.synthetic else 'Dataset'}]", work.year or "n.d."
    english = [
        # Where nobody is named as the author the title stands in that place (APA 7, 9.12).
        f"{work.publisher['en']} ({day}). {title}." if work.publisher["en"] else f"{title}. ({day}).",
        f"{name}, version {work.version}." if work.version else f"{name}.",
        f"{work.license_title['en']}." if work.license_title["en"] else "",
        work.address,
    ]
    chinese = [
        f"{work.publisher['zh']}." if work.publisher["zh"] else "",
        f"{work.title['zh']}{'（合成数据）' if work.synthetic else ''}[DB/OL].",
        f"({work.year})." if work.year else "",
        f"{name}，版本 {work.version}." if work.version else f"{name}.",
        f"{work.license_title['zh']}." if work.license_title["zh"] else "",
        work.address,
    ]
    return Citation(
        texts={"en": " ".join(filter(None, english)), "zh": " ".join(filter(None, chinese))},
        bibtex=_bibtex(work),
        ris=_ris(work),
        csl=_csl(work),
    )


def _year_of(version: str) -> str | None:
    return version[:4] if version[:4] != "0000" else None


def _bibtex(work: _Work) -> str:
    kind = "Synthetic Datahall" if work.synthetic else "Datahall"
    note = f"{kind} dataset {work.id}. {work.license_title['en']}".rstrip(". ")
    entries = {
        "title": "{" + _tex(work.title["en"]) + "}",
        "author": "{" + _tex(work.publisher["en"]) + "}" if work.publisher["en"] else "",
        "publisher": _tex(work.publisher["en"]),
        "year": work.year,
        "version": work.version,
        "url": re.sub(r"[{}\\\s]", "", work.address),
        "note": _tex(note),
    }
    lines = [f"  {key} = {{{value}}}" for key, value in entries.items() if value]
    key = re.sub(r"\W+", "-", work.id)
    return f"@misc{{{key},\n" + ",\n".join(lines) + "\n}"


def _tex(text: str) -> str:
    """Return `text` on one line with TeX's special characters escaped."""
    return re.sub(r"([&%$#_{}])", r"\\\1", _line(text.replace("\\", " ")))


def _ris(work: _Work) -> str:
    """Return the record that EndNote, Zotero and the like import; its lines end as the format asks."""
    tags = [
        ("TY", "DATA"),
        ("ID", work.id),
        ("TI", work.title["en"]),
        ("AU", work.publisher["en"]),
        ("PB", work.publisher["en"]),
        ("PY", work.year),
        ("ET", work.version),
        ("UR", work.address),
        ("DP", "Datahall"),
        ("N1", f"Synthetic data. {work.license_title['en']}" if work.synthetic else work.license_title["en"]),
    ]
    lines = [f"{tag}  - {_line(value)}" for tag, value in tags if value]
    return "\r\n".join([*lines, "ER  - ", ""])


def _line(text: str) -> str:
    """Return `text` on one line: a line of its own would be another field."""
    return " ".join(text.split())


def _csl(work: _Work) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": work.id,
        "type": "dataset",
        "title": work.title["en"],
    }
    optional = {
        "author": [{"literal": work.publisher["en"]}] if work.publisher["en"] else None,
        "publisher": work.publisher["en"],
        "license": work.license,
        "URL": work.address,
        "genre": "synthetic data" if work.synthetic else "",
        "issued": {"date-parts": [[int(work.year)]]} if work.year else None,
        "version": work.version,
    }
    return item | {key: value for key, value in optional.items() if value}
