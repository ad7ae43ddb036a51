"""What cannot be read is told in the reader's language; a library's own words stand in quotes at the end."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import datahall
import pytest
from datahall._network_faults import explain_fault
from datahall._reader_words import Misfit, explain_reader
from datahall.errors import N_, DatahallError

from tests.catalogs.harvested_records import file, keep_records, record
from tests.catalogs.small_server import Reply, SmallServer, small_server

# Files that are not what they are said to be: name, format, content, and what the message says in both languages.
BAD = {
    "page": ("csv", b"<!DOCTYPE html><html><body>404</body></html>", "a page of the web", "网页"),
    "pdf": ("csv", b"%PDF-1.4\n1 0 obj<<>>endobj", "a PDF document", "PDF 文档"),
    "json": ("json", b'[{"a": 1}, {"a": ', "its JSON is broken", "其 JSON 已损坏"),
    "lines": ("jsonl", b'{"a":1}\n{"a":\n', "its JSON is broken", "其 JSON 已损坏"),
    "xml": ("xml", b"<a><b>1</c></a>", "its XML is broken", "其 XML 已损坏"),
    "workbook": ("xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 2_000, "it is no workbook", "它不是电子表格"),
    "parquet": ("parquet", b"PAR1xxxxPAR1", "it is no Parquet file", "它不是 Parquet 文件"),
    "sqlite": ("sqlite", b"SQLite format 3\0" + b"x" * 500, "it is no SQLite database", "它不是 SQLite 数据库"),
    "packed": ("csv", gzip.compress(b"a,b\n" + b"1,2\n" * 5_000)[:60], "it ends too soon", "内容过早结束"),
}


@pytest.fixture
def portal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallServer]:
    """A portal's file server, and a home that may read from it."""
    with small_server() as running:
        monkeypatch.setenv("DATAHALL_HOME", str(tmp_path))
        monkeypatch.setenv("DATAHALL_TRUSTED_HOSTS", running.netloc)
        yield running


def fail(portal: SmallServer, home: Path, reply: Reply, *, format: str) -> DatahallError:
    """Return the error of opening a harvested dataset whose file is `reply`."""
    portal.answers["/bad"] = reply
    offered = file(f"{portal.url}/bad", format=format, is_download=True)
    keep_records(home, record(offered), address=portal.url)
    with pytest.raises(DatahallError) as caught:
        datahall.dataset("harvested/portal--rain").fetch()
    return caught.value


@pytest.mark.parametrize(("format", "content", "en", "zh"), BAD.values(), ids=BAD)
def test_a_file_that_is_not_what_it_is_said_to_be_is_told_in_both_languages(
    format: str, content: bytes, en: str, zh: str, portal: SmallServer, tmp_path: Path
) -> None:
    error = fail(portal, tmp_path, Reply(content), format=format)
    assert en in error.message("en")
    chinese = error.message("zh")
    assert zh in chinese
    unquoted = re.sub(r"（读取程序原话：“[^”]*”）", "", chinese)
    assert len(re.findall(r"（读取程序原话", chinese)) <= 1
    assert not re.search(r"[A-Za-z]+ [a-z]+ [a-z]+", unquoted), chinese  # no English sentence outside of the quotes
    assert not re.search(r"\w+Error\b", chinese)


def test_an_answer_that_breaks_off_is_told_in_both_languages(portal: SmallServer, tmp_path: Path) -> None:
    error = fail(portal, tmp_path, Reply(b"a,b\n1,2\n" * 5_000, cut=1_000), format="csv")
    assert "the answer broke off" in error.message("en")
    assert "应答中断" in error.message("zh")


def test_a_librarys_words_are_one_short_line_in_quotes() -> None:
    told = explain_reader(ValueError("bad \x1b[31mbyte\nat line 3\n" + "x" * 5_000), form="csv").message("en")
    assert told.endswith("(its reader says “bad [31mbyte”)")
    assert "ValueError" in explain_reader(ValueError(), form="csv").message("en")
    assert len(explain_reader(ValueError("x" * 5_000)).message("zh")) < 300
    assert "{oops}" in explain_reader(ValueError("{oops}")).message("zh")


@pytest.mark.parametrize(
    ("error", "en"),
    [
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), "no text in the encoding"),
        (LookupError("unknown encoding: klingon"), "no encoding of that name"),
        (KeyError("x"), "it is damaged"),
        (RecursionError("maximum recursion depth exceeded"), "nested beyond measure"),
        (Misfit(N_("there is no {name}"), name="rows"), "there is no rows"),
    ],
    ids=["bytes", "encoding", "key", "depth", "our own"],
)
def test_kinds_of_complaints_are_told_apart(error: Exception, en: str) -> None:
    told = explain_reader(error)
    assert en in told.message("en")
    assert told.message("zh") != told.message("en")


def test_faults_of_tls_and_http_are_told_in_both_languages() -> None:
    import ssl

    import httpx

    for error in (
        ssl.SSLCertVerificationError(1, "certificate has expired"),
        httpx.RemoteProtocolError("peer closed"),
        httpx.ConnectError("[SSL: WRONG_VERSION_NUMBER]"),
    ):
        told = explain_fault(error)
        assert isinstance(told, DatahallError)
        assert told.message("zh") != told.message("en")
