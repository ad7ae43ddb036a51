"""A version names content: the same on every machine, whenever and however it was made."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

import datahall
import pyarrow as pa
import pytest
from datahall._fingerprint import fingerprint_table
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.catalogs.card_drafts import CSV, draft, field, save_card, save_data

SHIPPED = {  # made once; a change here changes every version in every hall
    "weather/seattle-weather": "2015-12-31.89efed21",
    "statistics/world-fertility": "2011-12-31.909111c1",
    "medical/rand-health-insurance": "1982-12-31.998f5538",
}


@pytest.mark.parametrize(("dataset_id", "version"), SHIPPED.items())
def test_the_version_of_a_shipped_dataset_never_changes(dataset_id: str, version: str) -> None:
    assert datahall.dataset(dataset_id).fetch() == version


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "{}", '{"rows": 2, "created": 5}'],
    ids=["empty", "cut off", "a list", "nothing in it", "a number"],
)
def test_a_version_whose_record_was_damaged_is_made_anew(home: Path, content: str) -> None:
    save_data(home, CSV)
    save_card(home, draft())
    version = datahall.dataset("culture/visitors").fetch()
    (home / "store/culture/visitors" / version / "version.json").write_text(content)
    assert not datahall.dataset("culture/visitors").is_present
    assert datahall.dataset("culture/visitors").fetch() == version
    assert datahall.dataset("culture/visitors").rows


def test_the_fingerprint_is_what_its_definition_says() -> None:
    """Computed here once more from the definition, with hashlib and struct alone."""
    table = pa.table({"n": pa.array([1, None], pa.int64()), "s": pa.array(["ü", None]), "x": pa.array([-0.0, 2.5])})

    def column(validity: bytes, lengths: bytes, values: bytes) -> bytes:
        return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in (validity, lengths, values))).digest()

    expected = hashlib.sha256(
        b'datahall table 1\n{"rows":2,"fields":[["n","integer"],["s","string"],["x","number"]]}\n'
        + column(b"\1\0", b"", struct.pack("<qq", 1, 0))
        + column(b"\1\0", struct.pack("<qq", 2, 0), "ü".encode())
        + column(b"\1\1", b"", struct.pack("<dd", 0.0, 2.5))
    )
    assert fingerprint_table(table) == expected.hexdigest()


TEXT = st.text(st.characters(codec="utf-8"), max_size=5)
VALUES = {
    "integer": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "number": (pa.float64(), st.floats(allow_nan=False)),
    "string": (pa.string(), TEXT),
    "boolean": (pa.bool_(), st.booleans()),
    "date": (pa.date32(), st.dates()),
    "list": (
        pa.list_(pa.string()),
        st.lists(st.none() | st.text(st.characters(codec="utf-8"), max_size=3), max_size=3),
    ),
}


@pytest.mark.parametrize(("kind", "values"), VALUES.values(), ids=VALUES)
def test_chunks_make_no_difference(kind: pa.DataType, values: st.SearchStrategy[object]) -> None:
    @settings(max_examples=30, deadline=None)
    @given(cells=st.lists(st.none() | values, max_size=12), cut=st.integers(0, 12))
    def check(cells: list[object], cut: int) -> None:
        whole = pa.table({"a": pa.array(cells, kind)})
        parts = pa.chunked_array([pa.array(cells[:cut], kind), pa.array(cells[cut:], kind)])
        assert fingerprint_table(pa.table({"a": parts})) == fingerprint_table(whole)
        assert fingerprint_table(pa.concat_tables([whole.slice(0, cut), whole.slice(cut)])) == fingerprint_table(whole)

    check()


BASE = pa.table({"a": ["x", "y", None], "b": [1, 2, 3]})
CHANGES = {
    "a value": pa.table({"a": ["x", "z", None], "b": [1, 2, 3]}),
    "the order of rows": BASE.take([1, 0, 2]),
    "the order of columns": BASE.select(["b", "a"]),
    "a name": BASE.rename_columns(["a", "c"]),
    "a type": pa.table({"a": BASE["a"], "b": [1.0, 2.0, 3.0]}),
    "nothing and an empty text": pa.table({"a": ["x", "y", ""], "b": [1, 2, 3]}),
    "where one text ends": pa.table({"a": ["xy", "", None], "b": [1, 2, 3]}),
    "a row": BASE.slice(0, 2),
}


@pytest.mark.parametrize("other", CHANGES.values(), ids=CHANGES)
def test_what_makes_a_difference(other: pa.Table) -> None:
    assert fingerprint_table(other) != fingerprint_table(BASE)


def test_titles_and_units_make_no_difference(home: Path) -> None:
    save_data(home, CSV)
    save_card(home, draft())
    first = datahall.dataset("culture/visitors").fetch()
    fields = [field("day", "date"), field("visitors", "integer", unit="persons")]
    save_card(home, draft(title={"en": "Other", "zh": "其他"}, fields=fields))
    assert datahall.dataset("culture/visitors").fetch() == first


@pytest.mark.parametrize(
    ("changes", "begin"),
    [
        ({"modified": "2024-05-01"}, "2024-05-01"),
        ({"temporal": "2019/2023"}, "2023-12-31"),
        ({"temporal": "2019-01/2024-02"}, "2024-02-29"),
        ({"temporal": "2019-01-01/2023-06-07"}, "2023-06-07"),
        ({"temporal": "2019/.."}, "0000-00-00"),
        ({"temporal": None}, "0000-00-00"),
    ],
)
def test_a_version_begins_with_the_date_of_its_content(home: Path, changes: dict[str, str], begin: str) -> None:
    save_data(home, CSV)
    save_card(home, draft(**changes))
    assert datahall.dataset("culture/visitors").fetch().startswith(f"{begin}.")
