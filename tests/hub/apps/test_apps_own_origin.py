"""An app's script stands outside the hall: it reads nothing and does nothing with its visitor's login."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import nbformat
import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import open_context
from tests.running_hall import RunningHall

from .running_apps import write_app

pytestmark = [pytest.mark.browser, pytest.mark.sandbox, pytest.mark.timeout(300)]

# What a script of an app could try with the login of whoever looks at it.
SCRIPT = """
(async () => {
  const report = {};
  const attempt = async (name, action) => {
    const late = new Promise((_, reject) => setTimeout(() => reject({name: "no answer"}), 4000));
    try { report[name] = String(await Promise.race([action(), late])); }
    catch (error) { report[name] = "refused: " + error.name; }
  };
  const read = (path, given) => async () => (await fetch(path, {credentials: "include", ...given})).text();
  const native = (kind, name) => Object.getOwnPropertyDescriptor(kind, name).get;
  await attempt("origin", () => self.origin);
  await attempt("me", read("/services/hall/api/v1/me"));
  await attempt("people", read("/services/hall/en/people/"));
  await attempt("user", read("/hub/api/user"));
  await attempt("home", read("/hub/home"));
  await attempt("other app", read("/services/apps/other"));
  await attempt("token", read("/hub/api/users/admin/tokens", {method: "POST", body: "{}"}));
  await attempt("server", read("/hub/api/users/admin/server", {method: "POST"}));
  await attempt("spawn", async () => {
    await fetch("/hub/spawn/admin", {method: "POST", credentials: "include", mode: "no-cors"});
    throw {name: "blind"};
  });
  await attempt("form", async () => {
    const form = document.createElement("form");
    Object.assign(form, {method: "post", action: "/hub/api/users/admin/tokens", target: "_blank"});
    document.body.append(form);
    form.submit();
    await new Promise((resolve) => setTimeout(resolve, 500));
    throw {name: "blind"};
  });
  await attempt("opener", () => window.opener.document.cookie);
  await attempt("cookie", () => document.cookie);
  await attempt("cookie of the browser", () => native(Document.prototype, "cookie").call(document));
  await attempt("worker", () => navigator.serviceWorker.register("/services/apps/voila/static/voila.js"));
  await attempt("frame", () => new Promise((resolve, reject) => {
    const frame = document.createElement("iframe");
    frame.onload = () => resolve(frame.contentDocument.body.innerText);
    frame.src = "/hub/home";
    document.body.append(frame);
  }));
  await attempt("blank frame", async () => {
    const frame = document.createElement("iframe");
    document.body.append(frame);
    return (await frame.contentWindow.fetch("/hub/api/user", {credentials: "include"})).text();
  });
  await attempt("window", async () => {
    const opened = window.open("/services/hall/en/");
    await new Promise((resolve) => setTimeout(resolve, 1500));
    try { return opened.document.cookie; } finally { opened.close(); }
  });
  document.body.dataset.report = JSON.stringify(report);
})();
"""
SCRIPTED = f"from IPython.display import Javascript, display\nimport ipywidgets\ndisplay(Javascript({SCRIPT!r}))"
SHOWN = "import ipywidgets\nipywidgets.HTML(value='shown')"


@pytest.fixture(scope="module")
def scripted_hall(tmp_path_factory: pytest.TempPathFactory, bubblewrap: str) -> Iterator[RunningHall]:
    """A whole hall, one of whose apps is curious."""
    folder = tmp_path_factory.mktemp("scripted")
    write_app(folder / "apps", "curious", cells=[SCRIPTED, SHOWN])
    write_app(folder / "apps", "other", cells=[SHOWN])
    hall = RunningHall(folder / "home").start(environment={"DATAHALL_APPS_FOLDER": str(folder / "apps")})
    yield hall
    hall.stop()


def take_cookies(hall: RunningHall) -> list[dict[str, Any]]:
    """Return the admin's cookies, as a browser keeps them."""
    hall.admin.get("/services/hall/en/people/")
    return [
        {"name": cookie.name, "value": cookie.value, "domain": "127.0.0.1", "path": cookie.path}
        for cookie in hall.admin.cookies.jar
    ]


def count_tokens(hall: RunningHall) -> int:
    return len(hall.api(hall.admin, "GET", "/hub/api/users/admin/tokens").json()["api_tokens"])


def test_an_apps_script_gets_nothing_of_a_signed_in_admin(scripted_hall: RunningHall, browser: Browser) -> None:
    cookies = take_cookies(scripted_hall)  # for which the hub makes the hall a token
    tokens = count_tokens(scripted_hall)
    with open_context(browser) as visit:
        visit.context.add_cookies(cookies)  # type: ignore[arg-type]
        page = visit.new_page()
        page.goto(f"{scripted_hall.url}/services/hall/api/v1/me")
        assert json.loads(page.inner_text("body"))["name"] == "admin"  # the login is real

        page.goto(f"{scripted_hall.url}/services/apps/curious")
        page.wait_for_selector("body[data-report]", state="attached")
        report = json.loads(page.get_attribute("body", "data-report") or "")

    assert report.pop("origin") == "null"
    assert report.pop("cookie") == ""
    assert {name: found for name, found in report.items() if not found.startswith("refused: ")} == {}
    assert count_tokens(scripted_hall) == tokens  # what a script may send blindly has done nothing
    admin = scripted_hall.api(scripted_hall.admin, "GET", "/hub/api/users/admin").json()
    assert (admin["server"], admin["pending"]) == (None, None)


def test_a_previewed_script_gets_nothing_of_a_reviewing_steward(scripted_hall: RunningHall, browser: Browser) -> None:
    author = scripted_hall.person("curious-author", ["startup"])
    manifest = json.loads((write_app(scripted_hall.home.parent, "draft", cells=[]) / "app.yaml").read_text())
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in (SCRIPTED, SHOWN)])
    made = scripted_hall.api(author, "POST", "/hub/api/users/curious-author/tokens", json={}).json()["token"]
    answer = httpx.post(
        f"{scripted_hall.url}/services/hall/api/v1/apps/curious-draft/versions",
        json={"notebook": json.loads(nbformat.writes(notebook)), "manifest": manifest},
        headers={"Authorization": f"token {made}"}, timeout=60,
    )  # fmt: skip
    assert answer.status_code == 202, answer.text
    with open_context(browser) as visit:
        visit.context.add_cookies(take_cookies(scripted_hall))  # type: ignore[arg-type]
        page = visit.new_page()
        page.goto(f"{scripted_hall.url}/services/hall/en/apps/curious-draft/versions/1/preview")
        assert "/services/apps/preview/" in page.url
        page.wait_for_selector("body[data-report]", state="attached")
        report = json.loads(page.get_attribute("body", "data-report") or "")
    assert (report.pop("origin"), report.pop("cookie")) == ("null", "")
    assert {name: found for name, found in report.items() if not found.startswith("refused: ")} == {}


def test_every_address_of_apps_stands_outside(scripted_hall: RunningHall) -> None:
    for path in ("/curious", "/health", "/not-there", "/voila/static/voila.js", "/voila/static/not-there", "/api/x"):
        policy = httpx.get(f"{scripted_hall.url}/services/apps{path}", timeout=60).headers["Content-Security-Policy"]
        assert "sandbox allow-scripts" in policy
        assert "allow-same-origin" not in policy
