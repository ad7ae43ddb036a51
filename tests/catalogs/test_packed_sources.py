"""A card's source may be compressed; what would fill the disk or climb out of its archive is refused."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tempfile
from pathlib import Path
from typing import Any

import datahall
import pytest
from backports import zstd
from datahall._disk import find_scratch
from datahall._formats import packed
from datahall.errors import UnreadableSource

from tests.catalogs.card_drafts import CSV, draft, save_card, save_data
from tests.catalogs.zip_archives import zipped


def read(home: Path, content: bytes, **source: Any) -> list[tuple[Any, ...]]:
    save_data(home, content, name="culture/packed.bin")
    save_card(home, draft(sources=[{"path": "culture/packed.bin", "format": "csv", **source}]))
    assert datahall.invalid_cards() == []
    return datahall.dataset("culture/visitors").polars().collect().rows()


PACKERS: dict[str, Any] = {
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd.compress,
    "zip": lambda content: zipped({"folder/": b"", "folder/visitors.csv": content, "__MACOSX/._v": b"x"}),
}


@pytest.mark.parametrize("compression", PACKERS)
def test_a_compressed_table_is_read_as_it_was_before(home: Path, compression: str) -> None:
    content = PACKERS[compression](CSV)
    assert [visitors for _, visitors in read(home, content, compression=compression)] == [5, 7]
    assert packed.detect_compression(home / "datasets/culture/packed.bin") == compression


YEARS = zipped({"a/2023.csv": b"day,visitors\n2023-01-01,1\n", "a/2024.csv": CSV})


def test_one_of_several_members_is_named_by_its_path(home: Path) -> None:
    assert len(read(home, YEARS, compression="zip", member="a/2024.csv")) == 2


@pytest.mark.parametrize(
    ("member", "message"),
    [
        ("b.csv", r"no part called 'b\.csv'; it has: 'a/2023\.csv', 'a/2024\.csv'"),
        (None, "holds 2 files, and the card does not say which"),
    ],
    ids=["a wrong name", "no name"],
)
def test_a_member_that_is_not_clear_is_an_error(home: Path, member: str | None, message: str) -> None:
    with pytest.raises(UnreadableSource, match=message):
        read(home, YEARS, compression="zip", **({"member": member} if member else {}))


def test_an_error_in_a_member_names_archive_member_and_line(home: Path) -> None:
    with pytest.raises(UnreadableSource, match=r"packed\.bin/v\.csv, line 3, field visitors"):
        read(home, zipped({"v.csv": CSV.replace(b"7", b"x")}), compression="zip", member="v.csv")


@pytest.mark.parametrize("compression", PACKERS)
def test_a_bomb_is_refused_before_it_fills_the_disk(
    home: Path, compression: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed.Bound, "free", 1 << 20)  # so that a bomb of the test need not have 256 MB
    bomb = PACKERS[compression](b"0" * (8 << 20))
    with pytest.raises(UnreadableSource, match="as an attack would"):
        read(home, bomb, compression=compression)


@pytest.mark.parametrize("compression", PACKERS)
@pytest.mark.parametrize("damage", ["empty", "cut off", "something else"])
def test_damaged_bytes_are_an_error_that_names_the_file(home: Path, compression: str, damage: str) -> None:
    whole = PACKERS[compression](bytes(range(256)) * 40)
    content = {"empty": b"", "cut off": whole[: len(whole) // 2], "something else": b"day,visitors\n"}[damage]
    with pytest.raises(UnreadableSource, match=r"packed\.bin"):
        read(home, content, compression=compression)


@pytest.mark.parametrize("name", ["../../evil.csv", "/etc/evil.csv", "..\\evil.csv", "C:\\evil.csv"])
def test_a_path_that_climbs_out_of_its_archive_is_refused(home: Path, name: str) -> None:
    with pytest.raises(UnreadableSource, match="leads out of the archive"):
        read(home, zipped({"visitors.csv": CSV, name: b"x"}), compression="zip", member="visitors.csv")


def test_what_was_unpacked_is_gone_afterwards(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)  # so that it is asked for anew
    assert find_scratch() == tmp_path
    read(home, gzip.compress(CSV), compression="gzip")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("datahall-unpacked")] == []
