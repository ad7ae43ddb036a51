"""What app notebooks share: every state is shown, and a picture suits screens, colours and screen readers."""

from __future__ import annotations

import base64
import re

import ipywidgets as widgets
import polars as pl
import pytest
from datahall_voila import Board, Picture, Problem, View, draw_picture, draw_table, read_language, say
from datahall_voila.pictures import DARK, INK


def make_board(render) -> Board:
    board = Board({"year": widgets.IntSlider(value=1, description="Year")}, render)
    board.show()
    return board


def test_a_control_that_is_moved_draws_a_new_view() -> None:
    board = make_board(lambda *, year: View(sentence=f"Year {year}", picture=Picture(f"<picture>{year}</picture>")))

    board.controls["year"].value = 7

    assert "Year 7" in board.sentence.value
    assert board.picture.value == "<picture>7</picture>"


def test_a_problem_is_said_in_place_of_the_picture() -> None:
    def render(*, year: int) -> View:
        raise Problem("Nothing <matches>.")

    board = make_board(render)

    assert "app-empty" in board.sentence.value
    assert "Nothing &lt;matches&gt;." in board.sentence.value
    assert board.picture.value == ""


def test_an_error_is_said_without_its_details(caplog: pytest.LogCaptureFixture) -> None:
    def render(*, year: int) -> View:
        raise RuntimeError("/srv/secret/path")

    board = make_board(render)

    assert "app-error" in board.sentence.value
    assert "/srv/secret/path" not in board.sentence.value
    assert "/srv/secret/path" in caplog.text


def test_a_view_after_an_error_is_drawn_again() -> None:
    def render(*, year: int) -> View:
        if year == 1:
            raise Problem("no")
        return View(sentence="fine", picture=Picture("<picture></picture>"))

    board = make_board(render)
    board.controls["year"].value = 2

    assert 'class=""' in board.sentence.value


@pytest.mark.parametrize(
    ("value", "language"), [("zh", "zh"), ("zh-Hans", "zh"), ("en", "en"), ("fr", "en"), ("", "en")]
)
def test_the_language_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch, value: str, language: str) -> None:
    monkeypatch.setenv("DATAHALL_LANGUAGE", value)

    assert read_language() == language
    assert say(en="en", zh="zh") == language


def test_a_picture_has_a_wide_and_a_narrow_form_a_text_and_dark_colours() -> None:
    seen = []

    def plot(figure, narrow: bool) -> None:
        seen.append((narrow, figure.get_figwidth()))
        figure.subplots().plot([1, 2], [1, 2], color=INK)

    picture = draw_picture(plot, alt='A "line" & more', heights=(3, 4)).html

    assert [narrow for narrow, _ in seen] == [False, True]
    assert seen[0][1] > seen[1][1]
    assert 'alt="A &quot;line&quot; &amp; more"' in picture
    svgs = [base64.b64decode(data).decode() for data in re.findall(r"base64,([A-Za-z0-9+/=]+)", picture)]
    assert len(svgs) == 2
    for svg in svgs:
        assert "prefers-color-scheme: dark" in svg
        assert DARK[INK] in svg


def test_a_table_names_columns_and_rows_escapes_cells_and_says_what_it_leaves_out() -> None:
    frame = pl.DataFrame({"town": ["<b>A", "B", "C"], "people": [12345, None, 2], "share": [0.125, float("nan"), 1.0]})

    table = draw_table(frame, caption="People <by> town.", columns={"town": "Town", "people": "People"}, most=2).html

    assert '<th scope="col" class="short">Town</th><th scope="col" class="number">People</th>' in table
    assert '<th scope="row" class="short">&lt;b&gt;A</th><td class="number">12,345</td>' in table
    assert '<td class="number">–</td>' in table
    assert "The first 2 of 3 rows." in table
    assert "<by>" not in table
    with pytest.raises(KeyError, match="no column 'nobody'"):
        draw_table(frame, caption="", columns={"nobody": ""})


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([36.15, 100.0, 0.0], ["36.15", "100.00", "0.00"]),
        ([6.3, 8.95, None], ["6.30", "8.95", "–"]),
        ([12.0, 3.0], ["12", "3"]),
        ([-0.04, 1.5], ["-0.04", "1.50"]),
        ([-0.0, 0.5], ["0.0", "0.5"]),
        ([1234.5, 20.0], ["1,234", "20"]),
        ([1234.5, 0.25], ["1,234.50", "0.25"]),
    ],
)
def test_the_numbers_of_a_column_have_as_many_decimals_and_no_zero_is_negative(
    values: list[float | None], shown: list[str]
) -> None:
    frame = pl.DataFrame({"town": [str(at) for at in range(len(values))], "share": values})

    table = draw_table(frame, caption="c", columns={"town": "Town", "share": "Share"}).html

    assert re.findall(r"<td[^>]*>([^<]*)</td>", table) == shown


def test_a_column_of_short_values_keeps_each_on_a_line_and_one_of_sentences_does_not() -> None:
    frame = pl.DataFrame({"name": ["兰亭区"], "why": ["事故 1 起；责令改正 1 次；小型企业"]})

    table = draw_table(frame, caption="c", columns={"name": "区", "why": "原因"}).html

    assert '<th scope="row" class="short">兰亭区</th><td>' in table


def test_a_long_table_offers_a_phone_all_its_rows_and_a_short_one_has_nothing_to_offer() -> None:
    few, many = (
        draw_table(pl.DataFrame({"n": range(count)}), caption="c", columns={"n": "N"}).html for count in (6, 7)
    )

    assert "<details" not in few
    assert "<summary><span>Show all 7 rows</span>" in many
    assert many.count("<tr>") == 1 + 7


def test_a_list_is_as_wide_as_its_longest_choice() -> None:
    long = widgets.Dropdown(options=["a", "Diseases of breathing (J06, J18) of the whole city"])
    own = widgets.Dropdown(options=["a"], layout={"flex": "1 1 9rem"})

    board = Board({"year": widgets.Dropdown(options=["a"]), "long": long, "own": own}, lambda **_: View(""))

    assert [control.layout.flex for control in board.controls.values()] == [
        "0 1 15.0rem",
        "0 1 31.0rem",
        "1 1 9rem",
    ]


def test_table_and_method_are_there_only_where_a_view_has_them() -> None:
    frame = pl.DataFrame({"year": [1]})

    def render(*, year: int) -> View:
        if year == 3:
            raise Problem("no")
        table = draw_table(frame, caption="c", columns={"year": "Year"}) if year == 2 else None
        return View(sentence="s", table=table, method="First.\n\nSecond <b>." if year == 2 else "")

    board = make_board(render)
    assert len(board.box.children) == 3

    board.controls["year"].value = 2
    assert [board.table in board.box.children, board.method in board.box.children] == [True, True]
    assert "<p>First.</p><p>Second &lt;b&gt;.</p>" in board.method.value

    board.controls["year"].value = 3
    assert len(board.box.children) == 3
