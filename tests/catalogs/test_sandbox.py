"""Where the catalogs are mounted read-only, datahall writes nothing and asks the hall's fetch service."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import datahall
import pytest
from datahall._locations import shipped_folder

from tests.catalogs.small_server import Reply, SmallServer, small_server

ID = "resources/nile-flow"


@pytest.fixture
def mount(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The catalogs as a sandbox sees them; their store is that of `home`."""
    folder = tmp_path / "catalogs"
    for name in ("datasets", "vocabulary"):
        shutil.copytree(shipped_folder(name), folder / name)
    (home / "store").mkdir(parents=True)
    (folder / "store").symlink_to(home / "store")
    monkeypatch.setenv("DATAHALL_CATALOGS", str(folder))
    return folder


def fetch_in_the_hall() -> str:
    """Fetch as the service does: in another process, which may write."""
    environment = {name: value for name, value in os.environ.items() if name != "DATAHALL_CATALOGS"}
    code = f"import datahall; print(datahall.store.fetch({ID!r}))"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_what_is_in_the_store_is_read_without_asking(mount: Path) -> None:
    version = fetch_in_the_hall()
    assert datahall.dataset(ID).version == version
    assert datahall.dataset(ID).polars().collect().height == 100


def test_without_a_fetch_service_the_message_says_what_to_do(mount: Path, home: Path) -> None:
    with pytest.raises(datahall.NotPresent, match="not in the store, and this place cannot fetch it") as caught:
        datahall.dataset(ID).polars()
    assert "datahall fetch resources/nile-flow" in caught.value.hint
    assert "数据仓库" in caught.value.message("zh")
    assert list((home / "store").iterdir()) == []


@pytest.fixture
def service(mount: Path, monkeypatch: pytest.MonkeyPatch) -> SmallServer:
    with small_server() as running:
        monkeypatch.setenv("DATAHALL_FETCH_URL", f"{running.url}/fetch")
        monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "secret")
        yield running


def status_of(**state: object) -> Reply:
    return Reply(json.dumps([{"id": ID, **state}]).encode())


def test_the_fetch_service_is_asked_until_the_data_is_there(service: SmallServer) -> None:
    asked: list[bytes] = []

    def answer(_: str, content: bytes) -> Reply:
        asked.append(content)
        if len(asked) == 1:
            return Reply(json.dumps([{"id": ID, "version": None, "rows": None, "status": "fetching"}]).encode())
        return Reply(
            json.dumps([{"id": ID, "version": fetch_in_the_hall(), "rows": 100, "status": "fetched"}]).encode()
        )

    service.answers["/fetch"] = answer
    assert datahall.dataset(ID).polars().collect().height == 100
    assert [json.loads(content) for content in asked] == [{"ids": [ID]}] * 2


def test_a_person_who_waits_is_told_once_what_for(
    service: SmallServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datahall._remote.PAUSE", 0.01)
    note = {"code": "waits-for-turn", "message": "It waits.", "zh": {"message": "正在等待。"}}
    asked: list[str] = []

    def answer(path: str, _: bytes) -> Reply:
        asked.append(path)
        return status_of(status="fetching", note=note) if len(asked) < 4 else status_of(status="failed", error=note)

    service.answers["/fetch"] = answer
    with pytest.raises(datahall.DatahallError, match="It waits"):
        datahall.dataset(ID).fetch()
    assert capsys.readouterr().err == f"{ID}: It waits.\n"


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (
            status_of(status="failed", error={"code": "unreachable", "message": "no"}),
            "could not be fetched: no",
        ),
        (
            status_of(status="failed", error={"message": f"{ID} is away.", "hint": "Ask {them}."}),
            f"^{ID} is away. Ask {{them}}.$",
        ),
        (Reply(status=403), "did not answer for resources/nile-flow: .*403"),
        (Reply(b"<html>"), "did not answer"),
        (Reply(b"[]"), "did not answer"),
    ],
    ids=["failed", "failed, told by name", "forbidden", "no JSON", "another answer"],
)
def test_a_fetch_service_that_fails_is_quoted(service: SmallServer, reply: Reply, words: str) -> None:
    service.answers["/fetch"] = reply
    with pytest.raises(datahall.DatahallError, match=words):
        datahall.dataset(ID).fetch()
