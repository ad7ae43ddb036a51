"""`catalog-open`: from 5,000 cards to one entry in hand, beside plain Intake with the YAML that we write of the same.

Each try is an interpreter of its own that has imported Intake before the clock starts, since both need it. Stock opens
the exported file and takes an entry of it; ours imports `datahall` and takes the same entry of `datahall.catalog`. The
cards are copies of the shipped ones in a home of their own; the first reading of them, which keeps them for all later
ones, is measured apart (`catalog-first-reading`), and so is going through all 5,000 (`catalog-list`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from itertools import count, islice
from pathlib import Path

from tests.benchmarks.measurement import Measurement, Tries

ENTRIES = 5_000
ROUNDS, LIST_ROUNDS, STOCK_ROUNDS = 10, 3, 1  # stock takes up to a minute
LIMIT = 120.0  # seconds
SHIPPED = Path(__file__).resolve().parents[2] / "catalogs/datasets"

CLOCK = "import intake, sys, time; began = time.perf_counter(); "
OURS = CLOCK + (
    "import datahall; theme, name = sys.argv[1].split('/'); entry = datahall.catalog[theme][name]; "
    "took = time.perf_counter() - began; assert entry.kwargs['dataset_id'] == sys.argv[1]; print(took)"
)
STOCK = CLOCK + (
    "entry = intake.from_yaml_file(sys.argv[2])[sys.argv[1]]; took = time.perf_counter() - began; "
    "assert sys.argv[1] in str(entry.kwargs['data'].url); print(took)"
)
LIST = CLOCK + (
    "import datahall; ids = [f'{theme}/{name}' for theme in datahall.catalog for name in datahall.catalog[theme]]; "
    f"took = time.perf_counter() - began; assert len(ids) == {ENTRIES}, len(ids); print(took)"
)
FIRST = (
    "import time; began = time.perf_counter(); from datahall._cards import load_shelf; shelf = load_shelf(); "
    f"took = time.perf_counter() - began; assert len(shelf.cards) == {ENTRIES}; print(took)"
)
EXPORT = (
    "import datahall, pathlib, sys; pathlib.Path(sys.argv[1]).write_text("
    "datahall.to_intake_yaml(datahall.datasets(), store_url='file:///srv/store'))"
)


def measure() -> list[Measurement]:
    """Measure both, one interpreter after the other."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "home")
        wanted = copy_cards(home / "datasets")
        exported = Path(folder, "catalog.yaml")
        first = _run(FIRST, home=home)
        _run(EXPORT, str(exported), home=home)
        ours = Tries(tuple(_run(OURS, wanted, home=home) for _ in range(ROUNDS + 1))[1:], 0, LIMIT)
        stock = Tries(tuple(_run(STOCK, wanted, str(exported), home=home) for _ in range(STOCK_ROUNDS)), 0, LIMIT)
        listed = Tries(tuple(_run(LIST, home=home) for _ in range(LIST_ROUNDS)), 0, LIMIT)
    note = (
        f"{ENTRIES:,} entries, new interpreters with Intake imported, until one entry is in hand; "
        f"median of {ROUNDS} (stock: one try); stock is Intake with the YAML exported from the same cards"
    )
    return [
        Measurement("catalog-open", "s", ours.median, stock.median, note=note),
        Measurement("catalog-list", "s", listed.median, stock.median, note="the ids of all entries; stock as above"),
        Measurement("catalog-first-reading", "s", first, None, note="all cards parsed and checked for the first time"),
    ]


def copy_cards(folder: Path) -> str:
    """Write copies of the shipped cards until there are enough with them; return the id of one in the middle."""
    shipped = sorted(SHIPPED.glob("*/*.yaml"))
    numbered = ((file, number) for number in count(1) for file in shipped)
    ids = []
    for file, number in islice(numbered, ENTRIES - len(shipped)):
        target = folder / file.parent.name / f"{file.stem}-copy-{number}.yaml"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
        ids.append((file.parent.name, target.stem))
    theme, name = next(each for each in ids[len(ids) // 2 :] if each[0] == "weather")
    return f"{theme}/{name}"


def _run(program: str, *arguments: str, home: Path) -> float:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DATAHALL_")}
    result = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=environment | {"DATAHALL_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
        timeout=LIMIT,
        cwd="/",
    )
    return float(result.stdout) if result.stdout.strip() else 0.0
