"""The tables of workbooks: each sheet with cells is one; what is special about it is a finding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..._formats.sheets import find_workbooks, read_sheet
from ..._formats.source_file import SourceFile
from ..findings import Finding
from ..raw_tables import RawTable
from .remarks import make_remark


def list_sheet_tables(file: SourceFile, *, form: str) -> list[RawTable]:
    """Return the sheets of a workbook of the format `form`, xlsx or xls."""
    workbooks = find_workbooks(form)
    tables: list[RawTable] = []
    notes: list[Finding] = []
    for name in workbooks.list_sheets(file):
        table = read_sheet(file, form=form, sheet=name)
        if not any(row.cells for row in table.read_rows()):
            notes.append(make_remark("empty-sheet", name=name))
            continue
        traits = workbooks.describe_sheet(file, sheet=name)
        tables.append(replace(table, findings=tuple(_remarks(name, traits=traits))))
    if tables and notes:
        tables[0] = replace(tables[0], findings=(*notes, *tables[0].findings))
    return [replace(table, name=table.name if len(tables) > 1 else "") for table in tables]


def _remarks(name: str, *, traits: dict[str, int]) -> Iterator[Finding]:
    if traits["hidden"]:
        yield make_remark("hidden-sheet", name=name)
    if traits["merged"]:
        yield make_remark("merged-cells", count=traits["merged"])
    if traits["formulas"]:
        yield make_remark("formulas")
