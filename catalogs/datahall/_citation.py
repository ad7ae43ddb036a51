"""How to cite a version of a dataset, for people and for reference managers. Pure."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._messages import chosen_language
from ._vocabulary import licenses, publishers

if TYPE_CHECKING:
    from ._dataset import Dataset


@dataclass(frozen=True)
class Citation:
    """One citation in the forms that people and programs use."""

    texts: dict[str, str]
    bibtex: str
    csl: dict[str, Any]

    @property
    def text(self) -> str:
        """The sentence for a list of references, in the environment's language."""
        return self.texts[chosen_language()]

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(self.text)}</p><pre>{html.escape(self.bibtex)}</pre>"


def cite(dataset: Dataset) -> Citation:
    """Return the citation of `dataset` in the version that it reads."""
    card, version = dataset.card, dataset.version
    publisher = publishers()[card.publisher].title
    license_title = licenses()[card.license].title
    written = (version or card.version_date())[:4]
    year = written if written != "0000" else None
    english = [
        f"{publisher.en} ({year or 'n.d.'}).",
        f"{card.title.en} [{'Synthetic dataset' if card.synthetic else 'Dataset'}].",
        f"Datahall {dataset.id}, version {version}." if version else f"Datahall {dataset.id}.",
        f"{license_title.en}. {card.homepage or ''}".strip(),
    ]
    chinese = [
        f"{publisher.zh}. {card.title.zh}{'（合成数据）' if card.synthetic else ''}[DB/OL].",
        f"({year})." if year else "",
        f"Datahall {dataset.id}，版本 {version}." if version else f"Datahall {dataset.id}.",
        f"{license_title.zh}. {card.homepage or ''}".strip(),
    ]
    return Citation(
        texts={"en": " ".join(english), "zh": " ".join(part for part in chinese if part)},
        bibtex=_bibtex(dataset, publisher=publisher.en, license_title=license_title.en, year=year),
        csl=_csl(dataset, publisher=publisher.en, year=year),
    )


def _bibtex(dataset: Dataset, *, publisher: str, license_title: str, year: str | None) -> str:
    card = dataset.card
    entries = {
        "title": "{" + escape_tex(card.title.en) + "}",
        "author": "{" + escape_tex(publisher) + "}",
        "publisher": escape_tex(publisher),
        "year": year,
        "version": dataset.version,
        "url": card.homepage,
        "note": escape_tex(f"{'Synthetic ' if card.synthetic else ''}Datahall dataset {dataset.id}. {license_title}"),
    }
    lines = [f"  {key} = {{{value}}}" for key, value in entries.items() if value]
    key = re.sub(r"\W+", "-", dataset.id)
    return f"@misc{{{key},\n" + ",\n".join(lines) + "\n}"


def escape_tex(text: str) -> str:
    """Return `text` with TeX's special characters escaped."""
    return re.sub(r"([&%$#_{}])", r"\\\1", text.replace("\\", " "))


def _csl(dataset: Dataset, *, publisher: str, year: str | None) -> dict[str, Any]:
    card = dataset.card
    item: dict[str, Any] = {
        "id": dataset.id,
        "type": "dataset",
        "title": card.title.en,
        "author": [{"literal": publisher}],
        "publisher": publisher,
        "license": card.license,
    }
    if card.homepage is not None:
        item["URL"] = card.homepage
    if card.synthetic:
        item["genre"] = "synthetic data"
    if year:
        item["issued"] = {"date-parts": [[int(year)]]}
    if dataset.version:
        item["version"] = dataset.version
    return item
