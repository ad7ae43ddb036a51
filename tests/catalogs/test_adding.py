"""What a clerk's messy files come to: each mess is read, named with its line, and nothing is lost."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datahall
import polars as pl
import pyarrow as pa
import pytest
from datahall.cli import run
from datahall.errors import DatahallError, SourceFailed, UnreadableSource
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.catalogs.small_server import Reply, SmallServer

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write text or bytes to a file, and return its path."""

    def write_file(content: str | bytes, *, name: str = "table.csv", encoding: str = "utf-8") -> Path:
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return file

    return write_file


def add_and_fetch(file: Path) -> tuple[Any, pl.DataFrame]:
    """Add a file, keep its card, fetch it; return the table and the frame that a person gets."""
    addition = datahall.add(file, save="statistics/draft")
    (table,) = addition.tables
    frame = datahall.dataset("statistics/draft").polars().collect()
    assert frame.height == table.rows
    return table, frame


def codes(table: Any) -> dict[str, int | None]:
    """Return the first line of each code that was found."""
    found: dict[str, int | None] = {}
    for finding in table.findings:
        found.setdefault(finding.code, finding.line)
    return found


def test_a_clean_file_has_no_findings_and_typed_fields(write: Write) -> None:
    table, frame = add_and_fetch(
        write("name,day,count,share,open\nA,2024-03-01,1,0.5,true\nB,2024-03-02,20,1.5,false\n")
    )
    assert codes(table) == {}
    assert [field["type"] for field in table.fields] == ["string", "date", "integer", "number", "boolean"]
    assert frame.dtypes == [pl.String, pl.Date, pl.Int64, pl.Float64, pl.Boolean]


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8-sig", "utf-8"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
    ],
)
def test_an_encoding_is_told_and_read(write: Write, encoding: str, name: str) -> None:
    table, frame = add_and_fetch(
        write("城市,人口\n北京市,21893095\n上海市,24870895\n重庆市,32054159\n", encoding=encoding)
    )
    assert table.card["sources"][0].get("encoding", "utf-8") == name
    assert frame["城市"].to_list() == ["北京市", "上海市", "重庆市"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("日期,地區,人數\n102年12月31日,臺北市,2602\n103年1月1日,高雄市,1012\n", "big5"),
        ("город,население\nМосква,100\nТверь,5\n", "cp1251"),
        ("город,население\nМосква,100\nТверь,5\n", "koi8_r"),
        ("都市,人口\nとうきょう,1\n東京都,12\n", "shift_jis"),
        ("도시,인구\n서울,1\n부산,2\n", "euc_kr"),
        ("město,počet\nPříbram,1\nŽďár,2\n", "cp1250"),
        ("cidade,x\nSão Paulo,1\nMünchen,2\n", "cp1252"),
        ("ville,x\nBesançon,1\nOrléans,2\n", "mac_roman"),
    ],
    ids=lambda value: value if value.isascii() else "text",
)
def test_the_encoding_that_makes_words_is_chosen(write: Write, text: str, encoding: str) -> None:
    table, frame = add_and_fetch(write(text, encoding=encoding))
    assert table.card["sources"][0]["encoding"] == encoding
    assert frame.rows()[0][-1] is not None
    assert text.split("\n")[2].split(",")[-2] in frame.rows()[1]


def test_bytes_that_no_encoding_has_are_kept_and_told_with_their_line(write: Write) -> None:
    table, frame = add_and_fetch(write("naïve,é\nÀ,1\nÉ,2\nÜ,3\n".encode() + b"\xe9t\xe9,4\n"))
    assert codes(table)["broken-bytes"] == 5
    assert frame["naïve"].to_list()[-1] == "\\xe9t\\xe9"


@pytest.mark.parametrize(("delimiter", "kind"), [(";", "csv"), ("\t", "tsv"), ("|", "csv")])
def test_a_delimiter_is_told(write: Write, delimiter: str, kind: str) -> None:
    table, frame = add_and_fetch(write("a,b\n1,x\n2,y\n".replace(",", delimiter)))
    assert table.card["sources"][0]["format"] == kind
    assert frame.columns == ["a", "b"]


def test_a_first_line_that_names_the_delimiter_is_no_row(write: Write) -> None:
    table, frame = add_and_fetch(write("sep=;\na;b\n1,5;2\n2,5;3\n"))
    assert codes(table)["separator-line"] == 1
    assert frame["a"].to_list() == [1.5, 2.5]


STATISTICS = """2023年全省粮食产量,,
单位：万吨,,
,,
地区,产量,面积（万亩）
甲市,"1,234.5",12
乙市,987.0,—
合计,"2,221.5",12

注：数据来源于统计局,,
资料截至2023年12月,,
"""


def test_titles_units_totals_and_footnotes_are_told_apart_from_rows(write: Write) -> None:
    table, frame = add_and_fetch(write(STATISTICS))
    assert table.rows == 3
    found = codes(table)
    assert (found["title"], found["total-row"], found["footnote"]) == (1, 7, 9)
    assert frame["产量"].to_list() == [1234.5, 987.0, 2221.5]
    assert frame["面积"].to_list() == [12, None, 12]
    fields = {field["name"]: field for field in table.fields}
    assert fields["产量"]["unit"] == "万吨"
    assert fields["面积"]["unit"] == "万亩"


def test_the_texts_of_titles_and_footnotes_are_in_the_findings(write: Write) -> None:
    table, _ = add_and_fetch(write(STATISTICS))
    said = [finding.message.spoken("zh") for finding in table.findings if finding.code in ("title", "footnote")]
    assert said[0] == "表格上方的标题：2023年全省粮食产量"
    assert said[-1] == "表格下方的文字：资料截至2023年12月"


def test_two_header_rows_become_one_name_each(write: Write) -> None:
    table, frame = add_and_fetch(write("town,2020,,2021,\n,men,women,men,women\nA,1,2,3,4\nB,5,6,7,8\nC,9,10,11,12\n"))
    assert codes(table)["header-rows"] == 1
    assert frame.columns == ["town", "n_2020_men", "n_2020_women", "n_2021_men", "n_2021_women"]
    assert frame.height == 3


def test_a_table_without_a_header_keeps_its_first_row(write: Write) -> None:
    table, frame = add_and_fetch(write("1,KGA,5.5\n2,MAG,6.5\n3,HGU,7.5\n"))
    assert codes(table)["no-header"] == 1
    assert frame.height == 3


def test_a_header_shorter_than_its_rows_loses_nothing(write: Write) -> None:
    table, frame = add_and_fetch(write("a,b\n1,2,3\n4,5,6\n7,8,9\n"))
    assert codes(table)["short-header"] == 1
    assert frame["column_3"].to_list() == [3, 6, 9]


def test_ragged_rows_are_kept_and_told_with_their_lines(write: Write) -> None:
    table, frame = add_and_fetch(write('a,b,c\n1,2,3\n4,"5\n6",7\n8,9\n10,11,12,13\n14,15,16\n'))
    found = codes(table)
    assert (found["short-row"], found["long-row"]) == (5, 6)
    assert frame.height == 5
    assert frame.rows()[2] == (8, "9", None, None)
    assert frame.rows()[3] == (10, "11", 12, "13")


def test_lines_count_the_line_ends_within_values(write: Write) -> None:
    rows = "".join(f'"x\ny\nz",{number}\n' for number in range(2000))
    table, _ = add_and_fetch(write(f"text,count\n{rows}end,oops\n"))
    assert codes(table)["misfit"] == 1 + 3 * 2000 + 1


def test_a_value_that_does_not_fit_is_kept_and_told(write: Write) -> None:
    rows = "".join(f"{number},a\n" for number in range(3000))
    table, frame = add_and_fetch(write(f"count,b\n{rows}about 7,a\n"))
    assert codes(table) == {"misfit": 3002}
    assert frame["count"].to_list()[-1] == "about 7"


def test_numbers_deep_in_a_file_may_be_written_otherwise(write: Write) -> None:
    rows = "".join(f"{number % 900};x\n" for number in range(3000))
    _, frame = add_and_fetch(write(f"a;b\n{rows}1.234.567,5;x\n"))
    assert frame["a"].to_list()[-1] == 1234567.5


@pytest.mark.parametrize(
    ("values", "expected", "code"),
    [
        (["1.704,08", "2.000,00", "620,94"], [1704.08, 2000.0, 620.94], "decimal-commas"),
        (["1,234", "1,234,567", "12"], [1234, 1234567, 12], "thousands-separators"),
        (["1 234,5", "2 345,5", "12,0"], [1234.5, 2345.5, 12.0], "decimal-commas"),
        (["1,234", "2,345", "3,456"], [1234, 2345, 3456], "ambiguous-numbers"),
        (["12 %", "13 %", "14.5 %"], [12.0, 13.0, 14.5], "unit-in-values"),
        (["$1,200", "$300", "$4,500,000"], [1200, 300, 4500000], "unit-in-values"),
        (["1", "-", "n/a", *map(str, range(20))], [1, None, None, *range(20)], "missing-marks"),
        (["007", "012", "123"], ["007", "012", "123"], None),
        (["12345678901234567890", *"2" * 20], ["12345678901234567890", *"2" * 20], "code-like-numbers"),
        (["=1+1", "2", "3"], ["=1+1", "2", "3"], "formula"),
    ],
)
def test_numbers_are_read_as_they_are_written(write: Write, values: list[str], expected: list[Any], code: str) -> None:
    table, frame = add_and_fetch(write("name;value\n" + "".join(f"n;{value}\n" for value in values)))
    assert frame["value"].to_list() == expected
    assert code is None or code in codes(table)


@pytest.mark.parametrize(
    ("values", "expected", "code"),
    [
        (["102年12月31日", "99年1月2日"], ["2013-12-31", "2010-01-02"], "roc-dates"),
        (["民國102年12月31日", "民國99年1月2日"], ["2013-12-31", "2010-01-02"], "roc-dates"),
        (["102/12/31", "103/01/02"], ["2013-12-31", "2014-01-02"], "roc-dates"),
        (["2024年3月", "2024年11月"], ["2024-03-01", "2024-11-01"], None),
        (["2024年3月5日", "2024年11月15日"], ["2024-03-05", "2024-11-15"], None),
        (["03/12/2024", "25/12/2024"], ["2024-12-03", "2024-12-25"], None),
        (["03/12/2024", "12/25/2024"], ["2024-03-12", "2024-12-25"], None),
        (["45000", "45001"], ["2023-03-15", "2023-03-16"], "excel-serials"),
        (["20240301", "20240302"], ["2024-03-01", "2024-03-02"], None),
        (["2024-03-01", "25/12/2024", "2024年3月5日"], ["2024-03-01", "2024-12-25", "2024-03-05"], "mixed-dates"),
        (["03/12/2024", "04/11/2024"], ["03/12/2024", "04/11/2024"], "ambiguous-dates"),
        (["1 Mar 2024", "12 Dec 2023"], ["2024-03-01", "2023-12-12"], None),
        (["31.12.2023", "1.1.2024"], ["2023-12-31", "2024-01-01"], None),
        (["2024-02-30", *["2024-02-01"] * 20], ["2024-02-30", *["2024-02-01"] * 20], "misfit"),
    ],
)
def test_dates_are_read_as_they_are_written(write: Write, values: list[str], expected: list[str], code: str) -> None:
    table, frame = add_and_fetch(write("date,n\n" + "".join(f"{value},1\n" for value in values)))
    assert [str(value) for value in frame["date"]] == expected
    assert (code in codes(table)) if code else not table.findings


@pytest.mark.parametrize("text", ["a,b\n", "a,b", "a,b\n,", "a,b\n\n\n,\n", '"a\n1",b\n,\n', " a ,b\n\n,\n"])
def test_a_header_alone_is_a_table_without_rows(write: Write, text: str) -> None:
    table, frame = add_and_fetch(write(text))
    assert (table.rows, frame.height) == (0, 0)


def test_marks_in_a_column_of_words_stay(write: Write) -> None:
    table, frame = add_and_fetch(write("country,dump\nNA,x\nFR,\\N\nDE,y\n"))
    assert frame["country"].to_list() == ["NA", "FR", "DE"]
    assert frame["dump"].to_list() == ["x", None, "y"]
    assert codes(table)["missing-marks"] == 3


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


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('[["a", "b"], [12.50, true], ["word", "y"], ["other", "z"]]', ("12.50", "true")),
        ('[{"a": 12.50, "b": {"c": [1, 2.5]}}, {"a": "word", "b": "y"}]', ("12.50", '{"c": [1, 2.5]}')),
    ],
    ids=["a list of lists", "a nested value"],
)
def test_numbers_of_json_keep_their_digits_and_are_numbers_in_nested_values(
    write: Write, content: str, expected: tuple[str, str]
) -> None:
    _, frame = add_and_fetch(write(content, name="table.json"))
    assert frame.rows()[0] == expected


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
        assert datahall.dataset(f"statistics/draft-{number}").polars().collect().height == table.rows
        for language in ("en", "zh"):
            assert all(finding.as_json(language) for finding in table.findings)


def answer(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, Any]:
    code = run(arguments)
    return code, json.loads(capsys.readouterr().out)


def test_the_answer_in_json_is_what_programs_rely_on(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    code, content = answer(["add", "--json", str(write(STATISTICS))], capsys)
    assert code == 1
    assert content["rows"] == 3
    (table,) = content["tables"]
    assert set(table) == {"name", "rows", "fields", "findings", "card"}
    assert set(table["findings"][0]) == {"code", "severity", "line", "field", "message", "done"}
    assert datahall.Card.model_validate(table["card"], strict=False)


@pytest.mark.parametrize(
    ("content", "code"), [(b"a,b\n1,2\n", 0), (b"a;b\n1;2\n", 1), (b"\0" * 99, 2)], ids=["clean", "findings", "binary"]
)
def test_the_exit_code_says_how_it_went(
    write: Write, capsys: pytest.CaptureFixture[str], content: bytes, code: int
) -> None:
    assert answer(["add", "--json", str(write(content))], capsys)[0] == code


def test_nothing_is_written_unless_asked_for(write: Write, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["add", str(write("a,b\n1,2\n"))]) == 0
    assert not home.exists()
    assert "Nothing was written" in capsys.readouterr().err


def test_a_card_that_is_there_is_not_replaced(write: Write, home: Path) -> None:
    file = write("a,b\n1,2\n")
    datahall.add(file, save="weather/my-rain")
    with pytest.raises(DatahallError) as raised:
        datahall.add(file, save="weather/my-rain")
    assert raised.value.code == "exists"
    assert sorted(path.name for path in (home / "datasets/weather").iterdir()) == ["my-rain.csv", "my-rain.yaml"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "weather/../x", "nowhere/x", "weather/Rain", "weather"])
def test_an_id_that_is_none_is_refused_before_anything_is_read(write: Write, name: str) -> None:
    with pytest.raises(DatahallError) as raised:
        datahall.add(write(""), save=name)
    assert raised.value.code == "invalid-id"


def test_a_table_at_an_address_keeps_the_address(server: SmallServer) -> None:
    server.answers["/rain.csv"] = Reply(b"a,b\n1,2\n")
    (table,) = datahall.add(f"http://{server.netloc}/rain.csv", save="weather/rain").tables
    assert table.card["sources"][0]["url"].endswith("/rain.csv")
    assert datahall.dataset("weather/rain").polars().collect().rows() == [(1, 2)]
