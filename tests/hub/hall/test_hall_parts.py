"""A dataset that lies in parts, as visitors, programs and catalogs get it over HTTP."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import polars as pl
import pytest

from tests.hub.hall.small_hall import CARD, SmallHall

ID = "culture/in-parts"
DATA = f"/datasets/{ID}"
AMOUNTS = [number * number for number in range(12)]
NAMES = ["part-00000.parquet", "part-00001.parquet", "part-00002.parquet"]
FETCH = f"""
import datahall
from datahall import _version_writing
_version_writing.GROUP_ROWS, _version_writing.PART_BYTES = 5, 1
print(datahall.dataset({ID!r}).fetch())
"""


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallHall]:
    """A hall with one dataset more: twelve rows in three parts."""
    home = tmp_path_factory.mktemp("parts") / "home"
    cards = home / "datasets/culture"
    cards.mkdir(parents=True)
    rows = "".join(f"thing {number},{amount}\n" for number, amount in enumerate(AMOUNTS))
    (cards / "in-parts.csv").write_text(f"name,amount\n{rows}")
    (cards / "in-parts.yaml").write_text(
        CARD.format(
            title="Things", theme="culture", access="open", modified="", synthetic="false",
            source="{path: culture/in-parts.csv, format: csv}", name="amount", type="integer",
        )
    )  # fmt: skip
    environment = {**os.environ, "DATAHALL_HOME": str(home)}
    subprocess.run([sys.executable, "-c", FETCH], env=environment, check=True, timeout=60)
    running = SmallHall(home).start()
    yield running
    running.stop()


@pytest.fixture
def client(hall: SmallHall) -> Iterator[httpx.Client]:
    """A visitor without cookies."""
    with hall.client() as client:
        yield client


@pytest.fixture
def files(hall: SmallHall) -> list[bytes]:
    """The parts as they lie in the store."""
    return [(hall.home / "store" / ID / "latest" / name).read_bytes() for name in NAMES]


def test_the_address_of_the_rows_answers_with_the_list_of_parts(
    client: httpx.Client, hall: SmallHall, files: list[bytes]
) -> None:
    answer = client.get(f"{DATA}/data.parquet")
    listed = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (300, "application/json")
    assert (listed["id"], listed["version"], listed["rows"]) == (ID, answer.headers["x-datahall-version"], 12)
    assert listed["parts"] == [
        {"name": name, "url": f"{hall.url}{DATA}/{name}?version={listed['version']}", "bytes": len(file)}
        for name, file in zip(NAMES, files, strict=True)
    ]
    assert client.head(f"{DATA}/data.parquet").status_code == 300
    assert client.get(f"{DATA}/data.parquet", headers={"if-none-match": answer.headers["etag"]}).status_code == 304


def test_the_list_can_never_be_taken_for_rows(client: httpx.Client) -> None:
    for headers in ({}, {"range": "bytes=0-3"}):
        answer = client.get(f"{DATA}/data.parquet", headers=headers)
        assert answer.status_code == 300
        assert "content-disposition" not in answer.headers
        assert "accept-ranges" not in answer.headers


def test_each_part_has_its_own_address_byte_ranges_and_etag(client: httpx.Client, files: list[bytes]) -> None:
    etags = set()
    for part, file in zip(client.get(f"{DATA}/data.parquet").json()["parts"], files, strict=True):
        answer = client.get(part["url"])
        assert (answer.status_code, answer.content) == (200, file)
        assert "immutable" in answer.headers["cache-control"]
        some = client.get(part["url"], headers={"range": "bytes=-8"})
        assert (some.status_code, some.content) == (206, file[-8:])
        etag = answer.headers["etag"]
        assert client.get(part["url"], headers={"if-none-match": etag}).status_code == 304
        assert int(client.head(part["url"]).headers["content-length"]) == len(file)
        etags.add(etag)
    assert len(etags) == 3


@pytest.mark.parametrize("name", ["part-00003", "part-0", "part-..%2F00000", "part-00000%00", "part-"])
def test_a_part_that_is_not_there_is_404(client: httpx.Client, name: str) -> None:
    answer = client.get(f"{DATA}/{name}.parquet")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] in ("unknown-part", "not-found")


def test_a_dataset_in_one_file_has_no_parts(client: httpx.Client) -> None:
    answer = client.get("/datasets/weather/seattle-weather/part-00000.parquet", headers={"accept-language": "zh"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown-part")
    assert "没有分卷" in answer.json()["error"]["message"]


def test_csv_json_preview_and_page_hold_the_rows_of_all_parts(client: httpx.Client) -> None:
    rows = list(csv.DictReader(io.StringIO(client.get(f"{DATA}/data.csv").text)))
    assert [int(row["amount"]) for row in rows] == AMOUNTS
    assert [row["amount"] for row in client.get(f"{DATA}/data.json").json()] == AMOUNTS
    page = client.get(f"/en{DATA}").text
    assert ">81<" in page  # the tenth row lies in the second part
    assert [f"{DATA}/{name}?version=" in page for name in NAMES] == [True] * 3
    assert "data.parquet" not in page


def test_the_api_names_the_parts(client: httpx.Client, hall: SmallHall) -> None:
    listed = client.get(f"{DATA}/data.parquet").json()
    assert client.get(f"/api/v1/datasets/{ID}").json()["data"]["parts"] == [part["url"] for part in listed["parts"]]
    assert "parts" not in client.get("/api/v1/datasets/weather/seattle-weather").json()["data"]


def test_polars_reads_the_parts_by_their_addresses(client: httpx.Client) -> None:
    urls = [part["url"] for part in client.get(f"{DATA}/data.parquet").json()["parts"]]
    assert pl.scan_parquet(urls).collect()["amount"].to_list() == AMOUNTS


def test_plain_intake_reads_the_parts_over_http(client: httpx.Client, tmp_path: Path) -> None:
    (tmp_path / "catalog.yaml").write_text(client.get("/catalog.yaml").text)
    program = (
        "import intake\n"
        "catalog = intake.from_yaml_file('catalog.yaml')\n"
        f"print(catalog['{ID}'].read().collect()['amount'].to_list())\n"
        f"print(catalog['{ID}.pandas'].read()['amount'].tolist())\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}, cwd=tmp_path,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.stdout == f"{AMOUNTS}\n{AMOUNTS}\n", done.stderr
