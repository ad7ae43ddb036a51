"""Claims about single sign-on: another service says who somebody is, the hall's own groups say what they may.

The other service is a small real OAuth 2 provider in this process.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from datahall_hub.failures import RunError
from datahall_hub.settings import Settings
from datahall_hub.single_sign_on import find_authenticator

from tests.running_hall import RunningHall


class Provider(BaseHTTPRequestHandler):
    """Signs in whoever `person` names, asking nothing; the code and the token are that name."""

    person = ""

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path == "/authorize":
            query = {name: values[0] for name, values in parse_qs(address.query).items()}
            self.send_response(302)
            answer = urlencode({"code": self.person, "state": query["state"]})
            self.send_header("Location", f"{query['redirect_uri']}?{answer}")
            self.end_headers()
        else:
            self._answer({"username": self.headers["Authorization"].split()[-1]})

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self._answer({"access_token": form["code"][0], "token_type": "Bearer"})

    def _answer(self, body: dict[str, str]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def sso(provider: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHall]:
    """Return a hall whose people sign in with `provider`."""
    running = start_hall(tmp_path_factory.mktemp("sso") / "home", provider=provider)
    yield running
    running.stop()


def start_hall(home: Path, *, provider: str, **more: str) -> RunningHall:
    """Start a hall with single sign-on and the administrator olga."""
    local = home / "jupyterhub_config.d"
    local.mkdir(parents=True, mode=0o755)
    running = RunningHall(home)
    (local / "sign_on.py").write_text(
        f"""
c.GenericOAuthenticator.client_id = "hall"
c.GenericOAuthenticator.client_secret = "secret"
c.GenericOAuthenticator.authorize_url = "{provider}/authorize"
c.GenericOAuthenticator.token_url = "{provider}/token"
c.GenericOAuthenticator.userdata_url = "{provider}/user"
c.GenericOAuthenticator.oauth_callback_url = "{running.url}/hub/oauth_callback"
c.GenericOAuthenticator.login_service = "Work"
c.GenericOAuthenticator.allow_all = True
"""
    )
    environment = {"DATAHALL_AUTHENTICATOR": "generic-oauth", "DATAHALL_SIGN_ON_ADMINS": "olga", **more}
    return running.start(environment=environment)


@contextlib.contextmanager
def come_in(hall: RunningHall, name: str) -> Iterator[httpx.Client]:
    Provider.person = name
    with hall.client() as client:
        answer = client.get("/hub/oauth_login", params={"next": "/hub/home"})
        assert (answer.status_code, answer.url.path) == (200, "/hub/home"), answer.text
        yield client


def me(client: httpx.Client) -> dict[str, list[str]]:
    client.get("/services/hall/sign-in", params={"next": "/services/hall/health"})
    return dict(client.get("/services/hall/api/v1/me").json())


def test_the_sign_in_page_leads_to_the_other_service(sso: RunningHall) -> None:
    with sso.client(headers={"Accept-Language": "zh"}) as client:
        page = client.get("/hub/login").text
        assert "使用 Work 登录" in page
        assert 'type="password"' not in page
        assert client.get("/hub/signup").status_code == 404
        assert client.get("/hub/change-password").status_code == 404
    assert "password" not in sso.output


def test_a_newcomer_is_a_researcher_and_a_named_admin_is_admin(sso: RunningHall) -> None:
    with come_in(sso, "nina") as nina, come_in(sso, "olga") as olga:
        assert me(nina)["roles"] == ["researcher"]
        assert me(olga)["roles"] == ["admin", "researcher"]
        changed = sso.api(olga, "POST", "/hub/api/datahall/accounts/nina", json={"roles": ["startup"]})
        assert changed.json()["roles"] == ["startup"]
        refused = sso.api(olga, "POST", "/hub/api/datahall/accounts", json={"name": "new"})
        assert refused.json()["error"]["code"] == "no-passwords-here"
    with come_in(sso, "nina") as nina:
        assert me(nina)["roles"] == ["startup"]  # what the admin gave stays at the next sign-in


def test_what_cannot_be_confirmed_with_a_password_is_refused(sso: RunningHall) -> None:
    with come_in(sso, "pete"), come_in(sso, "olga") as olga:
        for method, body in (("POST", {"roles": ["teacher"], "password": "any"}), ("DELETE", {"password": "any"})):
            refused = sso.api(olga, method, "/hub/api/datahall/accounts/pete", json=body)
            assert refused.status_code == 403
            assert refused.json()["error"]["code"] == "no-password-to-ask"
            assert "changes_without_password" in refused.json()["error"]["message"]["zh"]
    with come_in(sso, "pete") as pete:
        assert me(pete)["roles"] == ["researcher"]


def test_the_operator_can_allow_it_and_a_deleted_name_does_not_come_in_again(provider: str, tmp_path: Path) -> None:
    hall = start_hall(tmp_path / "home", provider=provider, DATAHALL_CHANGES_WITHOUT_PASSWORD="true")
    try:
        with come_in(hall, "gone"), come_in(hall, "olga") as olga:
            taught = hall.api(olga, "POST", "/hub/api/datahall/accounts/gone", json={"roles": ["teacher"]})
            assert taught.json()["roles"] == ["teacher"]
            assert hall.api(olga, "DELETE", "/hub/api/datahall/accounts/gone").status_code == 204
        Provider.person = "gone"
        with hall.client() as client:
            assert client.get("/hub/oauth_login", params={"next": "/hub/home"}).status_code == 403
    finally:
        hall.stop()


def test_a_sign_on_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"'gitbuh'.*datahall.*github"):
        find_authenticator(Settings(home=tmp_path, authenticator="gitbuh"))
