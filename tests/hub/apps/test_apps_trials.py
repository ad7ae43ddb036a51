"""A version is tried in a visitor's sandbox, and what it did is told: outputs, data it opened, where it failed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator

import nbformat
import pytest
from datahall_hub.services.apps.trial_office import encode
from datahall_hub.services.hall.app_desk.own_apps_page import EXAMPLE

from .running_apps import CHECKOUT, RunningApps, make_home, run_fork_server
from .version_wishes import try_cells, try_version

pytestmark = pytest.mark.sandbox
CURATED = ("nations-compared", "weather-explorer")
# By the library's own tests, which compute them.
VERSIONS = {
    "nations-compared": ("statistics/world-fertility", "2011-12-31.909111c1"),
    "weather-explorer": ("weather/seattle-weather", "2015-12-31.89efed21"),
}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, bubblewrap: str) -> Iterator[RunningApps]:
    """A service whose private address is asked."""
    home = make_home(tmp_path_factory.mktemp("tried") / "home")
    with run_fork_server(home):
        running = RunningApps(home, apps_folder=CHECKOUT / "notebooks/apps").start()
        yield running
        assert running.stop() == 0


def test_a_version_that_runs_is_told_with_its_outputs_and_widgets(office: RunningApps) -> None:
    report = try_cells(office, "import ipywidgets\nprint('a')\nprint('b')", "ipywidgets.HTML(value='shown')")

    assert (report.ending, report.error) == ("finished", None)
    assert [each.cell for each in report.cells] == [1, 2]
    assert report.cells[0].outputs == [{"output_type": "stream", "name": "stdout", "text": "a\nb\n"}]
    model = report.cells[1].outputs[0]["data"]["application/vnd.jupyter.widget-view+json"]["model_id"]
    assert report.widgets[model]["value"] == "shown"
    assert (report.used, report.attempts) == ([], [])
    assert 0 < report.seconds < 60


def test_the_memory_at_its_highest_is_told_where_it_is_counted(office: RunningApps) -> None:
    report = try_cells(office, "held = b'x' * 150_000_000", "del held")

    assert report.memory is None or 150_000_000 < report.memory < 1_000_000_000


def test_an_error_is_told_with_its_cell_and_line_and_without_files(office: RunningApps) -> None:
    report = try_cells(office, "1", "def ask():\n    raise KeyError('secret')", "x = 1\nask()", "print('never')")

    assert report.ending == "failed"
    assert report.error is not None
    assert report.error.model_dump() == {"cell": 3, "name": "KeyError", "text": "'secret'", "line": 2}
    assert "Traceback" not in report.model_dump_json()
    assert [each.cell for each in report.cells] == [1, 3]


@pytest.mark.parametrize(
    ("source", "name", "text", "line"),
    [
        ("import nothing_like_that", "ModuleNotFoundError", "No module named 'nothing_like_that'", 1),
        ("x = (\n 1 +* 2)", "SyntaxError", "invalid syntax", 2),
        ("\n\nraise ValueError('x' * 100_000)", "ValueError", "x" * 600 + "…", 3),
        ("input('?')", "StdinNotImplementedError", None, 1),
        ("raise ValueError('a\\x1b[31mred\\x00')", "ValueError", "ared ", 1),
    ],
    ids=["a package that is not there", "no Python", "long words", "a question", "signs that nobody sees"],
)
def test_errors_are_named(office: RunningApps, source: str, name: str, text: str | None, line: int) -> None:
    error = try_cells(office, source).error

    assert error is not None
    assert (error.name, error.line) == (name, line)
    assert text in (None, error.text)


def test_an_error_that_a_cell_is_to_raise_ends_nothing(office: RunningApps) -> None:
    raising = nbformat.v4.new_code_cell("1 / 0", metadata={"tags": ["raises-exception"]})

    report = try_cells(office, raising, "print('on')")

    assert (report.ending, [each.cell for each in report.cells]) == ("finished", [1, 2])
    assert report.cells[0].outputs[0]["traceback"] == []


def test_cells_are_those_of_the_language_and_counted_as_submitted(office: RunningApps) -> None:
    def tagged(source: str, tag: str) -> nbformat.NotebookNode:
        return nbformat.v4.new_code_cell(source, metadata={"tags": [tag]})

    cells = [
        nbformat.v4.new_markdown_cell("words"),
        tagged("print('for the Lab')", "lab-only"),
        tagged("print('English')", "language-en"),
        tagged("print('中文')", "language-zh"),
        "import os\nprint(os.environ['DATAHALL_LANGUAGE'])",
    ]
    said = {}
    for language in ("en", "zh"):
        report = try_cells(office, *cells, language=language)
        said[report.language] = {each.cell: each.outputs[0]["text"] for each in report.cells}

    assert said == {"en": {3: "English\n", 5: "en\n"}, "zh": {4: "中文\n", 5: "zh\n"}}


def test_what_a_notebook_showed_before_is_not_told(office: RunningApps) -> None:
    stale = nbformat.v4.new_output("stream", name="stdout", text="from the author's own machine")
    cells = [nbformat.v4.new_code_cell(source, outputs=[stale]) for source in ("", "1 / 0", "print(1)")]

    report = try_cells(office, *cells)

    assert "own machine" not in report.model_dump_json()


@pytest.mark.parametrize("slug", CURATED)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_curated_apps_run_without_attempts_and_tell_what_they_opened(
    office: RunningApps, slug: str, language: str
) -> None:
    digest = "c" * 64
    shutil.copytree(CHECKOUT / "notebooks/apps" / slug, office.home / "apps" / slug / digest, dirs_exist_ok=True)

    report = try_version(office, (slug, digest), language=language)

    assert (report.ending, report.attempts) == ("finished", [])
    assert [(use.id, use.version) for use in report.used] == [VERSIONS[slug]]
    assert any("<picture>" in str(state.get("value")) for state in report.widgets.values())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_example_to_begin_with_runs_and_shows_a_picture(office: RunningApps, language: str) -> None:
    digest = "e" * 64
    shutil.copytree(EXAMPLE, office.home / "apps/an-example" / digest, dirs_exist_ok=True)

    report = try_version(office, ("an-example", digest), language=language)

    assert (report.ending, report.attempts) == ("finished", [])
    shown = [str(state.get("value")) for state in report.widgets.values()]
    assert any("<picture>" in each for each in shown)
    assert any(("1,139 mm" if language == "en" else "1,139 毫米") in each for each in shown)


@pytest.mark.parametrize(
    ("source", "kind", "target"),
    [
        ("import pandas\npandas.read_csv('/etc/passwd')", "read", "/etc/passwd"),
        ("open('../../var/notes', 'w')", "read", "/var/notes"),
        ("open('/proc/1/environ', 'rb')", "read", "/proc/1/environ"),
        ("import urllib.request\nurllib.request.urlopen('http://data.example/x')", "resolve", "data.example"),
        ("import socket\nsocket.create_connection(('192.0.2.1', 80), timeout=1)", "connect", "192.0.2.1:80"),
        ("import subprocess\nsubprocess.run(['curl', 'x'])", "start", "curl"),
        ("import os\nos.system('wget x')", "start", "wget x"),
        ("import os\nos.execv('/nowhere/true', ['true'])", "start", "/nowhere/true"),  # found, it would end the kernel
        ("!pip install seaborn", "start", "pip install seaborn"),
        ("import os\nos.posix_spawn('/bin/true', ['true'], {})", "start", "/bin/true"),
    ],
    ids=[
        "the users", "a folder", "another process", "a host", "an address", "a program", "a shell",
        "another program in its place", "a line for the shell", "a spawned program",
    ],
)  # fmt: skip
def test_what_an_app_tries_and_cannot_do_there_is_told(
    office: RunningApps, source: str, kind: str, target: str
) -> None:
    tried = f"try:\n    exec({source!r})\nexcept OSError:\n    pass" if "!" not in source else source

    report = try_cells(office, tried)

    assert (kind, target) in [(each.kind, each.target) for each in report.attempts]
    assert report.ending == "finished"


def test_attempts_are_told_of_a_version_that_fails_of_them(office: RunningApps) -> None:
    report = try_cells(office, "open('/etc/shadow')")

    assert report.ending == "failed"
    assert [(each.kind, each.target) for each in report.attempts] == [("read", "/etc/shadow")]


def test_each_attempt_is_told_once_and_no_more_than_a_hundred(office: RunningApps) -> None:
    trying = "    try:\n        open(f'/etc/none-{n // 2}' + 'x' * 1000)\n    except OSError:\n        pass"

    attempts = try_cells(office, f"for n in range(400):\n{trying}").attempts

    assert len({each.target for each in attempts}) == len(attempts) == 100
    assert max(len(each.target) for each in attempts) == 300


QUIET = """
import pandas, polars, matplotlib.pyplot as plt, ipywidgets, duckdb, io, ssl, mimetypes, platform, zoneinfo, tempfile
pandas.read_csv(io.StringIO("a\\n1")).to_parquet("/tmp/x.parquet")
polars.read_parquet("/tmp/x.parquet").to_pandas().describe()
duckdb.sql("select 1").fetchall()
plt.plot([1, 2]); plt.show()
with ipywidgets.Output(): print(1)
ssl.create_default_context(); mimetypes.guess_type("a.csv"); platform.platform(); zoneinfo.ZoneInfo("Asia/Shanghai")
tempfile.NamedTemporaryFile().close(); open("notes", "w").close(); open("/proc/self/status").close()
import datahall
datahall.search("weather"); datahall.dataset("weather/seattle-weather").chart()
"""


def test_what_libraries_do_by_themselves_is_no_attempt(office: RunningApps) -> None:
    report = try_cells(office, QUIET)

    assert (report.ending, report.error, report.attempts) == ("finished", None, [])


def test_the_notes_leave_no_name_in_an_app(office: RunningApps) -> None:
    report = try_cells(office, "print(sorted(name for name in dir() if not name.startswith('_')))")

    assert report.cells[0].outputs[0]["text"] == "['In', 'Out', 'exit', 'get_ipython', 'open', 'quit']\n"


def test_an_app_that_lies_about_what_it_did_is_told_as_one_that_says_nothing(office: RunningApps) -> None:
    lies = [
        "notes.tell = lambda: 'x'",
        "del sys.modules['_datahall_trial']",
        "notes.tell = lambda: base64.b64encode(b'[' * 100_000).decode()",
        "notes.tell = lambda: base64.b64encode(b'{\"used\": [1]}').decode()",
        'notes.tell = lambda: base64.b64encode(b\'{"used": {"a": 1}, "attempts": 7}\').decode()',
        "notes.tell = lambda: sys.exit(1)",
    ]
    before = "import base64, sys\nnotes = sys.modules['_datahall_trial']\n"

    reports = [try_cells(office, before + lie) for lie in lies]

    assert [(report.ending, report.used, report.attempts) for report in reports] == [("finished", [], [])] * len(lies)


def test_an_app_that_tells_too_much_is_cut_short(office: RunningApps) -> None:
    many = "[{'id': 'x' * 5_000, 'version': 'x'}] * 5_000"
    lie = f"told = base64.b64encode(json.dumps({{'used': {many}}}).replace('x' * 4_000, '').encode()).decode()"

    report = try_cells(office, "import base64, json, sys", lie, "sys.modules['_datahall_trial'].tell = lambda: told")

    assert len(report.used) == 1_000
    assert {len(use.id) for use in report.used} == {300}


def test_odd_values_are_told_in_json_that_everybody_reads() -> None:
    told = encode({"number": float("nan"), "half": "\ud800", "whole": "中"})

    assert json.loads(told, parse_constant=pytest.fail) == {"number": None, "half": "?", "whole": "中"}
