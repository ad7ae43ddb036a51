"""What people type is there, is all there is, and costs nothing until it is used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import datahall


def test_the_public_names_are_those_that_all_lists() -> None:
    assert sorted(datahall._HOMES) == datahall.__all__ == sorted(datahall.__all__)
    assert all(getattr(datahall, name) is not None for name in datahall.__all__)
    assert set(dir(datahall)) == {*datahall.__all__, "__version__"}


def test_a_name_that_is_none_is_an_attribute_error() -> None:
    assert not hasattr(datahall, "frobnicate")


def test_every_module_says_what_it_is_for() -> None:
    files = Path(datahall.__file__).parent.glob("*.py")
    assert all(file.read_text().startswith('"""') for file in files)


def test_importing_datahall_loads_no_engine_and_takes_a_fifth_of_a_second_at_most() -> None:
    code = (
        "import sys, time; start = time.perf_counter(); import datahall; took = time.perf_counter() - start\n"
        "heavy = {'polars', 'pandas', 'pyarrow', 'duckdb', 'intake', 'pydantic', 'yaml', 'httpx', 'babel', 'numpy'}\n"
        "print(sorted(heavy & set(sys.modules)), took <= 0.2)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] True"


def test_finding_a_dataset_loads_no_engine() -> None:
    code = (
        "import sys, datahall; datahall.dataset('resources/nile-flow').title(); datahall.search('nile')\n"
        "print(sorted({'polars', 'pandas', 'pyarrow', 'duckdb', 'intake', 'httpx'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
