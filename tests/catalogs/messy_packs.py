"""Make the messy files that no diff could show: workbooks, archives, databases and cut files, from readable content."""

from __future__ import annotations

import bz2
import gzip
import lzma
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from io import BytesIO
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet
import shapefile
import xlwt

TEXTS = Path(__file__).parent / "messy"

COUNCILS = [
    ["Waste by council, 2023", None, None, None, None],
    [None, None, None, None, None],
    ["Council", "Collected", None, "Inspected on", "Cost (GBP)"],
    [None, "paper", "glass", None, None],
    ["Northfield", 1250, 310, date(2023, 4, 3), 1200.5],
    ["Easton", 980, "n/a", date(2023, 5, 12), 800],
    ["Westbury", 2100, 275, date(2023, 6, 30), 1999.99],
    ["Total", "=SUM(B5:B7)", 585, None, 4000.49],
    [None, None, None, None, None],
    ["Source: council returns", None, None, None, None],
]


def make_pack(name: str, *, folder: Path) -> Path:
    """Write the file `name` into `folder`, and return its path."""
    file = folder / name
    _MAKERS[name](file)
    return file


def _council_workbook(file: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Councils"
    for row in COUNCILS:
        sheet.append(row)
    for merged in ("A1:E1", "B3:C3", "A3:A4", "D3:D4", "E3:E4"):
        sheet.merge_cells(merged)
    staff = book.create_sheet("人员")
    for row in (["姓名", "工号", "入职"], ["张三", "007", datetime(2020, 1, 6, 8, 30)], ["李四", "012", None]):
        staff.append(row)
    book.create_sheet("Sheet3")
    notes = book.create_sheet("lookup")
    notes.append(["code", "meaning"])
    notes.append([1, "open"])
    notes.sheet_state = "hidden"
    book.save(file)


def _old_workbook(file: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("价格")
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for column, name in enumerate(["品名", "日期", "价格（元）"]):
        sheet.write(0, column, name)
    for row, (name, when, price) in enumerate(
        [("大米", date(2024, 3, 1), 5.2), ("面粉", date(2024, 3, 1), 4), ("食油", date(2024, 3, 2), "暂无")], start=1
    ):
        sheet.write(row, 0, name)
        sheet.write(row, 1, when, day)
        sheet.write(row, 2, price)
    book.save(str(file))


def _archive(members: dict[str, bytes]) -> Callable[[Path], None]:
    def write(file: Path) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)

    return write


def _packed(text: str, pack: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    return lambda file: file.write_bytes(pack((TEXTS / text).read_bytes())) and None


def _database(file: Path) -> None:
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE loans (id INTEGER PRIMARY KEY, book TEXT, due TEXT, fine REAL)")
        database.executemany(
            "INSERT INTO loans VALUES (?, ?, ?, ?)",
            [(1, "Atlas", "2024-03-01", 0.5), (2, "Tables", "2024-03-09", None), (3, "红楼梦", "2024-04-01", 1.25)],
        )
        database.execute("CREATE TABLE members (name TEXT, since INTEGER)")
        database.execute("INSERT INTO members VALUES ('Ann', 2019)")
        database.execute("CREATE VIEW late AS SELECT * FROM loans WHERE fine > 0")
    database.close()


def _parquet(file: Path) -> None:
    table = pa.table({"ward": ["Abbey", "Mill"], "day": [date(2024, 3, 1), None], "count": [3, 4]})
    pyarrow.parquet.write_table(table, file)


def _zipped_shapes(file: Path) -> None:
    parts = {kind: BytesIO() for kind in ("shp", "shx", "dbf")}
    with shapefile.Writer(**parts, encoding="gb18030") as shapes:
        shapes.field("NAME", "C", size=20)
        shapes.field("BEDS", "N", size=8)
        for x, y, name, beds in [(116.3, 39.9, "协和医院", 1800), (116.4, 39.8, "同仁医院", 1600)]:
            shapes.point(x, y)
            shapes.record(name, beds)
    members = {f"hospitals/hospitals.{kind}": part.getvalue() for kind, part in parts.items()}
    _archive({**members, "hospitals/hospitals.cpg": b"GB18030"})(file)


def _tarball(file: Path) -> None:
    with tarfile.open(file, "w:gz") as archive:
        archive.add(TEXTS / "months.csv", "months.csv")


_MAKERS: dict[str, Callable[[Path], None]] = {
    "councils.xlsx": _council_workbook,
    "councils-named.csv": _council_workbook,
    "prices.xls": _old_workbook,
    "yearbook.csv.gz": _packed("yearbook-gb18030.csv", gzip.compress),
    "months.csv.bz2": _packed("months.csv", bz2.compress),
    "ragged.csv.xz": _packed("ragged.csv", lzma.compress),
    "accounting.csv.zst": _packed(
        "accounting.csv", lambda content: bytes(pa.Codec("zstd").compress(content, asbytes=True))
    ),
    "export.zip": _archive(
        {
            "export/births.csv": b"ward,births\nAbbey,12\nMill,9\n",
            "export/deaths.csv": b"ward,deaths\nAbbey,4\nMill,7\nPark,1\n",
            "export/README.txt": b"Two tables, one for births and one for deaths.\nWritten by the registry.\n",
            "__MACOSX/export/._births.csv": bytes(range(64)),
        }
    ),
    "with-manual.zip": _archive(
        {
            "manual.pdf": b"%PDF-1.4\n1 0 obj <</Type /Catalog>> endobj\n%%EOF\n",
            "scan.png": b"\x89PNG\r\n\x1a\n" + bytes(100),
            "wards.csv": b"ward;share\nAbbey;0,125\nMill;0,875\nPark;1,250\n",
        }
    ),
    "climbing.zip": _archive({"../../../etc/wards.csv": b"ward,count\nAbbey,1\nMill,2\n"}),
    "loans.sqlite": _database,
    "wards.parquet": _parquet,
    "hospitals.zip": _zipped_shapes,
    "months.tar.gz": _tarball,
    "cut.csv.gz": _packed("titles-and-sources.csv", lambda content: gzip.compress(content)[:-30]),
    "noise.dat": lambda file: file.write_bytes(bytes(range(256)) * 20) and None,
    "photo.csv": lambda file: file.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200)) and None,
    "letter.pdf": lambda file: file.write_bytes(b"%PDF-1.4\n1 0 obj <</Type /Catalog>> endobj\n%%EOF\n") and None,
}  # fmt: skip
PACKS = tuple(_MAKERS)
