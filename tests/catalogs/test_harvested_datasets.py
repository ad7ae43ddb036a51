"""A harvested dataset opens: its best distribution comes into the store, within limits, and is read like any other."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import datahall
import polars as pl
import pytest
from datahall import DatahallError, DatahallWarning, NotPresent, UnknownDataset, cli, openings, store
from datahall._harvested import room
from datahall._harvested.fetching import fetch_record
from datahall._harvested.harvested_dataset import HarvestedDataset
from datahall._harvested.known_records import KnownRecord
from datahall._locations import shipped_folder
from datahall._quality.metadata import indicators
from datahall._quality.record_metadata import tell_answers
from datahall._records.records_file import writing

from tests.catalogs.harvested_records import RAIN, file, keep_records, known, record
from tests.catalogs.small_server import Reply, SmallServer


def test_a_harvested_dataset_opens_typed(server: SmallServer) -> None:
    server.answers["/rain.csv"] = Reply(RAIN, headers={"ETag": '"one"'})
    ds = HarvestedDataset(known(file(f"{server.url}/rain.csv", format="csv")))
    assert ds.fields == ()
    assert not ds.is_present
    frame = ds.polars().collect()
    assert frame.schema == {"station": pl.String, "day": pl.Date, "rain_mm": pl.Float64}
    assert frame["rain_mm"].to_list() == [0.5, 3.25, None]
    assert ds.version is not None
    assert ds.version.startswith("2024-02-01.")
    assert ds.rows == 3
    assert [field.type for field in ds.fields] == ["string", "date", "number"]
    assert ds.pandas().shape == (3, 3)
    assert ds.arrow().num_rows == 3
    assert ds.sql("select count(*) as n from data")["n"].item() == 3
    assert ds.entry.rows == 3
    assert "CC BY 4.0" in ds.cite().text or "Attribution" in ds.cite().text
    assert ds.version in ds.cite().bibtex
    assert "Rain by station" in ds._repr_html_()
    record = ds.record()
    assert record["harvested"]["url"] == f"{server.url}/rain.csv"
    assert record["harvested"]["known"]["record"]["title"] == {"en": "Rain by station and day"}
    assert server.asked == ["/rain.csv"]


def test_a_theme_that_nobody_has_said_is_none(server: SmallServer) -> None:
    server.answers["/rain.csv"] = Reply(RAIN)
    rain = file(f"{server.url}/rain.csv", format="csv")
    ds = HarvestedDataset(known(rain))
    version = ds.fetch()
    assert (ds.theme, ds.card.theme, ds.entry.theme) == ("", "", None)
    written = store.dataset_folder(ds.id) / version / "version.json"
    before = written.read_text()
    assert '"statistics"' not in before
    content = json.loads(before)  # as versions had it that were made before
    content["harvested"]["card"]["theme"] = "statistics"
    written.write_text(json.dumps(content))
    assert HarvestedDataset(known(rain)).card.theme == ""


def test_a_theme_that_the_source_has_said_is_kept(server: SmallServer) -> None:
    server.answers["/rain.csv"] = Reply(RAIN)
    ds = HarvestedDataset(known(file(f"{server.url}/rain.csv", format="csv"), theme="weather"))
    ds.fetch()
    assert (ds.theme, ds.card.theme) == ("weather", "weather")


def test_a_source_that_says_unchanged_gives_the_same_version(server: SmallServer) -> None:
    server.answers["/rain.csv"] = Reply(RAIN, headers={"ETag": '"one"'})
    rain = known(file(f"{server.url}/rain.csv", format="csv"))
    first = HarvestedDataset(rain).fetch()
    server.answers["/rain.csv"] = Reply(status=304)
    assert HarvestedDataset(rain).fetch() == first
    assert server.headers[-1]["If-None-Match"] == '"one"'


def test_the_largest_table_of_an_archive_is_the_dataset_and_the_others_are_named(server: SmallServer) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("codes.csv", "code,name\n1,one\n2,two\n")
        archive.writestr("rain/rows.csv", RAIN)
        archive.writestr("README.md", "Rain")
    server.answers["/rain.zip"] = Reply(packed.getvalue())
    ds = HarvestedDataset(known(file(f"{server.url}/rain.zip", format="csv", packed="zip")))
    assert ds.polars().collect().columns == ["station", "day", "rain_mm"]
    notes = ds.record()["harvested"]
    assert notes["table"] == "rain/rows.csv"
    assert notes["other_tables"] == ["codes.csv"]


def test_text_in_another_encoding_and_with_titles_is_read_as_add_would(server: SmallServer) -> None:
    server.answers["/rain"] = Reply(
        "降雨量统计;;\n\n站点;日期;雨量\n甲;2024/01/02;1,5\n乙;2024/01/03;2,25\n".encode("gb18030")
    )
    ds = HarvestedDataset(known(file(f"{server.url}/rain", format="csv")))
    frame = ds.polars().collect()
    assert frame.columns == ["站点", "日期", "雨量"]
    assert frame["雨量"].to_list() == [1.5, 2.25]
    assert frame["日期"].dtype == pl.Date
    assert {finding["code"] for finding in ds.record()["harvested"]["findings"]} >= {"encoding", "decimal-commas"}


def test_a_newer_file_makes_a_new_version_and_the_old_one_stays(server: SmallServer) -> None:
    server.answers["/rain.csv"] = Reply(RAIN, headers={"ETag": '"one"'})
    where = file(f"{server.url}/rain.csv", format="csv")
    first = HarvestedDataset(known(where)).fetch()
    server.answers["/rain.csv"] = Reply(RAIN + b"B,2024-01-02,7\n", headers={"ETag": '"two"'})
    newer = HarvestedDataset(known(where, modified=date(2024, 3, 1)))
    assert newer.rows == 3  # reading gives what is here
    second = newer.fetch()
    assert second.startswith("2024-03-01.")
    assert newer.versions() == [second, first]
    assert newer.rows == 4
    with pytest.warns(DatahallWarning, match="the newest in the store is"):
        assert HarvestedDataset(known(where), version=first).polars().collect().height == 3
    assert newer.diff(first, second).rows["added"] == 1


def test_the_same_bytes_are_the_same_version_whatever_the_record_says(server: SmallServer) -> None:
    server.answers["/rain.csv"] = Reply(RAIN)  # without any mark, so that it is sent anew
    where = file(f"{server.url}/rain.csv", format="csv")
    first = HarvestedDataset(known(where)).fetch()
    assert HarvestedDataset(known(where, modified=date(2024, 3, 1))).fetch() == first
    assert len(server.asked) == 2


def test_an_unknown_licence_and_personal_data_are_told_once(server: SmallServer) -> None:
    server.answers["/people.csv"] = Reply(b"name,e_mail\nA,ann@example.org\nB,bob@example.org\nC,cy@example.com\n")
    ds = HarvestedDataset(
        known(file(f"{server.url}/people.csv", format="csv"), license=None, license_texts=("see terms",))
    )
    with pytest.warns(DatahallWarning) as told:
        ds.polars()
    assert [warning.message.code for warning in told] == ["unknown-license", "personal-data"]  # type: ignore[union-attr]
    assert "see terms" in str(told[0].message)
    assert "e_mail" in str(told[1].message)
    ds.pandas()
    assert ds.record()["harvested"]["personal"] == ["e_mail"]


def test_what_only_cards_have_is_said_before_the_data_is_here(server: SmallServer) -> None:
    ds = HarvestedDataset(known(file(f"{server.url}/rain.csv", format="csv")))
    with pytest.raises(NotPresent) as refused:
        _ = ds.card
    assert refused.value.code == "no-card"
    assert ds.stream is None
    assert ds.theme == ""
    assert ds.name == "portal--rain"
    assert ds.rows is None
    assert ds.versions() == []
    assert ds.cite().csl["license"] == "CC-BY-4.0"
    assert repr(ds) == "<Dataset harvested/portal--rain@–: Rain by station and day>"
    assert server.asked == []


def test_quality_and_joins_work_once_it_is_here(server: SmallServer) -> None:
    server.answers["/rain.csv"] = Reply(RAIN)
    ds = HarvestedDataset(known(file(f"{server.url}/rain.csv", format="csv")))
    ds.fetch()
    assert ds.quality()["completeness"].score == pytest.approx(8 / 9, abs=1e-3)
    assert list(ds.joinable()) == []
    assert ds.live().collect().height == 3


def test_the_quality_of_metadata_is_that_of_the_record(server: SmallServer) -> None:
    server.answers["/rain.csv"] = Reply(RAIN)
    rain = file(f"{server.url}/rain.csv", format="csv")
    said = {"description": {"de": "Regen"}, "publisher": {"de": "Amt"}, "keywords": {"de": ("Regen",)}}
    HarvestedDataset(known(rain)).fetch()
    poor, good = (HarvestedDataset(known(rain, **more)).quality() for more in ({}, said))

    def missing(quality: datahall.Quality) -> set[str]:
        answers = [answer for each in quality.metadata.dimensions for answer in each.answers]
        assert not any("card" in answer.advice["en"] for answer in answers if answer.advice)
        return {answer.title["en"] for answer in answers if answer.advice}

    assert missing(poor) - missing(good) == {"What DCAT-AP requires", "Publisher", "Keywords"}
    assert {"Time", "Date of issue"} <= missing(good)
    assert not {"Licence", "Whom to ask", "Date of change"} & missing(poor)
    assert HarvestedDataset(known(rain, **said)).known_quality().metadata == good.metadata


def test_markup_in_a_title_is_text(server: SmallServer) -> None:
    trap = '<script>alert("x")</script>'
    ds = HarvestedDataset(
        known(file(f"{server.url}/rain.csv", format="csv"), title={"en": trap}, description={"en": trap}, homepage=trap)
    )
    assert "<script>" not in ds._repr_html_()


def test_a_kept_record_opens_by_its_id(server: SmallServer, home: Path) -> None:
    server.answers["/rain.csv"] = Reply(RAIN)
    keep_records(home, record(file(f"{server.url}/rain.csv", format="csv")), address=server.url)
    assert datahall.dataset("harvested/portal--rain").polars().collect().height == 3
    assert datahall.used() == [{"id": "harvested/portal--rain", "version": store.find_latest("harvested/portal--rain")}]
    (home / "index" / "records.sqlite").unlink()  # as in a visitor's app: the version tells what it is
    assert datahall.dataset("harvested/portal--rain").title() == "Rain by station and day"


def test_what_a_record_tells_answers_indicators_that_there_are() -> None:
    asked = [each.id for each in indicators()]
    assert len(set(asked)) == len(asked) == len({each.title for each in indicators()})
    assert set(tell_answers(record())) < set(asked)


def test_a_record_has_an_address_where_its_source_names_one_to_download_from() -> None:
    downloaded = file("https://portal.example/rain.csv", is_download=True)
    assert tell_answers(record(downloaded))["download-address"]
    assert not tell_answers(record(file("https://portal.example/rain")))["download-address"]
    assert not tell_answers(record(file("data/rain.csv", is_download=True)))["download-address"]


def test_a_forgotten_portal_leaves_no_data(server: SmallServer, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    server.answers["/rain.csv"] = Reply(RAIN)
    rain = record(file(f"{server.url}/rain.csv", format="csv"))
    for source in ("portal", "portal-two"):
        keep_records(home, rain, source=source, address=server.url)
        datahall.dataset(f"harvested/{source}--rain").fetch()
    kept = datahall.dataset("harvested/portal-two--rain")
    assert cli.run(["harvest", "--forget", "portal", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"source": "portal", "forgotten": 1, "data_removed": 1}
    assert store.list_versions("harvested/portal--rain") == []
    with pytest.raises(UnknownDataset):
        datahall.dataset("harvested/portal--rain")
    assert kept.polars().collect().height == 3


def test_data_whose_record_is_gone_opens_no_longer(server: SmallServer, home: Path) -> None:
    server.answers["/rain.csv"] = Reply(RAIN)
    keep_records(home, record(file(f"{server.url}/rain.csv", format="csv")), address=server.url)
    datahall.dataset("harvested/portal--rain").fetch()
    with writing(home / "index" / "records.sqlite") as connection:
        connection.execute("DELETE FROM records")
    assert store.list_versions("harvested/portal--rain")
    with pytest.raises(UnknownDataset):
        datahall.dataset("harvested/portal--rain")


@pytest.mark.parametrize(
    "name", ["harvested/portal--none", "harvested/../weather", "harvested/", "harvested/" + "x" * 900]
)
def test_an_unknown_id_is_an_unknown_dataset(name: str) -> None:
    with pytest.raises(UnknownDataset, match="There is no harvested dataset"):
        datahall.dataset(name)


def test_a_sandbox_asks_the_hall_for_record_and_data(
    server: SmallServer, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rain = known(file(f"{server.url}/rain.csv", format="csv"))
    server.answers["/rain.csv"] = Reply(RAIN)
    (tmp_path / "catalogs").mkdir()
    (home / "store").mkdir(parents=True)
    (tmp_path / "catalogs" / "store").symlink_to(home / "store")
    (tmp_path / "catalogs" / "vocabulary").symlink_to(shipped_folder("vocabulary"))
    server.answers["/records/portal--rain"] = Reply(json.dumps(rain.as_json()).encode())

    def bring(_path: str, content: bytes) -> Reply:
        with pytest.MonkeyPatch.context() as outside:
            outside.delenv("DATAHALL_CATALOGS")
            version = fetch_record(rain)
        state = {"id": json.loads(content)["ids"][0], "status": "fetched", "version": version, "rows": 3}
        return Reply(json.dumps([state]).encode())

    server.answers["/fetch"] = bring
    monkeypatch.setenv("DATAHALL_CATALOGS", str(tmp_path / "catalogs"))
    monkeypatch.setenv("DATAHALL_FETCH_URL", f"{server.url}/fetch")
    ds = datahall.dataset(rain.id)
    assert ds.title() == "Rain by station and day"
    assert ds.polars().collect().height == 3


def test_the_room_of_harvested_data_goes_to_what_was_opened_last(
    server: SmallServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers["/rain.csv"] = Reply(RAIN)
    rain = record(file(f"{server.url}/rain.csv", format="csv"))
    days = iter([date(2024, 1, 1), date(2024, 1, 3), date(2024, 1, 2)])
    for number in range(3):
        fetch_record(KnownRecord(f"harvested/portal--r{number}", rain, "portal", source_address=server.url))
    last_used = {f"harvested/portal--r{number}": next(days) for number in range(3)}
    monkeypatch.setattr(room, "_last_use", lambda dataset_id, _versions: last_used[dataset_id])
    sizes = [each.bytes for each in room.list_stored()]
    assert [each.id[-2:] for each in room.make_room(limit=sizes[0] + sizes[1] + 1)] == ["r0"]
    assert [each.id[-2:] for each in room.make_room(limit=sizes[0] + 1)] == ["r2"]
    assert [each.id[-2:] for each in room.list_stored()] == ["r1"]
    last_used["harvested/portal--r1"] = openings.today()
    with pytest.raises(DatahallError) as full:
        room.make_room(limit=1)
    assert full.value.code == "harvested-full"


def test_what_an_app_uses_keeps_its_room(server: SmallServer, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.answers["/rain.csv"] = Reply(RAIN)
    version = fetch_record(known(file(f"{server.url}/rain.csv", format="csv")))
    monkeypatch.setattr(room, "_last_use", lambda *_: date(2024, 1, 1))
    app = home / "apps" / "rain" / "app.yaml"
    app.parent.mkdir(parents=True)
    app.write_text(f"datasets: [{{id: harvested/portal--rain, version: {version}}}]\n")
    with pytest.raises(DatahallError) as full:
        room.make_room(limit=1)
    assert full.value.code == "harvested-full"
    assert store.has_version("harvested/portal--rain", version)


def test_at_a_terminal_it_shows_fetches_and_opens(
    server: SmallServer, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers["/rain.csv"] = Reply(RAIN)
    keep_records(
        home,
        record(file(f"{server.url}/rain.csv", format="csv"), file(f"{server.url}/about.html", format_text="HTML")),
        address=server.url,
    )
    name = "harvested/portal--rain"
    assert cli.run(["show", name]) == 0
    told = capsys.readouterr().out
    assert "it is a page or a document, not data" in told
    assert "not fetched yet" in told
    assert cli.run(["fetch", name, "--json"]) == 0
    (state,) = json.loads(capsys.readouterr().out)
    assert (state["status"], state["rows"]) == ("fetched", 3)
    assert cli.run(["fetch", name, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["status"] == "present"
    assert cli.run(["show", name, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["read_from"]["url"] == f"{server.url}/rain.csv"
    assert [each["type"] for each in shown["fields"]] == ["string", "date", "number"]
    assert cli.run(["open", name, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["records"][0]["station"] == "A"
    assert cli.run(["show", "harvested/portal--none"]) == 1


def test_a_fetch_that_is_killed_leaves_the_earlier_version_and_the_next_one_clears_up(
    server: SmallServer, home: Path
) -> None:
    where = file(f"{server.url}/rain.csv", format="csv")
    server.answers["/rain.csv"] = Reply(RAIN)
    keep_records(home, record(where), address=server.url)
    first = store.fetch("harvested/portal--rain")
    server.answers["/rain.csv"] = Reply(RAIN * 50, pause=0.3)
    program = "import datahall; print('begin', flush=True); datahall.store.fetch('harvested/portal--rain')"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout is not None
        killed.stdout.readline()
        folder = home / "store" / "harvested" / "portal--rain"
        deadline = time.monotonic() + 20
        while not (folder / store.PARTIAL / "download").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        killed.kill()
    assert (folder / store.PARTIAL).exists()
    assert datahall.dataset("harvested/portal--rain").version == first
    assert datahall.dataset("harvested/portal--rain").polars().collect().height == 3
    server.answers["/rain.csv"] = Reply(RAIN + b"B,2024-01-02,7\n")
    assert store.fetch("harvested/portal--rain") != first
    assert not (folder / store.PARTIAL).exists()


@pytest.mark.parametrize("is_damaged", [False, True], ids=["as it is", "damaged"])
def test_the_words_of_another_datahall_for_its_columns_are_taken_over(is_damaged: bool, server: SmallServer) -> None:
    content = io.BytesIO()
    pl.DataFrame({"station": ["A", "B"], "rain": [0.5, 3.25]}).write_parquet(content)
    server.answers["/data.parquet"] = Reply(content.getvalue())
    card = {
        "fields": [
            {"name": "station", "type": "string", "title": {"en": "Station", "zh": "站点"}, "semantic": "wmo-station"},
            {"name": "rain", "type": "number", "title": {"en": "Rain", "zh": "雨量"}, "unit": "mm"},
        ],
    }
    if is_damaged:
        card["fields"] = [{"name": "rain", "type": "number", "title": "Rain"}, 7]
    there = known(file(f"{server.url}/data.parquet", format="parquet"))
    ds = HarvestedDataset(replace(there, card=card))
    assert ds.polars().collect()["rain"].to_list() == [0.5, 3.25]
    rain = ds.fields[1]
    assert (rain.unit, rain.title.zh) == ((None, "rain") if is_damaged else ("mm", "雨量"))
    assert ds.fields[0].semantic == (None if is_damaged else "wmo-station")
