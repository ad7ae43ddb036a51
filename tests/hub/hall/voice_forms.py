"""Questions and requests, and their forms filled in as visitors and stewards do."""

from __future__ import annotations

import base64
import re
import time
from itertools import count
from pathlib import Path

import httpx
from cryptography.fernet import Fernet
from datahall_hub.services.hall.voices.voice import Draft

PAGES = "/services/hall"
REQUEST = Draft("request", None, "Bus stops", "Please open the bus stops.", "en", "Li Wei", "li@example.org")
REPORT = Draft("report", "science/practice", "Wrong", "The amount of a is wrong.", "en")
_places = count(1)


def make_stamp(home: Path, *, age: float = 60) -> str:
    """Return the stamp of a form that was loaded `age` seconds ago, so that no test waits for it."""
    key = bytes.fromhex((home / "secrets/hall-cookie-key").read_text().strip())
    made = int(time.time() - age)
    return Fernet(base64.urlsafe_b64encode(key)).encrypt_at_time(b'{"stamp": ""}', made).decode()


def next_place() -> str:
    """Return a network address that nobody has written from yet."""
    number = next(_places)
    return f"198.51.{number // 250}.{number % 250 + 1}"


def write(
    client: httpx.Client, home: Path, *, language: str = "en", place: str = "", age: float = 60, **fields: str
) -> httpx.Response:
    """Send the form of a visitor; without fields a good request for data."""
    form = {"title": "Bus stops", "text": "Please open the bus stops of the city.", "stamp": make_stamp(home, age=age)}
    headers = {"x-forwarded-for": place or next_place()}
    address = f"{PAGES}/{language}/voices/new"
    return client.post(address, data=form | fields, headers=headers, follow_redirects=False)


def own_page(answer: httpx.Response) -> str:
    """Return the address at which the writer sees what came of a message."""
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def revision_of(page: httpx.Response) -> str:
    """Return the revision that a steward's form repeats."""
    found = re.search(r'name="revision" value="(\d+)"', page.text)
    assert found, page.text
    return found[1]
