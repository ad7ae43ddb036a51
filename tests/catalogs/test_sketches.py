"""What a small sample of two columns' values tells of how far they meet, held against the columns themselves."""

from __future__ import annotations

import json
import random
import struct
import tracemalloc
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from datahall._joining.evidence import is_convincing
from datahall._joining.sketch_files import NAME, load_sketches, write_sketches
from datahall._joining.sketches import HEAVY, Sketch, estimate_overlap, hash_texts, sample_hashes
from datahall._joining.sketching import sketch_table
from datahall.card import Card
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.catalogs.card_drafts import draft, field


def sketch_values(values: list[str | None], *, size: int = 4096, kind: str = "string", name: str = "code") -> Sketch:
    """Return the sketch of one column, with fewer hashes where a test wants to see it estimate."""
    card = Card.model_validate(draft(fields=[field(name, kind)], primary_key=[name]))
    table = pl.DataFrame({name: values}, schema={name: pl.String}).cast(pl.Int64 if kind == "integer" else pl.String)
    (sketch,) = sketch_table(table.to_arrow().cast(table.to_arrow().schema), card=card)
    hashes, counts, limit, heavy = sample_hashes(sketch.hashes, sketch.counts, size=size)
    return Sketch(**{**sketch.__dict__, "hashes": hashes, "counts": counts, "limit": limit, "heavy": heavy})


def true_share(left: list[str], right: list[str]) -> float:
    known = set(right)
    return sum(value in known for value in left) / len(left)


def test_the_hash_of_a_value_is_the_same_on_every_machine() -> None:
    expected = int.from_bytes(bytes.fromhex("94b75e301ebde866"), "little")  # printf 北京 | b2sum -l 64
    assert hash_texts(["北京".encode()]).tolist() == [expected]


texts = st.lists(st.text(min_size=1, max_size=3), min_size=1, max_size=200)


@given(texts, st.randoms(use_true_random=False), st.integers(1, 50))
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_rows_changes_nothing(values: list[str], shuffler: random.Random, size: int) -> None:
    shuffled = values[:]
    shuffler.shuffle(shuffled)
    first, second = (sketch_values(order, size=size) for order in (values, shuffled))
    assert (first.limit, first.distinct, first.filled) == (second.limit, second.distinct, second.filled)
    assert np.array_equal(first.hashes, second.hashes)
    assert np.array_equal(first.counts, second.counts)


@given(texts, texts)
@settings(max_examples=60, deadline=None)
def test_of_columns_that_fit_the_sketch_all_is_known_exactly(left: list[str], right: list[str]) -> None:
    overlap = estimate_overlap(sketch_values(left), sketch_values(right))
    assert overlap.share == pytest.approx(true_share(left, right))
    assert overlap.low == pytest.approx(overlap.share) == pytest.approx(overlap.high)
    assert overlap.values == overlap.seen == len(set(left) & set(right))


@given(texts, texts, st.integers(1, 20), st.integers(1, 20))
@settings(max_examples=60, deadline=None)
def test_an_estimate_lies_between_its_bounds_and_they_between_nothing_and_all(
    left: list[str], right: list[str], first: int, second: int
) -> None:
    overlap = estimate_overlap(sketch_values(left, size=first), sketch_values(right, size=second))
    assert 0 <= overlap.low <= overlap.share + 1e-9
    assert overlap.share - 1e-9 <= overlap.high <= 1
    assert overlap.seen <= overlap.values <= len(set(left))


@given(texts, st.integers(1, 20))
@settings(max_examples=30, deadline=None)
def test_a_sketch_holds_every_hash_below_its_limit_and_no_other_but_the_heaviest(values: list[str], size: int) -> None:
    sketch = sketch_values(values, size=size)
    every = sorted(hash_texts([value.encode() for value in set(values)]).tolist())
    below = [each for each in sketch.hashes.tolist() if each < sketch.limit]
    assert below == [each for each in every if each < sketch.limit]
    assert len(sketch.hashes) <= size + HEAVY


@pytest.mark.parametrize(
    ("rows_of_a_value", "in_common"),
    [(1, 0.9), (1, 0.3), (1, 0.0), (1, 1.0), (20, 0.5), (None, 0.5), (None, 0.02)],
    ids=["most", "some", "none", "all", "twenty rows each", "skewed", "skewed and few"],
)
def test_the_true_share_lies_within_the_stated_bounds_nineteen_times_in_twenty(
    rows_of_a_value: int | None, in_common: float
) -> None:
    hits, rounds = 0, 60
    for seed in range(rounds):
        draw = random.Random(seed)
        names = [f"{seed}-{number}" for number in range(1_500)]
        known = {name for name in names if draw.random() < in_common}
        other = [*known, *(f"other-{seed}-{number}" for number in range(900))]
        weights = Counter({name: rows_of_a_value or int(draw.paretovariate(0.9)) for name in names})
        left = [name for name, count in weights.items() for _ in range(min(count, 2_000))]
        overlap = estimate_overlap(sketch_values(left, size=256), sketch_values(other, size=256))
        hits += overlap.low <= true_share(left, other) <= overlap.high
    assert hits >= 0.9 * rounds  # 57 expected; fewer than 54 in one run of a hundred


def test_a_number_and_its_text_are_the_same_but_leading_zeros_are_not_dropped() -> None:
    numbers = sketch_values(["11", "12", "7"], kind="integer")
    assert estimate_overlap(numbers, sketch_values(["11", "12", "7"])).share == 1
    assert estimate_overlap(numbers, sketch_values(["011", "012", "07"])).share == 0


def test_codes_of_a_known_width_get_their_zeros_back() -> None:
    def sketch(values: list[object], kind: str) -> Sketch:
        card = Card.model_validate(draft(fields=[field("code", kind, semantic="un-m49")]))
        return sketch_table(pl.DataFrame({"code": values}).to_arrow(), card=card)[0]

    assert estimate_overlap(sketch([4, 8, 156], "integer"), sketch(["004", "008", "156"], "string")).share == 1


@pytest.mark.parametrize(
    "column",
    [
        field("height", "number"),
        field("is_open", "boolean"),
        field("latitude", "number", semantic="latitude"),
        field("visitors", "integer"),
        field("station_id", "integer", unit="m"),
        field("sex", "string"),
        field("remark", "string"),
        field("amount", "string"),
    ],
    ids=["measured", "a truth", "a place", "an amount", "a unit", "few values", "free text", "amounts as text"],
)
def test_columns_that_name_nothing_have_no_sketch(column: dict[str, object]) -> None:
    values: dict[str, list[object]] = {
        "height": [0.5] * 40,
        "is_open": [True] * 40,
        "latitude": [45.1] * 40,
        "sex": ["f", "m"] * 20,
        "remark": [f"{number} " + "a long sentence about something " * 4 for number in range(40)],
        "amount": [f"<0.{number}" for number in range(40)],
    }
    name = str(column["name"])
    table = pl.DataFrame({name: values.get(name, list(range(40)))}).to_arrow()
    assert sketch_table(table, card=Card.model_validate(draft(fields=[column]))) == []


def convinces(left: list[str], right: list[str], *, name: str = "code", other_name: str = "number") -> bool:
    asked, other = sketch_values(left, name=name), sketch_values(right, name=other_name)
    cards = [Card.model_validate(draft(fields=[field(each, "string")])) for each in (name, other_name)]
    fields = (cards[0].fields[0], cards[1].fields[0])
    return is_convincing(estimate_overlap(asked, other), asked=asked, other=other, fields=fields)


def numbers(*spans: tuple[int, int, int]) -> list[str]:
    return [str(number) for start, end, step in spans for number in range(start, end, step)]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (numbers((1, 13, 1)), numbers((1, 13, 1))),
        (numbers((1, 500, 1)), numbers((1, 3_000, 1))),
        (numbers((1, 60, 1)), numbers((1, 120, 1), (1_000, 90_000, 31))),
        (numbers((1950, 2020, 1)), numbers((1900, 2024, 1))),
        (["Y", "N"] * 9, ["Y", "N"]),
        ([f"{month}月" for month in range(1, 13)], [f"{month}月" for month in range(1, 13)]),
        ([chr(65 + n) for n in range(20)], [chr(65 + n) for n in range(26)]),
        (numbers((100_003, 900_000, 997)), numbers((100_000, 900_000, 1_009))),
    ],
    ids=["months", "counted ids", "counted among sparse ones", "years", "yes and no", "names of months", "letters",
         "numbers at random"],
)  # fmt: skip
def test_what_meets_by_chance_is_no_reason_to_join(left: list[str], right: list[str]) -> None:
    assert not convinces(left, right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (numbers((110_101, 660_000, 7_919)), numbers((110_101, 660_000, 7_919), (120_000, 650_000, 10_007))),
        ([f"Town {name}" for name in range(30)], [f"Town {name}" for name in range(10, 300)]),
        ([f"{a}{b}" for a in "ABCDEFGHIJKLMNOPQRS" for b in "AE"], [f"{a}{b}" for a in "ABCDEFGHIJKL" for b in "AE"]),
    ],
    ids=["sparse codes", "names", "codes of two letters"],
)  # fmt: skip
def test_what_is_shared_beyond_chance_is_a_reason(left: list[str], right: list[str]) -> None:
    assert convinces(left, right)


def test_counted_ids_are_joined_where_both_have_the_same_telling_name() -> None:
    ids = numbers((1, 200, 1))
    assert convinces(ids, ids, name="product_id", other_name="product_id")
    assert not convinces(ids, ids, name="id", other_name="id")


def test_sketches_come_back_from_disk_as_they_were(tmp_path: Path) -> None:
    written = [sketch_values(numbers((1, 9_000, 3)), size=100), sketch_values(["b", "a", "b"])]
    write_sketches(written, folder=tmp_path)
    read = load_sketches(tmp_path)
    for before, after in zip(written, read, strict=True):
        assert {**before.__dict__, "hashes": None, "counts": None} == {**after.__dict__, "hashes": None, "counts": None}
        assert np.array_equal(before.hashes, after.hashes)
        assert np.array_equal(before.counts, after.counts)
    assert (tmp_path / NAME).stat().st_size < 10_000


@pytest.mark.parametrize("content", [b"", b"PK", b"\x00" * 900, None], ids=["empty", "cut", "noise", "missing"])
def test_a_damaged_file_of_sketches_counts_as_none(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / NAME).write_bytes(content)
    assert load_sketches(tmp_path) == ()


class Marking:
    """An object that leaves a mark when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.mark,))


def test_a_pickled_object_in_a_file_of_sketches_is_not_made(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    np.savez(tmp_path / NAME, facts=np.array([Marking(mark)], dtype=object), hashes=[], counts=[])

    assert load_sketches(tmp_path) == ()
    assert not mark.exists()
    with np.load(tmp_path / NAME, allow_pickle=True) as arrays:
        arrays["facts"]
    assert mark.exists()  # so this test would notice


def test_sketches_of_times_come_back_from_disk(tmp_path: Path) -> None:
    card = Card.model_validate(
        draft(fields=[field("town_id", "string"), field("year", "integer")], primary_key=["town_id", "year"])
    )
    rows = [(f"T{n}", year) for n in range(30) for year in range(1990, 2010)]
    written = sketch_table(pl.DataFrame(rows, schema=["town_id", "year"], orient="row").to_arrow(), card=card)
    write_sketches(written, folder=tmp_path)
    assert [each.columns for each in load_sketches(tmp_path)] == [("town_id",), ("year",), ("town_id", "year")]


def edit_sketches(folder: Path, *, hashes: Any = None, counts: Any = None, **facts: Any) -> None:
    """Write one sketch with some of its facts or arrays changed."""
    path = write_sketches([sketch_values(numbers((1, 9_000, 3)), kind="integer")], folder=folder)
    with np.load(path) as arrays:
        kept = {name: arrays[name] for name in arrays}
    known = [{**json.loads(kept["facts"].tobytes())[0], **facts}]
    kept["facts"] = np.frombuffer(json.dumps(known).encode(), dtype=np.uint8)
    kept |= {name: array for name, array in (("hashes", hashes), ("counts", counts)) if array is not None}
    np.savez_compressed(path, **kept)


@pytest.mark.parametrize(
    "changes",
    [
        {"limit": "x"},
        {"limit": 1 << 80},
        {"rows": 0, "filled": 0},
        {"rows": 1.5},
        {"marks": []},
        {"marks": list(range(33, 0, -1))},
        {"columns": []},
        {"columns": "ab"},
        {"kind": "poem"},
        {"universe": 0.0},
        {"universe": None},
        {"kept": -1},
        {"kept": 1 << 70},
        {"odd": 1},
        {"hashes": np.zeros(3000, np.uint64)},
        {"hashes": np.zeros((3000, 1), np.uint64)},
        {"hashes": np.zeros(3000, np.float64)},
        {"counts": np.full(3000, 7, np.uint32)},
    ],
    ids=str,
)  # fmt: skip
def test_facts_that_cannot_be_true_count_as_no_sketches(tmp_path: Path, changes: dict[str, Any]) -> None:
    edit_sketches(tmp_path)
    assert len(load_sketches(tmp_path)) == 1
    edit_sketches(tmp_path, **changes)
    assert load_sketches(tmp_path) == ()


def describe_array(shape: str) -> bytes:
    header = f"{{'descr': '<u8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()


@pytest.mark.parametrize(
    ("member", "content"),
    [
        ("facts", describe_array("(2,)").replace(b"<u8", b"|u1") + b"[" * 2),
        ("facts", describe_array("(400000,)").replace(b"<u8", b"|u1") + b"[" * 200_000 + b"]" * 200_000),
        ("hashes", describe_array("(4000000000000,)")),
        ("hashes", describe_array("(" * 5_000 + ")" * 5_000)),
        ("hashes", describe_array("-" * 5_000 + "1")),
        ("hashes", b"\x93NUMPY\x03\x00"),
        ("hashes", describe_array("(3000000,)") + bytes(24_000_000)),
    ],
    ids=["half", "nested", "32 TB promised", "nested shape", "minus", "other format", "larger than allowed"],
)
def test_a_hostile_array_takes_no_room_and_counts_as_no_sketches(tmp_path: Path, member: str, content: bytes) -> None:
    edit_sketches(tmp_path)
    with zipfile.ZipFile(tmp_path / NAME) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(tmp_path / NAME, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**members, f"{member}.npy": content}.items():
            archive.writestr(name, data)
    tracemalloc.start()
    try:
        assert load_sketches(tmp_path) == ()
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_a_file_that_is_larger_than_any_of_ours_is_not_opened(tmp_path: Path) -> None:
    edit_sketches(tmp_path)
    packed = (tmp_path / NAME).read_bytes()
    (tmp_path / NAME).write_bytes(bytes(17 << 20) + packed)  # a zip may begin with anything
    assert load_sketches(tmp_path) == ()
    (tmp_path / NAME).write_bytes(bytes(1 << 10) + packed)
    assert len(load_sketches(tmp_path)) == 1


PLACE_NAMES = [f"Place {name}" for name in range(200)]


@pytest.mark.parametrize(
    ("left", "right", "name", "other_name", "expected"),
    [
        (PLACE_NAMES[:20] * 9, [*PLACE_NAMES[11:], *PLACE_NAMES], "surname", "city", False),
        (PLACE_NAMES[:20] * 9, [*PLACE_NAMES[11:], *PLACE_NAMES], "home_city", "city", True),
        (PLACE_NAMES[:60] * 2, PLACE_NAMES[48:], "area", "airport", False),
        (PLACE_NAMES[:60] * 2, PLACE_NAMES[20:], "area", "airport", True),
        (PLACE_NAMES[:60] * 2, PLACE_NAMES[20:] * 2, "area", "airport", False),
        (PLACE_NAMES[:60], PLACE_NAMES[48:], "county_name", "airport_name", False),
    ],
    ids=["surnames and cities", "a word in common", "few of a list", "most of a list", "no list", "words of anything"],
)  # fmt: skip
def test_texts_are_joined_only_where_they_name_one_kind_of_thing(
    left: list[str], right: list[str], name: str, other_name: str, expected: bool
) -> None:
    assert convinces(left, right, name=name, other_name=other_name) is expected
