"""Ordinary Voila notebooks work unchanged: seen before their kernel is there, ready with it, and moved by a visitor."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from ipywidgets import DOMWidget
from ipywidgets.widgets.widget import _registry
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.accessibility import SEVERE
from tests.browser.chromium import open_context

from ..running_apps import RunningApps, make_home, run_fork_server, write_app
from ..version_wishes import ask_for, write_version
from . import notebooks
from .opened_apps import open_app, publish

pytestmark = [pytest.mark.browser, pytest.mark.sandbox]

PATHS = re.compile(r"/srv/|ipykernel|Traceback|site-packages|\.py\b")

# A controller makes them when somebody presses a button of it.
MADE_BY_OTHERS = {"ControllerAxisModel", "ControllerButtonModel"}

# Rules that ipywidgets' own elements break: pictures without alternatives, buttons and fields without names.
WIDGETS_BREAK = {"button-name", "color-contrast", "image-alt", "label"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, bubblewrap: str) -> Iterator[RunningApps]:
    """One service for all of these notebooks."""
    home = make_home(tmp_path_factory.mktemp("compatible") / "home")
    folder = tmp_path_factory.mktemp("one-that-fails")
    write_app(folder, "failing-half-way", cells=notebooks.FAILING)
    with run_fork_server(home):
        running = RunningApps(home, apps_folder=folder, settings={"DATAHALL_APPS_KERNELS": "2"}).start()
        yield running
        assert running.stop() == 0


def read_picture(drawn: Locator) -> str:
    return drawn.get_attribute("src") or ""


def press_right(page: Page, name: str) -> None:
    page.get_by_role("slider", name=name).focus()
    page.keyboard.press("ArrowRight")


def find_own_faults(page: Page) -> tuple[list[str], set[str]]:
    """Return what axe finds severely wrong with the page around the widgets, and the rules that widgets break."""
    ours, theirs = list[str](), set[str]()
    for violation in Axe().run(page).response["violations"]:
        for node in violation["nodes"] if violation["impact"] in SEVERE else ():
            inside = page.evaluate(
                "where => !!document.querySelector(where)?.closest('.jupyter-widgets')", node["target"][0]
            )
            if inside:
                theirs.add(violation["id"])
            else:
                ours.append(f"{violation['id']}: {node['html'][:160]}")
    return ours, theirs


def list_registered() -> set[str]:
    """Return the models of ipywidgets' core that have a view, which is what can be shown."""
    kinds = [kind for _, kind in _registry.items()]
    kinds = [each for each in kinds if issubclass(each, DOMWidget) and each.__module__.startswith("ipywidgets")]
    names = {each._model_name.default_value for each in kinds if each._view_name.default_value}
    return {name for name in names if name not in MADE_BY_OTHERS}


def test_every_kind_of_widget_is_seen(served: RunningApps, browser: Browser) -> None:
    is_kept = publish(served, "every-widget", notebooks.EVERY_WIDGET)
    with open_app(served, browser, "every-widget", is_kept=is_kept) as opened:
        assert is_kept
        for word in ("at 0", "bold", "a label", "some text", "Press", "on top", "first page", "grid left", "the head"):
            assert word in opened.still

        page = opened.join()
        for name in sorted(list_registered()):
            expect(page.locator(f".kind-{name}"), name).to_be_visible()
        press_right(page, "A IntSlider")
        expect(page.locator(".report")).to_have_text("at 1")

        ours, theirs = find_own_faults(page)
        assert ours == []
        assert theirs <= WIDGETS_BREAK


def test_output_areas_show_replace_and_grow(served: RunningApps, browser: Browser) -> None:
    is_kept = publish(served, "outputs", notebooks.OUTPUT_AREAS)
    with open_app(served, browser, "outputs", is_kept=is_kept) as opened:
        assert is_kept
        for word in ("first words", "a widget in an output", "captured 0", "emphasis 0", "streamed 0", "by a cell"):
            assert word in opened.still

        page = opened.join()
        cells = page.locator("#app-cells")
        expect(cells).to_contain_text("a widget in an output")
        page.get_by_role("button", name="Go on").click()
        for word in ("replaced 1", "captured 1", "emphasis 1", "streamed 1"):
            expect(cells).to_contain_text(word)
        expect(cells).to_contain_text("streamed 0")
        for word in ("first words", "a widget in an output", "captured 0", "emphasis 0"):
            expect(cells).not_to_contain_text(word)


def test_matplotlib_draws_inline(served: RunningApps, browser: Browser) -> None:
    is_kept = publish(served, "drawn-inline", notebooks.DRAWN_INLINE)
    with open_app(served, browser, "drawn-inline", is_kept=is_kept) as opened:
        assert is_kept
        assert opened.still.count("picture") == 3
        assert "Beijing" in opened.still

        page = opened.join()
        drawn = page.locator(".drawn img")
        before = read_picture(drawn)
        page.get_by_role("combobox", name="Power").select_option("3")
        expect(drawn).not_to_have_attribute("src", before)
        expect(page.locator("#app-cells img")).to_have_count(3)
        expect(page.get_by_role("cell", name="Beijing")).to_be_visible()


def test_matplotlib_redraws_one_figure(served: RunningApps, browser: Browser) -> None:
    is_kept = publish(served, "redrawn", notebooks.DRAWN_ON_CHANGE)
    with open_app(served, browser, "redrawn", is_kept=is_kept) as opened:
        page = opened.join()
        drawn = page.locator("img.drawn, .drawn img")
        expect(drawn).to_be_visible()
        before = read_picture(drawn)
        press_right(page, "Slope")
        expect(drawn).not_to_have_attribute("src", before)


def test_interact_and_its_kin_run_what_they_are_given(served: RunningApps, browser: Browser) -> None:
    is_kept = publish(served, "interacting", notebooks.INTERACTING)
    with open_app(served, browser, "interacting", is_kept=is_kept) as opened:
        assert is_kept
        for word in ("redred", "sum 7", "area 16", "Run Interact"):
            assert word in opened.still

        page = opened.join()
        cells = page.locator("#app-cells")
        page.get_by_role("combobox", name="word").select_option("green")
        expect(cells).to_contain_text("greengreen")
        page.get_by_role("checkbox", name="loud").check()
        expect(cells).to_contain_text("GREENGREEN")
        press_right(page, "first")
        expect(cells).to_contain_text("sum 8")
        page.get_by_role("button", name="Run Interact").click()
        expect(cells).to_contain_text("Good day, nobody")
        press_right(page, "side")
        expect(cells).to_contain_text("area 25")

        ours, theirs = find_own_faults(page)
        assert ours == []
        assert theirs <= WIDGETS_BREAK


def test_threads_and_tasks_move_widgets(served: RunningApps, browser: Browser) -> None:
    is_kept = publish(served, "threads", notebooks.THREADS)
    with open_app(served, browser, "threads", is_kept=is_kept) as opened:
        page = opened.join()
        clock = page.locator(".clock")
        before = clock.inner_text()
        expect(clock).not_to_have_text(before)
        page.get_by_role("button", name="Work").click()
        expect(page.locator(".told")).to_have_text("finished")
        expect(page.locator(".later")).to_have_text("awaited")
        expect(page.get_by_role("progressbar").or_(page.locator(".progress-bar"))).to_be_visible()


def test_files_come_and_go(served: RunningApps, browser: Browser, tmp_path: Path) -> None:
    is_kept = publish(served, "files", notebooks.FILES)
    with open_app(served, browser, "files", is_kept=is_kept) as opened:
        assert is_kept
        assert "Save shown.csv" in opened.still
        assert "nothing came" in opened.still

        page = opened.join()
        large, too_large = tmp_path / "large.csv", tmp_path / "too-large.csv"
        large.write_bytes(b"a,b\n" * 100_000)
        too_large.write_bytes(b"a,b\n" * 300_000)
        upload(page, too_large)
        expect(page.get_by_role("status")).to_contain_text("choose a smaller file")
        assert find_own_faults(page)[0] == []
        upload(page, large)
        expect(page.locator(".told")).to_have_text("large.csv 400000")
        assert download(page, "Save shown.csv") == "line,天\n".encode()
        page.get_by_role("button", name="Make a file").click()
        assert download(page, "Save made.csv") == b"line\n" * 100_000


def upload(page: Page, file: Path) -> None:
    with page.expect_file_chooser() as choosing:
        page.get_by_role("button", name="Upload").click()
    choosing.value.set_files([file])


def download(page: Page, name: str) -> bytes:
    with page.expect_download() as waiting:
        page.get_by_role("link", name=name).click()
    return Path(waiting.value.path()).read_bytes()


def test_a_notebook_of_120_cells_is_whole(served: RunningApps, browser: Browser) -> None:
    assert len(notebooks.MANY_CELLS) == 120
    is_kept = publish(served, "many-cells", notebooks.MANY_CELLS)
    with open_app(served, browser, "many-cells", is_kept=is_kept) as opened:
        assert is_kept
        for number in (1, 30, 59):
            assert f"Words of part {number}." in opened.still
            assert f"level 0 in part {number}" in opened.still

        page = opened.join()
        press_right(page, "Level")
        for number in (1, 30, 59):
            expect(page.get_by_text(f"level 1 in part {number}", exact=True)).to_be_visible()


def test_a_cell_that_fails_is_told_without_its_places(served: RunningApps, browser: Browser) -> None:
    slug, digest = write_version(served.home, "failing", cells=notebooks.FAILING)
    proof = ask_for(served, "/proofs", {"slug": slug, "digest": digest}).json()
    assert (proof["renders"], proof["problem"]) == (False, "failed")  # so that nobody can publish it

    with open_context(browser) as visit:
        page = visit.new_page()
        page.goto(f"{served.url}/failing-half-way?language=en")
        expect(page.locator("#app-state")).to_contain_text("The app could not be started")
        assert PATHS.search(page.inner_text("main")) is None
        assert visit.outside() == []
    served.wait_for_visits(0, within=40)  # its page never connects


def test_a_callback_that_fails_is_told_without_its_places_and_the_app_goes_on(
    served: RunningApps, browser: Browser
) -> None:
    is_kept = publish(served, "stumbling", notebooks.STUMBLING)
    with open_app(served, browser, "stumbling", is_kept=is_kept) as opened:
        assert is_kept
        assert "styled" in opened.still
        claim_styled(opened.page)

        page = opened.join()
        claim_styled(page)
        told = page.locator(".told")
        assert told.evaluate("each => getComputedStyle(each).color") == "rgb(4, 5, 6)"
        press_right(page, "Steps")
        expect(told).to_have_text("step 1")
        press_right(page, "Steps")
        expect(told).to_have_text("step 2")
        expect(page.locator(".stumbled")).not_to_be_empty()
        assert PATHS.search(page.inner_text("main")) is None


def claim_styled(page: Page) -> None:
    styled = page.locator(".mine:visible")
    assert styled.evaluate("each => getComputedStyle(each).color") == "rgb(1, 2, 3)"
    assert styled.evaluate("each => getComputedStyle(each).borderLeftWidth") == "7px"


def test_mathematics_is_set_and_nothing_is_asked_for_outside(served: RunningApps, browser: Browser) -> None:
    is_kept = publish(served, "mathematics", notebooks.MATHEMATICS)
    with open_app(served, browser, "mathematics", is_kept=is_kept) as opened:
        assert is_kept
        for word in ("Mass and energy", "length", "value"):
            assert word in opened.still

        page = opened.join()
        for place in (
            ".jp-MarkdownCell >> nth=0",
            ".jp-MarkdownCell >> nth=1",
            ".formula",
            ".jp-OutputArea-output >> nth=0",
        ):
            expect(page.locator(place).locator("mjx-container").first).to_be_visible()
        press_right(page, "Power")
        expect(page.locator(".formula mjx-c.mjx-c33")).to_be_visible()  # the digit 3, drawn
        assert "$" not in page.locator(".formula").inner_text()
