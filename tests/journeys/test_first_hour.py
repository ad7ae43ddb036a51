"""From an empty folder: `make up`, the public, the admin, a researcher, plain Intake, and Ctrl-C.

The tests share one newcomer's hall and stand in the order of a first hour; each leads its own browser
contexts, and each claims that its pages asked nothing of any other machine.
"""

from __future__ import annotations

import csv
import importlib.resources
import os
import re
import subprocess
import time
from collections import defaultdict
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import Visit, open_context
from tests.journeys.fresh_checkout import STOPPED_WITHIN, Newcomer
from tests.journeys.people import PASSWORD, choose_password, make_account, run_whole_notebook, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.sandbox, pytest.mark.xdist_group("journey"), pytest.mark.timeout(600)]

APPS = ("nations-compared", "weather-explorer")
PLOT = "main img"


@pytest.fixture(scope="module")
def first_password(newcomer: Newcomer, browser: Browser) -> str:
    """Have the admin sign in, change the password, make Ada's account, and return her first password."""
    with open_context(browser) as visit:
        page = visit.new_page()
        sign_in(page, url=newcomer.url, name="admin", password=newcomer.first_password())
        choose_password(page)
        page.wait_for_url(re.compile("/user/admin/lab|/hub/spawn-pending"))
        password = make_account(page, url=newcomer.url, name="ada")
        claim_nothing_outside(visit)
    return password


def claim_nothing_outside(visit: Visit) -> None:
    """Claim that every address asked for lies on this machine and that no script broke."""
    assert visit.addresses
    assert visit.outside() == []
    assert visit.errors == []


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_set_up_that_was_killed_again_and_again_is_whole(newcomer: Newcomer) -> None:
    assert newcomer.find_missing_files() == []
    began = time.monotonic()
    assert newcomer.set_up_again() == b""
    assert time.monotonic() - began < 5  # a bound against a repeated set-up


@pytest.mark.parametrize(("language", "heading"), [("en", "20 domains"), ("zh", "二十个领域")])
@pytest.mark.parametrize("width", [1280, 390], ids=["desktop", "phone"])
def test_the_hall_is_shown_without_a_login(
    newcomer: Newcomer, browser: Browser, *, language: str, heading: str, width: int
) -> None:
    with open_context(browser, language=language, width=width) as visit:
        page = visit.new_page()
        page.goto(newcomer.url)
        expect(page).to_have_url(f"{newcomer.url}/services/hall/{language}/")
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        assert str(page.locator("html").get_attribute("lang")).startswith(language)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        claim_nothing_outside(visit)


def test_a_wrong_first_password_opens_nothing(newcomer: Newcomer, browser: Browser) -> None:
    with open_context(browser) as visit:
        page = visit.new_page()
        sign_in(page, url=newcomer.url, name="admin", password="not-the-printed-one")
        expect(page.get_by_role("alert")).to_be_visible()
        assert "/hub/login" in page.url


def test_the_printed_password_must_be_changed(newcomer: Newcomer, browser: Browser, first_password: str) -> None:
    assert first_password
    with open_context(browser) as visit:
        page = visit.new_page()
        sign_in(page, url=newcomer.url, name="admin", password=newcomer.first_password())
        expect(page.get_by_role("alert")).to_be_visible()
        sign_in(page, url=newcomer.url, name="admin", password=PASSWORD)
        page.wait_for_url(re.compile("/user/admin/lab|/hub/spawn-pending"))


def test_a_researcher_runs_the_first_guide_to_its_end(
    newcomer: Newcomer, browser: Browser, first_password: str
) -> None:
    wettest = find_wettest_year()
    with open_context(browser) as visit:
        page = visit.new_page()
        sign_in(page, url=newcomer.url, name="ada", password=first_password)
        choose_password(page)
        page.wait_for_url(re.compile("/user/ada/lab"), timeout=90_000)
        expect(page.get_by_role("heading", name="First steps: was it a wet year?")).to_be_visible(timeout=60_000)
        run_whole_notebook(page)
        notebook = page.locator(".jp-Notebook")
        expect(notebook.get_by_text(f"was the wettest year: {wettest} mm of precipitation.")).to_be_visible()
        expect(notebook.locator(".jp-OutputArea img")).to_be_visible()
        assert page.locator('[data-mime-type="application/vnd.jupyter.error"]').count() == 0
        page.wait_for_timeout(3000)  # the Lab asks for news and extensions, if it does, a moment after it has opened
        claim_nothing_outside(visit)


def find_wettest_year() -> float:
    """Add up precipitation by year straight from the source file, in millimetres."""
    source = importlib.resources.files("vega_datasets") / "_data/seattle-weather.csv"
    years: defaultdict[str, float] = defaultdict(float)
    with source.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            years[row["date"][:4]] += float(row["precipitation"])
    return round(max(years.values()), 1)


@pytest.mark.parametrize("slug", APPS)
@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("zh", 390)], ids=["desktop-en", "phone-zh"])
def test_a_visitor_moves_a_widget_and_the_plot_changes(
    newcomer: Newcomer, browser: Browser, *, slug: str, language: str, width: int
) -> None:
    with open_context(browser, language=language, width=width) as visit:
        page = visit.new_page()
        page.goto(f"{newcomer.url}/services/apps/{slug}", timeout=90_000)
        before = read_plot(page)
        page.get_by_role("slider").first.focus()
        page.keyboard.press("ArrowLeft")
        wait_for_another_plot(page, before=before)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert {cookie["name"] for cookie in visit.context.cookies()} <= {"datahall-language"}
        claim_nothing_outside(visit)


def read_plot(page: Page) -> str:
    """Wait for the app's plot and return the picture's data."""
    page.locator(PLOT).first.wait_for()
    return str(page.locator(PLOT).first.get_attribute("src"))


def wait_for_another_plot(page: Page, *, before: str) -> None:
    """Wait until the app shows another picture than `before`."""
    page.wait_for_function(
        "([selector, before]) => { const image = document.querySelector(selector);"
        " return image && image.src && image.getAttribute('src') !== before; }",
        arg=[PLOT, before],
        timeout=30_000,
    )


def test_plain_intake_reads_the_catalog(newcomer: Newcomer, tmp_path: Path) -> None:
    python = make_plain_environment(tmp_path / "plain", newcomer=newcomer)
    script = (
        "import importlib.util, sys, intake\n"
        "assert importlib.util.find_spec('datahall') is None\n"
        "catalog = intake.from_yaml_file(sys.argv[1])\n"
        "names = list(catalog)\n"
        "frame = catalog['weather/seattle-weather'].read().collect()\n"
        "total = round(float(frame['precipitation'].sum()), 1)\n"
        "print(len(names), 'weather/seattle-weather' in names, len(frame), total)\n"
    )
    answer = subprocess.run(
        [python, "-c", script, f"{newcomer.url}/services/hall/catalog.yaml"],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    listed, has_weather, rows, total = answer.stdout.split()
    assert int(listed) >= 12
    assert has_weather == "True"
    assert (int(rows), float(total)) == sum_source()


def sum_source() -> tuple[int, float]:
    """Count the rows and add up the precipitation of the source file."""
    with (importlib.resources.files("vega_datasets") / "_data/seattle-weather.csv").open(encoding="utf-8") as file:
        values = [float(row["precipitation"]) for row in csv.DictReader(file)]
    return len(values), round(sum(values), 1)


def make_plain_environment(folder: Path, *, newcomer: Newcomer) -> Path:
    """Make an environment that has only intake, polars, pandas, pyarrow and fsspec's http support."""
    uv = newcomer.checkout / ".venv/bin/uv"
    lock = newcomer.checkout / "requirements.lock"
    environment = {k: v for k, v in os.environ.items() if k not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    subprocess.run([uv, "venv", "--quiet", folder], check=True, env=environment, timeout=60)
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", folder / "bin/python", "--constraint", lock,
         "intake", "polars", "pandas", "pyarrow", "fsspec[http]"],
        check=True, env=environment, timeout=300,
    )  # fmt: skip
    return folder / "bin/python"


def test_a_second_make_up_is_ready_in_seconds(newcomer: Newcomer) -> None:
    assert "nothing of it is left running" in newcomer.terminate()
    began = time.monotonic()
    printed = newcomer.make_up()
    assert time.monotonic() - began < 60  # a bound against a repeated set-up; the figure itself is for `make bench`
    assert "Setting up" not in printed
    assert newcomer.first_password_or_none() is None


def test_ctrl_c_leaves_no_process_behind(newcomer: Newcomer) -> None:
    assert newcomer.find_processes()
    assert newcomer.interrupt() < STOPPED_WITHIN
    assert [process.cmdline() for process in newcomer.find_processes()] == []
