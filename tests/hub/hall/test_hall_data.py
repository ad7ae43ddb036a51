"""What programs get: rows, catalogs, the API."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest
from datahall_hub.services.hall.fetch_client import hide_folders

from tests.hub.hall.small_hall import SmallHall

SEATTLE = "/datasets/weather/seattle-weather/data"


@pytest.fixture
def content(small_hall: SmallHall) -> bytes:
    """The Parquet file as it lies in the store."""
    folder = small_hall.home / "store/weather/seattle-weather"
    version = json.loads((folder / "latest.json").read_text())["version"]
    return (folder / version / "data.parquet").read_bytes()


def test_parquet_is_the_file_of_the_store(visitor: httpx.Client, content: bytes) -> None:
    answer = visitor.get(f"{SEATTLE}.parquet")
    assert answer.content == content
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["content-disposition"].startswith('attachment; filename="seattle-weather-2015-12-31.')


def test_head_tells_the_size_without_the_rows(visitor: httpx.Client, content: bytes) -> None:
    answer = visitor.head(f"{SEATTLE}.parquet")
    assert int(answer.headers["content-length"]) == len(content)
    assert answer.content == b""


@pytest.mark.parametrize(
    ("wish", "part"),
    [
        pytest.param("bytes=0-3", slice(0, 4), id="the first four"),
        pytest.param("bytes=10-", slice(10, None), id="from ten on"),
        pytest.param("bytes=-8", slice(-8, None), id="the last eight"),
        pytest.param("bytes=0-99999999", slice(0, None), id="more than there is"),
        pytest.param("bytes=-99999999", slice(0, None), id="a suffix longer than the file"),
    ],
)
def test_a_byte_range_is_answered_with_that_part(visitor: httpx.Client, content: bytes, wish: str, part: slice) -> None:
    answer = visitor.get(f"{SEATTLE}.parquet", headers={"range": wish})
    start, stop, _ = part.indices(len(content))
    assert answer.status_code == 206
    assert answer.content == content[part]
    assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(content)}"


@pytest.mark.parametrize("wish", ["bytes=99999999-", "bytes=-0"])
def test_a_range_outside_the_file_is_416(visitor: httpx.Client, content: bytes, wish: str) -> None:
    answer = visitor.get(f"{SEATTLE}.parquet", headers={"range": wish})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(content)}"


@pytest.mark.parametrize("wish", ["rows=1-2", "bytes=5-2", "bytes=-", "bytes=a-b", "bytes=0-1,4-5", "nonsense"])
def test_a_range_that_means_nothing_gets_the_whole(visitor: httpx.Client, content: bytes, wish: str) -> None:
    answer = visitor.get(f"{SEATTLE}.parquet", headers={"range": wish})
    assert (answer.status_code, answer.content) == (200, content)


def test_the_version_is_a_strong_etag(visitor: httpx.Client) -> None:
    first = visitor.get(f"{SEATTLE}.parquet")
    etag = first.headers["etag"]
    assert etag == f'"{first.headers["x-datahall-version"]}"'
    assert visitor.get(f"{SEATTLE}.parquet", headers={"if-none-match": etag}).status_code == 304
    assert visitor.get(f"{SEATTLE}.parquet", headers={"if-none-match": f'"other", W/{etag}'}).status_code == 304
    assert visitor.get(f"{SEATTLE}.parquet", headers={"if-none-match": '"other"'}).status_code == 200


def test_a_range_of_a_changed_file_gets_the_whole_new_one(visitor: httpx.Client, content: bytes) -> None:
    etag = visitor.head(f"{SEATTLE}.parquet").headers["etag"]
    same = visitor.get(f"{SEATTLE}.parquet", headers={"range": "bytes=0-3", "if-range": etag})
    changed = visitor.get(f"{SEATTLE}.parquet", headers={"range": "bytes=0-3", "if-range": '"older"'})
    assert (same.status_code, len(same.content)) == (206, 4)
    assert (changed.status_code, changed.content) == (200, content)


def test_a_named_version_may_be_kept_for_ever_the_newest_may_not(visitor: httpx.Client) -> None:
    newest = visitor.head(f"{SEATTLE}.parquet")
    named = visitor.head(f"{SEATTLE}.parquet", params={"version": newest.headers["x-datahall-version"]})
    assert "no-cache" in newest.headers["cache-control"]
    assert "immutable" in named.headers["cache-control"]
    assert visitor.get(f"{SEATTLE}.parquet", params={"version": "../../../x"}).status_code == 404


def test_csv_and_json_hold_the_rows_of_the_parquet(visitor: httpx.Client, content: bytes) -> None:
    expected = pl.read_parquet(io.BytesIO(content))
    rows = list(csv.DictReader(io.StringIO(visitor.get(f"{SEATTLE}.csv").text)))
    objects = visitor.get(f"{SEATTLE}.json").json()
    assert len(rows) == len(objects) == expected.height == 1461
    assert float(rows[3]["temp_max"]) == objects[3]["temp_max"] == expected["temp_max"][3]
    assert rows[3]["date"] == objects[3]["date"] == str(expected["date"][3])


def test_raw_data_is_not_altered(visitor: httpx.Client) -> None:
    assert visitor.get("/datasets/culture/trap/data.csv").text == "name,amount\n=1+1,1\n</td><b>,2\n"


def test_csv_begins_with_a_byte_order_mark_only_where_that_is_asked_for(visitor: httpx.Client) -> None:
    plain = visitor.get(f"{SEATTLE}.csv").content
    assert visitor.get(f"{SEATTLE}.csv?bom=1").content == b"\xef\xbb\xbf" + plain
    assert plain.startswith(b"date,")


def test_data_that_is_not_open_is_refused(visitor: httpx.Client, small_hall: SmallHall) -> None:
    for suffix in ("parquet", "csv", "json"):
        answer = visitor.get(f"/datasets/credit/on-request/data.{suffix}")
        assert answer.status_code == 403
        assert answer.json()["error"]["code"] == "not-open"
    assert not list((small_hall.home / "store/credit/on-request").glob("*/data.parquet"))


def _wait_for_failure(visitor: httpx.Client) -> dict[str, Any]:
    """Return how the unreachable dataset stands: it is tried again by itself, and being fetched meanwhile."""
    deadline = time.monotonic() + 20
    while (shown := dict(visitor.get("/api/v1/datasets/ocean/unreachable").json()))["status"] != "failed":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return shown


@pytest.mark.parametrize("suffix", ["parquet", "csv", "json"])
def test_data_that_could_not_be_fetched_says_so_and_asks_for_patience(visitor: httpx.Client, suffix: str) -> None:
    _wait_for_failure(visitor)
    answer = visitor.get(f"/datasets/ocean/unreachable/data.{suffix}", headers={"accept-language": "zh"})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "300"
    assert answer.json()["error"]["code"] == "fetch-failed"
    assert "未能从来源获取" in answer.json()["error"]["message"]


def test_unknown_data_is_404_in_json(visitor: httpx.Client) -> None:
    answer = visitor.get("/datasets/no/where/data.csv", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "unknown-dataset"


def test_polars_reads_by_suffix_ranges_over_http(small_hall: SmallHall) -> None:
    address = f"{small_hall.url}{SEATTLE}.parquet"
    program = f"import polars as pl; print(pl.scan_parquet('{address}').select(pl.len()).collect().item())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "1461"


def test_plain_intake_opens_the_catalog(small_hall: SmallHall, tmp_path: Path) -> None:
    program = (
        "import intake\n"
        f"catalog = intake.from_yaml_file('{small_hall.url}/catalog.yaml')\n"
        "print(len(list(catalog)))\n"
        "print(catalog['weather/seattle-weather'].read().collect().shape)\n"
    )
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "1461" in done.stdout
    assert int(done.stdout.split()[0]) > 12


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example"])
def test_a_forged_host_is_never_repeated(visitor: httpx.Client, host: str) -> None:
    forged = {
        "host": host,
        "x-forwarded-host": "worse.example",
        "x-forwarded-proto": "javascript",
        "forwarded": "host=w",
    }
    for path in ("/catalog.yaml", "/en/", "/en/datasets/weather/seattle-weather", "/api/v1/datasets", "/", "/en"):
        answer = visitor.get(path, headers=forged)
        assert "evil.example" not in answer.text + str(answer.headers)
        assert "worse.example" not in answer.text
        assert "javascript:" not in answer.text


@pytest.mark.parametrize("host", ["a b", 'x"><script>', "a/../b", "a:b:c", "@", "127.0.0.1:99999999"])
def test_a_malformed_host_is_refused(small_hall: SmallHall, host: str) -> None:
    with small_hall.client() as client:
        assert client.get("/en/", headers={"host": host}).status_code == 400


def test_absolute_addresses_are_those_of_the_request(visitor: httpx.Client, small_hall: SmallHall) -> None:
    here = visitor.get("/catalog.yaml").text
    local = visitor.get(
        "/catalog.yaml", headers={"host": f"localhost:{small_hall.port}", "x-forwarded-proto": "https"}
    ).text
    assert f"{small_hall.url}/datasets/weather/seattle-weather/data.parquet" in here
    assert f"https://localhost:{small_hall.port}/services/hall/datasets/" in local


def test_the_api_searches_and_shows(visitor: httpx.Client) -> None:
    found = visitor.get("/api/v1/datasets", params={"q": "seattle rain"}).json()
    shown = visitor.get("/api/v1/datasets/weather/seattle-weather").json()
    assert [result["id"] for result in found["results"]] == ["weather/seattle-weather"]
    assert found["facets"]["theme"] == {"weather": 1}
    assert shown["status"] == "present"
    assert shown["rows"] == 1461
    assert shown["versions"][0]["version"] == shown["version"]
    assert visitor.get(shown["data"]["csv"]).status_code == 200


def test_the_api_says_that_a_dataset_is_missing_and_keeps_the_reason_to_those_who_can_mend_it(
    visitor: httpx.Client,
) -> None:
    shown = _wait_for_failure(visitor)
    assert shown["error"]["code"] == "refused-address"
    assert "not here at present" in shown["error"]["message"]
    assert "目前不在大厅中" in shown["error"]["zh"]["message"]
    assert "127.0.0.1:9" not in str(shown["error"])


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("There is no file rain.csv in /srv/hall/datasets.", "There is no file rain.csv in datasets."),
        (
            "[Errno 2] No such file or directory: '/srv/hall/a b/x.csv'",
            "[Errno 2] No such file or directory: 'a b/x.csv'",
        ),
        ("/srv/hall/datasets 中没有文件 rain.csv。", "datasets 中没有文件 rain.csv。"),
        ("文件夹/srv/hall/datasets，里没有 rain.csv", "文件夹datasets，里没有 rain.csv"),
        ("https://example.org/a/b.csv does not answer", "https://example.org/a/b.csv does not answer"),
        ("Set it to file:///srv/mirror/2024/ or so", "Set it to 2024 or so"),
        ("rows and/or columns, 3 km/h, a/b/c", "rows and/or columns, 3 km/h, a/b/c"),
    ],
)
def test_folders_of_this_machine_are_taken_out_of_what_is_told(told: str, shown: str) -> None:
    assert hide_folders(told) == shown


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/api/v1/me"), ("GET", "/api/v1/rights/submit-apps"), ("POST", "/api/v1/fetch")]
)
def test_what_acts_for_a_person_needs_one(visitor: httpx.Client, method: str, path: str) -> None:
    body = {"ids": ["weather/seattle-weather"]} if method == "POST" else None
    answer = visitor.request(method, path, json=body)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "not-signed-in"
    assert answer.headers["www-authenticate"]


def test_a_hub_that_is_away_takes_nothing_from_visitors(visitor: httpx.Client) -> None:
    token = {"authorization": "token 0123456789abcdef"}
    assert visitor.get("/en/", headers=token).status_code == 200
    refused = visitor.get("/api/v1/me", headers=token)
    assert refused.status_code == 503
    assert refused.json()["error"]["code"] == "unavailable"


def test_openapi_describes_the_addresses(visitor: httpx.Client) -> None:
    paths = visitor.get("/openapi.json").json()["paths"]
    for path in (
        "/datasets/{theme}/{name}/data.parquet",
        "/api/v1/datasets",
        "/api/v1/fetch",
        "/catalog.yaml",
        "/health",
    ):
        assert f"/services/hall{path}" in paths
    assert not [path for path in paths if "people" in path]


def test_there_is_no_documentation_page_that_loads_from_elsewhere(visitor: httpx.Client) -> None:
    assert visitor.get("/docs").status_code == 404
    assert httpx.get(str(visitor.base_url.copy_with(path="/docs")), trust_env=False).status_code == 404


def test_errors_are_json_for_programs(visitor: httpx.Client) -> None:
    answer = visitor.get("/api/v1/datasets/no/where")
    assert set(json.loads(answer.text)["error"]) == {"code", "message", "hint"}
