"""Claims about the hub's pages: complete in both languages, nothing from elsewhere, readable by machines and people.

The pages that a visitor or a signed-in person meets are asked for over HTTP; those that need a rare moment (a
failed start, consent to a foreign application) are rendered from their templates with the same environment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import datahall_hub
import httpx
import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from datahall_hub import roles
from datahall_hub.accounts import SHARED_PAGES
from datahall_hub.page_templates import HallPages
from datahall_hub.translations import COOKIE, load_translations
from jinja2 import Environment, FileSystemLoader
from jinja2.ext import babel_extract
from tornado.httputil import HTTPHeaders

from tests.running_hall import PASSWORD, RunningHall, find_form_token

PACKAGE = Path(datahall_hub.__file__).parent
TEMPLATES = PACKAGE / "templates"
FOLDERS = (TEMPLATES, SHARED_PAGES)
MARKED = ("account_pages.py", "account_api.py")  # Python files with messages of the domain "hub"
TAGS = {"en": "en", "zh": "zh-Hans"}


def extract_messages() -> set[str]:
    """Return every message of templates and handlers."""
    found: set[str] = set()
    for template in (file for folder in FOLDERS for file in folder.rglob("*.html")):
        with template.open("rb") as file:
            messages = [message for _, _, message, _ in babel_extract(file, ["_"], [], {})]
        found |= {message if isinstance(message, str) else message[0] for message in messages}
    for name in MARKED:
        with (PACKAGE / name).open("rb") as file:
            found |= {str(message) for _, message, _, _ in extract("python", file, keywords={"_": None})}
    return found


def test_every_message_has_its_chinese() -> None:
    chinese = load_translations("hub", language="zh")
    missing = sorted(message for message in extract_messages() if chinese.gettext(message) == message)
    assert missing == []


def test_the_sentences_of_rights_have_their_chinese() -> None:
    chinese = load_translations("hub", language="zh")
    assert {right.sentence["en"]: right.sentence["zh"] for right in roles.RIGHTS} == {
        right.sentence["en"]: chinese.gettext(right.sentence["en"]) for right in roles.RIGHTS
    }


def test_translations_fill_in_what_the_message_does() -> None:
    with (PACKAGE / "locale/zh/hub.po").open("rb") as file:
        catalog = read_po(file, locale="zh")
    for message in catalog:
        if message.id:
            names = [sorted(re.findall(r"%\((\w+)\)s", str(text))) for text in (message.id, message.string)]
            assert names[0] == names[1], message.id
            assert not message.fuzzy


def test_chinese_sentences_have_chinese_punctuation() -> None:
    with (PACKAGE / "locale/zh/hub.po").open("rb") as file:
        for message in read_po(file, locale="zh"):
            assert not re.search(r"[\u4e00-\u9fff][,;:?!()]", str(message.string)), message.string


# Pages over HTTP


class Page(HTMLParser):
    """What a page refers to, and its words outside parts that are marked as another language."""

    VOID = frozenset({"meta", "link", "input", "br", "img", "hr"})
    SILENT = frozenset({"script", "style", "code", "title"})

    def __init__(self, html: str, *, tag: str) -> None:
        super().__init__()
        self.tag, self.words, self.addresses, self.ids = tag, [""], [""], [""]
        self.lang = ""
        self.unlabelled: set[str] = set()
        self.labels: set[str] = set()
        self._stack: list[bool] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.addresses += [values[name] for name in ("href", "src", "action", "data-address") if name in values]
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "html":
            self.lang = values.get("lang", "")
        if tag in {"input", "select", "textarea"} and values.get("type") not in {"hidden", "radio"}:
            self.unlabelled.add(values.get("id", "?"))
        if tag == "label":
            self.labels.add(values.get("for", ""))
        if tag not in self.VOID:
            foreign = values.get("lang", self.tag) != self.tag and tag != "html"
            self._stack.append(foreign or tag in self.SILENT)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID and self._stack:
            self._stack.pop()

    def handle_data(self, data: str) -> None:
        if not any(self._stack) and data.strip():
            self.words.append(data.strip())


VISITORS = ["/hub/login", "/hub/login?next=/hub/home", "/hub/signup", "/hub/nothing", "/hub/error/503"]
SIGNED_IN = ["/hub/home", "/hub/token", "/hub/change-password", "/hub/nothing", "/hub/spawn/admin"]


@pytest.fixture(scope="module")
def reader(hall: RunningHall) -> Iterator[httpx.Client]:
    client = hall.person("reader", ("student",))
    yield client
    client.close()


def ask_in(client: httpx.Client, path: str, language: str) -> httpx.Response:
    return client.get(path, headers={"Accept-Language": {"en": "en-GB,en;q=0.9", "zh": "zh-CN,zh;q=0.9"}[language]})


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("path", VISITORS)
def test_a_visitors_page(hall: RunningHall, path: str, language: str) -> None:
    with hall.client() as client:
        check_page(ask_in(client, path, language).text, language=language)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("path", SIGNED_IN)
def test_a_signed_in_persons_page(reader: httpx.Client, path: str, language: str) -> None:
    answer = ask_in(reader, path, language)
    check_page(answer.text, language=language)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert re.search(r"script-src 'nonce-[\w-]{20,}';", policy)


def check_page(html: str, *, language: str) -> None:
    """Hold what every page promises."""
    page = Page(html, tag=TAGS[language])
    assert page.lang == TAGS[language]
    outside = [each for each in page.addresses if re.match(r"(?i)(https?:)?//", each)]
    assert outside == []
    assert "@import" not in html
    assert not re.search(r"url\((?!['\"]?data:)", html)
    assert "main" in page.ids  # where the first link of the page leads
    assert not re.search(r"<[^>]+\s(style|on\w+)=", html), "inline style or handler, which the policy forbids"
    assert page.unlabelled <= page.labels
    assert len(page.ids) == len(set(page.ids))
    words = " ".join(page.words)
    if language == "zh":
        english = re.findall(r"[A-Za-z]{3,}(?:\s+[A-Za-z]{2,})+", words)
        assert english == []
        assert re.search(r"[\u4e00-\u9fff]{2}", words)
    else:
        assert re.findall(r"[\u4e00-\u9fff]+", words) == []


@pytest.mark.parametrize(("wish", "tag"), [("zh", "zh-Hans"), ("en", "en"), ("fr", "en")])
def test_an_address_can_name_the_language_and_it_is_kept(hall: RunningHall, wish: str, tag: str) -> None:
    with hall.client(headers={"Accept-Language": "en"}) as client:
        assert f'<html lang="{tag}">' in client.get("/hub/login", params={"language": wish}).text
        assert f'<html lang="{tag}">' in client.get("/hub/signup").text
        assert client.cookies.get(COOKIE) == (wish if wish != "fr" else None)


def test_the_switch_leads_back_to_the_same_page_in_the_other_language(hall: RunningHall) -> None:
    with hall.client(headers={"Accept-Language": "zh"}) as client:
        page = client.get("/hub/login", params={"next": "/hub/token?a=1"}).text
        switch = re.search(r'<a href="(/hub/language/en[^"]+)" lang="en"', page)
        assert switch
        answer = client.get(switch.group(1).replace("&amp;", "&"))
        assert (answer.url.path, answer.url.params["next"]) == ("/hub/login", "/hub/token?a=1")
        assert '<html lang="en">' in answer.text


@pytest.mark.parametrize("wish", ["https://example.org/", "//example.org/", "/\\example.org", "javascript:alert(1)"])
def test_the_switch_leads_nowhere_else(hall: RunningHall, wish: str) -> None:
    with hall.client() as client:
        answer = client.get("/hub/language/zh", params={"next": wish}, follow_redirects=False)
        assert not re.match(r"(?i)[a-z]+:|//|/\\", answer.headers["location"])
        assert client.get("/hub/language/xx").status_code == 404


def test_a_reader_the_proxy_does_not_describe_gets_both_languages(hall: RunningHall) -> None:
    with hall.client() as client:
        page = client.get("/no/such/place").text
    assert "There is no such page" in page
    assert "没有这个页面" in page


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Page not found", "There is no such page", "Check the address, or search.", "To the home page")),
        ("zh", ("找不到页面", "没有这个页面", "请检查地址，或进行搜索。", "返回首页")),
    ],
)
def test_hall_and_hub_lead_on_from_a_wrong_address_with_the_same_words(
    hall: RunningHall, language: str, words: tuple[str, ...]
) -> None:
    with hall.client(headers={"accept": "text/html"}) as client:
        pages = [ask_in(client, path, language).text for path in ("/hub/nothing", f"/services/hall/{language}/nothing")]
    for page in pages:
        assert [word for word in words if word not in page] == []
        assert f'action="/services/hall/{language}/datasets/"' in page


def test_jupyterhubs_own_administration_stays_in_english_behind_a_link(hall: RunningHall) -> None:
    page = hall.admin.get("/hub/admin", headers={"Accept-Language": "zh"})
    assert page.status_code == 200
    assert 'lang="en"' in page.text
    assert "admin-react.js" in page.text
    assert 'href="/hub/admin"' in hall.admin.get("/hub/home").text


def part_of(page: str, part: str) -> str:
    """Return the head or foot of a page without what differs for good reason: how one signs out, where one is."""
    (found,) = re.findall(rf"<{part} .*?</{part}>", page, flags=re.DOTALL)
    bare = re.sub(
        r'<form method="post".*?</form>|<a class="button quiet small".*?</a>| aria-current="page"',
        "",
        found,
        flags=re.DOTALL,
    )
    return re.sub(r'\s+|href="[^"]*language[^"]*"', " ", re.sub(r">\s+|\s+<", lambda m: m[0].strip(), bare))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_hall_and_hub_have_the_same_head_and_foot(hall: RunningHall, reader: httpx.Client, language: str) -> None:
    reader.get("/services/hall/sign-in")
    theirs, ours = reader.get(f"/services/hall/{language}/").text, ask_in(reader, "/hub/home", language).text
    for part in ("header", "footer"):
        assert part_of(ours, part) == part_of(theirs, part)


@pytest.mark.parametrize("path", ["/hub/home", "/services/hall/en/"])
def test_every_way_to_the_workbench_is_called_so_and_lets_it_choose_its_first_page(
    reader: httpx.Client, path: str
) -> None:
    reader.get("/services/hall/sign-in")
    page = reader.get(path).text
    links = dict(re.findall(r'<a[^>]* href="([^"]+)">([^<]*[Ww]orkbench)</a>', page))
    assert links.keys() == {"/hub/spawn"}
    assert "user-redirect" not in page


def test_the_workbench_opens_on_a_guide_also_when_it_runs_already(hall: RunningHall) -> None:
    with closing(hall.person("opens-workbench", ("student",))) as client:
        hall.start_server(client, "opens-workbench")
        page = client.get("/hub/spawn")
        assert "/user/opens-workbench/lab/tree/guides/" in str(page.url)
        hall.stop_server(client, "opens-workbench")


@pytest.mark.parametrize("path", ["/user/admin/lab", "/hub/user/admin/"])
@pytest.mark.parametrize(("language", "words"), [("en", "This is not your workbench"), ("zh", "这不是您的工作台")])
def test_the_workbench_of_another_is_called_that(reader: httpx.Client, path: str, language: str, words: str) -> None:
    answer = ask_in(reader, path, language)
    assert answer.status_code in {403, 404}
    assert words in answer.text
    assert "admin" in answer.text


@pytest.mark.parametrize(
    ("username", "again", "marked"),
    [("not a name!", PASSWORD, ["username"]), ("aname", "another", ["new_password", "new_password_again"])],
    ids=["a bad name", "two passwords"],
)
def test_a_refused_sign_up_marks_the_fields_it_is_about(
    hall: RunningHall, username: str, again: str, marked: list[str]
) -> None:
    form = {"username": username, "new_password": PASSWORD, "new_password_again": again}
    with hall.client() as client:
        page = client.post("/hub/signup", data={**form, "_xsrf": find_form_token(client.get("/hub/signup"))})
    inputs = re.findall(r"<input id=[^>]*>", page.text)
    assert page.status_code == 422
    assert [re.search('id="([^"]*)"', each)[1] for each in inputs if 'aria-invalid="true"' in each] == marked
    assert [re.search('id="([^"]*)"', each)[1] for each in inputs if " autofocus" in each] == marked[:1]


@pytest.mark.parametrize(
    ("language", "rules"),
    [
        ("en", ["At least 10 characters", "at most 72 bytes", "user name in it", "others would try"]),
        ("zh", ["至少 10 个字符", "至多 72 字节", "不得包含您的用户名", "常见密码"]),
    ],
)
def test_a_sign_up_tells_what_a_password_must_be_like_before_one_is_typed(
    hall: RunningHall, language: str, rules: list[str]
) -> None:
    with hall.client(headers={"Accept-Language": language}) as client:
        page = client.get("/hub/signup").text
    hint = re.search('<p class="hint" id="new_password_hint">([^<]*)</p>', page)
    assert hint is not None
    assert [rule for rule in rules if rule not in hint[1]] == []


def test_a_sign_up_is_thanked_with_the_name_as_it_is_kept(hall: RunningHall) -> None:
    with hall.client() as client:
        form = {"username": " Norma.LIZED ", "new_password": PASSWORD, "new_password_again": PASSWORD}
        page = client.post("/hub/signup", data={**form, "_xsrf": find_form_token(client.get("/hub/signup"))})
    assert '<strong class="name">norma.lized</strong>' in page.text


def test_signing_out_leads_to_the_hall(hall: RunningHall) -> None:
    with closing(hall.person("leaves-hub", ("student",))) as client:
        assert ask_in(client, "/hub/logout", "zh").url.path == "/services/hall/zh/"


@pytest.mark.parametrize("path", ["/", "/hub/"])
def test_head_on_the_first_address_is_answered_like_get(hall: RunningHall, path: str) -> None:
    with hall.client() as client:
        head, get = client.head(path, follow_redirects=False), client.get(path, follow_redirects=False)
    assert (head.status_code, head.headers["location"]) == (get.status_code, get.headers["location"])


def test_the_tokens_page_counts_rights_in_words_and_reads_no_technical_name(reader: httpx.Client) -> None:
    reader.get("/services/hall/sign-in")
    page = ask_in(reader, "/hub/token", "en").text
    assert re.search(r"<summary>\d+ rights</summary>", page)
    assert not re.search(r"<summary>\d+</summary>", page)
    assert "Server at" not in page
    assert "%" not in re.sub(r"<(style|script).*?</\1>|href=\"[^\"]*\"", "", page, flags=re.DOTALL)


# Templates of rare moments


class Handler:
    """As much of a handler as the templates see."""

    def __init__(self, language: str) -> None:
        headers = HTTPHeaders({"Accept-Language": language})
        self.request = SimpleNamespace(uri="/hub/x", path="/hub/x", headers=headers)
        self.hub = SimpleNamespace(base_url="/hub/")
        self.current_user = None
        self.headers: dict[str, str] = {}

    def get_query_argument(self, name: str, default: Any) -> Any:
        return default

    def get_cookie(self, name: str) -> None:
        return None

    def set_header(self, name: str, value: str) -> None:
        self.headers[name] = value

    def static_url(self, path: str) -> str:
        return f"/hub/static/{path}"


PERSON = SimpleNamespace(name="alice", escaped_name="alice", groups=[SimpleNamespace(name="student")])
SCOPES = [{"scope": right.scope, "description": right.sentence["en"], "filter": ""} for right in roles.RIGHTS] + [
    {"scope": "read:users:name", "description": "Read names of users.", "filter": "only you"}
]
CLIENT = SimpleNamespace(description="地图 Map", identifier="service-map", redirect_uri="https://map.example/back")
RARE: list[tuple[str, dict[str, Any]]] = [
    ("spawn.html", {"for_user": PERSON, "spawner_options_form": "", "error_message": "No such file", "url": "/hub/s"}),
    ("spawn_pending.html", {"progress_url": "/hub/api/users/alice/server/progress"}),
    ("stop_pending.html", {}),
    ("not_running.html", {"failed": True, "failed_message": "exit code 1", "spawn_url": "/hub/spawn/alice"}),
    ("not_running.html", {"spawn_url": "/hub/spawn/alice", "implicit_spawn_seconds": 3}),
    ("logout.html", {"user": None}),
    ("oauth.html", {"oauth_client": CLIENT, "scope_descriptions": SCOPES, "allowed_scopes": ["a"]}),
    ("first-password.html", {"person": "alice", "minimum": 10, "problem": None, "user": None}),
    ("login.html", {"login_error": "Login form invalid or expired. Try again.", "user": None}),
    ("login.html", {"login_error": "something JupyterHub has never said", "user": None}),
    ("login.html", {"login_service": "GitHub", "authenticator_login_url": "/hub/oauth_login", "user": None}),
    ("login.html", {"sandbox_warning": "bubblewrap is not installed", "user": None}),
    ("home.html", {"default_server": SimpleNamespace(active=False), "sandbox_warning": "off", "url": "/hub/spawn"}),
    ("home.html", {"default_server": SimpleNamespace(active=False), "parsed_scopes": {"read:users": {}}, "url": ""}),
    *(("error.html", {"status_code": code, "message": f"Reason {code}"}) for code in (400, 401, 403, 429, 500, 503)),
]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("template", "values"), RARE, ids=[f"{name}-{number}" for number, (name, _) in enumerate(RARE)]
)
def test_a_page_of_a_rare_moment(template: str, values: dict[str, Any], language: str) -> None:
    environment = Environment(loader=FileSystemLoader(FOLDERS), autoescape=True, extensions=[HallPages])
    handler = Handler(language)
    given = {
        "static_url": handler.static_url, "base_url": "/hub/", "login_url": "/hub/login", "logout_url": "/hub/logout",
        "xsrf": "token", "user": PERSON, "parsed_scopes": {"servers": {}, "admin-ui": True}, "now": datetime.now(UTC),
    }  # fmt: skip
    html = environment.get_template(template).render({**given, **values})
    check_page(html.replace("https://map.example/back", "").replace("地图 Map", ""), language=language)
    assert "default-src 'none'" in handler.headers["Content-Security-Policy"]
    if values.get("sandbox_warning"):
        assert "<code>datahall-hub status</code>" in html  # which tells an operator why; nobody else need know
