"""The Lab extension's server half, in a real Jupyter Server: what it passes on, what it refuses, what answers else."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NoReturn

import pytest
from datahall_hub.ports import find_free_port
from datahall_lab import mounted
from datahall_lab.hall import find_hall

from tests.catalogs.card_drafts import draft, save_card

BASE = "/user/ada/"
TOKEN = "t" * 32
OPENS_WITHIN = 60  # seconds
PATIENCE = 0.5  # seconds that the server waits for the hall
SEATTLE = "datasets/weather/seattle-weather"
NOT_FETCHED = "datasets/statistics/world-fertility"
ANSWERS = Path(__file__).parents[2] / "extensions/lab/src/hall/answers.ts"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LESSON = "course/en/01-tables.ipynb"
JSON = {"Content-Type": "application/json"}

Answer = Callable[[BaseHTTPRequestHandler], None]


def tell(status: int, body: bytes, headers: dict[str, str] = JSON) -> Answer:
    """Return what answers so, whatever it is asked."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)

    return answer


@dataclass
class Hall:
    """Stands for the hall: answers what a test wants, and notes what it was asked."""

    answer: Answer = field(default_factory=lambda: tell(200, b"{}"))
    asked: list[BaseHTTPRequestHandler] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.asked]


@dataclass
class Told:
    """What the server half has answered."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def origin(self) -> str | None:
        return self.headers["X-Datahall-Origin"]

    def json(self) -> Any:
        """Return it as browsers read it: they know no NaN."""
        return json.loads(self.body, parse_constant=refuse)


def refuse(constant: str) -> NoReturn:
    raise AssertionError(f"{constant} is no JSON")


@dataclass(frozen=True)
class Server:
    """A person's server."""

    port: int
    hall_port: int
    folder: Path  # the home

    def ask(
        self,
        path: str,
        *,
        below: str = "datahall/api/v1/",
        method: str = "GET",
        body: bytes | None = None,
        token: str | None = TOKEN,
        **headers: str,
    ) -> Told:
        """Return what is answered below the API; the path goes out as it stands."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            sent["Authorization"] = f"token {token}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, f"{BASE}{below}{path}", body=body, headers=sent)
            answer = connection.getresponse()
            return Told(answer.status, answer.headers, answer.read())
        finally:
            connection.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of Datahall's that holds all cards, and the rows of one dataset."""
    folder = tmp_path_factory.mktemp("cards") / "home"
    environment = {**os.environ, "DATAHALL_HOME": str(folder)}
    environment.pop("DATAHALL_CATALOGS", None)
    fetch = "import datahall; datahall.store.fetch('weather/seattle-weather')"
    subprocess.run([sys.executable, "-c", fetch], env=environment, check=True, timeout=60)
    return folder


def write_shipped(folder: Path) -> dict[str, str]:
    """Write a lesson, as students and as teachers get it, and a guide to a domain; return where a server finds them."""
    written = {
        "LESSONS": ("lessons", LESSON, "For students"),
        "TEACHERS_LESSONS": ("solutions", LESSON, "For teachers"),
        "GUIDES": ("guides", "领域/01-气象.ipynb", "气象"),
    }
    for name, path, title in written.values():
        cell = {"cell_type": "markdown", "metadata": {}, "source": f"# {title}"}
        place = folder / name / path
        place.parent.mkdir(parents=True)
        place.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}))
    return {f"DATAHALL_{variable}_FOLDER": str(folder / name) for variable, (name, *_) in written.items()}


@pytest.fixture(scope="module")
def server(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the extension as it is installed; its patience with the hall is short."""
    folder = tmp_path_factory.mktemp("server")
    port = find_free_port(taken=set())
    running = Server(port, find_free_port(taken={port}), folder)
    (folder / "jupyter_server_config.py").write_text(
        "import datahall_lab.hall\n"
        f"datahall_lab.hall.CONNECT_WITHIN = datahall_lab.hall.ANSWER_WITHIN = {PATIENCE}\n"
        "datahall_lab.hall.AWAY_FOR = 0.0\n"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "DATAHALL", "HTTP"))}
    environment = kept | {
        "HOME": str(folder),
        "JUPYTER_CONFIG_DIR": str(folder),
        "DATAHALL_HOME": str(home),
        **write_shipped(tmp_path_factory.mktemp("shipped")),
        "DATAHALL_FETCH_URL": f"http://127.0.0.1:{running.hall_port}/services/hall/api/v1/fetch",
    }
    argv = [
        sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", f"--port={port}",
        f"--ServerApp.base_url={BASE}", f"--IdentityProvider.token={TOKEN}",
        "--ServerApp.allow_remote_access=True",  # as behind a hub, which passes on the address that people see
    ]  # fmt: skip
    log = folder / "server.log"
    with (
        log.open("wb") as file,
        subprocess.Popen(argv, env=environment, cwd=folder, stdout=file, stderr=file) as process,
    ):
        deadline = time.monotonic() + OPENS_WITHIN
        while not is_open(running):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield running
        process.kill()


def is_open(server: Server) -> bool:
    try:
        return server.ask("../../../api").status < 500
    except OSError:
        return False


@pytest.fixture
def hall(server: Server) -> Iterator[Hall]:
    """The hall, which is there; a test without it has a server whose hall is down."""
    standing = Hall()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            standing.asked.append(self)
            standing.answer(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    listening = ThreadingHTTPServer(("127.0.0.1", server.hall_port), Handler)
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield standing
    standing.is_over.set()
    listening.shutdown()
    thread.join()
    listening.server_close()


# What the hall answers is passed on.


def test_a_question_goes_to_the_same_address_of_the_hall(server, hall):
    server.ask("datasets?q=rain%20%E9%9B%A8&theme=weather&theme=health&page=2")
    assert hall.paths == ["/services/hall/api/v1/datasets?q=rain%20%E9%9B%A8&theme=weather&theme=health&page=2"]


PLACES = ["datasets", "facets", "suggest", "themes", SEATTLE, "datasets/harvested/uk_data.gov-x.1"]
PARTS = ["preview", "code", "changes", "joinable", "related", "quality"]


@pytest.mark.parametrize("path", [*PLACES, *(f"{SEATTLE}/{part}" for part in PARTS)])
def test_an_address_that_reads_is_passed_on(server, hall, path):
    server.ask(path)
    assert hall.paths == [f"/services/hall/api/v1/{path}"]


def test_the_hall_is_told_where_it_is_seen_and_in_which_language(server, hall):
    server.ask("themes", Host="hall.example", X_Forwarded_Proto="https", Accept_Language="zh")
    told = [hall.asked[0].headers[name] for name in ("Host", "X-Forwarded-Proto", "Accept-Language")]
    assert told == ["hall.example", "https", "zh"]


def test_the_hall_is_not_told_by_what_the_person_is_known_to_the_server(server, hall):
    server.ask("themes", Cookie="login=secret", X_XSRFToken="secret")
    assert TOKEN not in str(hall.asked[0].headers)
    assert "secret" not in str(hall.asked[0].headers)


def test_the_answer_of_the_hall_comes_as_it_is(server, hall):
    hall.answer = tell(200, '{"results": ["雨", 1.50]}'.encode())
    told = server.ask("datasets")
    assert (told.status, told.body.decode(), told.origin) == (200, '{"results": ["雨", 1.50]}', "hall")
    assert told.headers.get_content_type() == "application/json"


@pytest.mark.parametrize("status", [400, 403, 404, 422, 429])
def test_what_the_hall_refuses_is_refused(server, hall, status):
    hall.answer = tell(status, b'{"error": {"code": "said-by-the-hall"}}')
    told = server.ask(SEATTLE)
    assert (told.status, told.json()["error"]["code"], told.origin) == (status, "said-by-the-hall", "hall")


def test_an_answer_is_not_stored_by_browsers(server, hall):
    assert server.ask("themes").headers["Cache-Control"] == "no-store"


# What is refused without asking the hall.


@pytest.mark.parametrize("token", [None, "x" * 32], ids=["without a token", "with another's token"])
def test_who_is_not_signed_in_is_refused(server, hall, token):
    told = server.ask("themes", token=token)
    assert (told.status, hall.paths) == (403, [])


@pytest.mark.parametrize(
    "path",
    [
        "fetch",
        "apps",
        "app-versions",
        "persons",
        "facets/theme",
        "datasets/weather",
        f"{SEATTLE}/data.csv",
        f"{SEATTLE}/rows",
        f"{SEATTLE}/preview/more",
        f"{SEATTLE}/../../../apps",
        "datasets/../apps",
        "datasets/weather/..",
        "datasets/../../../hub/api/users",
        "datasets/%2e%2e/apps",
        "datasets/weather/..%2f..%2f..%2fapps",
        "datasets/weather%2fseattle-weather",
        "datasets/weather/x%0d%0aHost:%20evil",
        "datasets/weather/x%0a",
        "datasets/weather/x%3fy",
        "datasets/weather/x%23y",
        "datasets//seattle-weather",
        "datasets/Weather/Seattle",
        "datasets/weather/@evil.example",
        f"datasets/weather/{'x' * 301}",
    ],
)
def test_an_address_that_is_not_one_of_these_is_unknown_and_not_asked_for(server, hall, path):
    told = server.ask(path)
    assert (told.status, hall.paths) == (404, [])


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_changed(server, hall, method):
    told = server.ask("datasets", method=method)
    assert (told.status, hall.paths) == (405, [])


@pytest.mark.parametrize(("language", "has_chinese"), [("en", False), ("zh-CN", True)])
def test_a_question_without_end_is_refused_in_the_reader_s_language(server, hall, language, has_chinese):
    told = server.ask(f"datasets?q={'x' * 8_001}", Accept_Language=language)
    error = told.json()["error"]
    assert (told.status, error["code"], hall.paths) == (414, "too-long", [])
    assert bool(CHINESE.search(error["message"])) == has_chinese


# While the hall is away, the cards that are mounted answer.


def break_off(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Type", "application/json")
    request.send_header("Content-Length", "1000")
    request.end_headers()
    request.wfile.write(b'{"results": [')
    request.close_connection = True


FAULTS: dict[str, Answer] = {
    "a failure of its own": tell(500, b'{"error": {"code": "broken"}}'),
    "that it is starting": tell(503, b'{"error": {"code": "starting"}}'),
    "a page": tell(200, b"<h1>Welcome</h1>", {"Content-Type": "text/html"}),
    "a way elsewhere": tell(302, b"", {"Location": "/hub/login"}),
    "half an answer": break_off,
    "no HTTP": lambda request: request.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "nothing": lambda request: None,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_cards_answer_while_the_hall_answers_wrongly(server, hall, fault):
    hall.answer = FAULTS[fault]
    told = server.ask("themes")
    assert (told.status, told.origin, len(hall.paths)) == (200, "cards", 1)


def test_the_cards_answer_soon_while_the_hall_hangs(server, hall):
    server.ask("themes")  # makes the index over them
    hall.answer = lambda request: hall.is_over.wait()
    begun = time.monotonic()
    told = server.ask(SEATTLE)
    assert (told.status, told.origin) == (200, "cards")
    assert time.monotonic() - begun < PATIENCE + 10


def test_the_cards_answer_many_at_once_while_the_hall_hangs(server, hall):
    hall.answer = lambda request: hall.is_over.wait()
    told: list[Told] = []
    threads = [threading.Thread(target=lambda: told.append(server.ask("themes"))) for _ in range(25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(each.status, each.origin) for each in told] == [(200, "cards")] * 25


def test_the_hall_answers_again_once_it_is_back(server, hall):
    hall.answer = FAULTS["a failure of its own"]
    server.ask("themes")
    hall.answer = tell(200, b"{}")
    assert server.ask("themes").origin == "hall"


def test_the_cards_find_datasets_while_the_hall_is_down(server):
    told = server.ask("datasets?q=seattle+weather")
    found = told.json()
    assert (told.status, told.origin) == (200, "cards")
    assert "weather/seattle-weather" in [each["id"] for each in found["results"]]
    assert (found["page"], found["total"] >= 1) == (1, True)


def test_the_cards_find_datasets_by_chinese_words(server):
    found = server.ask("datasets?q=%E8%A5%BF%E9%9B%85%E5%9B%BE", Accept_Language="zh").json()
    assert "weather/seattle-weather" in [each["id"] for each in found["results"]]


def test_the_cards_list_datasets_page_by_page(server):
    first, second = (server.ask(f"datasets?q=&rows=2&page={page}").json() for page in (1, 2))
    ids = [each["id"] for each in first["results"] + second["results"]]
    assert (len(set(ids)), first["pages"], second["page"]) == (4, -(-first["total"] // 2), 2)


def test_the_cards_are_narrowed_by_filters(server):
    found = server.ask("datasets?q=&theme=weather").json()["results"]
    assert {each["theme"] for each in found} == {"weather"}


def test_the_cards_count_facets(server):
    facets = server.ask("facets?q=&theme=weather").json()["facets"]
    weather = next(each for each in facets["theme"] if each["value"] == "weather")
    assert (weather["is_chosen"], weather["count"] > 0, set(weather["title"])) == (True, True, {"en", "zh"})


def test_the_cards_suggest_words(server):
    assert "weather/seattle-weather" in [each["id"] for each in server.ask("suggest?q=seatt").json()["results"]]


def test_the_cards_count_the_datasets_of_each_domain(server):
    themes = {each["id"]: each["datasets"] for each in server.ask("themes").json()["results"]}
    assert themes["weather"] == server.ask("datasets?q=&theme=weather").json()["total"]


def test_the_cards_describe_a_dataset(server):
    told = server.ask(SEATTLE).json()
    assert (told["id"], told["rows"], told["status"]) == ("weather/seattle-weather", 1461, "present")
    assert "@" in told["citation"]["bibtex"]


def test_the_cards_describe_a_dataset_whose_rows_are_not_here(server):
    told = server.ask(NOT_FETCHED)
    assert (told.status, told.json()["versions"]) == (200, [])


def test_the_cards_write_the_code(server):
    forms = server.ask(f"{SEATTLE}/code").json()["results"]
    assert (
        'datahall.dataset("weather/seattle-weather")' in next(each for each in forms if each["id"] == "polars")["text"]
    )


def test_the_cards_write_the_code_of_a_version(server):
    version = server.ask(SEATTLE).json()["version"]
    forms = server.ask(f"{SEATTLE}/code?version={version}").json()["results"]
    assert all(f"weather/seattle-weather@{version}" in each["text"] for each in forms)


def test_the_cards_write_no_code_of_a_version_that_there_is_not(server):
    told = server.ask(f"{SEATTLE}/code?version=x%22)%0Aimport%20os%23")
    assert (told.status, told.json().keys()) == (404, {"error"})  # which repeats what was asked for, as text


def test_the_first_rows_are_shown_as_text(server):
    told = server.ask(f"{SEATTLE}/preview").json()
    assert (told["columns"][:2], told["rows"][0][0]) == (["date", "precipitation"], "2012-01-01")
    assert all(cell is None or isinstance(cell, str | bool) for row in told["rows"] for cell in row)


@pytest.mark.parametrize(("language", "has_chinese"), [("en", False), ("zh-CN,zh;q=0.9", True)])
def test_first_rows_that_are_not_here_are_said_to_be_so(server, language, has_chinese):
    told = server.ask(f"{NOT_FETCHED}/preview", Accept_Language=language)
    error = told.json()["error"]
    assert (told.status, told.origin, error["code"]) == (404, "cards", "not-present")
    assert bool(CHINESE.search(error["message"])) == has_chinese


@pytest.mark.parametrize("version", ["1900.1", "../../../../../etc", "..%2f..%2f..%2fetc", "%00", "@"])
def test_first_rows_of_a_version_that_there_is_not_are_not_found(server, version):
    told = server.ask(f"{SEATTLE}/preview?version={version}")
    assert told.status == 404
    assert told.json()["error"]["code"]


def test_the_cards_list_joins(server):
    told = server.ask(f"{SEATTLE}/joinable").json()
    assert told["total"] >= len(told["results"])
    assert all({"field", "other", "other_field", "match_rate", "code"} <= set(each) for each in told["results"])


def test_the_cards_list_related_datasets(server):
    related = [each["id"] for each in server.ask(f"{SEATTLE}/related").json()["results"]]
    assert 0 < len(related) <= 5
    assert "weather/seattle-weather" not in related


@pytest.mark.parametrize("part", ["", "/preview", "/code", "/joinable"])
def test_a_dataset_that_there_is_not_is_not_found(server, part):
    told = server.ask(f"datasets/weather/seatle-wether{part}")
    assert (told.status, told.origin, told.json()["error"]["code"]) == (404, "cards", "unknown-dataset")


def test_a_value_that_there_is_not_is_said_to_be_unknown(server):
    told = server.ask("datasets?q=&theme=none-such")
    assert (told.status < 500, bool(told.json()["error"]["code"])) == (True, True)


@pytest.mark.parametrize("query", ["rows=0", "rows=x", "page=0", "page=-1", "page=99999999", "sort=x", "rows=100000"])
def test_a_number_out_of_range_is_no_failure(server, query):
    told = server.ask(f"datasets?q=&{query}")
    assert (told.status, len(told.json()["results"]) <= 100) == (200, True)


@pytest.mark.parametrize(("language", "has_chinese"), [("en", False), ("zh", True)])
def test_what_only_the_hall_knows_is_said_to_be_away(server, language, has_chinese):
    told = server.ask(f"{SEATTLE}/quality", Accept_Language=language)
    error = told.json()["error"]
    assert (told.status, error["code"]) == (503, "hall-away")
    assert bool(CHINESE.search(error["message"])) == has_chinese


def list_members(name: str) -> set[str]:
    """Return what the pages read of an answer: the members of one of their interfaces, and of those it extends."""
    head, body = re.search(rf"interface {name}( extends \w+)? {{\n(.*?)\n}}", ANSWERS.read_text(), re.DOTALL).groups()
    members = set(re.findall(r"^  readonly (\w+):", body, re.MULTILINE))
    return members | (list_members(head.removeprefix(" extends ")) if head else set())


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("IResults", "datasets?q=seattle"),
        ("IDetails", SEATTLE),
        ("IDetails", NOT_FETCHED),
        ("IFirstRows", f"{SEATTLE}/preview"),
        ("IChanges", f"{SEATTLE}/changes?since=1900.1"),
    ],
)
def test_an_answer_of_the_cards_has_all_that_the_pages_read(server, name, path):
    assert list_members(name) - set(server.ask(path).json()) == set()


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("IHit", "datasets?q=seattle"),
        ("ITheme", "themes"),
        ("ICodeForm", f"{SEATTLE}/code"),
        ("ISummary", f"{SEATTLE}/related"),
    ],
)
def test_each_result_of_the_cards_has_all_that_the_pages_read(server, name, path):
    assert [list_members(name) - set(each) for each in server.ask(path).json()["results"]][:1] == [set()]


# What one can begin with.


def begin(server: Server, wish: object, **headers: str) -> Told:
    """Have something put into the home; `wish` is sent as JSON, bytes as they are."""
    body = wish if isinstance(wish, bytes) else json.dumps(wish).encode()
    return server.ask("starters", below="datahall/", method="POST", body=body, **headers)


TEMPLATE = {"kind": "template", "id": "en/01-explore-a-dataset.ipynb"}


def test_templates_asked_for_at_once_are_as_many_files(server):
    told: list[Told] = []
    threads = [threading.Thread(target=lambda: told.append(begin(server, TEMPLATE))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    paths = {each.json()["path"] for each in told}
    assert ([each.status for each in told], len(paths)) == ([200] * 6, 6)
    assert all((server.folder / path).is_file() for path in paths)


@pytest.mark.parametrize(
    "wish", [b"", b"[]", b'"x"', b"null", b"{", b"\xff", b"[" * 100_000], ids=lambda body: repr(body[:5])
)
@pytest.mark.parametrize(("language", "has_chinese"), [("en", False), ("zh-CN", True)])
def test_a_wish_that_is_no_object_is_refused_in_the_reader_s_language(server, wish, language, has_chinese):
    told = begin(server, wish, Accept_Language=language)
    error = told.json()["error"]
    assert (told.status, error["code"]) == (400, "no-object")
    assert bool(CHINESE.search(error["message"])) == has_chinese


@pytest.mark.parametrize("wish", [{}, {"kind": "lesson", "id": "../x"}, {"kind": [], "id": {}}], ids=repr)
def test_what_there_is_not_cannot_be_begun(server, wish):
    told = begin(server, wish)
    assert (told.status, told.json()["error"]["code"]) == (404, "unknown-starter")


@pytest.mark.parametrize("folder", ["read-only", "none-such", "..", "../..", ".hidden", "file.txt", "\0", 7, ["x"]])
def test_a_template_that_cannot_lie_in_the_folder_lies_in_the_home(server, folder):
    (server.folder / ".hidden").mkdir(exist_ok=True)
    (server.folder / "file.txt").touch()
    if not (server.folder / "read-only").is_symlink():
        (server.folder / "read-only").symlink_to("/proc/sys")  # where not even root makes files
    path = begin(server, TEMPLATE | {"folder": folder}).json()["path"]
    assert re.fullmatch(r"explore-a-dataset(-\d+)?\.ipynb", path)


@pytest.mark.parametrize(
    "folder", ["guides", "/guides/domains/", "lessons/course", "lessons-with-solutions", "catalogs"]
)
def test_a_template_begun_among_what_the_hall_brings_lies_in_the_home(server, folder):
    (server.folder / folder.strip("/")).mkdir(parents=True, exist_ok=True)
    path = begin(server, TEMPLATE | {"folder": folder}).json()["path"]
    assert re.fullmatch(r"explore-a-dataset(-\d+)?\.ipynb", path)


def test_a_template_lies_in_the_folder_wished_for(server):
    (server.folder / "mine").mkdir()
    assert begin(server, TEMPLATE | {"folder": "mine"}).json()["path"] == "mine/explore-a-dataset.ipynb"


def test_a_lesson_is_put_where_lessons_lie_and_never_over_what_one_did(server):
    wish = {"kind": "lesson", "id": LESSON}
    place = server.folder / begin(server, wish).json()["path"]
    assert place == server.folder / "lessons/course/01-tables.ipynb"
    assert "For students" in place.read_text()
    place.write_text("mine")
    assert (begin(server, wish).status, place.read_text()) == (200, "mine")


def test_a_teacher_finds_the_solutions_beside_what_students_get_and_not_in_its_place(server):
    paths = [begin(server, {"kind": kind, "id": LESSON}).json()["path"] for kind in ("lesson", "teachers-lesson")]
    assert paths == ["lessons/course/01-tables.ipynb", "lessons-with-solutions/course/01-tables.ipynb"]
    assert "For teachers" in (server.folder / paths[1]).read_text()


def test_the_guides_to_the_domains_are_one_folder_that_comes_whole_where_it_is_missing_or_empty(server):
    told = begin(server, {"kind": "guide-folder", "id": "领域"}).json()
    assert told == {"path": "guides/领域"}
    place = server.folder / told["path"]
    assert [path.name for path in place.glob("*.ipynb")] == ["01-气象.ipynb"]
    (place / "01-气象.ipynb").rename(place / "own.ipynb")
    begin(server, {"kind": "guide-folder", "id": "领域"})
    assert [path.name for path in place.glob("*.ipynb")] == ["own.ipynb"]  # what one has thrown away stays away
    (place / "own.ipynb").unlink()
    begin(server, {"kind": "guide-folder", "id": "领域"})
    assert [path.name for path in place.glob("*.ipynb")] == ["01-气象.ipynb"]


@pytest.mark.parametrize(
    ("language", "kinds"), [("en", ["lesson", "teachers-lesson"]), ("zh", ["guide-folder"])], ids=["English", "Chinese"]
)
def test_what_one_can_begin_with_is_listed_in_the_language_asked_for(server, language, kinds):
    listed = server.ask(f"starters?language={language}", below="datahall/").json()["results"]
    assert [each["kind"] for each in listed if each["kind"] != "template"] == kinds
    assert [each["title"] for each in listed if each["kind"] == "guide-folder"] == (
        ["1 个领域的指南"] if language == "zh" else []
    )


# Without any server.


@pytest.fixture
def cards(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mounted cards, in this process."""
    for name in [name for name in os.environ if name.startswith("DATAHALL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DATAHALL_HOME", str(home))


def test_the_hall_is_found_beside_where_data_is_fetched():
    assert (
        find_hall({"DATAHALL_FETCH_URL": "http://127.0.0.1:8000/x/api/v1/fetch"}) == "http://127.0.0.1:8000/x/api/v1/"
    )


@pytest.mark.parametrize("environment", [{}, {"DATAHALL_FETCH_URL": ""}], ids=["unset", "empty"])
def test_there_is_no_hall_on_a_machine_of_ones_own(environment):
    assert find_hall(environment) is None


@pytest.mark.parametrize(
    "path", ["", "apps", "themes/x", "datasets/weather", f"{SEATTLE}/quality", f"{SEATTLE}/code/x"]
)
def test_an_address_that_the_cards_know_nothing_of_is_unknown(path):
    with pytest.raises(mounted.UnknownAddressError):
        mounted.answer(path, query={}, language="en")


def test_rows_are_at_most_a_hundred(cards):
    told = mounted.answer("datasets", query={"rows": ["5000"]}, language="en")
    assert len(told["results"]) <= mounted.MOST_ROWS


def test_an_unknown_order_is_the_usual_one(cards):
    usual, other = (
        mounted.answer("datasets", query={"q": ["weather"], "sort": [sort]}, language="en")["results"]
        for sort in ("relevance", "none-such")
    )
    assert [each["id"] for each in usual] == [each["id"] for each in other]


def test_what_only_the_hall_knows_of_a_dataset_is_empty(cards):
    told = mounted.answer(SEATTLE, query={}, language="en")
    assert (told["uses"], told["apps"], told["stream"]) == ({}, [], None)


def test_the_cards_tell_that_a_dataset_is_deprecated_and_what_takes_its_place(cards, tmp_path, monkeypatch):
    monkeypatch.setenv("DATAHALL_HOME", str(tmp_path))
    save_card(tmp_path, draft(deprecated="2024-05-01", replaced_by="weather/seattle-weather"))
    of_it, of_another = (
        [mounted.answer(f"{id}{part}", query={"since": ["1"]}, language="en") for part in ("", "/changes")]
        for id in ("datasets/culture/visitors", SEATTLE)
    )
    for told in of_it:
        assert (told["deprecated_since"], told["replaced_by"]) == ("2024-05-01", "weather/seattle-weather")
    for told in of_another:
        assert (told["deprecated_since"], told["replaced_by"], told["missing_since"]) == (None, None, None)


def test_an_address_of_the_cards_leads_to_no_other_machine(cards):
    assert mounted.answer(SEATTLE, query={}, language="en")["url"] == "/datasets/weather/seattle-weather"


def test_the_cards_are_read_only_once_the_hall_is_away():
    loads = "import sys, datahall_lab.handlers; print('datahall' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == "False"
