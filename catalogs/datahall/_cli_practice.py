"""The command ``datahall practice``: write a practice city's tables, with a bar for people and JSON for programs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ._cli_help import Misuse
from ._cli_output import print_json, print_rows, say
from ._messages import speak
from ._practice.tables import PLACES
from .errors import N_


def write_city(*, population: int, seed: int, tables: Sequence[str], folder: Path, force: bool, as_json: bool) -> None:
    """Write the tables, all where none is named, and say what was written."""
    unknown = [table for table in tables if table not in PLACES]
    if unknown:
        raise Misuse(
            N_("The practice city has no table {name}; it has: {tables}."), name=unknown[0], tables=", ".join(PLACES)
        )
    from ._practice.city import City
    from ._practice.folders import prepare_folder, write_readme
    from ._practice.writing import write_parquet

    city = City(population, seed)
    written = []
    wanted = list(dict.fromkeys(tables or PLACES))
    prepare_folder(city, folder=folder, tables=wanted, force=force)
    for table in wanted:
        with _table_progress(table, quiet=as_json) as advance:
            written.append(write_parquet(city, table, folder=folder, advance=advance))
        if not as_json:
            print_rows([(f"{table:<16}", f"{written[-1].rows:>14,}", str(written[-1].path))])
    write_readme(city, folder=folder)
    if as_json:
        rows = [{"table": w.table, "theme": w.theme, "rows": w.rows, "path": str(w.path)} for w in written]
        print_json({"population": population, "seed": seed, "synthetic": True, "tables": rows})
    else:
        say(speak(N_("All of it is made up: nobody and nothing in these tables exists.")))


@contextmanager
def _table_progress(table: str, *, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """Give a callback that draws a bar over a table's blocks, where a person is watching; else None."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(table, total=None)
        yield lambda made, total: bar.update(task, advance=made, total=total)
