"""What a clerk's messy files come to: each mess is read, named with its line, and nothing is lost."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from tests.catalogs.added_files import STATISTICS, Write, add_and_fetch, codes


def test_a_clean_file_has_no_findings_and_typed_fields(write: Write) -> None:
    table, frame = add_and_fetch(
        write("name,day,count,share,open\nA,2024-03-01,1,0.5,true\nB,2024-03-02,20,1.5,false\n")
    )
    assert codes(table) == {}
    assert [field["type"] for field in table.fields] == ["string", "date", "integer", "number", "boolean"]
    assert frame.dtypes == [pl.String, pl.Date, pl.Int64, pl.Float64, pl.Boolean]


@pytest.mark.parametrize(
    ("moments", "dtype"),
    [
        (["2024-01-01T00:00:00Z", "2024-01-02T12:00:00Z"], pl.Datetime("us", "UTC")),
        (["2012-05-12T00:15:00.000-05:00", "2012-05-12T00:30:00.000-05:00"], pl.Datetime("us", "UTC")),
        (["2024-01-01 00:00:00+0800", "2024-01-01 00:00:00Z"], pl.Datetime("us", "UTC")),
        (["2024-01-01T00:00:00", "2024-01-01 00:00:01"], pl.Datetime("us")),
        (["2024-01-01T00:00:00Z", "2024-01-01T00:00:00"], pl.String),
    ],
    ids=["UTC", "an offset", "both", "local", "some without the offset that others have"],
)
def test_moments_of_all_places_are_in_utc_and_local_ones_as_written(
    write: Write, moments: list[str], dtype: pl.DataType | type[pl.DataType]
) -> None:
    _, frame = add_and_fetch(write("moment,n\n" + "".join(f"{moment},1\n" for moment in moments * 3)))
    assert frame.schema["moment"] == dtype


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


@pytest.mark.parametrize(
    "text",
    [
        "Station;Débit (m³/s);n\nRivière à l'Est n°1;0,5;1\nRivière à l'Est n°2;1,5;2\n",
        "site;flow (m³/s)\nNorth;1.5\nSouth;2.5\n",
        "Messstelle;Durchfluss (m³/s)\nKöln;1,5\nMünchen;2,5\n",
    ],
    ids=["French", "English with one cubic metre", "German"],
)
def test_western_text_with_cubic_metres_is_not_central_european(write: Write, text: str) -> None:
    table, frame = add_and_fetch(write(text, encoding="latin-1"))
    assert table.card["sources"][0]["encoding"] == "cp1252"
    assert any(field.get("unit") == "m³/s" for field in table.fields)
    assert frame[0, 0] == text.split("\n")[1].split(";")[0]


def test_an_encoding_that_is_a_guess_is_told_with_a_word(write: Write) -> None:
    table, _ = add_and_fetch(write("cidade,x\nSão Paulo,1\nBelém,2\n", encoding="cp1252"))
    (guess,) = (finding for finding in table.findings if finding.code == "encoding-guess")
    assert guess.severity == "warning"
    assert guess.message.spoken("en").endswith("as cp1252 a word reads “São”, as cp1250 “Săo”.")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("город,население\nМосква,1\nТверь,2\n", "cp1251"),
        ("城市,人口\n北京市,1\n上海市,2\n", "gb18030"),
        ("Ort;Fläche (m²)\nKöln;1,5\nMünchen;2,5\n", "cp1252"),
    ],
    ids=["Russian", "Chinese", "German"],
)
def test_an_encoding_that_alone_makes_words_is_no_guess(write: Write, text: str, encoding: str) -> None:
    table, _ = add_and_fetch(write(text, encoding=encoding))
    assert "encoding-guess" not in codes(table)


@pytest.mark.parametrize(("delimiter", "kind"), [(";", "csv"), ("\t", "tsv"), ("|", "csv")])
def test_a_delimiter_is_told(write: Write, delimiter: str, kind: str) -> None:
    table, frame = add_and_fetch(write("a,b\n1,x\n2,y\n".replace(",", delimiter)))
    assert table.card["sources"][0]["format"] == kind
    assert frame.columns == ["a", "b"]


def test_a_first_line_that_names_the_delimiter_is_no_row(write: Write) -> None:
    table, frame = add_and_fetch(write("sep=;\na;b\n1,5;2\n2,5;3\n"))
    assert codes(table)["separator-line"] == 1
    assert frame["a"].to_list() == [1.5, 2.5]


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
    assert said[0] == "表格上方的标题：“2023年全省粮食产量”。"
    assert said[-1] == "表格下方的文字：“资料截至2023年12月”。"


@pytest.mark.parametrize(
    ("delimiter", "values", "dtype", "code"),
    [
        (",", ["2", "0", "4", "2,2", "2,4"], pl.String, "lists-kept"),
        (",", ["2"] * 40 + ["0", "2,2", "2,4"], pl.String, "lists-kept"),
        (";", ["2", "0", "4", "2,2", "2,4"], pl.Float64, "ambiguous-commas"),
        (";", ["2", "0", "4", "2,5", "3,75"], pl.Float64, "decimal-commas"),
    ],
    ids=["commas part values", "few values have one", "semicolons part values", "decimals that stand nowhere alone"],
)
def test_several_numbers_in_one_value_are_not_decimals_in_silence(
    write: Write, delimiter: str, values: list[str], dtype: Any, code: str
) -> None:
    rows = "".join(f'n{delimiter}"{value}"\n' for value in values * 5)
    table, frame = add_and_fetch(write(f"name{delimiter}digits\n{rows}"))
    assert frame["digits"].dtype == dtype
    assert code in codes(table)


@pytest.mark.parametrize(
    ("values", "code", "words"),
    [
        (["1,234", "5,678"], "ambiguous-numbers", "“,” in “1,234” stands"),
        (["1,234.5", "5.5"], "thousands-separators", "as in “1,234.5”"),
        (["1,5", "2,25"], "decimal-commas", "as in “1,5”"),
        (["(1.50)", "2.25"], "bracketed-negatives", "as in “(1.50)”"),
        (["1", "soon", *"23456789" * 3], "misfit", "have: whole numbers"),
        ([" North", "South"], "outer-spaces", "“ North” has"),
        (["1", "-", *"23456789" * 3], "missing-marks", "“-” stands for no value"),
    ],
)
def test_a_finding_shows_a_value_in_quotes(write: Write, values: list[str], code: str, words: str) -> None:
    table, _ = add_and_fetch(write("name;value\n" + "".join(f"n;{value}\n" for value in values)))
    assert words in next(found.message.spoken("en") for found in table.findings if found.code == code)


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
        (["2024年3月", "2024年11月"], ["2024-03-01", "2024-11-01"], "months"),
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


def test_lines_of_keys_above_a_table_make_no_document_of_it(write: Write) -> None:
    text = "Source: the office\nNotes:\n- counted by hand\nDate: 2024\nname,count\n" + "A,1\nB,2\nC,3\n" * 5
    table, frame = add_and_fetch(write(text))
    assert table.rows == frame.height == 15
