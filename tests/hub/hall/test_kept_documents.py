"""Large documents are made one at a time, once for all who ask, and kept within bounds."""

from __future__ import annotations

import asyncio
import gzip
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from datahall_hub.services.hall.app import answer_fault
from datahall_hub.services.hall.documents import answer_document
from datahall_hub.services.hall.faults import Fault
from datahall_hub.services.hall.kept_documents import MOST_WAITING, Busy, KeptDocuments
from fastapi import FastAPI, Request, Response

from tests.hub.hall.small_hall import SmallHall


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[KeptDocuments]:
    documents = KeptDocuments(tmp_path / "documents", most_bytes=3_000)
    yield documents
    documents.close()


class Maker:
    """Makes a document when `goes` is set, and counts how often."""

    def __init__(self, content: bytes = b"content", *, goes: bool = True) -> None:
        self.content, self.calls, self.goes = content, 0, threading.Event()
        if goes:
            self.goes.set()

    def __call__(self) -> bytes:
        self.calls += 1
        assert self.goes.wait(10)
        return self.content


async def read(kept: KeptDocuments, mark: str, make: Maker) -> bytes:
    with await kept.open(mark, make) as packed:
        return gzip.decompress(packed.read())


def test_equal_requests_at_the_same_time_are_joined_and_later_ones_read_what_is_kept(kept: KeptDocuments) -> None:
    make = Maker()

    async def ask() -> list[bytes]:
        together = await asyncio.gather(*(read(kept, "one", make) for _ in range(60)))
        return [*together, await read(kept, "one", make)]

    assert asyncio.run(ask()) == [b"content"] * 61
    assert make.calls == 1


def test_who_asks_when_too_many_wait_is_told_to_come_later(kept: KeptDocuments) -> None:
    make = Maker(goes=False)

    async def ask() -> list[bytes | BaseException]:
        asked = [asyncio.create_task(read(kept, str(number), make)) for number in range(MOST_WAITING + 1)]
        await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        make.goes.set()
        return await asyncio.gather(*asked, return_exceptions=True)

    *made, refused = asyncio.run(ask())
    assert made == [b"content"] * MOST_WAITING
    assert isinstance(refused, Busy)
    assert (refused.status, refused.headers) == (503, {"retry-after": "5"})


def test_a_refusal_reaches_programs_as_503(kept: KeptDocuments) -> None:
    app, make = FastAPI(), Maker(goes=False)
    app.add_exception_handler(Fault, answer_fault)

    @app.get("/{mark}.rdf")
    def read_document(request: Request, mark: str) -> Response:
        return answer_document(
            request, make, media_type="application/rdf+xml", mark=mark, changed=datetime.now(UTC), kept=kept
        )

    async def ask() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hall.example") as client:
            asked = [asyncio.create_task(client.get(f"/{number}.rdf")) for number in range(MOST_WAITING + 1)]
            await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
            make.goes.set()
            return await asyncio.gather(*asked)

    answers = {answer.status_code: answer for answer in asyncio.run(ask())}
    assert set(answers) == {200, 503}
    assert answers[200].content == b"content"
    assert answers[503].headers["retry-after"] == "5"
    assert answers[503].json()["error"]["code"] == "busy"


def test_what_was_asked_for_longest_ago_makes_room(kept: KeptDocuments, tmp_path: Path) -> None:
    chance = random.Random(1)  # what cannot be packed: of three there is room for two

    async def ask() -> None:
        for number in (0, 1, 0, 2):
            await read(kept, str(number), Maker(chance.randbytes(1_200)))
            await asyncio.sleep(0.03)  # file times stand still for some milliseconds

    asyncio.run(ask())
    assert {file.name for file in (tmp_path / "documents").iterdir()} == {"0.gz", "2.gz"}


def test_a_document_that_fails_is_tried_again_and_one_that_cannot_be_kept_is_sent(tmp_path: Path) -> None:
    (tmp_path / "documents").write_text("no folder")
    kept = KeptDocuments(tmp_path / "documents" / "below")

    def fail() -> bytes:
        raise ValueError("trial")

    async def ask() -> bytes:
        with pytest.raises(ValueError, match="trial"):
            await kept.open("one", fail)
        return await read(kept, "one", Maker())

    assert asyncio.run(ask()) == b"content"
    kept.close()


def test_a_hall_under_a_flood_of_catalogs_answers_readers(small_hall: SmallHall) -> None:
    names = [f"flood-{number}.example" for number in range(40)]  # each host has a catalog of its own

    def ask(host: str) -> tuple[int, str]:
        with small_hall.client(host=host) as client:
            answer = client.get("catalog.rdf")
        return answer.status_code, answer.headers.get("retry-after", "")

    with ThreadPoolExecutor(len(names)) as pool:
        answers = [pool.submit(ask, name) for name in names]
        time.sleep(0.1)
        began = time.monotonic()
        assert httpx.get(f"{small_hall.url}/health", trust_env=False, timeout=20).is_success
        waited = time.monotonic() - began
        told = {answer.result() for answer in answers}

    assert told <= {(200, ""), (503, "5")}
    assert waited < 5


@pytest.mark.parametrize("document", ["catalog.ttl", "catalog.yaml", "sitemap-1.xml"])
def test_a_kept_document_is_the_same_packed_or_not_and_again(visitor: httpx.Client, document: str) -> None:
    first = visitor.get(document)
    again = visitor.get(document)
    plain = visitor.get(document, headers={"accept-encoding": "identity"})

    assert first.content == again.content == plain.content
    assert first.headers["etag"] == plain.headers["etag"]
    assert ("content-length" in plain.headers) == (document != "catalog.yaml")
