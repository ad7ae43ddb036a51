"""What a visitor's browser gets: a page in a language, with safe headers, that always says something."""

from __future__ import annotations

import http.client
import re
import time

import httpx
import pytest

from .conftest import SLOW_AFTER
from .running_apps import CHECKOUT, RunningApps

pytestmark = pytest.mark.sandbox


def open_page(apps: RunningApps, path: str, **headers: str) -> httpx.Response:
    answer = httpx.get(f"{apps.url}{path}", headers=headers, timeout=60)
    for kernel_id in re.findall(r'"kernelId": "([0-9a-f-]+)"', answer.text):
        httpx.post(f"{apps.url}/voila/api/shutdown/{kernel_id}")
    return answer


@pytest.mark.parametrize(
    ("path", "headers", "language", "title"),
    [
        pytest.param("/plain", {}, "en", "A trial", id="nothing said"),
        pytest.param("/plain", {"Accept-Language": "zh-CN"}, "zh-Hans", "试验", id="browser"),
        pytest.param("/plain?language=zh", {}, "zh-Hans", "试验", id="address"),
        pytest.param(
            "/plain",
            {"Cookie": "datahall-language=zh", "Accept-Language": "en"},
            "zh-Hans",
            "试验",
            id="cookie before browser",
        ),
    ],
)
def test_a_page_is_in_the_visitors_language(
    small_apps: RunningApps, path: str, headers: dict[str, str], language: str, title: str
) -> None:
    answer = open_page(small_apps, path, **headers)

    assert f'<html lang="{language}">' in answer.text
    assert f"<h1>{title}</h1>" in answer.text


def test_a_page_names_source_licence_and_author(apps: RunningApps) -> None:
    page = open_page(apps, "/nations-compared").text

    assert "/services/hall/en/datasets/statistics/world-fertility" in page
    assert "World Bank" in page
    assert "Made by" in page


def test_a_page_sets_no_cookie_but_the_language_asked_for(small_apps: RunningApps) -> None:
    assert "Set-Cookie" not in open_page(small_apps, "/plain").headers
    asked = open_page(small_apps, "/plain?language=zh").headers.get_list("Set-Cookie")
    assert [cookie.partition("=")[0] for cookie in asked] == ["datahall-language"]


@pytest.mark.parametrize(
    "path",
    [
        "/voila/templates/datahall/index.html.j2",
        "/voila/templates/datahall/static/../index.html.j2",
        "/voila/templates/datahall/static/..%2findex.html.j2",
        "/voila/templates/..%2fdatahall/static/app.js",
        "/voila/templates/lab/static/voila.js",
        "/voila/templates",
        "/voila/static/",
        "/voila/static/not-there.js",
        "/voila/static/%00",
        "/voila/static/..%2f..%2fdatahall/conf.json",
        "/voila/static/%2fetc%2fpasswd",
        "/voila/static/" + "x" * 4000,
        "/voila/labextensions/@unknown/extension/static/x.js",
        "/voila/labextensions/@jupyter-widgets/jupyterlab-manager/package.json",
        "/voila/labextensions/@jupyter-widgets/jupyterlab-manager/static/x.js",
        "/api/kernels/00000000-0000-0000-0000-000000000000/channels",
        "/api/kernels/00000000-0000-0000-0000-000000000000",
    ],
)
def test_what_is_not_a_pages_file_is_a_404_without_a_cookie(small_apps: RunningApps, path: str) -> None:
    logged = len(small_apps.log.read_text())
    connection = http.client.HTTPConnection("127.0.0.1", small_apps.port)  # sends the path as it stands here
    connection.request("GET", f"/services/apps{path}")
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()

    assert answer.status == 404
    assert answer.headers["Set-Cookie"] is None
    assert "Traceback" not in body
    assert str(CHECKOUT) not in body
    assert "Traceback" not in small_apps.log.read_text()[logged:]


def test_pages_and_files_carry_the_security_headers(small_apps: RunningApps) -> None:
    page = open_page(small_apps, "/plain")
    addresses = [
        page.url,
        f"{small_apps.url}/voila/static/voila.js",
        f"{small_apps.url}/health",
        f"{small_apps.url}/not-there",
    ]
    for answer in (page, *(httpx.get(str(address)) for address in addresses[1:])):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'self'" in policy
        assert "script-src 'self' 'unsafe-eval'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"


def test_a_page_has_no_inline_script_and_loads_nothing_from_elsewhere(apps: RunningApps) -> None:
    page = open_page(apps, "/weather-explorer").text

    scripts = re.findall(r"<script([^>]*)>", page)
    assert scripts
    assert all("src=" in script or 'type="application/' in script for script in scripts)
    loaded = re.findall(r'<(?:script|img|iframe|source)[^>]*\ssrc="([^"]+)"', page)
    loaded += re.findall(r'<link[^>]*\shref="([^"]+)"', page)
    assert all(address.startswith(("/services/apps/voila/", "data:")) for address in loaded), loaded


def test_a_notebooks_source_is_not_shown_unless_its_manifest_says_so(small_apps: RunningApps) -> None:
    assert "mark_in_the_source" not in open_page(small_apps, "/plain").text
    assert "mark_in_the_source" in open_page(small_apps, "/open-source").text


def test_an_app_that_fails_says_so_without_details(small_apps: RunningApps) -> None:
    page = open_page(small_apps, "/failing").text

    assert 'data-datahall-failure="failed"' in page
    for detail in ("RuntimeError", "Traceback", "/srv/secret", "secret_name"):
        assert detail not in page


def test_an_app_that_dawdles_ends_in_an_error_and_frees_its_seat(small_apps: RunningApps) -> None:
    begun = time.monotonic()

    page = open_page(small_apps, "/slow").text

    assert SLOW_AFTER <= time.monotonic() - begun < SLOW_AFTER + 5
    assert 'data-datahall-failure="slow"' in page
    assert "took longer than" in small_apps.log.read_text()
    small_apps.wait_for_visits(0)


def test_an_app_with_a_wrong_manifest_is_named_in_the_log_and_not_opened(small_apps: RunningApps) -> None:
    answer = open_page(small_apps, "/wrong", **{"Accept-Language": "zh"})

    assert answer.status_code == 500
    assert "出了点问题" in answer.text
    assert "wrong/app.yaml: license" in small_apps.log.read_text()


@pytest.mark.parametrize(("language", "title"), [("en", "There is no such app"), ("zh", "没有这个应用")])
@pytest.mark.parametrize(
    "path", ["/not-there", "/nations-compared/app.ipynb", "/%2e%2e/hall", "/voila/files/app.ipynb"]
)
def test_an_unknown_address_is_a_friendly_404(apps: RunningApps, path: str, language: str, title: str) -> None:
    answer = httpx.get(f"{apps.url}{path}", headers={"Accept-Language": language})

    assert answer.status_code == 404
    assert title in answer.text


@pytest.mark.parametrize(("language", "other"), [("en", "zh"), ("zh", "en")])
def test_a_notice_has_the_head_and_foot_of_the_halls_pages(apps: RunningApps, language: str, other: str) -> None:
    page = httpx.get(f"{apps.url}/not-there", headers={"Accept-Language": language}).text

    assert '<header class="site">' in page
    assert '<footer class="site">' in page
    for address in ("", "datasets/", "apps/"):
        assert f'href="/services/hall/{language}/{address}"' in page
    assert f'href="/services/apps/not-there?language={other}"' in page


@pytest.mark.parametrize(
    "path", ["/api/kernels", "/api/kernels/", "/api/contents", "/api/sessions", "/api/kernelspecs"]
)
def test_visits_cannot_be_listed(apps: RunningApps, path: str) -> None:
    assert httpx.get(f"{apps.url}{path}").status_code == 404


def test_the_folder_of_apps_leads_to_the_gallery(apps: RunningApps) -> None:
    answer = httpx.get(f"{apps.url}/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/services/hall/apps/")


def test_a_slash_too_many_leads_to_the_share_link(apps: RunningApps) -> None:
    answer = httpx.get(f"{apps.url}/nations-compared/?language=zh")
    assert answer.headers["Location"] == "/services/apps/nations-compared?language=zh"


def test_health_says_that_there_are_walls(apps: RunningApps) -> None:
    health = httpx.get(f"{apps.url}/health").json()
    assert (health["status"], health["sandbox"]) == ("ok", "on")


def test_the_log_keeps_no_query(apps: RunningApps) -> None:
    httpx.get(f"{apps.url}/not-there?token=in-the-query")
    assert "in-the-query" not in apps.log.read_text()
