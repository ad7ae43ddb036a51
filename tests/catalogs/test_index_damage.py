"""Whatever is damaged of the index, it is made anew, and nobody meets a panic of the engine."""

from __future__ import annotations

import os
from pathlib import Path

import datahall
import pytest
from datahall._index import SearchRequest, open_index

from tests.catalogs.index_holdings import find_folder, forget, harvest, list_holdings, list_ids, make_record, wait_for

SOAK = bool(os.environ.get("DATAHALL_SOAK"))


def _cut_off(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    for at in range(0, len(content), 7):
        content[at] ^= 0xFF
    file.write_bytes(content)


DAMAGES = {
    "cut off": _cut_off,
    "overwritten": _flip,
    "removed": Path.unlink,
    "emptied": lambda file: file.write_bytes(b""),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_index_is_made_anew(damage: str) -> None:
    harvest(make_record("a"), make_record("b"))
    open_index()
    names = sorted(file.name for file in find_folder().iterdir() if not file.name.endswith(".lock"))
    for name in names if SOAK else names[list(DAMAGES).index(damage) :: len(DAMAGES)]:
        forget()
        assert list_ids() == list_holdings()
        forget()
        if (find_folder() / name).is_file():  # of the last index, which may have other names
            DAMAGES[damage](find_folder() / name)
            assert list_ids() == list_holdings(), name
            assert open_index().search(SearchRequest("glaciers")).total == 2, name


def _ask_everything() -> list[object]:
    """What an index of many records answers, by each of its files."""
    index = open_index()
    ordered = [index.search(SearchRequest("glaciers", sort=sort, rows=5)) for sort in ("title", "name")]
    others = [index.search(SearchRequest("glaciers", sort=sort, rows=5)) for sort in ("relevance", "newest")]
    found = [[hit.id for hit in each.hits] for each in ordered]
    return [*found, *((each.total, each.facets) for each in (*ordered, *others)), len(index.suggest("moun"))]


def test_files_in_whose_middle_a_power_cut_left_zeros_are_made_anew() -> None:
    harvest(
        *(
            make_record(
                f"r{number}",
                keywords={"en": (f"mountain {number % 700}",)},
                publisher={"en": f"Office {number % 900}"},
                spatial=(f"valley {number % 800}",),
            )
            for number in range(2_000)
        )
    )
    expected = _ask_everything()
    for end in (".fast", ".term", ".store"):
        forget()
        file = max(find_folder().glob(f"*{end}"), key=lambda file: file.stat().st_size)
        content = bytearray(file.read_bytes())
        quarter = len(content) // 4
        content[quarter : 3 * quarter] = bytes(2 * quarter)
        file.write_bytes(content)

        assert _ask_everything() == expected, end


def test_an_answer_that_the_engine_gives_up_over_is_an_error_that_can_be_told() -> None:
    def fail(_searcher: object) -> None:
        raise type("PanicException", (BaseException,), {})("mid > len")

    open_index()
    with pytest.raises(datahall.StoreFailed, match="mid > len"):
        open_index()._upkeep.ask(fail)


def test_an_index_that_is_damaged_while_it_is_searched_is_made_anew() -> None:
    harvest(make_record("a"))
    wait_for(list_holdings())
    for name in ("meta.json", "state.json"):
        (find_folder() / name).write_text("{")

    wait_for(list_holdings())
    assert open_index().search(SearchRequest("glaciers")).total == 1
