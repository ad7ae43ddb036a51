"""What the API tells of one dataset for programs that work with it: first rows, code, changes, citation, apps."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest

from tests.hub.hall.small_hall import SmallHall, write_card

V1 = "/api/v1"
DATASET = "weather/seattle-weather"


def test_a_list_tells_rows_size_quality_and_titles(visitor: httpx.Client) -> None:
    (found, *_) = visitor.get(f"{V1}/datasets", params={"q": "seattle weather"}).json()["results"]

    assert found["id"] == DATASET
    assert found["rows"] == 1461
    assert found["bytes"] > 10_000
    assert 0.9 < found["quality_score"] <= 1
    assert found["until"] == "2015-12-31"
    assert found["license_title"]["zh"] == "美国政府作品"
    assert "NOAA" in found["publisher_title"]["en"]


def test_a_dataset_has_its_citation_whom_to_ask_and_the_apps_that_use_it(visitor: httpx.Client) -> None:
    told = visitor.get(f"{V1}/datasets/{DATASET}").json()

    assert told["version"] in told["citation"]["texts"]["en"]
    assert told["citation"]["bibtex"].startswith("@")
    assert told["contact"]["address"].startswith("https://")
    assert all(set(app) == {"slug", "title", "url"} for app in told["apps"])


def test_the_first_rows_are_texts_of_the_newest_version_or_of_the_one_asked_for(visitor: httpx.Client) -> None:
    newest = visitor.get(f"{V1}/datasets/{DATASET}/preview").json()

    assert newest["columns"][0] == "date"
    assert len(newest["rows"]) == 10
    assert newest["rows"][0][0] == "2012-01-01"
    pinned = visitor.get(f"{V1}/datasets/{DATASET}/preview", params={"version": newest["version"]})
    assert pinned.json() == newest
    assert visitor.get(f"{V1}/datasets/{DATASET}/preview", params={"version": "2015-12-31.00000000"}).status_code == 404


def test_code_opens_the_newest_version_or_is_pinned_and_asks_at_the_address_people_see(visitor: httpx.Client) -> None:
    forms = {each["id"]: each for each in visitor.get(f"{V1}/datasets/{DATASET}/code").json()["results"]}

    assert list(forms) == ["polars", "pandas", "sql", "arrow", "dask", "r", "curl"]
    assert f'datahall.dataset("{DATASET}")' in forms["polars"]["text"]
    assert f"{visitor.base_url.host}:{visitor.base_url.port}/services/hall/datasets/{DATASET}/data.csv" in str(
        forms["r"]
    )
    version = visitor.get(f"{V1}/datasets/{DATASET}").json()["version"]
    pinned = visitor.get(f"{V1}/datasets/{DATASET}/code", params={"version": version}).json()["results"]
    assert f'datahall.dataset("{DATASET}@{version}")' in pinned[0]["text"]
    refused = visitor.get(f"{V1}/datasets/{DATASET}/code", params={"version": 'x")\nimport os#'})
    assert refused.status_code in (404, 422)


@pytest.mark.parametrize("form", ["polars", "pandas", "sql", "arrow"])
def test_the_code_for_a_notebook_runs(visitor: httpx.Client, form: str) -> None:
    forms = visitor.get(f"{V1}/datasets/{DATASET}/code").json()["results"]
    text = next(each["text"] for each in forms if each["id"] == form)

    compile(text, form, "exec")
    assert "\\" not in text


def test_changes_tell_how_a_version_stands_to_the_newest(visitor: httpx.Client) -> None:
    version = visitor.get(f"{V1}/datasets/{DATASET}").json()["version"]

    same = visitor.get(f"{V1}/datasets/{DATASET}/changes", params={"since": version}).json()
    other = visitor.get(f"{V1}/datasets/{DATASET}/changes", params={"since": "2014-12-31.00000000"}).json()

    assert (same["is_here"], same["is_compatible"], same["newest"], same["changes"]) == (True, True, version, [])
    assert (other["is_here"], other["newest"], other["rows_before"], other["rows_now"]) == (False, version, None, 1461)
    unknown = visitor.get(f"{V1}/datasets/weather/no-such-data/changes", params={"since": version})
    assert unknown.json()["error"]["code"] == "unknown-dataset"


@pytest.fixture
def outdated(visitor: httpx.Client, small_hall: SmallHall) -> Iterator[str]:
    """A deprecated dataset; it is found, and afterwards no longer, before others count what there is."""
    more = f"deprecated: 2024-05-01\nreplaced_by: {DATASET}\n"
    write_card(small_hall.home, "weather/outdated", rows="name,amount\na,1\n", title="Zzyzx readings", more=more)
    wait_until_found(visitor, "Zzyzx", total=1)
    yield "weather/outdated"
    (small_hall.home / "datasets" / "weather" / "outdated.yaml").unlink()
    (small_hall.home / "datasets" / "weather" / "outdated.csv").unlink()
    wait_until_found(visitor, "Zzyzx", total=0)


def wait_until_found(visitor: httpx.Client, words: str, *, total: int) -> None:
    """Wait until so many datasets are found: the index takes up a card a moment after it is written."""
    deadline = time.monotonic() + 60
    while visitor.get(f"{V1}/datasets", params={"q": words}).json()["total"] != total:  # never an error meanwhile
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_deprecated_dataset_says_since_when_and_what_takes_its_place(visitor: httpx.Client, outdated: str) -> None:
    old, new = f"{V1}/datasets/{outdated}", f"{V1}/datasets/{DATASET}"

    told = [visitor.get(each).json() for each in (old, f"{old}/changes?since=1", new, f"{new}/changes?since=1")]

    said = [(each["deprecated_since"], each["replaced_by"], each["missing_since"]) for each in told]
    assert said == [("2024-05-01", DATASET, None)] * 2 + [(None, None, None)] * 2
