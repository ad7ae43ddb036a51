"""What cannot be meant is refused in a sentence: which argument, what it was, and what to do."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from typing import Any

import datahall
import httpx
import polars as pl
import pytest
from datahall import cli
from datahall._addresses import unreachable
from datahall._network_faults import explain_fault
from datahall._places.countries import load_countries


@pytest.mark.parametrize("wrong", [None, 5, ["a"]], ids=repr)
@pytest.mark.parametrize("call", [datahall.dataset, datahall.search], ids=lambda call: call.__name__)
def test_what_is_no_text_is_said_to_be_none(call: Callable[[Any], object], wrong: object) -> None:
    with pytest.raises(datahall.WrongType, match="is a text, not") as caught:
        call(wrong)
    assert isinstance(caught.value, TypeError)
    assert repr(wrong) in str(caught.value)


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--population", "0", "at least 1"),
        ("--population", "99999999", "at most 18000000"),
        ("--seed", "-1", "at least 0"),
    ],
)
def test_a_number_out_of_bounds_is_told_the_bound(
    option: str, value: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["practice", option, value]) == 2
    assert f"The value of {option} must be {words}." in capsys.readouterr().err


@pytest.mark.parametrize(("wrong", "side"), [(0, "left"), (1, "right")], ids=["left", "right"])
def test_a_join_by_places_says_which_table_lacks_the_column(wrong: int, side: str) -> None:
    tables = [pl.DataFrame({"地区": ["北京"]}), pl.DataFrame({"地区": ["北京"]})]
    tables[wrong] = pl.DataFrame({"place": ["北京"]})

    with pytest.raises(datahall.InvalidQuery, match=f"The {side} table has no column 地区") as caught:
        datahall.join_places(tables[0], tables[1], on="地区")

    assert {"left": "左表", "right": "右表"}[side] in caught.value.message("zh")


@pytest.mark.parametrize(("name", "codes"), [("Congo", {"CG", "CD"}), ("刚果", {"CG", "CD"}), ("Korea", {"KR", "KP"})])
def test_a_name_of_two_countries_is_not_guessed(name: str, codes: set[str]) -> None:
    found, _ = load_countries().find(name)
    assert {place.code for place in found} == codes
    joined = datahall.join_places(
        pl.DataFrame({"c": [name, "France"]}), pl.DataFrame({"c": [*codes, "FR"]}), on="c", places="country"
    )
    assert joined.ambiguous["value"].to_list() == [name]


def _as_httpx_says(error: OSError) -> httpx.ConnectError:
    try:
        raise httpx.ConnectError(str(error)) from error
    except httpx.ConnectError as caught:
        return caught


@pytest.mark.parametrize(
    ("error", "en", "zh"),
    [
        (socket.gaierror(-2, "Name or service not known"), "the name a.example was not found", "找不到名称 a.example"),
        (ConnectionRefusedError(111, "Connection refused"), "the server refused the connection", "服务器拒绝连接"),
        (TimeoutError("timed out"), "no answer came in time", "未能及时得到应答"),
        (ConnectionResetError(104, "reset"), "the connection broke off", "连接中断"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "no way leads there", "没有通往该处的网络路由"),
    ],
    ids=["name", "refused", "late", "broken", "no route"],
)
def test_faults_of_the_network_are_told_in_the_readers_language(error: OSError, en: str, zh: str) -> None:
    for raised in (error, _as_httpx_says(error)):
        told = unreachable("https://a.example/x.csv", explain_fault(raised, host="a.example"))
        assert en in told.message("en")
        assert zh in told.message("zh")
        assert "Errno" not in told.message("zh")


def test_a_fault_that_is_not_common_is_told_as_it_was_said() -> None:
    assert explain_fault(OSError("the cable is wet")) == "the cable is wet"
