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
from datahall._exports.forms import FORMS
from datahall_hub.services.hall.addresses import origin_of
from datahall_hub.services.hall.app import answer_fault
from datahall_hub.services.hall.documents import KeptCopy, answer_document, replace_text
from datahall_hub.services.hall.faults import Fault
from datahall_hub.services.hall.kept_documents import MOST_OF_ONE, MOST_WAITING, Busy, KeptDocuments
from datahall_hub.settings import Settings
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


async def read(kept: KeptDocuments, mark: str, make: Maker, *, client: str = "") -> bytes:
    with await kept.open(mark, make, client=client or mark) as packed:
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


def test_one_client_has_two_places_and_others_theirs(kept: KeptDocuments) -> None:
    make = Maker(goes=False)

    async def ask() -> tuple[list[bytes | BaseException], bytes]:
        greedy = [asyncio.create_task(read(kept, str(n), make, client="greedy")) for n in range(MOST_OF_ONE + 4)]
        await asyncio.wait(greedy, return_when=asyncio.FIRST_COMPLETED)
        other = asyncio.create_task(read(kept, "other", make, client="other"))
        make.goes.set()
        answers = await asyncio.gather(*greedy, return_exceptions=True)
        assert await read(kept, "later", make, client="greedy")  # whose places are free again
        return answers, await other

    answers, other = asyncio.run(ask())
    assert answers[:MOST_OF_ONE] == [b"content"] * MOST_OF_ONE
    assert all(isinstance(answer, Busy) for answer in answers[MOST_OF_ONE:])
    assert other == b"content"


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
def test_an_address_is_replaced_wherever_chunks_end(size: int) -> None:
    text = b"aab aaab aab-aab aa b aab"
    chunks = [text[start : start + size] for start in range(0, len(text), size)]

    assert b"".join(replace_text(chunks, b"aab", b"xyzw")) == text.replace(b"aab", b"xyzw")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1:8123", "http://127.0.0.1:8123"),
        ("localhost:8123", "http://localhost:8123"),
        ("[::1]:8123", "http://[::1]:8123"),
        ("localhost:1", "http://127.0.0.1:8123"),
        ("localhost", "http://127.0.0.1:8123"),
        ("localhost:99999", "http://127.0.0.1:8123"),
        ("hall.example:8123", "http://127.0.0.1:8123"),
    ],
)
def test_a_host_is_ours_only_with_the_port_listened_on(host: str, expected: str) -> None:
    assert origin_of({"host": host}, settings=Settings(port=8123)) == expected


def test_the_names_of_a_hall_share_what_is_kept(small_hall: SmallHall) -> None:
    def count() -> int:
        return len(list((small_hall.home / "documents").glob("*.gz")))

    with small_hall.client() as client:
        deadline = time.monotonic() + 20
        mark = ""
        while mark != (mark := client.head("catalog.jsonld").headers["etag"]):  # data is still being brought
            assert time.monotonic() < deadline
            time.sleep(0.5)
        here, before = client.get("catalog.jsonld"), count()
        local = client.get("catalog.jsonld", headers={"host": f"localhost:{small_hall.port}"})
        forged = {client.get("catalog.jsonld", headers={"host": f"localhost:{n}"}).text for n in range(1, 7)}

    name = f"http://127.0.0.1:{small_hall.port}/"
    assert local.text == here.text.replace(name, f"http://localhost:{small_hall.port}/")
    assert local.headers["content-encoding"] == "gzip"
    assert local.headers["etag"] != here.headers["etag"]
    assert forged == {here.text}
    assert count() == before


def test_a_refusal_reaches_programs_as_503(kept: KeptDocuments) -> None:
    app, make = FastAPI(), Maker(goes=False)
    app.add_exception_handler(Fault, answer_fault)

    @app.get("/{mark}.rdf")
    def read_document(request: Request, mark: str) -> Response:
        return answer_document(
            request,
            make,
            media_type="application/rdf+xml",
            mark=mark,
            changed=datetime.now(UTC),
            kept=KeptCopy(kept, mark, "http://hall.example", "http://hall.example", client=mark),
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
            await kept.open("one", fail, client="")
        return await read(kept, "one", Maker())

    assert asyncio.run(ask()) == b"content"
    kept.close()


def test_a_hall_under_a_flood_of_catalogs_answers_readers(small_hall: SmallHall) -> None:
    documents = [form.document for form in FORMS.values()] * 6

    def ask(number: int) -> tuple[int, str]:
        with small_hall.client(**{"x-forwarded-for": f"192.0.2.{number}", "host": f"flood-{number}"}) as client:
            answer = client.get(documents[number])
        return answer.status_code, answer.headers.get("retry-after", "")

    with ThreadPoolExecutor(len(documents)) as pool:
        answers = [pool.submit(ask, number) for number in range(len(documents))]
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
