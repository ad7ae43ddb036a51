"""A person's notebook in a whole hall, written as an attacker would: what it reaches of the hall, and what not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing

import psutil
import pytest

from tests.running_hall import RunningHall, RunningKernel

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("bubblewrap")]

TRY = """
import json, socket
def attempt(host, port):
    try:
        socket.create_connection((host, port), timeout=2).close()
        return "reached"
    except OSError as error:
        return type(error).__name__
print(json.dumps([attempt(host, port) for host, port in {places!r}]))
"""


@pytest.fixture(scope="module")
def uma(hall: RunningHall) -> Iterator[RunningKernel]:
    """A kernel in a person's server."""
    with closing(hall.person("uma")) as client:
        hall.start_server(client, "uma")
        kernel = hall.open_kernel(client, "uma")
        yield kernel
        kernel.close()
        hall.stop_server(client, "uma")


def listening_ports(hall: RunningHall) -> set[int]:
    """Return the ports at which the hall's processes listen on this machine."""
    family = [psutil.Process(hall.pid), *psutil.Process(hall.pid).children(recursive=True)]
    found = set()
    for each in family:
        try:
            found |= {one.laddr.port for one in each.net_connections("inet") if one.status == psutil.CONN_LISTEN}
        except psutil.Error:
            continue
    return found


def test_of_the_halls_ports_only_the_public_one_is_reached(hall, uma):
    public = int(hall.url.rpartition(":")[2])
    inner = sorted(listening_ports(hall) - {public, 3128})
    assert len(inner) >= 4

    places = [(host, port) for host in ("127.0.0.1", "localhost") for port in inner]

    assert set(json.loads(uma.run(TRY.format(places=places)))) == {"ConnectionRefusedError"}
    assert json.loads(uma.run(TRY.format(places=[("127.0.0.1", public)]))) == ["reached"]


def test_no_address_of_this_machine_leads_anywhere(hall, uma):
    own = [each.address for kinds in psutil.net_if_addrs().values() for each in kinds if each.family == 2]
    public = int(hall.url.rpartition(":")[2])
    places = [(host, public) for host in [*own, "169.254.169.254"] if host != "127.0.0.1"]

    assert "reached" not in json.loads(uma.run(TRY.format(places=places)))


def test_the_network_holds_a_loopback_and_nothing_else(uma):
    source = "import json, socket; print(json.dumps([name for _, name in socket.if_nameindex()]))"

    assert json.loads(uma.run(source)) == ["lo"]


def test_the_hubs_api_and_the_fetch_service_are_reached(uma):
    source = """
import os, urllib.request
def ask(url):
    request = urllib.request.Request(url, headers={"Authorization": "token " + os.environ["JUPYTERHUB_API_TOKEN"]})
    return urllib.request.urlopen(request, timeout=20).status
print(ask(os.environ["JUPYTERHUB_API_URL"] + "/user"))
print(ask(os.environ["DATAHALL_FETCH_URL"].rpartition("/api/")[0] + "/health"))
"""
    assert uma.run(source).split() == ["200", "200"]


def test_whoever_asks_the_hall_from_inside_is_not_taken_for_the_operators_server(hall, uma):
    """Attempts to sign in are counted where they come from, whatever somebody says of that."""
    source = f"""
import http.client, re, urllib.parse
def attempt(claimed):
    connection = http.client.HTTPConnection("127.0.0.1", {int(hall.url.rpartition(":")[2])}, timeout=20)
    headers = {{"X-Forwarded-For": claimed, "X-Real-Ip": claimed}}
    connection.request("GET", "/hub/login", headers=headers)
    page = connection.getresponse()
    cookies = "; ".join(value.partition(";")[0] for name, value in page.getheaders() if name.lower() == "set-cookie")
    token = re.search(rb'name="_xsrf" value="([^"]*)"', page.read())[1].decode()
    body = urllib.parse.urlencode({{"_xsrf": token, "username": "nobody-here", "password": "wrong"}})
    headers |= {{"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}}
    connection.request("POST", "/hub/login", body, headers)
    return connection.getresponse().status
print(sorted({{attempt(f"198.51.100.{{n}}") for n in range(8)}}))
"""
    assert 429 in json.loads(uma.run(source))
