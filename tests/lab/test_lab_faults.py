"""The dataset panel where things are not as usual: notebooks large, read-only or dead, hostile names, faults around it.

In a hall of their own, some of whose data are broken, and whose service is halted for a while.
"""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.chromium import Visit, open_context
from tests.hub.hall.small_hall import write_card
from tests.lab.lab_visit import FRONT, SETTLES, LabVisit, open_lab, open_tab, sign_in
from tests.lab.notebooks_at_home import give, read_sources, write_notebook
from tests.running_hall import RunningHall

pytestmark = pytest.mark.browser

DATASET, VERSION = "weather/seattle-weather", "2015-12-31.89efed21"
LINE = f'ds = datahall.dataset("{DATASET}")'
USED = {"datahall": {"used": [{"id": DATASET, "version": VERSION}]}}
UNREADABLE, REMOVED, UNREACHABLE = "science/sunspots", "resources/nile-flow", "ocean/unreachable"
TRAP = "culture/trap"
HOSTILE = "<img src=x onerror=alert(1)>\"'&amp;"
MANY = 2_000
FAR = 150  # the cell in which somebody types, below all that is drawn at first
NEVER_DRAWN = 1_900
SCROLL = "([place, to]) => { const e = document.querySelector(place); e.scrollTop = to * e.scrollHeight; }"
GIVES_UP = 60_000  # milliseconds: a hall that is silent is waited for in each part of the panel
IS_ASKED_AGAIN = 15_500  # milliseconds after which the server half asks a hall again that was silent


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHall]:
    """A hall of its own without apps, in which one title is hostile and the rows of three datasets cannot be had."""
    folder = tmp_path_factory.mktemp("faults")
    (folder / "apps").mkdir()
    write_card(folder / "home", TRAP, rows="name,amount\n</td><b>,2\n", title=HOSTILE)
    write_card(folder / "home", UNREACHABLE, rows=None)
    running = RunningHall(folder / "home").start(environment={"DATAHALL_APPS_FOLDER": str(folder / "apps")})
    running.wait_until_whole()
    break_rows(running.home / "store")
    yield running
    running.stop()


def break_rows(store: Path) -> None:
    """Have a file of rows hold something else."""
    for file in (store / UNREADABLE).glob("*/data.parquet"):
        file.write_bytes(b"no rows")


@contextmanager
def lose_rows(store: Path) -> Iterator[None]:
    """Have a file of rows be gone, as after a disk was mended."""
    files = {file: file.read_bytes() for file in (store / REMOVED).glob("*/data.parquet")}
    for file in files:
        file.unlink()
    try:
        yield
    finally:
        for file, content in files.items():
            file.write_bytes(content)


@pytest.fixture(scope="module", params=["en", "zh"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def people(hall: RunningHall) -> dict[str, str]:
    """Somebody in each language, whose server runs."""
    for language in ("en", "zh"):
        with closing(hall.person(f"fault-{language}")) as client:
            client.cookies.set("datahall-language", language)
            hall.start_server(client, f"fault-{language}")
    return {language: f"fault-{language}" for language in ("en", "zh")}


@pytest.fixture
def name(people: dict[str, str], language: str) -> str:
    return people[language]


@pytest.fixture
def visit(browser: Browser, language: str) -> Iterator[Visit]:
    with watch(browser, language) as visit:
        yield visit


@contextmanager
def watch(browser: Browser, language: str) -> Iterator[Visit]:
    """Open a context in which no script may fail and no dialog of the browser may come."""
    dialogs: list[str] = []
    with open_context(browser, language=language) as visit:
        visit.context.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.accept()))
        yield visit
        assert visit.errors == []
        assert visit.outside() == []
        assert dialogs == []


@contextmanager
def silence(hall: RunningHall) -> Iterator[None]:
    """Have the hall's service answer nothing; the supervisor would start it again if it ended."""
    children = json.loads((hall.home / "run/hall.json").read_text())["children"]
    pid = int(children["hall"]["pid"])
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def drag(page: Page, source: Locator, target: Locator) -> None:
    """Drag with the mouse, from the upper edge of one thing to the upper edge of another."""
    start, end = source.bounding_box(), target.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 12, start["y"] + 6)
    page.mouse.down()
    page.mouse.move(start["x"] + 40, start["y"] + 20, steps=4)
    page.mouse.move(end["x"] + 80, end["y"] + 8, steps=12)
    page.mouse.up()


def save(lab: LabVisit) -> None:
    """Save the notebook in front, in command mode."""
    lab.page.locator(f'{FRONT} [data-jp-item-name="save"]').click()
    expect(lab.page.locator("#jp-main-dock-panel .jp-mod-current.jp-mod-dirty")).to_have_count(0)


def shut_down_kernel(lab: LabVisit) -> None:
    """End the kernel of the notebook in front by the menu."""
    lab.page.get_by_role("menuitem", name=re.compile("^(Kernel|内核)$")).click()
    lab.page.locator('.lm-Menu-item[data-command="kernelmenu:shutdown"]').click()
    expect(lab.page.locator(f"{FRONT} .jp-Toolbar-kernelName")).to_have_text(re.compile("No Kernel|无内核|没有内核"))


def open_first_rows(lab: LabVisit) -> Locator:
    """Unfold the first rows of the dataset shown."""
    name = lab.page.get_by_text(lab.word("first rows"), exact=True)
    name.click()
    return lab.panel.locator("details").filter(has=name)


def used_region(lab: LabVisit) -> Locator:
    return lab.panel.get_by_role("region", name=lab.word("used"))


@pytest.mark.parametrize("language", ["en"], scope="module")
def test_a_card_and_shown_lines_are_dragged_to_their_place_in_a_notebook(
    hall: RunningHall, name: str, visit: Visit, language: str
) -> None:
    notebook = write_notebook(hall, name, "dragged.ipynb", "'first'", "'second'", "'third'")
    lab = open_lab(hall, visit, name=name, language=language, path="lab/tree/dragged.ipynb?reset")
    lab.open_panel()
    lab.search("seattle")

    drag(lab.page, lab.card(DATASET), lab.cells().nth(1))
    expect(lab.cells()).to_have_count(4)
    expect(lab.cells().nth(1)).to_contain_text(LINE)

    lines = lab.describe(DATASET).locator(".jp-DatahallCode pre")
    drag(lab.page, lines, lab.cells().nth(0))
    expect(lab.cells()).to_have_count(5)
    expect(lab.page.locator(".jp-DatahallDrag")).to_have_count(0)
    save(lab)

    dragged, first, dropped, second, third = read_sources(notebook)
    assert (first, second, third) == ("'first'", "'second'", "'third'")
    assert dragged == lines.inner_text()
    assert LINE in dropped


@pytest.mark.parametrize("language", ["zh"], scope="module")
def test_a_notebook_of_2000_cells_takes_the_code_at_its_cursor_and_shows_it(
    hall: RunningHall, name: str, visit: Visit, language: str
) -> None:
    cells = [f"value_{n} = {n}" for n in range(MANY)]
    cells[NEVER_DRAWN] = LINE
    notebook = write_notebook(hall, name, "large.ipynb", *cells, metadata=USED)
    lab = open_lab(hall, visit, name=name, language=language, path="lab/tree/large.ipynb?reset")
    lab.open_panel()
    expect(used_region(lab)).to_contain_text(DATASET)

    cell = scroll_down_to(lab, f"value_{FAR} = {FAR}")
    cell.locator(".cm-content").click()
    lab.page.keyboard.press("End")
    scroll(lab, 0)
    expect(cell).not_to_be_in_viewport()
    lab.search("seattle")
    lab.insert(DATASET)
    shown = lab.cells().filter(has_text=f"value_{FAR} = {FAR}").filter(has_text=LINE)
    expect(shown).to_be_in_viewport()

    lab.panel.get_by_role("searchbox").fill("")
    used_region(lab).get_by_role("button", name=lab.word("freeze")).click()
    save(lab)
    saved = read_sources(notebook)
    pinned = LINE.replace(DATASET, f"{DATASET}@{VERSION}")
    assert len(saved) == MANY
    assert saved[NEVER_DRAWN] == pinned
    assert saved[FAR].startswith(f"value_{FAR} = {FAR}\nimport datahall\n\n{pinned}\n")
    assert saved[:FAR] == cells[:FAR]


def scroll_down_to(lab: LabVisit, text: str) -> Locator:
    """Scroll until a cell is drawn, as they are when one comes near them, and return it."""
    cell = lab.cells().filter(has_text=text)
    for _ in range(30):
        if cell.count() > 0:
            break
        scroll(lab, 1)
        lab.page.wait_for_timeout(500)
    cell.scroll_into_view_if_needed()
    return cell


def scroll(lab: LabVisit, to: int) -> None:
    """Scroll to the top (0) or the bottom (1) of what is drawn."""
    lab.page.evaluate(SCROLL, [f"{FRONT} .jp-WindowedPanel-outer", to])


def test_a_read_only_notebook_takes_the_code_and_tells_how_to_keep_it(
    hall: RunningHall, name: str, visit: Visit, language: str
) -> None:
    notebook = write_notebook(hall, name, "read-only.ipynb", "'first'")
    os.chown(notebook, 0, 0)
    notebook.chmod(0o444)  # as somebody else's who shares it
    before = notebook.read_bytes()
    lab = open_lab(hall, visit, name=name, language=language, path="lab/tree/read-only.ipynb?reset")
    lab.open_panel()
    lab.search("seattle")

    lab.insert(DATASET)

    expect(lab.toast).to_contain_text(lab.word("unsaved"))
    expect(lab.cells().last).to_contain_text(LINE)
    assert notebook.read_bytes() == before


def test_a_notebook_without_kernel_takes_code_and_is_told_to_choose_one_to_reproduce(
    hall: RunningHall, name: str, visit: Visit, language: str
) -> None:
    write_notebook(hall, name, "dead.ipynb", LINE, metadata=USED)
    lab = open_lab(hall, visit, name=name, language=language, path="lab/tree/dead.ipynb?reset")
    lab.wait_until_idle()
    shut_down_kernel(lab)
    lab.open_panel()
    expect(used_region(lab)).to_contain_text(DATASET)

    used_region(lab).get_by_role("button", name=lab.word("reproduce")).click()
    expect(lab.toast).to_contain_text(lab.word("no kernel"))

    lab.search("seattle")
    lab.insert(DATASET)
    expect(lab.cells()).to_have_count(2)
    expect(lab.cells().last).to_contain_text("import datahall")

    lab.panel.get_by_role("searchbox").fill("")
    used_region(lab).get_by_role("button", name=lab.word("freeze")).click()
    expect(lab.cells().first).to_contain_text(f"{DATASET}@{VERSION}")


@pytest.mark.parametrize("language", ["en"], scope="module")
def test_two_tabs_with_one_notebook_and_one_kernel_both_work(
    hall: RunningHall, name: str, visit: Visit, language: str
) -> None:
    notebook = write_notebook(hall, name, "twice.ipynb", "1 + 1", metadata=USED)
    place = "lab/tree/twice.ipynb?reset"
    one = open_lab(hall, visit, name=name, language=language, path=place)
    other = open_tab(
        hall, visit.new_page(), name=name, language=language, path=place.replace("lab/", "lab/workspaces/b/")
    )
    for lab in (one, other):
        lab.open_panel()
        expect(used_region(lab)).to_contain_text(DATASET)
        lab.search("seattle")

    one.insert(DATASET)
    other.insert(DATASET)
    for lab in (one, other):
        expect(lab.cells()).to_have_count(2)
        expect(lab.cells().last).to_contain_text(LINE)
    for lab in (one, other):
        expect(lab.run_last()).to_contain_text("drizzle")
        lab.panel.get_by_role("searchbox").fill("")
        expect(used_region(lab)).to_contain_text(VERSION)

    save(one)
    assert LINE in read_sources(notebook)[1]
    expect(other.cells()).to_have_count(3)  # running the last one has put an empty one below
    other.search("sunspots")
    other.insert(UNREADABLE)
    expect(other.cells().filter(has_text=UNREADABLE)).to_have_count(1)
    expect(one.cells().filter(has_text=UNREADABLE)).to_have_count(0)


def test_who_is_no_longer_signed_in_is_led_to_the_form_and_goes_on_where_they_were(
    hall: RunningHall, name: str, visit: Visit, language: str
) -> None:
    notebook = write_notebook(hall, name, "signed-out.ipynb", "'first'")
    forget_logins_soon(hall, name)
    lab = open_lab(hall, visit, name=name, language=language, path="lab/tree/signed-out.ipynb?reset")
    lab.open_panel()
    with closing(visit.new_page()) as elsewhere:
        elsewhere.goto(f"{hall.url}/hub/logout")  # which ends what the Lab was given, too

    lab.panel.get_by_role("searchbox").fill("seattle")
    alert = lab.panel.get_by_role("alert")
    expect(alert).to_contain_text(lab.word("signed out"))
    with lab.page.expect_popup() as opened:
        alert.get_by_role("link", name=lab.word("sign in")).click()
    form = opened.value
    sign_in(form, name)
    form.wait_for_url(re.compile(rf"/user/{name}/"))
    form.close()

    lab.panel.get_by_role("searchbox").fill("")
    lab.search("seattle")
    expect(alert).to_have_count(0)
    lab.insert(DATASET)
    expect(lab.cells().last).to_contain_text(LINE)
    save(lab)
    assert LINE in read_sources(notebook)[1]


def forget_logins_soon(hall: RunningHall, name: str) -> None:
    """Start somebody's server anew with a memory for logins of a second instead of five minutes."""
    home = hall.home / "homes" / name
    give(home / ".jupyter/jupyter_server_config.py", "c.HubOAuth.cache_max_age = 1\n", owner=home)
    with closing(hall.login(name)) as client:
        hall.stop_server(client, name)
        hall.start_server(client, name)


def test_rows_that_cannot_be_had_say_so_and_the_rest_of_the_dataset_is_there(
    hall: RunningHall, name: str, visit: Visit, language: str
) -> None:
    write_notebook(hall, name, "rowless.ipynb", "'first'")
    lab = open_lab(hall, visit, name=name, language=language, path="lab/tree/rowless.ipynb?reset")
    lab.open_panel()
    for count, dataset in enumerate((UNREACHABLE, UNREADABLE), start=2):
        lab.search(dataset.partition("/")[2])
        panel = lab.describe(dataset)
        told = open_first_rows(lab).get_by_role("alert")
        expect(told).to_be_visible()
        expect(told).to_contain_text(dataset)
        expect(panel.locator(".jp-DatahallFields li").first).to_be_visible()
        panel.get_by_role("button", name=lab.word("insert"), exact=True).click()
        expect(lab.cells()).to_have_count(count)
        expect(lab.cells().last).to_contain_text(dataset)
        panel.get_by_role("button", name=lab.word("back")).click()
        expect(panel.get_by_text(lab.word("no hall"))).to_have_count(0)  # since it does answer


@pytest.mark.parametrize("language", ["en"], scope="module")
def test_a_dataset_whose_file_is_gone_keeps_nobody_from_the_others(
    hall: RunningHall, name: str, visit: Visit, language: str
) -> None:
    with lose_rows(hall.home / "store"):
        write_card(hall.home, "science/brand-new", rows="name,amount\na,1\n")  # for which the index is made anew
        lab = open_lab(hall, visit, name=name, language=language)
        lab.open_panel()
        lab.search("seattle")
        expect(lab.card(DATASET)).to_be_visible()
        lab.search("nile")
        expect(lab.card(REMOVED)).to_be_visible()
        lab.describe(REMOVED)
        expect(open_first_rows(lab).get_by_role("alert")).to_contain_text(REMOVED)


def test_hostile_names_are_text_wherever_they_are_shown(
    hall: RunningHall, name: str, visit: Visit, language: str
) -> None:
    file = HOSTILE.replace("&amp;", "") + ".ipynb"
    write_notebook(hall, name, file, "'first'", metadata=USED)
    lab = open_lab(hall, visit, name=name, language=language, path=f"lab/tree/{quote(file)}?reset")
    lab.open_panel()
    expect(used_region(lab)).to_contain_text(file)

    lab.search("trap")
    expect(lab.card(TRAP).locator(".jp-DatahallCard-title")).to_have_text(HOSTILE)
    drag(lab.page, lab.card(TRAP), lab.cells().first)
    expect(lab.cells()).to_have_count(2)

    panel = lab.describe(TRAP)
    expect(panel.get_by_role("heading", level=2)).to_have_text(HOSTILE)
    expect(panel.locator(".jp-DatahallFields li").first).to_contain_text(HOSTILE)
    open_first_rows(lab)
    expect(panel.locator(".jp-DatahallTable td").first).to_have_text("</td><b>")
    panel.get_by_role("button", name=lab.word("cite")).click()
    expect(lab.toast).to_contain_text(lab.word("cited"))
    assert lab.page.locator('img[src="x"]').count() == 0

    save(lab)
    lab.page.wait_for_timeout(SETTLES)  # until the Lab has noted what was seen
    open_tab(hall, lab.page, name=name, language=language, path="lab")
    lab.page.keyboard.press("Control+Shift+L")
    launcher = lab.page.locator(".jp-Launcher")
    expect(launcher).to_contain_text(lab.word("seen"))
    card = launcher.locator(".jp-LauncherCard", has_text=HOSTILE)
    expect(card).to_have_attribute("title", HOSTILE)
    card.click()
    expect(panel.get_by_role("heading", level=2)).to_have_text(HOSTILE)
    panel.get_by_role("button", name=lab.word("back")).click()
    panel.get_by_role("searchbox").fill("")
    expect(panel.locator(".jp-DatahallLinks").get_by_text(HOSTILE)).to_be_visible()
    assert lab.page.locator('img[src="x"]').count() == 0


def test_while_the_hall_is_silent_the_panel_says_so_and_works_from_the_cards_that_are_mounted(
    hall: RunningHall, people: dict[str, str], browser: Browser
) -> None:
    with watch(browser, "en") as english, watch(browser, "zh") as chinese:
        visits = {"en": english, "zh": chinese}
        labs = [open_beside(hall, visits[language], people[language], language) for language in visits]
        with silence(hall):
            for lab in labs:
                lab.panel.get_by_role("searchbox").fill("seattle")
            for lab in labs:
                expect(lab.card(DATASET)).to_be_visible(timeout=GIVES_UP)
                expect(lab.panel.get_by_text(lab.word("no hall"))).to_be_visible()
                lab.describe(DATASET)
            for lab in labs:
                expect(lab.panel.locator(".jp-DatahallFields li")).to_have_count(6, timeout=GIVES_UP)
                rows = open_first_rows(lab).locator("tbody tr")
                expect(rows).to_have_count(10, timeout=GIVES_UP)
                lab.panel.get_by_role("button", name=lab.word("insert"), exact=True).click(timeout=GIVES_UP)
                expect(lab.cells().last).to_contain_text(LINE)
                expect(lab.run_last()).to_contain_text("drizzle")
        for lab in labs:
            lab.panel.get_by_role("button", name=lab.word("back")).click()
            lab.page.wait_for_timeout(IS_ASKED_AGAIN)
            lab.search("sunspots")
            expect(lab.card(UNREADABLE)).to_be_visible()
            expect(lab.panel.get_by_text(lab.word("no hall"))).to_have_count(0)


def open_beside(hall: RunningHall, visit: Visit, name: str, language: str) -> LabVisit:
    """Open a notebook and the panel."""
    write_notebook(hall, name, "silent.ipynb", "'first'")
    lab = open_lab(hall, visit, name=name, language=language, path="lab/tree/silent.ipynb?reset")
    lab.open_panel()
    return lab
