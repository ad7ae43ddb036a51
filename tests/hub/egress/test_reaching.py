"""What a person's programs reach from inside, unchanged: the hall, and the internet through the proxy."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import ssl
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.hub.egress.running_egress import NAMED, run_egress

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


def test_duckdb_asks_the_proxy_for_its_extensions(egress, inside):
    source = """
import duckdb
try:
    duckdb.sql(f"SET custom_extension_repository='{url}'; INSTALL httpfs")
except duckdb.Error as error:
    found = type(error).__name__
"""
    before = len(egress.named.asked)

    inside.find(source, url=f"http://{NAMED}:{egress.named.port}")

    assert any("httpfs" in path for path in egress.named.asked[before:])


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


COMMIT = "1" * 40
# Each over https, through a tunnel; what they check of certificates is not what is tried here.
SECURE = {
    "pip": """
import json, subprocess, sys
line = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-cache-dir", "--isolated", "-d", "/tmp/wheels"]
line += ["--proxy", "http://127.0.0.1:3128", "--trusted-host", place, "-i", f"https://{place}/simple", "trial"]
subprocess.run(line, check=True, capture_output=True)
import os
found = os.listdir("/tmp/wheels")
""",
    "git": """
import subprocess
line = ["git", "-c", "http.sslVerify=false", "ls-remote", f"https://{place}/repository"]
found = subprocess.run(line, check=True, capture_output=True, text=True).stdout.split()
""",
    "requests": "import requests; found = requests.get(f'https://{place}/note', verify=False, timeout=9).text",
    "urllib": """
import ssl, urllib.request
found = urllib.request.urlopen(f"https://{place}/note", context=ssl._create_unverified_context()).read().decode()
""",
}
FOUND = {
    "pip": ["trial-1.0-py3-none-any.whl"],
    "git": [COMMIT, "refs/heads/main"],
    "requests": "over https",
    "urllib": "over https",
}


class QuietFiles(SimpleHTTPRequestHandler):
    """Files of a folder; a question after the name is left unheard."""

    def translate_path(self, path: str) -> str:
        return super().translate_path(path.partition("?")[0])

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThreadingHTTPServer]:
    """An index of packages, a repository and a note, over https."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "note").write_text("over https")
    (folder / "repository/info").mkdir(parents=True)
    (folder / "repository/info/refs").write_text(f"{COMMIT}\trefs/heads/main\n")
    (folder / "repository/HEAD").write_text("ref: refs/heads/other\n")
    (folder / "simple/trial").mkdir(parents=True)
    with zipfile.ZipFile(folder / "simple/trial" / FOUND["pip"][0], "w") as wheel:
        wheel.writestr("trial-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: trial\nVersion: 1.0\n")
        wheel.writestr("trial-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("trial-1.0.dist-info/RECORD", "")
    (folder / "simple/trial/index.html").write_text(f'<a href="{FOUND["pip"][0]}">trial</a>')
    server = ThreadingHTTPServer((NAMED, 0), partial(QuietFiles, directory=str(folder)))
    server.socket = make_secure_context(folder).wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def make_secure_context(folder: Path) -> ssl.SSLContext:
    """Return a context with a certificate that nobody trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "trial")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now.replace(year=2100))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(NAMED))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    both = folder / "certificate.pem"
    both.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    both.unlink()
    return context


@pytest.fixture(scope="module")
def secure_inside(starter: bool, files: ThreadingHTTPServer) -> Iterator[object]:
    port = int(files.server_address[1])
    with contextlib.ExitStack() as stack:
        running = stack.enter_context(run_egress(is_root=starter, internet_hosts=f"{NAMED}:{port}"))
        yield running.make_inside()


@pytest.mark.parametrize("program", SECURE)
def test_what_is_encrypted_goes_through_a_tunnel(secure_inside, files, program):
    place = f"{NAMED}:{files.server_address[1]}"

    assert secure_inside.find(SECURE[program], place=place) == FOUND[program]
