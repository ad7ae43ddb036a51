"""Whatever a source or the machine does, the version before stays readable and the message says what happened."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import datahall
import pytest
from datahall import store

from tests.catalogs.card_drafts import CSV, OTHER_CSV, draft, field, save_card, save_data, url_source
from tests.catalogs.small_disk import run_on_small_disk
from tests.catalogs.small_server import Reply, SmallServer, small_server

ID = "culture/visitors"


def visitors() -> list[int]:
    return list(datahall.dataset(ID).polars().collect()["visitors"])


@pytest.fixture
def earlier(home: Path) -> str:
    """A version that is in the store before the source goes wrong."""
    save_data(home, CSV)
    save_card(home, draft())
    return datahall.dataset(ID).fetch()


def point_to(home: Path, url: str, *, content: bytes = OTHER_CSV) -> None:
    save_card(home, draft(sources=[url_source(url, content)]))


def refused(earlier: str) -> datahall.DatahallError:
    """Fetch, which must fail; return the error after a look at what is left."""
    with pytest.raises(datahall.DatahallError) as caught:
        datahall.dataset(ID).fetch()
    assert datahall.dataset(ID).versions() == [earlier]
    assert visitors() == [5, 7]
    assert [path.name for path in store.dataset_folder(ID).glob(".incoming-*")] == []
    return caught.value


def test_a_source_that_is_as_promised_becomes_the_new_version(home: Path, server: SmallServer, earlier: str) -> None:
    server.answers["/v.csv"] = Reply(OTHER_CSV)
    point_to(home, f"{server.url}/v.csv")
    version = datahall.dataset(ID).fetch()
    assert datahall.dataset(ID).versions() == [version, earlier]
    assert visitors() == [5, 8]
    with pytest.warns(datahall.DatahallWarning, match="the newest in the store"):
        assert list(datahall.dataset(f"{ID}@{earlier}").polars().collect()["visitors"]) == [5, 7]


BROKEN = {
    "missing": (Reply(status=404), "unreachable", "HTTP 404"),
    "failing": (Reply(b"sorry", status=500), "unreachable", "HTTP 500"),
    "truncated": (Reply(OTHER_CSV[:20], promise=len(OTHER_CSV)), "unreachable", "cannot be fetched"),
    "truncated in silence": (Reply(OTHER_CSV[:20], promise=None), "wrong-size", "20 bytes instead of 39"),
    "altered": (Reply(OTHER_CSV.replace(b"8", b"9")), "wrong-sha256", "but the card says"),
    "longer than promised": (Reply(OTHER_CSV + b"2024-01-03,9\n"), "too-large", "more than the 39 bytes"),
    "endless": (Reply(endless=True), "too-large", "more than the 39 bytes"),
}


@pytest.mark.parametrize(("reply", "code", "words"), BROKEN.values(), ids=BROKEN)
def test_a_broken_source_is_refused(
    home: Path, server: SmallServer, earlier: str, reply: Reply, code: str, words: str
) -> None:
    server.answers["/v.csv"] = reply
    point_to(home, f"{server.url}/v.csv")
    error = refused(earlier)
    assert error.code == code
    assert words in error.message("en")
    assert f"{server.url}/v.csv" in error.message("zh")


def test_an_unreachable_source_is_named(home: Path, earlier: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with small_server() as gone:
        url = f"{gone.url}/v.csv"
        monkeypatch.setenv("DATAHALL_TRUSTED_HOSTS", gone.netloc)
    point_to(home, url)
    error = refused(earlier)
    assert (error.code, url in str(error)) == ("unreachable", True)


def test_a_redirect_to_an_allowed_address_is_followed(home: Path, server: SmallServer, earlier: str) -> None:
    server.answers["/old.csv"] = Reply(status=302, headers={"Location": "/new.csv"})
    server.answers["/new.csv"] = Reply(OTHER_CSV)
    point_to(home, f"{server.url}/old.csv")
    datahall.dataset(ID).fetch()
    assert visitors() == [5, 8]


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:{other}/v.csv",
        "http://localhost:{other}/v.csv",
        "http://[::1]:{other}/v.csv",
        "http://[::ffff:127.0.0.1]:{other}/v.csv",
        "http://[64:ff9b::7f00:1]:{other}/v.csv",
        "http://[2002:7f00:1::]:{other}/v.csv",
        "http://0.0.0.0:{other}/v.csv",
        "http://2130706433:{other}/v.csv",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/v.csv",
        "http://user:password@127.0.0.1:{other}/v.csv",
        "file:///etc/passwd",
        "ftp://127.0.0.1/v.csv",
    ],
)
def test_a_redirect_into_a_private_network_is_refused(
    home: Path, server: SmallServer, earlier: str, target: str
) -> None:
    with small_server() as inside:
        inside.answers["/v.csv"] = Reply(OTHER_CSV)
        location = target.format(other=inside.netloc.partition(":")[2])
        server.answers["/v.csv"] = Reply(status=302, headers={"Location": location})
        point_to(home, f"{server.url}/v.csv")
        assert refused(earlier).code == "refused-address"
        assert inside.asked == []


def test_a_card_itself_cannot_name_a_private_address(home: Path, earlier: str) -> None:
    with small_server() as inside:
        inside.answers["/v.csv"] = Reply(OTHER_CSV)
        point_to(home, f"{inside.url}/v.csv")
        assert refused(earlier).code == "refused-address"
        assert inside.asked == []


def test_redirects_in_a_circle_end(home: Path, server: SmallServer, earlier: str) -> None:
    server.answers["/v.csv"] = Reply(status=301, headers={"Location": "/v.csv"})
    point_to(home, f"{server.url}/v.csv")
    assert "redirects" in refused(earlier).message("en")
    assert len(server.asked) == 6


def test_the_next_mirror_of_a_source_is_tried(home: Path, server: SmallServer, earlier: str) -> None:
    server.answers["/good.csv"] = Reply(OTHER_CSV)
    source = url_source(f"{server.url}/bad.csv", OTHER_CSV, mirrors=[f"{server.url}/good.csv"])
    save_card(home, draft(sources=[source]))
    datahall.dataset(ID).fetch()
    assert server.asked == ["/bad.csv", "/good.csv"]


def test_data_that_does_not_fit_the_card_is_refused(home: Path, earlier: str) -> None:
    save_data(home, b"day,visitors\n2024-01-01,5\n2024-01-02,many\n")
    error = refused(earlier)
    assert error.message("en") == "culture/visitors.csv, line 3, field visitors: 'many': not a whole number."
    assert error.message("zh") == "culture/visitors.csv 第 3 行，字段 visitors：'many'：不是整数。"


def index_of(content: bytes, *, url: str, path: str) -> str:
    return json.dumps([{"url": url, "sha256": url_source(url, content)["sha256"], "path": path}])


def save_mirror(folder: Path, *, url: str, content: bytes, path: str) -> str:
    """Write a mirror that has `content` at `path` and says that it is OTHER_CSV from `url`; return its name."""
    folder.mkdir()
    (folder / path).write_bytes(content)
    (folder / "index.json").write_text(index_of(OTHER_CSV, url=url, path=path))
    return str(folder)


def test_a_mirror_folder_is_asked_before_the_network(
    home: Path, tmp_path: Path, earlier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "https://nowhere.invalid/v.csv"
    mirror = save_mirror(tmp_path / "mirror", url=url, content=OTHER_CSV, path="copy.csv")
    monkeypatch.setenv("DATAHALL_MIRROR", mirror)
    point_to(home, url)
    datahall.dataset(ID).fetch()
    assert visitors() == [5, 8]


def test_a_mirror_url_is_asked_although_its_address_is_private(
    home: Path, earlier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "https://nowhere.invalid/v.csv"
    with small_server() as mirror:
        mirror.answers["/m/index.json"] = Reply(index_of(OTHER_CSV, url=url, path="a b.csv").encode())
        mirror.answers["/m/a%20b.csv"] = Reply(OTHER_CSV)
        monkeypatch.setenv("DATAHALL_MIRROR", f"{mirror.url}/m")
        point_to(home, url)
        datahall.dataset(ID).fetch()
    assert visitors() == [5, 8]


def test_a_mirror_that_lies_is_passed_over(
    home: Path, tmp_path: Path, server: SmallServer, earlier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"{server.url}/v.csv"
    server.answers["/v.csv"] = Reply(OTHER_CSV)
    mirror = save_mirror(tmp_path / "mirror", url=url, content=OTHER_CSV.replace(b"8", b"9"), path="copy.csv")
    monkeypatch.setenv("DATAHALL_MIRROR", mirror)
    point_to(home, url)
    datahall.dataset(ID).fetch()
    assert visitors() == [5, 8]


def test_a_mirror_index_cannot_lead_out_of_its_folder(
    home: Path, tmp_path: Path, earlier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "https://nowhere.invalid/v.csv"
    mirror = save_mirror(tmp_path / "mirror", url=url, content=OTHER_CSV, path="../outside.csv")
    monkeypatch.setenv("DATAHALL_MIRROR", mirror)
    point_to(home, url)
    assert refused(earlier).code == "unreachable"


def start_fetch(**environment: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", f"import datahall; datahall.store.fetch({ID!r})"]
    return subprocess.Popen(command, env={**os.environ, **environment}, stderr=subprocess.PIPE)


def test_two_fetches_at_once_download_once(home: Path, server: SmallServer, earlier: str) -> None:
    server.answers["/v.csv"] = Reply(OTHER_CSV + b"\n" * 3000, pause=0.1)
    point_to(home, f"{server.url}/v.csv", content=OTHER_CSV + b"\n" * 3000)
    fetches = [start_fetch(), start_fetch()]
    assert [fetch.communicate(timeout=60) and fetch.returncode for fetch in fetches] == [0, 0]
    assert server.asked == ["/v.csv"]


def test_a_fetch_that_is_killed_leaves_the_version_before(home: Path, server: SmallServer, earlier: str) -> None:
    content = OTHER_CSV + b"\n" * 60_000
    server.answers["/v.csv"] = Reply(content, pause=0.05)
    point_to(home, f"{server.url}/v.csv", content=content)
    fetch = start_fetch()
    folder = store.dataset_folder(ID)
    deadline = time.monotonic() + 30
    while not list(folder.glob(".partial/*")) and time.monotonic() < deadline:
        time.sleep(0.01)
    fetch.send_signal(signal.SIGKILL)
    fetch.communicate(timeout=30)
    assert list(folder.glob(".partial/*"))
    assert visitors() == [5, 7]
    server.answers["/v.csv"] = Reply(content)
    datahall.dataset(ID).fetch()
    assert visitors() == [5, 8]
    assert list(folder.glob(".incoming-*")) == []
    assert list(folder.glob(".partial/*")) == []


def test_a_file_that_cannot_grow_leaves_the_version_before(home: Path, server: SmallServer, earlier: str) -> None:
    content = OTHER_CSV + b"\n" * 60_000
    server.answers["/v.csv"] = Reply(content)
    point_to(home, f"{server.url}/v.csv", content=content)
    limited = (
        "import resource, datahall\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))\n"
        f"try: datahall.store.fetch({ID!r})\n"
        "except datahall.StoreFailed as error: print(error.message('en'))\n"
    )
    done = subprocess.run([sys.executable, "-c", limited], capture_output=True, text=True, timeout=60, check=True)
    assert "cannot be written: File too large" in done.stdout
    assert datahall.dataset(ID).versions() == [earlier]
    assert visitors() == [5, 7]


def test_a_full_disk_is_said_and_leaves_the_version_before(home: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    program = (
        "import datahall\n"
        "datahall.store.fetch('resources/nile-flow')\n"
        "try: datahall.store.fetch('medical/rand-health-insurance')\n"
        "except datahall.StoreFailed as error: print(error.code)\n"
        "print(datahall.dataset('resources/nile-flow').polars().collect().height)\n"
    )
    assert run_on_small_disk(program, home=small, disk=small, size="40k") == ["disk-full", "100"]


REFUSED_FETCH = f"""
import os, datahall
try: datahall.store.fetch({ID!r})
except datahall.StoreFailed as error: print(error.code)
print(sorted(os.listdir(datahall.store.dataset_folder({ID!r}))))
"""


def test_a_disk_that_fills_during_a_download_is_left_free(home: Path, tmp_path: Path, server: SmallServer) -> None:
    small, content = tmp_path / "small", OTHER_CSV + b"\n" * 200_000
    server.answers["/v.csv"] = Reply(content)
    point_to(small, f"{server.url}/v.csv", content=content)
    (small / "store").mkdir()
    lines = run_on_small_disk(REFUSED_FETCH, home=small, disk=small / "store", size="100k")
    assert lines == ["disk-full", "[]"]


def test_a_disk_that_fills_while_keys_are_told_apart_is_left_free(home: Path) -> None:
    rows = [f"{number % 7},{number}" for number in range(30_000)]
    save_data(home, ("visitors,n\n" + "\n".join(rows) + "\n").encode())
    save_card(home, draft(fields=[field("visitors", "integer"), field("n", "integer")], primary_key=["visitors", "n"]))
    program = f"from datahall import _distinct_rows\n_distinct_rows.HASHES_AT_ONCE = 10_000\n{REFUSED_FETCH}"
    (home / "store").mkdir()
    lines = run_on_small_disk(program, home=home, disk=home / "store", size="300k")
    assert lines == ["disk-full", "[]"]


def test_a_home_that_is_no_folder_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DATAHALL_HOME", str(tmp_path / "file"))
    with pytest.raises(datahall.StoreFailed, match="DATAHALL_HOME"):
        datahall.dataset("resources/nile-flow").fetch()
