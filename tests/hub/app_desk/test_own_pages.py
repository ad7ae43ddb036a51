"""Who sees the pages of authors and reviewers, and the one on which authors follow their apps."""

from __future__ import annotations

import html
import re

import httpx
import pytest
from datahall_hub.app_life.states import Action, State
from datahall_hub.services.hall.app_desk.own_apps_page import EXAMPLE

from tests.hub.app_desk.desk_forms import AUTHOR, MINE, PAGES, QUEUE, REVIEWER, move, page_of, submit
from tests.hub.app_desk.seeded_versions import FINDING, REMARK, SeededVersions
from tests.running_hall import RunningHall

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
        ("mine", {}, "preview, review, static and voila are taken"),
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
        ("pages-bad", {"manifest": b"title: {en: <script>}"}, "The manifest lacks “title.zh”"),
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


@pytest.mark.parametrize("name", ["app.ipynb", "app.yaml"])
def test_ones_own_page_offers_an_example(author: httpx.Client, name: str) -> None:
    address = f"{PAGES}/apps/mine/example/{name}"
    assert f'href="{address}"' in author.get(MINE).text
    answer = author.get(address)
    assert answer.content == (EXAMPLE / name).read_bytes()
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert author.get(f"{PAGES}/apps/mine/example/..%2fdrafts.py").status_code == 404
    assert author.get(f"{PAGES}/apps/mine/example/drafts.py").status_code in (404, 422)


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
    page = author.get(MINE).text
    assert page.count("Publish version 1 again") == 1  # beside what visitors see, not once more among older versions
    assert "published again" in move(author, "pages-rolled", "roll-back", back="mine").text
    assert seeded.book.find_published("pages-rolled") == seeded.book.get("pages-rolled", 1)
    assert "The app is retired" in move(author, "pages-rolled", "retire", reason="Too old.").text
    assert seeded.book.find_published("pages-rolled") is None
