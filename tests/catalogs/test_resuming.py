"""A download that breaks off goes on where it stopped, and the whole is still what the card promises."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import datahall
import pytest
from datahall import _download, store
from datahall._download import download_source
from datahall._locations import find_home
from datahall.card import Source
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.catalogs.card_drafts import draft, save_card, url_source
from tests.catalogs.small_server import Reply, SmallServer, small_server

ID = "culture/visitors"
BODY = b"day,visitors\n2024-01-01,5\n" + b"\n" * 9_000
OTHER = BODY.replace(b"5", b"6")
ETAG = {"ETag": '"one"'}


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_download, "PAUSE", 0.01)


def source_of(server: SmallServer, **changes: Any) -> Source:
    return Source(**{**url_source(f"{server.url}/v.csv", BODY), **changes})


def test_a_connection_that_breaks_is_renewed_from_where_it_broke(server: SmallServer, tmp_path: Path) -> None:
    server.answers["/v.csv"] = Reply(BODY, cut=4_000)
    seen: list[int] = []
    download_source(source_of(server), into=tmp_path / "f", progress=lambda size, _: seen.append(size))
    assert (tmp_path / "f").read_bytes() == BODY
    assert server.ranges == [None, "bytes=4000-", "bytes=8000-"]
    assert sum(seen) == len(BODY)


@pytest.mark.parametrize("etag", ['"one"', 'W/"one"', None], ids=["strong", "weak", "none"])
def test_without_a_sha256_only_a_strong_etag_lets_it_go_on(
    server: SmallServer, tmp_path: Path, etag: str | None
) -> None:
    server.answers["/v.csv"] = Reply(BODY, cut=5_000, headers={"ETag": etag} if etag else {})
    source = source_of(server, sha256=None)
    if etag == '"one"':
        download_source(source, into=tmp_path / "f")
        assert (tmp_path / "f").read_bytes() == BODY
        return
    with pytest.raises(datahall.SourceFailed):
        download_source(source, into=tmp_path / "f")
    assert (server.ranges, (tmp_path / "f").exists()) == ([None], False)


@pytest.mark.parametrize("promises", [{}, {"sha256": None}], ids=["with sha256", "with an ETag alone"])
def test_a_source_that_changes_meanwhile_is_taken_anew(
    server: SmallServer, tmp_path: Path, promises: dict[str, Any]
) -> None:
    def answer(*_: object) -> Reply:
        first = len(server.asked) == 1
        return Reply(OTHER, cut=5_000, headers=ETAG) if first else Reply(BODY, headers={"ETag": '"two"'})

    server.answers["/v.csv"] = answer
    download_source(source_of(server, **promises), into=tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == BODY


def test_parts_of_two_editions_are_noticed_by_the_sha256(server: SmallServer, tmp_path: Path) -> None:
    server.answers["/v.csv"] = lambda *_: Reply(OTHER, cut=5_000) if len(server.asked) == 1 else Reply(BODY)
    download_source(source_of(server), into=tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == BODY
    assert server.ranges == [None, "bytes=5000-", None]


def test_a_server_without_ranges_sends_everything_again(server: SmallServer, tmp_path: Path) -> None:
    cuts = {1: 3_000, 2: 6_000}
    server.answers["/v.csv"] = lambda *_: Reply(BODY, cut=cuts.get(len(server.asked)), has_ranges=False)
    download_source(source_of(server), into=tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == BODY


LIES = {
    "another place": {"Content-Range": "bytes 0-9/9026"},
    "another size": {"Content-Range": "bytes 4000-9999/10000"},
    "no place": {},
    "no numbers": {"Content-Range": "bytes a-b/c"},
    "huge numbers": {"Content-Range": f"bytes {'9' * 400}-{'9' * 400}/*"},
}


@pytest.mark.parametrize("headers", LIES.values(), ids=LIES)
def test_an_answer_that_is_not_the_rest_is_not_put_behind(
    server: SmallServer, tmp_path: Path, headers: dict[str, str]
) -> None:
    replies = {1: Reply(BODY, cut=4_000), 2: Reply(b"x" * 6_000, status=206, headers=headers)}
    server.answers["/v.csv"] = lambda *_: replies.get(len(server.asked), Reply(BODY))
    download_source(source_of(server), into=tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == BODY
    assert server.ranges == [None, "bytes=4000-", None]


def test_a_range_that_is_refused_begins_anew(server: SmallServer, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(BODY[:4_000])
    server.answers["/v.csv"] = lambda *_: Reply(status=416) if len(server.asked) == 1 else Reply(BODY)
    download_source(source_of(server), into=tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == BODY


@pytest.mark.parametrize("reply", [Reply(BODY, cut=0), Reply(status=416)], ids=["cuts off at once", "refuses"])
def test_a_source_that_brings_nothing_more_is_given_up(server: SmallServer, tmp_path: Path, reply: Reply) -> None:
    server.answers["/v.csv"] = reply
    (tmp_path / "f").write_bytes(BODY[:10])
    with pytest.raises(datahall.SourceFailed) as caught:
        download_source(source_of(server), into=tmp_path / "f")
    assert caught.value.code == "unreachable"
    assert len(server.asked) <= 2


def test_the_rest_cannot_be_more_than_the_card_announces(server: SmallServer, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(BODY[:4_000])
    headers = {"Content-Range": f"bytes 4000-{len(BODY) - 1}/{len(BODY)}"}
    server.answers["/v.csv"] = Reply(status=206, headers=headers, endless=True)
    with pytest.raises(datahall.SourceFailed) as caught:
        download_source(source_of(server), into=tmp_path / "f")
    assert (caught.value.code, (tmp_path / "f").exists()) == ("too-large", False)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    left=st.one_of(
        st.integers(0, len(BODY)).map(lambda size: BODY[:size]),
        st.binary(max_size=200),
        st.just(BODY + b"more"),
        st.just(OTHER),
    )
)
def test_whatever_an_earlier_fetch_left_the_whole_is_right(server: SmallServer, tmp_path: Path, left: bytes) -> None:
    (tmp_path / "f").write_bytes(left)
    server.answers["/v.csv"] = Reply(BODY)
    download_source(source_of(server), into=tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == BODY


def fetch(url: str) -> subprocess.Popen[bytes]:
    save_card(find_home(), draft(sources=[url_source(url, BODY)]))
    return subprocess.Popen([sys.executable, "-c", f"import datahall; datahall.store.fetch({ID!r})"], env=os.environ)


def test_a_fetch_that_was_killed_is_gone_on_with_by_the_next(home: Path, server: SmallServer) -> None:
    server.answers["/v.csv"] = Reply(BODY, pause=0.2)
    killed = fetch(f"{server.url}/v.csv")
    partial = store.dataset_folder(ID) / ".partial" / hashlib.sha256(BODY).hexdigest()
    deadline = time.monotonic() + 30
    while not (partial.is_file() and partial.stat().st_size > 3_000) and time.monotonic() < deadline:
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.wait(30)
    here = partial.stat().st_size
    assert 3_000 < here < len(BODY)
    server.answers["/v.csv"] = Reply(BODY)
    datahall.dataset(ID).fetch()
    assert server.ranges == [None, f"bytes={here}-"]
    assert datahall.dataset(ID).polars().collect()["visitors"].to_list() == [5]
    assert not partial.parent.exists()


def test_of_several_sources_those_that_came_are_not_fetched_again(home: Path, server: SmallServer) -> None:
    bodies = [f"day,visitors\n2024-01-0{number},5\n".encode() for number in (1, 2)]
    save_card(home, draft(sources=[url_source(f"{server.url}/{n}.csv", body) for n, body in enumerate(bodies)]))
    server.answers["/0.csv"] = Reply(bodies[0])
    with pytest.raises(datahall.SourceFailed, match="HTTP 404"):
        datahall.dataset(ID).fetch()
    server.answers["/1.csv"] = Reply(bodies[1])
    datahall.dataset(ID).fetch()
    assert server.asked == ["/0.csv", "/1.csv", "/1.csv"]


def test_a_card_that_names_other_bytes_does_not_go_on_with_the_old_ones(home: Path, server: SmallServer) -> None:
    server.answers["/v.csv"] = lambda *_: Reply(OTHER, cut=4_000 if len(server.asked) == 1 else 0)
    save_card(home, draft(sources=[url_source(f"{server.url}/v.csv", OTHER)]))
    with pytest.raises(datahall.SourceFailed):
        datahall.dataset(ID).fetch()
    assert len(list(store.dataset_folder(ID).glob(".partial/*"))) == 1
    server.answers["/v.csv"] = Reply(BODY)
    save_card(home, draft(sources=[url_source(f"{server.url}/v.csv", BODY)]))
    datahall.dataset(ID).fetch()
    assert server.ranges[-1] is None


def test_the_rest_may_come_from_another_mirror(home: Path, server: SmallServer, tmp_path: Path) -> None:
    with small_server() as mirror:
        os.environ["DATAHALL_TRUSTED_HOSTS"] += f",{mirror.netloc}"  # put back by the fixture that set it
        server.answers["/v.csv"] = lambda *_: Reply(BODY, cut=4_000 if len(server.asked) == 1 else 0)
        mirror.answers["/v.csv"] = Reply(BODY)
        download_source(source_of(server, mirrors=(f"{mirror.url}/v.csv",)), into=tmp_path / "f")
        assert (tmp_path / "f").read_bytes() == BODY
        assert mirror.ranges == ["bytes=4000-"]
