"""A version that is to be published proves that it renders; pages that are the same for all are kept for everybody."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import nbformat
import psutil
import pytest
from datahall_hub.services.apps.shared_pages import (
    KERNEL_ID,
    NONCE,
    NoRoomError,
    fill_page,
    find_pages,
    has_pages,
    keep_pages,
    mark_kernel,
    remove_pages,
)
from datahall_hub.services.apps.trial_office import describe_refusal

from tests.catalogs.small_disk import run_on_small_disk

from .running_apps import CHECKOUT, RunningApps, make_home, run_fork_server
from .version_wishes import ask_for, open_office, try_cells, write_version

WEATHER = "weather/seattle-weather"
WEATHER_VERSION = "2015-12-31.89efed21"
NEWER = "2016-12-31.00000000"
SHOWN = "import ipywidgets\nipywidgets.VBox([ipywidgets.IntSlider(), ipywidgets.HTML(value='shown')])"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, bubblewrap: str) -> Iterator[RunningApps]:
    """A service whose private address is asked."""
    home = make_home(tmp_path_factory.mktemp("proven") / "home")
    settings = {"DATAHALL_APPS_CHECK_SECONDS": "6", "DATAHALL_APPS_CHECK_OUTPUT": "1000000"}
    with run_fork_server(home):
        running = RunningApps(home, apps_folder=CHECKOUT / "notebooks/apps", settings=settings).start()
        yield running
        assert running.stop() == 0


def prove(office: RunningApps, version: tuple[str, str], *, datasets: dict[str, str] | None = None) -> dict[str, Any]:
    slug, digest = version
    answer = ask_for(office, "/proofs", {"slug": slug, "digest": digest, "datasets": datasets or {}})
    assert answer.status_code == 200, answer.text
    proof: dict[str, Any] = answer.json()
    assert proof.keys() == {"renders", "live_only", "problem", "seconds"}
    return proof


def read_pages(office: RunningApps, version: tuple[str, str]) -> dict[str, str]:
    slug, digest = version
    folder = find_pages(office.home / "apps" / slug / digest)
    return {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.html")}


@pytest.mark.sandbox
@pytest.mark.parametrize("slug", ["nations-compared", "weather-explorer"])
def test_the_curated_apps_have_one_page_for_everybody_in_each_language(office: RunningApps, slug: str) -> None:
    version = slug, "c" * 64
    shutil.copytree(CHECKOUT / "notebooks/apps" / slug, office.home / "apps" / slug / version[1])

    proof = prove(office, version)

    assert (proof["renders"], proof["live_only"], proof["problem"]) == (True, False, "")
    assert proof["seconds"].keys() == {"en", "zh"}
    pages = read_pages(office, version)
    assert pages.keys() == {"en.html", "zh.html"}
    for page in pages.values():
        assert page.count(KERNEL_ID) == 1
        assert f'"kernelId": "{KERNEL_ID}"' in page
        assert page.count(f'nonce="{NONCE}"') == page.count("{{DATAHALL_NONCE}}") >= 3
        assert page.endswith("</html>")
        assert "data-datahall-failure" not in page
    assert '<html lang="zh-Hans">' in pages["zh.html"]
    assert f'href="/services/apps/{slug}?language=zh"' in pages["en.html"]


@pytest.mark.sandbox
def test_widgets_are_counted_in_a_shared_page_and_in_no_other_kernel(office: RunningApps) -> None:
    version = write_version(office.home, "counted", cells=[SHOWN])

    assert not prove(office, version)["live_only"]

    found = re.findall(r'"model_id": ?"([0-9a-f]+)"', read_pages(office, version)["en.html"])
    assert found
    assert all(int(each, 16) < 100 for each in found)
    assert all(int(each, 16) > 2**64 for each in try_cells(office, SHOWN).widgets)


OTHER_EACH_TIME = {
    "a random number": "import secrets\nprint(secrets.token_hex(8))",
    "the time": "import time\nprint(time.time_ns())",
    "a word that stands for the kernel": f"print({KERNEL_ID!r})",
    "a word that stands for the nonce": f"print({NONCE!r})",
    "a piece of the kernel's id": "import os\nprint(os.environ['VOILA_KERNEL_ID'][:8])",
    "a drawing with random names": (
        "import matplotlib.pyplot as plt\nfrom matplotlib_inline.backend_inline import set_matplotlib_formats\n"
        "set_matplotlib_formats('svg')\nplt.plot([1, 2])\nplt.show()"
    ),
}


@pytest.mark.sandbox
@pytest.mark.parametrize("source", OTHER_EACH_TIME.values(), ids=OTHER_EACH_TIME.keys())
def test_an_app_whose_pages_differ_is_live_only(office: RunningApps, source: str) -> None:
    version = write_version(office.home, "differing", cells=[source])

    proof = prove(office, version)

    assert (proof["renders"], proof["live_only"]) == (True, True)
    assert read_pages(office, version) == {}


SAME_FOR_ALL = {
    "its kernel's own id": "import os\nprint(os.environ['VOILA_KERNEL_ID'])",
    "a picture": "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
    "what is printed into a widget": "import ipywidgets\nwith (out := ipywidgets.Output()):\n    print('in')\nout",
    "a table": "import polars\npolars.DataFrame({'a': [1]})",
}


@pytest.mark.sandbox
@pytest.mark.parametrize("source", SAME_FOR_ALL.values(), ids=SAME_FOR_ALL.keys())
def test_an_app_that_shows_the_same_to_all_is_shared(office: RunningApps, source: str) -> None:
    version = write_version(office.home, "same", cells=[source])

    assert not prove(office, version)["live_only"]
    assert read_pages(office, version).keys() == {"en.html", "zh.html"}


@pytest.mark.sandbox
def test_a_notebook_whose_cells_have_no_ids_is_shared_too(office: RunningApps) -> None:
    slug, digest = write_version(office.home, "older", cells=[SHOWN])
    file = office.home / "apps" / slug / digest / "app.ipynb"
    notebook = json.loads(file.read_text())
    notebook["nbformat_minor"] = 4
    for cell in notebook["cells"]:
        del cell["id"]
    file.write_text(json.dumps(notebook))

    assert not prove(office, (slug, digest))["live_only"]


FAILING = {
    "an error": ("1 / 0", "failed"),
    "an error in Chinese alone": ("import os\nif os.environ['DATAHALL_LANGUAGE'] == 'zh':\n    1 / 0", "failed"),
    "no end": ("while True:\n    pass", "too-slow"),
    "prints for ever": ("while True:\n    print('x' * 1000)", "too-large"),
    "prints 50 MB": ("print('x' * 50_000_000)", "too-large"),
    "ends itself": ("import os\nos._exit(0)", "died"),
    "needs data that is not there": ("import datahall\ndatahall.dataset('nobody/has-it')", "failed"),
}


@pytest.mark.sandbox
@pytest.mark.parametrize(("source", "problem"), FAILING.values(), ids=FAILING.keys())
def test_a_version_that_does_not_render_says_why(office: RunningApps, source: str, problem: str) -> None:
    version = write_version(office.home, "broken", cells=["print('begun')", source, *["1"] * 50])
    begun = time.monotonic()

    proof = prove(office, version)

    assert time.monotonic() - begun < 15

    assert (proof["renders"], proof["problem"]) == (False, problem)
    assert read_pages(office, version) == {}
    assert psutil.Process(office.process.pid).children(recursive=True) == []


@pytest.mark.sandbox
def test_a_version_without_a_manifest_or_a_notebook_does_not_render(office: RunningApps) -> None:
    first = write_version(office.home, "without", cells=["'manifest'"])
    second = write_version(office.home, "without", cells=["'notebook'"])
    (office.home / "apps/without" / first[1] / "app.yaml").write_text("[]")
    (office.home / "apps/without" / second[1] / "app.ipynb").write_text("no JSON")

    assert [prove(office, each)["problem"] for each in (first, second)] == ["unreadable", "unreadable"]


@pytest.mark.sandbox
def test_an_app_reads_the_versions_of_data_that_it_was_checked_with(office: RunningApps) -> None:
    folder = office.home / "store" / WEATHER
    shutil.copytree(folder / WEATHER_VERSION, folder / NEWER)
    latest = folder / "latest.json"
    before = latest.read_text()
    latest.write_text(before.replace(WEATHER_VERSION, NEWER))
    say = f"import datahall\nopened = datahall.dataset({WEATHER!r})\nopened.polars()\nprint('opened', opened.version)"
    version = write_version(office.home, "pinned", cells=[say, "print(datahall.used()[0]['version'])"])
    try:
        free = try_cells(office, say)
        prove(office, version, datasets={WEATHER: WEATHER_VERSION})
    finally:
        latest.write_text(before)
        shutil.rmtree(folder / NEWER)

    assert [use.version for use in free.used] == [NEWER]
    page = read_pages(office, version)["en.html"]
    assert f"opened {WEATHER_VERSION}" in page
    assert NEWER not in page
    assert f'<span class="app-version">{WEATHER_VERSION}</span>' in page


@pytest.mark.sandbox
def test_who_hangs_up_ends_the_proof_and_leaves_no_page(office: RunningApps) -> None:
    slug, digest = write_version(office.home, "hung-up", cells=["import time\ntime.sleep(1000)"])
    with open_office(office) as client, pytest.raises(httpx.ReadTimeout):
        client.post("/proofs", json={"slug": slug, "digest": digest, "datasets": {}}, timeout=2)

    again = try_cells(office, "print('next')")

    assert again.ending == "finished"
    assert read_pages(office, (slug, digest)) == {}
    assert psutil.Process(office.process.pid).children(recursive=True) == []


@pytest.mark.sandbox
def test_a_later_proof_takes_the_place_of_an_earlier_one(office: RunningApps) -> None:
    slug, digest = write_version(office.home, "again", cells=["print('first')"])
    prove(office, (slug, digest))
    file = office.home / "apps" / slug / digest / "app.ipynb"

    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print('second')")]), file)
    prove(office, (slug, digest))
    second = read_pages(office, (slug, digest))
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")]), file)
    prove(office, (slug, digest))

    assert "second" in second["en.html"]
    assert read_pages(office, (slug, digest)) == {}
    assert [path.name for path in file.parents[1].iterdir()] == [digest]


@pytest.mark.parametrize(
    ("page", "marked"),
    [("a 1-2 b", f"a {KERNEL_ID} b"), ("a b", "a b"), (f"a 1-2 {KERNEL_ID}", None)],
    ids=["the id", "none", "the mark was there before"],
)
def test_the_mark_of_the_kernel_stands_where_its_id_stood_and_nowhere_else(page: str, marked: str | None) -> None:
    assert mark_kernel(page, kernel_id="1-2") == marked
    assert marked is None or fill_page(marked, kernel_id="1-2") == page


def test_pages_are_kept_whole_and_replaced_whole(tmp_path: Path) -> None:
    version = tmp_path / ("d" * 64)

    keep_pages(version, {"en": "a", "zh": "中"}, mark="one hall")
    assert (has_pages(version, mark="one hall"), has_pages(version, mark="a later hall")) == (True, False)
    keep_pages(version, {"en": "b", "zh": "文"}, mark="a later hall")
    assert (has_pages(version, mark="one hall"), has_pages(version, mark="a later hall")) == (False, True)

    assert {file.name: file.read_text("utf-8") for file in find_pages(version).glob("*.html")} == {
        "en.html": "b",
        "zh.html": "文",
    }
    remove_pages(version)
    remove_pages(version)
    assert list(tmp_path.iterdir()) == []


ON_A_SMALL_DISK = """
import os
from pathlib import Path
from datahall_hub.services.apps.shared_pages import NoRoomError, find_pages, keep_pages
version = Path({disk!r}, "d" * 64)
keep_pages(version, {{"en": "earlier", "zh": "earlier"}}, mark="m")
try:
    keep_pages(version, {{"en": "x" * 10_000, "zh": "x" * 1_000_000}}, mark="m")
except NoRoomError:
    print("no room")
print(sorted(os.listdir({disk!r})) == [find_pages(version).name])
print((find_pages(version) / "en.html").read_text())
"""


def test_a_full_disk_leaves_nothing_and_earlier_pages_stay(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()

    said = run_on_small_disk(ON_A_SMALL_DISK.format(disk=str(disk)), home=tmp_path, disk=disk, size="128k")

    assert said == ["no room", "True", "earlier"]
    refusal = describe_refusal(NoRoomError("The disk is full."))
    assert (refusal.status, refusal.code) == (507, "no-room")
