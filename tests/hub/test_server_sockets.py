"""Unix sockets of people's servers, as the hub and its proxy speak of them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
from pathlib import Path

import pytest
from datahall_hub.home import LONGEST_SOCKET_PATH, Home
from datahall_hub.server_sockets import (
    SocketServer,
    ask_until_answered,
    note_launch,
    open_server_socket,
    place_socket,
    read_launch,
    remove_server_socket,
)


def test_the_proxy_is_told_the_path_as_it_is_written_and_no_port():
    server = SocketServer(path="/srv/Data Hall/run/u/7/s", base_url="/user/Ann/")

    assert server.host == "http+unix://%2Fsrv%2FData%20Hall%2Frun%2Fu%2F7%2Fs"
    assert server.url == f"{server.host}/user/Ann/"


async def answer_with(path: Path, *answers: bytes) -> list[bytes]:
    """Listen as the hub does, answer each visitor with the next answer, and return what was asked."""
    asked = []
    waiting = list(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n")).strip())
        writer.write(waiting.pop(0))
        await writer.drain()
        writer.close()

    listener = open_server_socket(path)
    listener.setblocking(False)
    async with await asyncio.start_unix_server(serve, sock=listener):
        found = await SocketServer(path=str(path), base_url="/user/ann/").wait_up(
            timeout=5, http=True, extra_path="api"
        )
    assert found.headers["X-JupyterHub-Version"] == "6"
    return asked


GOOD = b"HTTP/1.1 200 OK\r\nX-JupyterHub-Version: 6\r\nContent-Length: 0\r\n\r\n"
BAD = b"HTTP/1.1 503 Not yet\r\nContent-Length: 0\r\n\r\n"


def test_a_server_is_asked_until_it_answers_as_it_should_in_a_folder_with_capitals_too(tmp_path):
    path = tmp_path / "HALL" / "u" / "1" / "s"
    path.parent.parent.mkdir(parents=True)

    assert asyncio.run(answer_with(path, BAD, b"", GOOD)) == [b"GET /user/ann/api HTTP/1.1"] * 3


@pytest.mark.parametrize("is_there", [False, True])
def test_where_nobody_listens_nobody_is_waited_for(tmp_path, is_there):
    path = tmp_path / "1" / "s"
    if is_there:
        open_server_socket(path).close()

    with pytest.raises(TimeoutError, match="Nobody listens"):
        asyncio.run(asyncio.wait_for(ask_until_answered(path, page="/", within=60), 5))


def test_a_socket_is_its_owners_alone_and_takes_the_place_of_what_was_there(tmp_path):
    path = tmp_path / "1" / "s"
    path.parent.mkdir()
    path.symlink_to("/somewhere/else")

    with contextlib.closing(open_server_socket(path)):
        assert stat.S_ISSOCK(path.lstat().st_mode)
        assert stat.S_IMODE(path.lstat().st_mode) == 0o600

    note_launch(path, {"server": [1, "x:2"]})
    assert read_launch(path) == {"server": [1, "x:2"]}
    remove_server_socket(path)
    assert not path.parent.exists()
    assert read_launch(path) is None


@pytest.mark.parametrize("root", ["/srv/hall", "/srv/" + "long/" * 30])
def test_sockets_have_paths_that_the_system_takes_however_long_the_halls_is(root):
    home = Home(Path(root))

    assert len(os.fsencode(place_socket(home, number=10**9 - 1))) <= LONGEST_SOCKET_PATH
    assert len(os.fsencode(home.fork_servers / "gates/u999999999/kernel.sock")) <= LONGEST_SOCKET_PATH
