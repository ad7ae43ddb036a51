"""What a person's programs reach from inside, unchanged: the hall, and the internet through the proxy."""

from __future__ import annotations

import pytest

from tests.hub.egress.running_egress import NAMED

pytestmark = pytest.mark.sandbox

PROGRAMS = {
    "urllib": "import urllib.request; found = urllib.request.urlopen(url).read().decode()",
    "requests": "import requests; found = requests.get(url, timeout=9).text",
    "httpx": "import httpx; found = httpx.get(url, timeout=9).text",
    "curl": "import subprocess; found = subprocess.run(['curl', '-sS', url], capture_output=True, text=True).stdout",
    "polars": "import polars; found = polars.read_csv(url).write_csv()",
    "polars, lazily": "import polars; found = polars.scan_csv(url).collect().write_csv()",
    "pandas": "import pandas; found = pandas.read_csv(url).to_csv(index=False)",
}


def test_the_hall_is_reached_under_its_own_port(egress, inside):
    source = "import urllib.request; found = urllib.request.urlopen(url).read().decode()"

    assert '"path": "/hub/api"' in inside.find(source, url=f"http://127.0.0.1:{egress.hall.port}/hub/api")


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_file_of_the_internet_is_read(egress, inside, program):
    url = f"http://{NAMED}:{egress.named.port}/values.csv"

    assert inside.find(PROGRAMS[program], url=url) == "place,value\nhere,1\nthere,2\n"


def test_what_one_sends_arrives_whole(egress, inside):
    source = """
import requests
def pieces():
    for _ in range(50):
        yield bytes(50_000)
found = [requests.post(url, data=data, timeout=20).json()["length"] for data in (b"x" * 3_000_000, pieces())]
"""
    assert inside.find(source, url=f"http://{NAMED}:{egress.named.port}/") == [3_000_000, 2_500_000]


def test_a_tunnel_carries_whatever_is_spoken(egress, inside):
    source = """
import socket
with socket.create_connection(("127.0.0.1", 3128)) as tunnel:
    tunnel.sendall(f"CONNECT {place} HTTP/1.1\\r\\nHost: {place}\\r\\n\\r\\n".encode())
    first = tunnel.recv(999)
    tunnel.sendall(b"GET /large HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n")
    total = 0
    while piece := tunnel.recv(65536):
        total += len(piece)
found = first.decode().split("\\r\\n")[0], total > 20_000_000
"""
    assert inside.find(source, place=f"{NAMED}:{egress.named.port}") == ["HTTP/1.1 200 Connection established", True]
