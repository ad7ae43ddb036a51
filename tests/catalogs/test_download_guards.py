"""Each guard of a download is needed: without it the test here that is named after it fails."""

from __future__ import annotations

import gzip
import json
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import datahall
import httpx
import pytest
from datahall._wire import read_body

from tests.catalogs.card_drafts import OTHER_CSV, draft, save_card, url_source
from tests.catalogs.small_server import Reply, SmallServer, small_server

ID = "culture/visitors"
PUBLIC = "93.184.215.14"  # an address like those of the open network; nothing is sent to it


@pytest.fixture(autouse=True)
def _no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


def fetch(home: Path, url: str, *, content: bytes = OTHER_CSV, mirrors: tuple[str, ...] = ()) -> list[int]:
    """Fetch a dataset whose card names `url`; return what was read."""
    save_card(home, draft(sources=[url_source(url, content, mirrors=list(mirrors))]))
    datahall.dataset(ID).fetch()
    return list(datahall.dataset(ID).polars().collect()["visitors"])


def refused(home: Path, url: str, **source: Any) -> datahall.DatahallError:
    with pytest.raises(datahall.SourceFailed) as caught:
        fetch(home, url, **source)
    assert datahall.dataset(ID).versions() == []
    return caught.value


def answer_in_turn(*addresses: str) -> Callable[..., Any]:
    """Return a resolver that knows each name at another address every time it is asked, as a rebinding one does."""
    resolve, left = socket.getaddrinfo, list(addresses)

    def answer(_host: str, port: int, *more: Any, **options: Any) -> Any:
        return resolve(left.pop(0) if len(left) > 1 else left[0], port, *more, **options)

    return answer


def test_a_name_that_moves_inside_after_it_was_checked_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with small_server() as inside:
        inside.answers["/v.csv"] = Reply(OTHER_CSV)
        monkeypatch.setattr(socket, "getaddrinfo", answer_in_turn(PUBLIC, "127.0.0.1"))
        error = refused(home, inside.url.replace("127.0.0.1", "moving.example") + "/v.csv")
    assert inside.asked == ["/v.csv"]  # so it is the answer's sender that was looked at
    assert error.code == "refused-address"


@pytest.mark.parametrize(
    "variables",
    [{"https_proxy": "http://proxy.invalid:3128"}, {"http_proxy": "http://proxy.invalid:3128", "no_proxy": "example"}],
    ids=["a proxy for https", "a proxy for other hosts"],
)
def test_a_proxy_that_is_not_asked_excuses_no_name_that_moves_inside(
    home: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with small_server() as inside:
        inside.answers["/v.csv"] = Reply(OTHER_CSV)
        monkeypatch.setattr(socket, "getaddrinfo", answer_in_turn(PUBLIC, "127.0.0.1"))
        error = refused(home, inside.url.replace("127.0.0.1", "moving.example") + "/v.csv")
    assert error.code == "refused-address"


def test_a_trickle_is_given_up(home: Path, server: SmallServer, monkeypatch: pytest.MonkeyPatch) -> None:
    content = OTHER_CSV + b"\n" * 4_000
    server.answers["/v.csv"] = Reply(content, pause=0.15)
    monkeypatch.setattr("datahall._download.PATIENCE", 0.0)
    error = refused(home, f"{server.url}/v.csv", content=content)
    assert error.code == "unreachable"
    assert "slower than 20000 bytes a second" in error.message("en")


def test_a_redirect_with_a_password_is_refused_also_on_a_trusted_host(
    home: Path, server: SmallServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATAHALL_TRUSTED_HOSTS", "127.0.0.1")
    server.answers["/v.csv"] = Reply(status=302, headers={"Location": f"http://user:word@{server.netloc}/inner.csv"})
    server.answers["/inner.csv"] = Reply(OTHER_CSV)
    assert refused(home, f"{server.url}/v.csv").code == "refused-address"
    assert server.asked == ["/v.csv"]


BROKEN_INDEXES = {
    "no JSON": b"<html>Not here</html>",
    "no list": b'{"https://a.example/v.csv": "v.csv"}',
    "no paths": b'[{"url": "https://a.example/v.csv"}]',
    "no text": b"\xff\xfe\x00",
    "empty": b"",
    "nested without end": b"[" * 100_000,
    "a number without end": b"[" + b"9" * 5_000 + b"]",
    "a path with a NUL": b'[{"url": "{url}", "path": "a\\u0000b"}]',
    "a path that is no text": b'[{"url": "{url}", "path": "\\ud800"}]',
    "a path that is too long": b'[{"url": "{url}", "path": "' + b"x" * 5_000 + b'"}]',
}


@pytest.mark.parametrize("index", BROKEN_INDEXES.values(), ids=BROKEN_INDEXES)
def test_a_broken_mirror_folder_does_not_hide_the_source(
    home: Path, server: SmallServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, index: bytes
) -> None:
    url = f"{server.url}/v.csv"
    server.answers["/v.csv"] = Reply(OTHER_CSV)
    (tmp_path / "index.json").write_bytes(index.replace(b"{url}", url.encode()))
    monkeypatch.setenv("DATAHALL_MIRROR", str(tmp_path))
    assert fetch(home, url) == [5, 8]


@pytest.mark.parametrize(
    "answer",
    [Reply(b"sorry", status=500), *map(Reply, BROKEN_INDEXES.values())],
    ids=["failing", *BROKEN_INDEXES],
)
def test_a_broken_mirror_url_does_not_hide_the_source(
    home: Path, server: SmallServer, monkeypatch: pytest.MonkeyPatch, answer: Reply
) -> None:
    url = f"{server.url}/v.csv"
    server.answers["/v.csv"] = Reply(OTHER_CSV)
    server.answers["/m/index.json"] = replace(answer, body=answer.body.replace(b"{url}", url.encode()))
    monkeypatch.setenv("DATAHALL_MIRROR", f"{server.url}/m")
    assert fetch(home, url) == [5, 8]
    assert server.asked[0] == "/m/index.json"


def test_where_every_place_fails_the_card_s_own_address_is_named(home: Path, server: SmallServer) -> None:
    server.answers["/own.csv"] = Reply(status=410)
    error = refused(home, f"{server.url}/own.csv", mirrors=(f"{server.url}/first.csv", f"{server.url}/last.csv"))
    assert server.asked == ["/own.csv", "/first.csv", "/last.csv"]
    assert error.message("en") == f"{server.url}/own.csv cannot be fetched: HTTP 410."


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallServer]:
    """A proxy inside the own network, which answers for addresses outside of it."""
    with small_server() as running:
        monkeypatch.setenv("http_proxy", running.url)
        yield running


@pytest.mark.parametrize("host", ["nowhere.invalid", PUBLIC], ids=["a name only it knows", "a public address"])
def test_a_proxy_inside_the_own_network_fetches(home: Path, proxy: SmallServer, host: str) -> None:
    proxy.answers[f"http://{host}/v.csv"] = Reply(OTHER_CSV)
    assert fetch(home, f"http://{host}/v.csv") == [5, 8]


def test_a_proxy_is_not_asked_for_a_private_address(home: Path, proxy: SmallServer) -> None:
    proxy.answers["http://10.0.0.1/v.csv"] = Reply(OTHER_CSV)
    assert refused(home, "http://10.0.0.1/v.csv").code == "refused-address"
    assert proxy.asked == []


def test_a_source_is_asked_for_bytes_that_nothing_on_the_way_compresses(home: Path, server: SmallServer) -> None:
    server.answers["/v.csv"] = Reply(OTHER_CSV)
    fetch(home, f"{server.url}/v.csv")
    assert [headers["Accept-Encoding"] for headers in server.headers] == ["identity"]


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1:99999/v.csv", "http://127.0.0.1:x/v.csv", "http://[::1/v.csv", "http://a..b/v.csv"],
    ids=["a port too high", "a port that is no number", "half an address", "an empty part of a name"],
)
@pytest.mark.parametrize("trusted", ["", "127.0.0.1"], ids=["open network", "trusted host"])
def test_a_redirect_to_an_address_that_cannot_be_is_an_expected_failure(
    home: Path, server: SmallServer, monkeypatch: pytest.MonkeyPatch, target: str, trusted: str
) -> None:
    monkeypatch.setenv("DATAHALL_TRUSTED_HOSTS", f"{server.netloc},{trusted}")
    server.answers["/v.csv"] = Reply(status=302, headers={"Location": target})
    assert refused(home, f"{server.url}/v.csv").code == "unreachable"


def test_a_name_that_moves_inside_cannot_even_steer_by_a_redirect(
    home: Path, server: SmallServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers["/v.csv"] = Reply(OTHER_CSV)
    with small_server() as inside:
        inside.answers["/v.csv"] = Reply(status=302, headers={"Location": f"{server.url}/v.csv"})
        monkeypatch.setattr(socket, "getaddrinfo", answer_in_turn(PUBLIC, "127.0.0.1"))
        error = refused(home, inside.url.replace("127.0.0.1", "moving.example") + "/v.csv")
    assert error.code == "refused-address"
    assert server.asked == []


def test_a_name_that_moves_inside_does_not_tell_its_status(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with small_server() as inside:
        monkeypatch.setattr(socket, "getaddrinfo", answer_in_turn(PUBLIC, "127.0.0.1"))
        error = refused(home, inside.url.replace("127.0.0.1", "moving.example") + "/no-such-file")
    assert error.code == "refused-address"


@pytest.mark.parametrize(
    "proxy", ["socks5://me:secret@127.0.0.1:1", "gopher://127.0.0.1:70", "http://[::1"], ids=["socks", "odd", "broken"]
)
def test_a_proxy_that_cannot_be_used_is_an_expected_failure(
    home: Path, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("all_proxy", proxy)
    error = refused(home, f"http://{PUBLIC}/v.csv")
    assert error.code == "unusable-proxy"
    assert proxy.partition(":")[0] in error.message("en")
    assert "secret" not in str(error)
    assert error.hint_in("zh")


def test_a_proxy_that_is_not_asked_need_not_be_usable(
    home: Path, server: SmallServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("all_proxy", "socks5://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server.answers["/v.csv"] = Reply(OTHER_CSV)
    assert fetch(home, f"{server.url}/v.csv") == [5, 8]


GZIPPED = {"Content-Encoding": "gzip"}


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (gzip.compress(OTHER_CSV), GZIPPED),
        (gzip.compress(OTHER_CSV[:20]) + gzip.compress(OTHER_CSV[20:]), {"Content-Encoding": "x-gzip"}),
        (OTHER_CSV, {"Content-Encoding": "utf-8"}),
    ],
    ids=["packed", "packed in two parts", "a word that is no packing"],
)
def test_a_source_that_a_server_packs_all_the_same_is_the_file_that_was_meant(
    home: Path, server: SmallServer, body: bytes, headers: dict[str, str]
) -> None:
    server.answers["/v.csv"] = Reply(body, headers=headers)
    assert fetch(home, f"{server.url}/v.csv") == [5, 8]


@pytest.mark.parametrize(
    ("body", "packing", "code"),
    [
        (gzip.compress(gzip.compress(OTHER_CSV)), "gzip, gzip", "packed-answer"),
        (OTHER_CSV, "br", "packed-answer"),
        (gzip.compress(OTHER_CSV)[:-9], "gzip", "unreachable"),
        (OTHER_CSV, "gzip", "unreachable"),
        (gzip.compress(OTHER_CSV + bytes(50_000_000)), "gzip", "too-large"),
    ],
    ids=["packed twice", "packed otherwise", "cut off", "not packed at all", "a bomb"],
)
def test_a_source_that_is_packed_otherwise_is_refused(
    home: Path, server: SmallServer, body: bytes, packing: str, code: str
) -> None:
    server.answers["/v.csv"] = Reply(body, headers={"Content-Encoding": packing})
    assert refused(home, f"{server.url}/v.csv").code == code


def test_packed_bytes_fill_no_memory_before_they_are_counted() -> None:
    response = httpx.Response(200, headers=GZIPPED, stream=httpx.ByteStream(gzip.compress(bytes(50_000_000))))
    assert max(map(len, read_body(response, url="http://a.example/"))) <= 1 << 20


@pytest.mark.parametrize("index", [b"<html>Not here</html>", None], ids=["its index", "its copy"])
def test_where_the_source_fails_too_the_broken_mirror_is_named(
    home: Path, server: SmallServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, index: bytes | None
) -> None:
    url = f"{server.url}/gone.csv"
    right = json.dumps([{"url": url, "path": "copy.csv"}]).encode()
    (tmp_path / "index.json").write_bytes(index if index is not None else right)
    (tmp_path / "copy.csv").write_bytes(b"another edition")
    monkeypatch.setenv("DATAHALL_MIRROR", str(tmp_path))

    error = refused(home, url)

    assert error.code == "unreachable"
    for language, sentence in (
        ("en", "cannot be fetched: HTTP 404. The mirror did not help"),
        ("zh", "镜像也未能提供"),
    ):
        assert sentence in error.message(language)
        assert ("index.json" if index else "copy.csv") in error.message(language)
    assert "DATAHALL_MIRROR" in error.hint_in("en")
