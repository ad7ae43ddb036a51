"""A draft is nobody's dataset until it is published, and is not published half filled in or with personal data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import datahall
import pytest
from datahall._card_text import without_draft
from datahall._cards import load_shelf
from datahall.cli import run
from datahall.errors import DatahallError

from tests.catalogs.added_files import Write, complete_draft
from tests.catalogs.card_drafts import CSV, OTHER_CSV, draft, save_card, save_data

ID = "culture/visitors"
PEOPLE = """name,id,phone,mail
Ann Li,11010519491231002X,13812345678,a@example.org
Bob Wu,110101199003070038,13912345678,
Cai Xu,110101199003070038,13712345678,c@example.org
"""


def add_draft(write: Write, content: str = "day,visitors\n2024-01-01,5\n", *, name: str = ID) -> Path:
    datahall.add(write(content), save=name)
    return complete_draft(name)


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    code = run([*arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_draft_is_no_dataset_for_anybody_who_reads(write: Write) -> None:
    add_draft(write)
    assert ID not in {item.id for item in datahall.datasets()} | {item.id for item in datahall.search("rows")}
    assert ID not in datahall.catalog
    assert ID not in datahall.to_intake_yaml(datahall.datasets(), base_url="http://a")
    assert "visitors" not in list(datahall.catalog["culture"])
    for use in (datahall.dataset, datahall.store.fetch, datahall.store.is_current):
        with pytest.raises(datahall.UnknownDataset, match="datahall publish culture/visitors") as raised:
            use(ID)
        assert raised.value.code == "draft"
    assert not list(datahall.store.dataset_folder(ID).glob("*"))
    assert list(load_shelf().drafts) == [ID]


def test_its_maker_can_show_a_draft(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    add_draft(write)
    code, shown = answer(capsys, "show", ID)
    assert code == 0
    assert (shown["draft"], shown["versions"]) == (True, [])
    assert "datahall publish" in (run(["show", ID]), capsys.readouterr().err)[1]


def test_validate_names_what_a_draft_leaves_open(write: Write, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    datahall.add(write("a,b\n1,2\n"), save=ID)
    code, checked = answer(capsys, "validate")
    fields = [problem["field"] for problem in checked["problems"]]
    assert code == 1
    assert fields == ["title", "description.en", "description.zh", "publisher", "license", "keywords", "homepage"]
    card = home / "datasets/culture/visitors.yaml"
    assert answer(capsys, "validate", str(card))[1] == {"valid": 0, "problems": checked["problems"]}
    complete_draft(ID)
    assert answer(capsys, "validate")[0] == 0


def test_a_draft_with_placeholders_is_not_published(write: Write, home: Path, capsys: Any) -> None:
    datahall.add(write("a,b\n1,2\n"), save=ID)
    before = (home / "datasets/culture/visitors.yaml").read_bytes()
    code, told = answer(capsys, "publish", ID)
    assert (code, told["error"]["code"], len(told["error"]["problems"])) == (1, "placeholders", 7)
    assert {"file", "line", "field", "message"} == set(told["error"]["problems"][0])
    assert (home / "datasets/culture/visitors.yaml").read_bytes() == before
    assert not datahall.store.list_versions(ID)


def test_publishing_makes_the_first_version_and_leaves_the_rest_of_the_card_alone(write: Write, capsys: Any) -> None:
    card = add_draft(write)
    text = "# made by hand\r\n" + card.read_text().replace("theme: culture", "theme: culture  # ours")
    card.write_bytes(text.encode())
    code, told = answer(capsys, "publish", ID)
    assert code == 0
    assert (told["status"], told["rows"], told["earlier"]) == ("published", 1, None)
    assert datahall.dataset(ID).version == told["version"]
    assert card.read_bytes() == text.replace("draft: true\n", "").encode()
    assert answer(capsys, "publish", ID)[1]["status"] == "unchanged"


def test_publishing_again_makes_the_next_version_and_says_what_differs(home: Path, capsys: Any) -> None:
    save_data(home, CSV)
    save_card(home, draft(primary_key=["day"], draft=True))
    first = datahall.publish(ID)
    save_data(home, OTHER_CSV)
    second = datahall.publish(ID)
    assert (second.status, second.earlier) == ("updated", first.version)
    assert second.difference is not None
    assert second.difference.rows == {"added": 0, "removed": 0, "changed": 1, "unchanged": 1}
    assert second.as_json()["difference"]["values_changed"] == {"visitors": 1}
    assert run(["publish", ID]) == 0
    assert "nothing new" in capsys.readouterr().out


def test_personal_data_is_told_and_never_repeated(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = answer(capsys, "add", str(write(PEOPLE)))
    found = [finding for finding in told["tables"][0]["findings"] if finding["code"] == "personal-data"]
    assert code == 1
    assert [(each["field"], each["line"], each["severity"]) for each in found] == [
        ("id", 2, "problem"),
        ("phone", 2, "problem"),
        ("mail", 2, "problem"),
    ]
    assert "100.0%" in found[0]["message"]
    text = json.dumps(found)
    assert not any(value in text for value in ("110105", "138", "example.org"))


def test_personal_data_is_published_only_where_each_column_is_accepted(write: Write, home: Path, capsys: Any) -> None:
    add_draft(write, PEOPLE)
    code, told = answer(capsys, "publish", ID)
    assert (code, told["error"]["code"]) == (1, "personal-data")
    assert [problem["field"] for problem in told["error"]["problems"]] == ["id", "phone", "mail"]
    text = json.dumps(told).replace(str(home), "")  # a folder's own number may be any, 138 among them
    assert not any(value in text for value in ("1949", "138", "example.org"))
    with pytest.raises(datahall.NotPublished, match=r"\(phone\)"):
        datahall.publish(ID, accept_personal_data=["id", "mail"])
    assert not datahall.store.list_versions(ID)
    assert ID not in {item.id for item in datahall.datasets()}
    accept = [word for column in ("id", "phone", "mail") for word in ("--accept-personal-data", column)]
    assert answer(capsys, "publish", ID, *accept)[0] == 0
    assert datahall.dataset(ID).rows == 3


def test_a_column_that_is_none_cannot_be_accepted(write: Write) -> None:
    add_draft(write)
    with pytest.raises(DatahallError, match="no column nothing"):
        datahall.publish(ID, accept_personal_data=["nothing"])


def test_a_draft_whose_rows_cannot_be_read_stays_a_draft(home: Path) -> None:
    save_data(home, b"day,visitors\n2024-01-01,many\n")
    card = save_card(home, draft(draft=True))
    with pytest.raises(datahall.UnreadableSource):
        datahall.publish(ID)
    assert "draft: true" in card.read_text()
    assert not datahall.store.list_versions(ID)


@pytest.mark.parametrize("access", ["conditional", "restricted"])
def test_data_that_is_not_open_is_published_without_a_version(home: Path, access: str) -> None:
    save_data(home, CSV)
    save_card(home, draft(draft=True, access=access))
    done = datahall.publish(ID)
    assert (done.status, done.version) == ("published", None)
    assert not datahall.store.list_versions(ID)
    assert datahall.dataset(ID).card.access == access


def test_nothing_is_published_where_the_catalog_is_only_read(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAHALL_CATALOGS", str(home))
    with pytest.raises(DatahallError) as raised:
        datahall.publish(ID)
    assert raised.value.code == "read-only"


@pytest.mark.parametrize("text", ["{draft: true, a: 1}\n", "draft:\n  true\na: 1\n", "a: 1\nb: {draft: true}\n"])
def test_a_key_that_stands_on_no_line_of_its_own_is_left_to_a_person(text: str) -> None:
    if "b:" in text:
        assert without_draft("draft: true\n" + text, file=Path("a.yaml")) == text
        return
    with pytest.raises(DatahallError) as raised:
        without_draft(text, file=Path("a.yaml"))
    assert raised.value.code == "draft-key"


def test_what_a_draft_says_earns_no_points_for_quality(write: Write) -> None:
    from datahall._cards import load_card_or_draft
    from datahall._quality.metadata import assess_metadata

    datahall.add(write("a,b\n1,2\n"), save=ID)
    loaded = load_card_or_draft(ID)
    assert loaded is not None
    points = {
        answer.title.en: answer.points
        for dimension in assess_metadata(loaded.card, is_present=False).dimensions
        for answer in dimension.answers
    }
    names = ("Keywords", "What DCAT-AP requires", "Licence", "Licence from a vocabulary", "Publisher", "Whom to ask")
    assert [points[name] for name in (*names, "Rights")] == [0] * 7
