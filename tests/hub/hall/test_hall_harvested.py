"""Harvested datasets in a hall: brought on demand by the fetch service, handed out to everybody where they are open."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest
from datahall._harvesting.record import RecordField

from tests.catalogs.harvested_records import RAIN, file, keep_records, record
from tests.catalogs.small_server import Reply, SmallServer, small_server
from tests.hub.hall.small_hall import SmallHall

ID = "harvested/portal--rain"
RAIN_FIELD = RecordField(
    name="rain_mm", type="number", title={"en": "Rain"}, description={"en": "from noon to <b>noon</b> <x>"}
)


@pytest.fixture(scope="module")
def portal() -> Iterator[SmallServer]:
    """A portal's file server."""
    with small_server() as running:
        running.answers["/rain.csv"] = Reply(RAIN, headers={"ETag": '"one"'})
        yield running


@pytest.fixture(scope="module")
def hall(portal: SmallServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallHall]:
    """A hall that has harvested some records."""
    home = tmp_path_factory.mktemp("harvested") / "home"
    (home / "index").mkdir(parents=True, mode=0o700)
    rain = file(f"{portal.url}/rain.csv", format="csv")
    keep_records(
        home,
        record(rain, fields=(RAIN_FIELD,)),
        record(rain, id="closed", name="closed", access="restricted", access_text="staff only"),
        record(file(f"{portal.url}/page.html", format=None), id="page", name="page"),
        record(rain, id="waiting", name="waiting"),
        record(file(f"{portal.url}/people.csv", format="csv"), id="people", name="people"),
        address=portal.url,
    )
    running = SmallHall(home, DATAHALL_TRUSTED_HOSTS=portal.netloc).start()
    yield running
    running.stop()


def fetch(hall: SmallHall, dataset_id: str) -> dict[str, Any]:
    with hall.fetch_client() as client:
        (state,) = client.post("/fetch", json={"ids": [dataset_id], "wait": 30}).raise_for_status().json()
    return dict(state)


def test_a_harvested_dataset_is_brought_and_handed_out(hall: SmallHall) -> None:
    state = fetch(hall, ID)
    assert (state["status"], state["rows"]) == ("fetched", 3)
    with hall.client() as client:
        rows = client.get("/datasets/harvested/portal--rain/data.json").raise_for_status().json()
        parquet = client.get("/datasets/harvested/portal--rain/data.parquet").raise_for_status()
        table = client.get("/datasets/harvested/portal--rain/data.csv").raise_for_status()
        pinned = client.get(f"/datasets/harvested/portal--rain/data.csv?version={state['version']}")
        told = client.get("/api/v1/datasets/harvested/portal--rain").raise_for_status().json()
        assert client.get(told["data"]["csv"]).text == table.text
    assert rows[0] == {"station": "A", "day": "2024-01-01", "rain_mm": 0.5}
    assert parquet.headers["etag"] == f'"{state["version"]}"'
    assert pl.read_parquet(parquet.content).height == 3
    assert table.text.splitlines()[0] == "station,day,rain_mm"
    assert "immutable" in pinned.headers["cache-control"]
    assert (told["status"], told["version"], told["rows"]) == ("present", state["version"], 3)
    assert [each["version"] for each in told["versions"]] == [state["version"]]
    assert set(told["versions"][0]["harvested"]["card"]) == {"fields", "sources"}
    for placeholder in ("to-be-named", 'goals":["', "LicenseRef-Not-Stated", "irregular"):
        assert placeholder not in json.dumps(told, separators=(",", ":"))
    assert fetch(hall, ID)["status"] == "present"


def test_what_nobody_has_opened_yet_is_named_with_its_source(hall: SmallHall, portal: SmallServer) -> None:
    with hall.client() as client:
        answer = client.get("/datasets/harvested/portal--waiting/data.csv")
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "not-here-yet"
    assert f"{portal.url}/rain.csv" in answer.json()["error"]["hint"]


def test_what_its_source_restricts_is_neither_brought_nor_handed_out(hall: SmallHall) -> None:
    state = fetch(hall, "harvested/portal--closed")
    assert state["status"] == "failed"
    assert state["error"]["code"] == "not-open"
    assert "rain@portal.example" in state["error"]["hint"]
    with hall.client() as client:
        refused = client.get("/datasets/harvested/portal--closed/data.csv")
    assert refused.status_code == 403
    assert "rain@portal.example" in refused.json()["error"]["hint"]


@pytest.mark.parametrize("name", ["portal--nothing", "portal--..", "x" * 300, "portal--rain%2f..%2f..", "PORTAL--rain"])
def test_an_unknown_name_is_not_found(hall: SmallHall, name: str) -> None:
    with hall.client() as client:
        assert client.get(f"/datasets/harvested/{name}/data.csv").status_code == 404
        assert client.get(f"/api/v1/records/{name}").status_code == 404


def test_a_record_without_data_says_so(hall: SmallHall) -> None:
    state = fetch(hall, "harvested/portal--page")
    assert (state["status"], state["error"]["code"]) == ("failed", "no-data")
    assert state["error"]["zh"]["message"].startswith("harvested/portal--page 的来源")


def test_a_record_is_told_to_sandboxes(hall: SmallHall) -> None:
    with hall.client() as client:
        told = client.get("/api/v1/records/portal--rain").raise_for_status().json()
    assert told["source"] == "portal"
    assert told["record"]["title"] == {"en": "Rain by station and day"}
    assert "original" not in told["record"]


@pytest.mark.parametrize(("language", "words"), [("en", "brought 3 rows here"), ("zh", "已有人将 3 行数据取到此处")])
def test_the_page_shows_the_rows_that_are_here_and_hands_them_out(hall: SmallHall, language: str, words: str) -> None:
    fetch(hall, ID)
    with hall.client() as client:
        page = client.get(f"/{language}/datasets/{ID}").raise_for_status().text
        waiting = client.get(f"/{language}/datasets/harvested/portal--waiting").raise_for_status().text
        closed = client.get(f"/{language}/datasets/harvested/portal--closed").raise_for_status().text
    assert words in page
    assert "2024-01-02" in page
    assert f"/datasets/{ID}/data.csv?version=" in page
    assert "data.csv" not in waiting
    assert "data.csv" not in closed


@pytest.mark.parametrize("asked", ["quality", "joinable"])
def test_what_is_told_of_rows_says_of_those_elsewhere_that_they_are(hall: SmallHall, asked: str) -> None:
    """The answer was that there is no such dataset."""
    fetch(hall, ID)
    with hall.client() as client:
        client.get(f"/api/v1/datasets/harvested/portal--rain/{asked}").raise_for_status()
        elsewhere = client.get(f"/api/v1/datasets/harvested/portal--waiting/{asked}")
        closed = client.get(f"/api/v1/datasets/harvested/portal--closed/{asked}")
        unknown = client.get(f"/api/v1/datasets/harvested/portal--nothing/{asked}")
    assert (elsewhere.status_code, elsewhere.json()["error"]["code"]) == (503, "not-here-yet")
    assert (closed.status_code, closed.json()["error"]["code"]) == (403, "not-open")
    assert unknown.status_code == 404


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_of_what_has_been_brought_shows_what_is_known_of_it(hall: SmallHall, language: str) -> None:
    state = fetch(hall, ID)
    version = state["version"] or ""
    with hall.client() as client:
        page = client.get(f"/{language}/datasets/{ID}").raise_for_status().text
        elsewhere = client.get(f"/{language}/datasets/harvested/portal--waiting").raise_for_status().text
    for part in ("rows", "fields", "quality", "elsewhere", "chart"):
        assert f'id="{part}"' in page, part
        assert f'id="{part}"' not in elsewhere, part
    assert "<code>rain_mm</code>" in page
    assert f"data.parquet?version={version}" in page  # in the lines for other programs
    assert f"<dd><code>{version}</code>" in page
    assert f"version {version}." in page or f"版本 {version}." in page  # in the citation


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_says_what_the_source_says_of_a_column(hall: SmallHall, language: str) -> None:
    fetch(hall, ID)
    with hall.client() as client:
        page = client.get(f"/{language}/datasets/{ID}").text
        croissant = client.get(f"/datasets/{ID}/croissant.json").text
    fields = page.partition('id="fields"')[2].partition("</table>")[0]
    assert "Rain<br>" in fields
    assert "from noon to noon &lt;x&gt;" in fields
    assert "from noon to" in page.partition("application/ld+json")[2].partition("</script>")[0]
    assert "from noon to" in croissant


def test_what_has_been_brought_has_a_croissant_of_the_rows_that_are_here(hall: SmallHall) -> None:
    version = fetch(hall, ID)["version"] or ""
    with hall.client() as client:
        page = client.get(f"/en/datasets/{ID}").raise_for_status().text
        elsewhere = client.get("/en/datasets/harvested/portal--waiting").raise_for_status().text
        told = client.get(f"/datasets/{ID}/croissant.json").raise_for_status().json()
        (described,) = told["distribution"]
        content = client.get(described["contentUrl"]).content
        waiting = client.get("/datasets/harvested/portal--waiting/croissant.json")
        closed = client.get("/datasets/harvested/portal--closed/croissant.json")
    assert page.count(f"/datasets/{ID}/croissant.json") == 2  # for programs, and for people
    assert "croissant.json" not in elsewhere
    assert (waiting.status_code, closed.status_code) == (503, 403)
    assert told["version"] == version
    assert described["contentUrl"].endswith(f"/datasets/{ID}/data.parquet?version={version}")
    assert hashlib.sha256(content).hexdigest() == described["sha256"]
    (rows,) = told["recordSet"]
    assert [(each["name"], each["dataType"]) for each in rows["field"]] == [
        ("station", "sc:Text"),
        ("day", "sc:Date"),
        ("rain_mm", "sc:Float"),
    ]


@pytest.fixture(scope="module")
def personal(hall: SmallHall, portal: SmallServer) -> str:
    """The id of a dataset with personal data that somebody has brought here."""
    people = [
        f"Person {number},{110105194912310000 + number},1380013{8000 + number},p{number}@example.org"
        for number in range(20)
    ]
    portal.answers["/people.csv"] = Reply("\n".join(["name,citizen_id,phone,email", *people, ""]).encode())
    assert fetch(hall, "harvested/portal--people")["status"] == "fetched"
    return "harvested/portal--people"


ROWS = ("data.csv", "data.json", "data.parquet", "part-00001.parquet", "croissant.json", "live.csv", "live.json")


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_rows_with_personal_data_are_handed_to_nobody(hall: SmallHall, personal: str, name: str, method: str) -> None:
    version = find_version(hall, personal)
    with hall.client() as client:
        for asked in ("", f"?version={version}"):
            answer = client.request(method, f"/datasets/{personal}/{name}{asked}")
            assert answer.status_code in {403, 404, 405}
            if name.startswith(("data.", "part-")) or (name, method) == ("croissant.json", "GET"):
                assert answer.status_code == 403
                if method == "GET":
                    assert answer.json()["error"]["code"] == "personal-data"


def test_why_rows_are_not_handed_out_is_told_in_both_languages(hall: SmallHall, personal: str) -> None:
    with hall.client() as client:
        english, chinese = (
            client.get(f"/datasets/{personal}/data.csv", headers={"accept-language": each}).json()["error"]
            for each in ("en", "zh")
        )
    assert "personal data" in english["message"]
    assert "个人信息" in chinese["message"]
    assert "/people.csv" in english["hint"]


EVERYWHERE = (
    "/api/v1/datasets/{id}",
    "/api/v1/datasets/{id}/quality",
    "/api/v1/datasets/{id}/joinable",
    "/api/v1/datasets/{id}/related",
    "/api/v1/records/portal--people",
    "/api/v1/datasets?q=rain",
    "/api/3/action/package_search?q=rain",
    "/datasets/{id}/notebook.ipynb",
    "/datasets/{id}/cite.bib",
    "/datasets/{id}.ttl",
    "/datasets/{id}.jsonld",
    "/datasets/{id}/croissant.json",
    "/en/datasets/{id}",
    "/zh/datasets/{id}",
    "/catalog.yaml",
    "/catalog.jsonld",
)


@pytest.mark.parametrize("address", EVERYWHERE)
def test_no_value_of_personal_data_is_told_anywhere(hall: SmallHall, personal: str, address: str) -> None:
    with hall.client() as client:
        answer = client.get(address.format(id=personal))
    assert answer.status_code in {200, 403, 404}
    for value in ("Person 1", "11010519491231", "13800138", "@example.org"):
        assert value not in answer.text
    assert f"{personal}/data." not in answer.text


def test_of_personal_data_scores_are_told_and_addresses_of_rows_are_not(hall: SmallHall, personal: str) -> None:
    with hall.client() as client:
        quality = client.get(f"/api/v1/datasets/{personal}/quality").raise_for_status().json()
        told = client.get(f"/api/v1/datasets/{personal}").raise_for_status().json()
        joins = client.get(f"/api/v1/datasets/{personal}/joinable")
    assert quality["measures"]
    assert quality["fields"] == []
    assert (told["status"], told["rows"], told["data"]) == ("present", 20, {})
    assert [each["name"] for each in told["versions"][0]["fields"]] == ["name", "citizen_id", "phone", "email"]
    assert told["versions"][0]["harvested"].keys().isdisjoint({"card", "findings"})
    assert (joins.status_code, joins.json()["error"]["code"]) == (403, "personal-data")


def find_version(hall: SmallHall, dataset_id: str) -> str:
    """Return the newest version of a dataset in the hall's store."""
    with hall.client() as client:
        return str(client.get(f"/api/v1/datasets/{dataset_id}").raise_for_status().json()["version"])
