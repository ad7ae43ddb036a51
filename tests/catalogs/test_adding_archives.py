"""What is odd about an archive's members is told; nothing is written or read where they lead."""

from __future__ import annotations

import gzip
import stat
import zipfile
from pathlib import Path

import datahall
import pytest

ROWS = b"a,b\n1,2\n3,4\n"
LINK = (stat.S_IFLNK | 0o777) << 16


def write_archive(file: Path, *, members: dict[str, bytes], links: dict[str, str] | None = None) -> Path:
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        for name, target in (links or {}).items():
            info = zipfile.ZipInfo(name)
            info.external_attr = LINK
            archive.writestr(info, target)
    return file


def test_each_member_that_climbs_is_told_once_and_nothing_is_written_where_it_leads(tmp_path: Path) -> None:
    folder = tmp_path / "in" / "here"
    folder.mkdir(parents=True)
    names = ["../../up.csv", str(tmp_path / "abs.csv"), "C:\\win.csv", "good.csv"]
    added = datahall.add(write_archive(folder / "climb.zip", members=dict.fromkeys(names, ROWS)))
    assert [table.rows for table in added.tables] == [2, 2, 2, 2]
    told = [finding.message.spoken("en") for finding in added.findings if finding.code == "climbing-member"]
    assert len(told) == 3
    assert all(name[:20] in " ".join(told) for name in names[:2])
    assert [path.name for path in tmp_path.rglob("*.csv")] == []


def test_a_link_in_an_archive_is_passed_over_and_told(tmp_path: Path) -> None:
    file = write_archive(tmp_path / "links.zip", members={"good.csv": ROWS}, links={"link.csv": "/etc/passwd"})
    added = datahall.add(file)
    assert [table.name for table in added.tables] == ["good.csv"]
    (told,) = [finding for finding in added.findings if finding.code == "link-member"]
    assert "link.csv" in told.message.spoken("zh")


def test_an_archive_of_links_holds_no_file(tmp_path: Path) -> None:
    with pytest.raises(datahall.UnreadableSource, match="holds no file"):
        datahall.add(write_archive(tmp_path / "links.zip", members={}, links={"a.csv": "/etc/passwd"}))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("t.csv.gz", gzip.compress(ROWS * 100)[:-12], "内容过早结束"),
        ("t.csv.gz", gzip.compress(ROWS * 100)[:-8] + b"\0" * 8, "压缩数据已损坏"),
        ("t.xml", b'<!DOCTYPE x [<!ENTITY e "b">]><x><r>&e;</r><r>1</r></x>', "声明了实体"),
        ("t.xml", b"<x><r><a>1</a></r><r><a>2</a>", "内容过早结束"),
    ],
    ids=["cut gzip", "damaged gzip", "entities", "cut XML"],
)
def test_a_chinese_sentence_holds_no_word_of_the_system(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(datahall.UnreadableSource) as caught:
        datahall.add(tmp_path / name)
    sentence = caught.value.message("zh")
    assert words in sentence
    assert "Error" not in sentence
    assert "Forbidden" not in sentence


def test_an_archive_from_whose_middle_bytes_are_gone_is_damaged(tmp_path: Path) -> None:
    file = write_archive(tmp_path / "rain.zip", members={"rain.csv": ROWS * 3})
    content = file.read_bytes()
    file.write_bytes(content[:45] + content[55:])
    with pytest.raises(datahall.UnreadableSource, match="damaged"):
        datahall.add(file)


def test_a_member_without_a_name_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "rain.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("rain.csv", ROWS)
        archive.writestr("x", "nothing")
        archive.infolist()[1].filename = ""
    assert datahall.add(file).rows == 2
