"""What is packed, damaged, endless or made to harm is opened within bounds, or refused with a code."""

from __future__ import annotations

import bz2
import gzip
import lzma
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import datahall
import pyarrow as pa
import pytest
from datahall.errors import DatahallError, SourceFailed, UnreadableSource
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.catalogs.added_files import Write, accept_draft, add_and_fetch, codes
from tests.catalogs.small_server import Reply, SmallServer


def test_bytes_that_no_encoding_has_are_kept_and_told_with_their_line(write: Write) -> None:
    table, frame = add_and_fetch(write("naïve,é\nÀ,1\nÉ,2\nÜ,3\n".encode() + b"\xe9t\xe9,4\n"))
    assert codes(table)["broken-bytes"] == 5
    assert frame["naïve"].to_list()[-1] == "\\xe9t\\xe9"


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("table.csv.gz", gzip.compress),
        ("table.csv.bz2", bz2.compress),
        ("table.csv.xz", lzma.compress),
        ("table.csv.zst", lambda data: pa.Codec("zstd").compress(data, asbytes=True)),
    ],
)
def test_a_compressed_file_is_unpacked(write: Write, name: str, pack: Callable[[bytes], bytes]) -> None:
    table, frame = add_and_fetch(write(pack(b"a,b\n1,2\n"), name=name))
    assert list(codes(table)) == ["compressed"]
    assert frame.rows() == [(1, 2)]


def test_an_archive_gives_a_table_for_each_file_and_none_leaves_its_folder(tmp_path: Path) -> None:
    file = tmp_path / "tables.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("../../climbing.csv", "a,b\n1,2\n")
        archive.writestr("second.csv", "c,d\n3,4\n5,6\n")
    addition = datahall.add(file)
    assert [(table.name, table.rows) for table in addition.tables] == [("../../climbing.csv", 1), ("second.csv", 2)]
    assert addition.rows == 3
    assert not list(tmp_path.parent.glob("**/climbing.csv"))
    with pytest.raises(DatahallError, match="holds 2 tables"):
        datahall.add(file, save="statistics/draft")
    datahall.add(file, save="statistics/draft", table="second.csv")
    accept_draft("statistics/draft")
    assert datahall.dataset("statistics/draft").polars().collect().rows() == [(3, 4), (5, 6)]
    with pytest.raises(DatahallError, match="holds no table"):
        datahall.add(file, table="third.csv")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\x00\x01\x02\x03" * 5000, "binary"),
        (bytes(range(1, 32)) * 100, "binary"),
        (gzip.compress(b"a,b\n1,2\n" * 1000)[:-20], "truncated"),
        (b"PK\x03\x04 no archive", "truncated"),
        ("a,b\n1,2\n".encode("utf-16") + b"\x00", "truncated"),
        (b"a,b\n1," + b"x" * (40 << 20) + b"\n", "too-long-row"),
        (gzip.compress(bytes(130 << 20), compresslevel=9), "binary"),
    ],
    ids=["empty", "binary", "control characters", "cut gzip", "cut zip", "cut UTF-16", "endless row", "zeros"],
)
def test_what_is_no_table_is_refused_with_a_code(write: Write, content: bytes, code: str) -> None:
    with pytest.raises(UnreadableSource) as raised:
        datahall.add(write(content))
    assert raised.value.code == code


def test_ten_thousand_columns_are_fields(write: Write) -> None:
    header = ",".join(f"c{number}" for number in range(10_000))
    (table,) = datahall.add(write(f"{header}\n" + (",".join(["1"] * 10_000) + "\n") * 3)).tables
    assert (table.rows, len(table.fields)) == (3, 10_000)


def test_a_quote_that_is_never_closed_loses_no_row_in_silence(write: Write) -> None:
    rows = "".join(f"{number},x\n" for number in range(50))
    _, frame = add_and_fetch(write(f'a,b\n1,"open\n{rows}'))
    assert frame.height == 51


def test_an_address_that_leads_into_a_private_network_is_refused(server: SmallServer) -> None:
    server.answers["/away.csv"] = Reply(status=302, headers={"Location": "http://127.0.0.1:1/secret.csv"})
    with pytest.raises(SourceFailed) as raised:
        datahall.add(f"http://{server.netloc}/away.csv")
    assert raised.value.code == "refused-address"
    assert "leads to http://127.0.0.1:1/secret.csv" in str(raised.value)
    with pytest.raises(SourceFailed) as raised:
        datahall.add("http://127.0.0.1:1/secret.csv")
    assert "http://127.0.0.1:1/secret.csv is not a public" in str(raised.value)


CELLS = st.sampled_from(
    [
        "",
        "1",
        "2.5",
        "1,5",
        "x",
        '"a\nb"',
        "=1+1",
        "-",
        "N/A",
        "2024-01-01",
        "102年1月2日",
        "合计",
        " x ",
        "007",
        "5%",
        '""',
    ]
)


ROWS = st.lists(st.lists(CELLS, min_size=1, max_size=5), min_size=1, max_size=12)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, delimiter=st.sampled_from(",;\t"), ending=st.sampled_from(["\n", "\r\n", "\r"]))
def test_whatever_a_file_holds_its_draft_can_be_fetched(
    write: Write, home: Path, rows: list[list[str]], delimiter: str, ending: str
) -> None:
    shutil.rmtree(home, ignore_errors=True)
    file = write(ending.join(delimiter.join(row) for row in [["a", "b"], *rows, ["z", "9"]]))
    tables = datahall.add(file).tables
    for number, table in enumerate(tables):
        datahall.add(file, save=f"statistics/draft-{number}", table=table.name or None)
        accept_draft(f"statistics/draft-{number}")
        assert datahall.dataset(f"statistics/draft-{number}").polars().collect().height == table.rows
        for language in ("en", "zh"):
            assert all(finding.as_json(language) for finding in table.findings)
