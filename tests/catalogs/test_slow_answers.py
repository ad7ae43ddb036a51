"""An answer that trickles is given up, in whatever part of it and however small its steps are."""

from __future__ import annotations

import socket
import time
from itertools import chain, repeat

import pytest
from datahall import SourceFailed
from datahall._addresses import _is_public
from datahall._download import download_bytes, open_answer, read_whole

from tests.catalogs.small_server import Reply, SmallServer
from tests.catalogs.trickles import trickling

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n\r\n"


@pytest.fixture(autouse=True)
def _trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAHALL_TRUSTED_HOSTS", "127.0.0.1")


def given_up(url: str, *, patience: float | None = None) -> SourceFailed:
    started = time.monotonic()
    with pytest.raises(SourceFailed) as caught, open_answer(url, patience=patience) as response:
        read_whole(response, url=url, maximum=1 << 40)
    assert time.monotonic() - started < 3
    assert caught.value.code == "unreachable"
    return caught.value


@pytest.mark.parametrize(
    "pieces",
    [(b"HTTP/1.1 200 OK\r\nX-A: ",), (b"HTTP/1.1 100 Continue\r\n\r\n",) * 1_000],
    ids=["a header without end", "interim answers without end"],
)
def test_a_head_that_trickles_is_given_up(monkeypatch: pytest.MonkeyPatch, pieces: tuple[bytes, ...]) -> None:
    monkeypatch.setattr("datahall._connections.HEAD_PATIENCE", 0.3)
    with trickling(*pieces) as url:
        error = given_up(url)
    assert "took too long" in error.message("en")
    assert "耗时过长" in error.message("zh")


def test_a_body_that_trickles_is_given_up_whatever_size_may_be_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datahall._connections.WINDOW", 0.2)
    with trickling(HEAD) as url:
        error = given_up(url)
    assert "slower than 20000 bytes a second" in error.message("en")


def test_a_body_that_begins_fast_and_then_trickles_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datahall._connections.WINDOW", 0.2)
    with trickling(HEAD, b"x" * 1_000_000) as url:
        assert "slower than" in given_up(url).message("en")


def test_a_caller_s_patience_holds_for_head_and_body() -> None:
    for pieces in ((b"HTTP/1.1 200 OK\r\nX-A: ",), (HEAD,)):
        with trickling(*pieces) as url:
            assert "took too long" in given_up(url, patience=0.3).message("en")


def test_a_source_that_is_fast_enough_is_read_whole(server: SmallServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datahall._connections.WINDOW", 0.05)
    server.answers["/v.csv"] = Reply(b"x" * 20_000, pause=0.02)  # 50 kB/s
    assert len(download_bytes(f"{server.url}/v.csv", maximum=20_000)) == 20_000


def test_a_reader_who_takes_time_is_no_fault_of_the_server_s(
    server: SmallServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datahall._connections.WINDOW", 0.05)
    server.answers["/v.csv"] = Reply(b"x" * 200_000)
    with open_answer(f"{server.url}/v.csv") as response:
        size = 0
        for part in response.iter_raw(20_000):
            size += len(part)
            time.sleep(0.02)
    assert size == 200_000


def test_a_request_goes_to_the_address_that_was_checked_and_to_no_other(
    server: SmallServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is public when it is checked, and inside from then on; nothing listens at the public one."""
    monkeypatch.setenv("DATAHALL_TRUSTED_HOSTS", "")
    monkeypatch.setattr("datahall._addresses._is_public", lambda address: address == "127.0.0.3")
    resolve, known = socket.getaddrinfo, iter(chain(["127.0.0.3"], repeat("127.0.0.1")))

    def answer(host: str, port: int, *more: object, **options: object) -> object:
        return resolve(next(known) if host == "moving.example" else host, port, *more, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    server.answers["/delete"] = Reply(b"a,b\n1,2\n")
    with pytest.raises(SourceFailed):
        download_bytes(server.url.replace("127.0.0.1", "moving.example") + "/delete", maximum=100)
    assert server.asked == []


def test_where_one_of_the_checked_addresses_does_not_answer_the_next_is_asked(
    server: SmallServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATAHALL_TRUSTED_HOSTS", "")
    monkeypatch.setattr("datahall._addresses._is_public", lambda _: True)
    monkeypatch.setattr(
        socket, "getaddrinfo", both_addresses(socket.getaddrinfo, name="both.example", found=("127.0.0.3", "127.0.0.1"))
    )
    server.answers["/v.csv"] = Reply(b"a,b\n1,2\n")
    assert download_bytes(server.url.replace("127.0.0.1", "both.example") + "/v.csv", maximum=100) == b"a,b\n1,2\n"
    assert server.headers[0]["Host"].startswith("both.example:")


def both_addresses(resolve: object, *, name: str, found: tuple[str, ...]) -> object:
    def answer(host: str, port: int, *more: object, **options: object) -> object:
        hosts = found if host == name else (host,)
        return [entry for one in hosts for entry in resolve(one, port, *more, **options)]  # type: ignore[operator]

    return answer


@pytest.mark.parametrize(
    ("address", "is_public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("64:ff9b::808:808", True),
        ("10.0.0.1", False),
        ("224.0.0.1", False),
        ("239.255.255.250", False),
        ("ff0e::1", False),
        ("64:ff9b:1::a00:1", False),
        ("64:ff9b::a00:1", False),
        ("fec0::1", False),
        ("::10.0.0.1", False),
        ("::8.8.8.8", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:169.254.169.254", False),
        ("2002:a00:1::", False),
    ],
)
def test_no_clothes_make_an_inner_address_public(address: str, *, is_public: bool) -> None:
    assert _is_public(address) is is_public
