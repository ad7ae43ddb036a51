"""The pages on which authors follow their apps and reviewers decide, tried over HTTP as people of each role."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest
import yaml
from datahall_hub.app_life.states import Action, State

from tests.hub.app_desk.seeded_versions import FINDING, REMARK, SeededVersions, seed_versions
from tests.hub.app_desk.test_drafts import MANIFEST, NOTEBOOK
from tests.hub.hall.test_hall_people import csrf_of, enter
from tests.running_hall import RunningHall

PAGES = "/services/hall"
MINE, QUEUE = f"{PAGES}/en/apps/mine", f"{PAGES}/en/apps/review"
AUTHOR, REVIEWER = "pages-author", "pages-reviewer"


def sign_in(hall: RunningHall, name: str, role: str) -> Iterator[httpx.Client]:
    with closing(hall.person(name, [role])) as client:
        page = enter(client)
        assert f">{name}" in page.text, page.text
        yield client


@pytest.fixture(scope="module")
def author(hall: RunningHall) -> Iterator[httpx.Client]:
    yield from sign_in(hall, AUTHOR, "researcher")


@pytest.fixture(scope="module")
def reviewer(hall: RunningHall) -> Iterator[httpx.Client]:
    yield from sign_in(hall, REVIEWER, "steward")


@pytest.fixture(scope="module")
def student(hall: RunningHall) -> Iterator[httpx.Client]:
    yield from sign_in(hall, "pages-student", "student")


@pytest.fixture(scope="module")
def seeded(hall: RunningHall) -> Iterator[SeededVersions]:
    with seed_versions(hall.home) as versions:
        yield versions


def page_of(slug: str, number: int = 1, *, language: str = "en") -> str:
    return f"{PAGES}/{language}/apps/{slug}/versions/{number}"


def revision_of(page: str) -> str:
    found = re.search(r'name="revision" value="(\d+)"', page)
    assert found, page
    return found[1]


def move(client: httpx.Client, slug: str, action: str, number: int = 1, **fields: Any) -> httpx.Response:
    """Send a form of a version's page, as it stands now unless `revision` is given."""
    form = {"csrf": csrf_of(client), "action": action, **fields}
    return client.post(page_of(slug, number), data=form)


def submit(
    client: httpx.Client, slug: str, files: dict[str, bytes] | None = None, *, language: str = "en"
) -> httpx.Response:
    sent = {
        "notebook": json.dumps(NOTEBOOK).encode(),
        "manifest": yaml.safe_dump(MANIFEST, allow_unicode=True).encode(),
        **(files or {}),
    }
    form = {"csrf": csrf_of(client), "slug": slug}
    named = {name: (f"app.{name}", content) for name, content in sent.items()}
    return client.post(f"{PAGES}/{language}/apps/mine", data=form, files=named)


# Who sees what.


@pytest.mark.parametrize("path", ["mine", "review", "pages-hidden/versions/1"])
def test_visitors_are_asked_to_sign_in(hall: RunningHall, path: str) -> None:
    with hall.client(headers={"accept": "text/html"}) as visitor:
        answer = visitor.get(f"{PAGES}/en/apps/{path}")
    assert answer.status_code == 401
    assert "sign-in?next=/services/hall/en/apps/" in answer.text


def test_a_version_does_not_exist_for_others(
    seeded: SeededVersions, author: httpx.Client, reviewer: httpx.Client, student: httpx.Client
) -> None:
    seeded.add("pages-hidden", "pages-somebody", Action.PASS)
    notebook = f"{PAGES}/apps/pages-hidden/versions/1/notebook.ipynb"
    for client in (author, student):
        assert client.get(page_of("pages-hidden")).status_code == 404
        assert client.get(notebook).status_code == 404
        assert move(client, "pages-hidden", "withdraw").status_code == 404
    assert reviewer.get(page_of("pages-hidden")).status_code == 200
    assert reviewer.get(notebook).json()["cells"][0]["source"]


def test_only_reviewers_see_the_queue_and_only_authors_submit(author: httpx.Client, student: httpx.Client) -> None:
    assert author.get(QUEUE).status_code == 403
    assert student.get(MINE).status_code == 403
    assert submit(student, "pages-by-a-student").status_code == 403
    assert "My apps" in author.get(f"{PAGES}/en/").text
    assert "My apps" not in student.get(f"{PAGES}/en/").text


def test_the_queue_tells_what_waits_longest_first_and_not_ones_own(
    seeded: SeededVersions, reviewer: httpx.Client
) -> None:
    for slug, owner in (("pages-first", AUTHOR), ("pages-second", AUTHOR), ("pages-of-mine", REVIEWER)):
        seeded.add(slug, owner, Action.PASS)
    page = reviewer.get(QUEUE).text
    assert page.index("pages-first/versions/1") < page.index("pages-second/versions/1")
    assert "pages-of-mine/versions" not in page
    assert "nobody reviews their own" in page
    waiting = re.search(r"Apps to review \(<span[^>]*>(\d+)</span>\)", page)
    assert waiting
    assert int(waiting[1]) == page.partition('id="decided"')[0].count("<li>\n    <h3>")


# The author.


def test_a_notebook_is_submitted_with_a_form(hall: RunningHall, author: httpx.Client) -> None:
    answer = submit(author, "pages-submitted")
    assert answer.history[0].status_code == 303
    assert "It is submitted." in answer.text
    assert 'id="pages-submitted"' in answer.text


@pytest.mark.parametrize(
    ("slug", "files", "words"),
    [
        ("Not A Name", {}, "cannot be named"),
        ("mine", {}, "mine, review, static and voila are taken"),
        ("pages-bad", {"notebook": b""}, "Two files are needed"),
        ("pages-bad", {"notebook": b"no JSON"}, "is no notebook"),
        ("pages-bad", {"notebook": b"[" * 100_000}, "is no notebook"),
        ("pages-bad", {"notebook": b'{"cells": ["\\ud800"]}'}, "is no notebook"),
        ("pages-bad", {"manifest": b"title: ["}, "app.yaml cannot be read"),
        ("pages-bad", {"manifest": b"\xff\xfe"}, "app.yaml cannot be read"),
        ("pages-bad", {"manifest": b"a: &a [x]\nb: *a\n"}, "uses aliases"),
        ("pages-bad", {"manifest": b"x" * 200_000}, "larger than 100 kB"),
        ("pages-bad", {"manifest": b"- a"}, "not a list of fields"),
        ("pages-bad", {"manifest": b"!!python/object/apply:os.system [id]"}, "app.yaml cannot be read"),
        ("pages-bad", {"manifest": b"title: {en: <script>}"}, "The manifest has mistakes"),
        ("pages-bad", {"thumbnail": b"GIF89a"}, "no PNG"),
    ],
    ids=[
        "name", "reserved name", "no notebook", "no JSON", "deep", "half a character", "YAML", "no UTF-8", "aliases",
        "large", "a list", "a program", "fields", "no PNG",
    ],
)  # fmt: skip
def test_a_mistake_is_told_and_what_was_typed_is_kept(
    author: httpx.Client, slug: str, files: dict[str, bytes], words: str
) -> None:
    answer = submit(author, slug, files)
    assert answer.status_code == 422
    assert words in html.unescape(answer.text)
    assert f'name="slug" value="{slug}"' in answer.text
    assert "<script>}" not in answer.text
    told = submit(author, slug, files, language="zh").text.partition('role="alert"')[2].partition("</div>")[0]
    assert re.search("[一-鿿]", told)


def test_what_is_too_large_is_refused(author: httpx.Client) -> None:
    assert submit(author, "pages-large", {"notebook": b" " * 11_000_000}).status_code == 413


def test_the_name_of_somebody_elses_app_is_refused(seeded: SeededVersions, author: httpx.Client) -> None:
    seeded.add("pages-taken", "pages-somebody", Action.PASS)
    assert submit(author, "pages-taken").status_code == 403


def test_an_author_reads_what_was_found_and_where(seeded: SeededVersions, author: httpx.Client) -> None:
    seeded.add("pages-found", AUTHOR, Action.FAIL, findings=[FINDING, REMARK])
    page = html.unescape(author.get(MINE).text.partition('id="pages-found"')[2].partition("</section>")[0])
    assert "Did not pass the checks" in page
    assert "cell 2, line 3; in the Chinese run" in page
    assert "app.yaml, field datasets" in page
    chinese = author.get(f"{PAGES}/zh/apps/mine").text.partition('id="pages-found"')[2]
    assert "第 2 个单元格第 3 行" in chinese


def test_an_author_reads_what_a_reviewer_wrote(seeded: SeededVersions, author: httpx.Client) -> None:
    seeded.add("pages-returned", AUTHOR, Action.PASS, Action.SEND_BACK, reason="The axis has <no> unit.")
    page = author.get(MINE).text.partition('id="pages-returned"')[2].partition("</section>")[0]
    assert "Sent back" in page
    assert "The axis has &lt;no&gt; unit." in page


def test_an_author_withdraws_and_comes_back_to_their_apps(seeded: SeededVersions, author: httpx.Client) -> None:
    seeded.add("pages-withdrawn", AUTHOR, Action.PASS)
    answer = move(author, "pages-withdrawn", "withdraw", back="mine")
    assert answer.url.path == MINE
    assert "The version is withdrawn." in answer.text
    assert seeded.book.get("pages-withdrawn", 1).state is State.DRAFT


def test_an_author_rolls_back_and_retires(seeded: SeededVersions, author: httpx.Client) -> None:
    for source in ("1", "2"):
        seeded.add("pages-rolled", AUTHOR, Action.PASS, Action.APPROVE, Action.PUBLISH, sources=[source])
    assert "Publish version 1 again" in author.get(MINE).text
    assert "published again" in move(author, "pages-rolled", "roll-back", back="mine").text
    assert seeded.book.find_published("pages-rolled") == seeded.book.get("pages-rolled", 1)
    assert "The app is retired" in move(author, "pages-rolled", "retire", reason="Too old.").text
    assert seeded.book.find_published("pages-rolled") is None


# The reviewer.


def test_a_reviewer_approves(seeded: SeededVersions, reviewer: httpx.Client) -> None:
    seeded.add("pages-approved", AUTHOR, Action.PASS)
    revision = revision_of(reviewer.get(page_of("pages-approved")).text)
    answer = move(reviewer, "pages-approved", "approve", revision=revision)
    assert "It is approved." in answer.text
    assert seeded.book.list_events("pages-approved")[2].by == REVIEWER
    assert "Approved" in reviewer.get(QUEUE).text.partition('id="decided"')[2]


def test_sending_back_needs_a_reason(seeded: SeededVersions, reviewer: httpx.Client) -> None:
    seeded.add("pages-unreasoned", AUTHOR, Action.PASS)
    answer = move(reviewer, "pages-unreasoned", "send-back", reason="   ")
    assert answer.status_code == 422
    assert "The author has to be told why." in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert seeded.book.get("pages-unreasoned", 1).state is State.CHECKED
    assert "your reason" in move(reviewer, "pages-unreasoned", "send-back", reason="No unit.").text


def test_a_reason_that_is_too_long_comes_back_whole(seeded: SeededVersions, reviewer: httpx.Client) -> None:
    seeded.add("pages-long", AUTHOR, Action.PASS)
    answer = move(reviewer, "pages-long", "send-back", reason="y" * 4_500)
    assert answer.status_code == 422
    assert "y" * 4_500 in answer.text


def test_the_second_of_two_reviewers_is_told_and_sees_how_it_stands(
    hall: RunningHall, seeded: SeededVersions, reviewer: httpx.Client
) -> None:
    enter(hall.admin)
    seeded.add("pages-twice", AUTHOR, Action.PASS)
    revision = revision_of(hall.admin.get(page_of("pages-twice")).text)
    move(reviewer, "pages-twice", "send-back", reason="No unit.", revision=revision)
    answer = move(hall.admin, "pages-twice", "send-back", reason="My own words.", revision=revision)
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text
    assert "No unit." in answer.text
    assert "My own words." in answer.text
    assert "Sent back" in answer.text


def test_nobody_decides_about_an_app_of_their_own(seeded: SeededVersions, reviewer: httpx.Client) -> None:
    seeded.add("pages-own", REVIEWER, Action.PASS)
    page = reviewer.get(page_of("pages-own")).text
    assert 'value="approve"' not in page
    assert "not this one: it is yours" in page
    assert move(reviewer, "pages-own", "approve").status_code == 403
    assert seeded.book.get("pages-own", 1).state is State.CHECKED


@pytest.mark.parametrize("action", ["publish", "pass", "admit", "submit", "", "../approve"])
def test_only_what_is_offered_can_be_asked_for(seeded: SeededVersions, reviewer: httpx.Client, action: str) -> None:
    slug = f"pages-asked-{re.sub('[^a-z]', '', action) or 'nothing'}"
    seeded.add(slug, AUTHOR, Action.PASS)
    assert move(reviewer, slug, action).status_code == 404
    assert seeded.book.get(slug, 1).state is State.CHECKED


@pytest.mark.parametrize("form", [{}, {"csrf": "another"}], ids=["no word", "another session's word"])
def test_a_form_of_another_page_is_refused(
    seeded: SeededVersions, reviewer: httpx.Client, author: httpx.Client, form: dict[str, str]
) -> None:
    slug = f"pages-foreign-{len(form)}"
    seeded.add(slug, AUTHOR, Action.PASS)
    assert reviewer.post(page_of(slug), data={"action": "approve", **form}).status_code == 403
    assert author.post(MINE, data={"slug": slug, **form}, files={"notebook": b"{}"}).status_code == 403
    elsewhere = {"origin": "https://evil.example"}
    word = {"csrf": csrf_of(reviewer), "action": "approve"}
    assert reviewer.post(page_of(slug), data=word, headers=elsewhere).status_code == 403
    assert seeded.book.get(slug, 1).state is State.CHECKED


def test_what_changed_stands_side_by_side(seeded: SeededVersions, reviewer: httpx.Client) -> None:
    seeded.add(
        "pages-changed", AUTHOR, Action.PASS, Action.APPROVE, Action.PUBLISH, sources=["import polars", "show(1)"]
    )
    seeded.add("pages-changed", AUTHOR, Action.FAIL, sources=["import polars", "show(99)"])
    seeded.add("pages-changed", AUTHOR, Action.PASS, sources=["import polars", "show(2)", "<script>alert(1)</script>"])
    page = reviewer.get(page_of("pages-changed", 3)).text
    assert "Compared with version 1." in page
    assert "Cell 2, changed" in page
    assert "Cell 3, added" in page
    assert "show(<mark>1</mark>)" in page
    assert "show(<mark>2</mark>)" in page
    assert "<script>alert" not in page
    assert "show(99)" not in page


def test_what_would_hide_in_code_is_shown(seeded: SeededVersions, reviewer: httpx.Client) -> None:
    title = {"title": {"en": "A \u202etrick", "zh": "试验"}}
    seeded.add("pages-hiding", AUTHOR, Action.PASS, sources=["ok = 1 # \u202e ;)"], manifest=title)
    page = reviewer.get(page_of("pages-hiding")).text
    assert "\u202e" not in page.partition("<main")[2]
    assert page.count('<span class="unseen">U+202E</span>') >= 2
    assert "One character in it shows nothing by itself" in page


def test_a_version_without_its_files_still_tells_what_happened(
    hall: RunningHall, seeded: SeededVersions, reviewer: httpx.Client
) -> None:
    version = seeded.add("pages-without-files", AUTHOR, Action.PASS)
    for file in seeded.desk.files.find_folder(version.slug, version.digest).iterdir():
        file.unlink()
    page = reviewer.get(page_of("pages-without-files"))
    assert page.status_code == 200
    assert "only its record is left" in page.text
    assert reviewer.get(QUEUE).status_code == 200
