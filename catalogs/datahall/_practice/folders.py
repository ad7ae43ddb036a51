"""The folder that a city's tables are written to: it holds one city, and says in a README.md what it holds."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from .._messages import translate
from ..errors import N_, DatahallError, StoreFailed
from .city import City
from .tables import EDITION, PLACES

MARK = "datahall.practice"  # the key by which a Parquet file is known as ours
README = "README.md"
_OURS = "<!-- datahall practice -->"  # by this line the README.md is known as ours
_MADE_UP = N_("All of it is made up: nobody and nothing in these tables exists.")
_CITY = N_("The practice city with {population} people and the seed {seed}, edition {edition}; made by:")


@dataclass(frozen=True)
class Found:
    """A practice table in a folder: of which city it is, and how many rows it has."""

    population: int
    seed: int
    edition: int
    rows: int


def read_mark(file: Path) -> Found | None:
    """Return of which city a file is; None where it is no practice table."""
    try:
        about = pq.read_metadata(file)
        told = json.loads((about.metadata or {})[MARK.encode()])
        return Found(int(told["population"]), int(told["seed"]), int(told["edition"]), about.num_rows)
    except (pa.ArrowInvalid, OSError, KeyError, ValueError, TypeError):
        return None


def prepare_folder(city: City, *, folder: Path, tables: Collection[str], force: bool) -> None:
    """Refuse a folder that holds another city, whose tables would not agree; with `force`, remove these tables.

    Raises
    ------
    DatahallError
        There is a table of another population or seed, or one of another edition that would stay.
    """
    found = {table: read_mark(folder / f"{table}.parquet") for table in PLACES}
    others = {
        table: each
        for table, each in found.items()
        if each is not None
        and ((each.population, each.seed) != (city.population, city.seed)
             or (each.edition != EDITION and table not in tables))
    }  # fmt: skip
    if others and not force:
        table, other = next(iter(others.items()))
        raise DatahallError(
            N_("{path} is of another city: {population} people, seed {seed}, edition {edition}."),
            code="another-city",
            path=folder / f"{table}.parquet",
            population=f"{other.population:,}",
            seed=other.seed,
            edition=other.edition,
            hint=N_("Name another folder with --into, or remove that city's tables with --force."),
        )
    for table in others:
        (folder / f"{table}.parquet").unlink(missing_ok=True)


def write_readme(city: City, *, folder: Path) -> None:
    """List in a README.md which tables the folder holds, in both languages; a README.md of somebody else stays."""
    file = folder / README
    try:
        if file.exists() and _OURS not in file.read_text(encoding="utf-8", errors="replace")[:1_000]:
            return
        file.write_text(_describe(city, folder=folder), encoding="utf-8")
    except OSError as error:
        raise explain_refusal(folder, error) from error


def explain_refusal(folder: Path, error: OSError) -> StoreFailed:
    """Return the error that says why nothing can be written there."""
    return StoreFailed(
        N_("{folder} cannot be written: {reason}."),
        folder=folder,
        reason=error.strerror or error,
        hint=N_("Name another folder with --into."),
    )


def _describe(city: City, *, folder: Path) -> str:
    values = {"population": f"{city.population:,}", "seed": city.seed, "edition": EDITION}
    lines = ["# Practice city · 练习城市", "", _OURS, ""]
    lines += [f"{translate(_MADE_UP, language=language)}\n" for language in ("en", "zh")]
    lines += [f"{translate(_CITY, language=language, **values)}\n" for language in ("en", "zh")]
    lines += ["```sh", f"datahall practice --population {city.population} --seed {city.seed}", "```", ""]
    lines += ["| file | what | 内容 | rows · 行数 |", "|---|---|---|---:|"]
    for table in PLACES:
        found = read_mark(folder / f"{table}.parquet")
        if found is not None:
            en, zh = _titles(table)
            lines.append(f"| `{table}.parquet` | {en} | {zh} | {found.rows:,} |")
    return "\n".join(lines) + "\n"


def _titles(table: str) -> tuple[str, str]:
    """Return what the table's card calls it; its name where there is no card."""
    from .._cards import load_card_of

    loaded = load_card_of(f"{PLACES[table][0]}/practice-{table}")
    return (loaded.card.title.en, loaded.card.title.zh) if loaded else (table, table)
