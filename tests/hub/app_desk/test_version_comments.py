"""What author and reviewers write about a version: on its page, over the API, and who reads it."""

from __future__ import annotations

import httpx
import pytest
from datahall_hub.app_life.comments import LONGEST_COMMENT, MOST_COMMENTS
from datahall_hub.app_life.states import Action, Actor, State
from datahall_hub.services.hall.app_desk.models import COMMENTS_OF_SEVERAL

from tests.hub.app_desk.desk_forms import AUTHOR, MINE, PAGES, QUEUE, REVIEWER, page_of
from tests.hub.app_desk.seeded_versions import SeededVersions
from tests.hub.hall.test_hall_people import csrf_of

API = f"{PAGES}/api/v1/apps"


def write(client: httpx.Client, slug: str, text: str, *, language: str = "en") -> httpx.Response:
    """Send the form of a version's page."""
    return client.post(f"{page_of(slug, language=language)}/comments", data={"csrf": csrf_of(client), "text": text})


def section(page: str) -> str:
    return page.partition('id="comments"')[2].partition("</section>")[0]


def test_author_and_reviewer_write_to_each_other(
    seeded: SeededVersions, author: httpx.Client, reviewer: httpx.Client
) -> None:
    slug = "comments-both"
    seeded.add(slug, AUTHOR, Action.PASS)
    assert "Nobody has written anything yet." in reviewer.get(page_of(slug)).text

    asked = write(reviewer, slug, "Why is the map <b>so dark</b>?\n请说明。")
    assert asked.status_code == 200
    assert "Your comment stands below" in asked.text
    assert "Why is the map &lt;b&gt;so dark&lt;/b&gt;?\n请说明。" in section(asked.text)
    answered = write(author, slug, "It shows the night.", language="zh")
    assert "您的评论已显示在下方" in answered.text

    page = section(author.get(page_of(slug)).text)
    assert page.index(REVIEWER) < page.index("so dark") < page.index("It shows the night.")
    assert page.count(">author</span>") == 1
    assert f'href="{page_of(slug)}#comments">2 comments</a>' in author.get(MINE).text
    assert f'href="{page_of(slug)}#comments">2 comments</a>' in reviewer.get(QUEUE).text
    assert seeded.book.get(slug, 1).state is State.CHECKED
    told = author.get(f"{API}/{slug}/versions/1").json()
    assert [each["by"] for each in told["comments"]] == [REVIEWER, AUTHOR]
    assert told["may_comment"]


def test_what_is_refused_comes_back_to_be_mended(seeded: SeededVersions, reviewer: httpx.Client) -> None:
    slug = "comments-refused"
    seeded.add(slug, AUTHOR, Action.PASS)
    empty = write(reviewer, slug, "  ")
    assert (empty.status_code, 'id="comment-problem"' in empty.text) == (422, True)
    long = write(reviewer, slug, "字" * (LONGEST_COMMENT + 1))
    assert long.status_code == 422
    assert "longer than 2,000 characters" in long.text
    assert f">{'字' * (LONGEST_COMMENT + 1)}</textarea>" in long.text
    assert seeded.book.list_comments(slug) == []


def test_line_ends_of_browsers_and_signs_that_nobody_sees(seeded: SeededVersions, reviewer: httpx.Client) -> None:
    slug = "comments-signs"
    seeded.add(slug, AUTHOR, Action.PASS)
    page = write(reviewer, slug, "one\r\ntwo\rthree\x00 \u202efour")
    assert page.status_code == 200
    (comment,) = seeded.book.list_comments(slug)
    assert comment.text.startswith("one\ntwo\nthree")
    assert "\x00" not in comment.text
    assert "U+000D" not in section(page.text)
    assert write(reviewer, slug, "\u200b\u2060").status_code == 422
    assert write(reviewer, slug, "字\r\n" * (LONGEST_COMMENT // 2)).status_code == 200


def test_one_person_leaves_the_word_to_others(
    seeded: SeededVersions, author: httpx.Client, reviewer: httpx.Client
) -> None:
    slug = "comments-many"
    seeded.add(slug, AUTHOR, Action.PASS)
    wang = Actor(REVIEWER, frozenset({"review-apps"}))
    for number in range(MOST_COMMENTS):
        seeded.book.comment(slug, 1, f"remark {number}", actor=wang)

    refused = write(reviewer, slug, "one more")
    assert (refused.status_code, 'aria-invalid="true"' in refused.text) == (409, True)
    answer = reviewer.post(f"{API}/{slug}/versions/1/comments", json={"text": "one more"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "too-many-comments")
    assert write(author, slug, "Thank you for all of them.").status_code == 200
    whole = author.get(f"{API}/{slug}/versions/1").json()["comments"]
    (listed,) = [each for each in author.get(f"{PAGES}/api/v1/app-versions").json()["results"] if each["slug"] == slug]
    assert len(whole) == MOST_COMMENTS + 1
    assert listed["comments"] == whole[-COMMENTS_OF_SEVERAL:]


def test_nobody_else_reads_or_writes(
    seeded: SeededVersions, author: httpx.Client, reviewer: httpx.Client, student: httpx.Client
) -> None:
    slug = "comments-private"
    seeded.add(slug, AUTHOR, Action.PASS)
    write(reviewer, slug, "for the author alone")

    assert write(student, slug, "hello").status_code == 404
    assert student.get(page_of(slug)).status_code == 404
    answer = student.post(f"{API}/{slug}/versions/1/comments", json={"text": "hello"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "no-such-app-version")
    with httpx.Client(base_url=author.base_url, trust_env=False) as visitor:
        assert visitor.post(f"{API}/{slug}/versions/1/comments", json={"text": "hello"}).status_code == 401
    assert [each.text for each in seeded.book.list_comments(slug)] == ["for the author alone"]


def test_a_form_of_another_page_writes_nothing(seeded: SeededVersions, reviewer: httpx.Client) -> None:
    slug = "comments-forged"
    seeded.add(slug, AUTHOR, Action.PASS)
    forged = reviewer.post(f"{page_of(slug)}/comments", data={"text": "hello"})
    assert forged.status_code == 403
    away = {"origin": "https://elsewhere.example"}
    assert reviewer.post(f"{API}/{slug}/versions/1/comments", json={"text": "x"}, headers=away).status_code == 403
    assert seeded.book.list_comments(slug) == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"text": ""}, 422, "comment-missing"),
        ({"text": "x" * (LONGEST_COMMENT + 1)}, 422, None),
        ({"text": "x", "by": "somebody"}, 422, None),
        ({}, 422, None),
    ],
)
def test_programs_are_told_what_is_wrong(
    seeded: SeededVersions, reviewer: httpx.Client, body: dict[str, str], status: int, code: str | None
) -> None:
    slug = "comments-programs"
    if not seeded.book.list_versions(slug):
        seeded.add(slug, AUTHOR, Action.PASS)
    answer = reviewer.post(f"{API}/{slug}/versions/1/comments", json=body)
    assert answer.status_code == status
    assert code is None or answer.json()["error"]["code"] == code
    assert seeded.book.list_comments(slug) == []


def test_programs_write_and_read(seeded: SeededVersions, reviewer: httpx.Client) -> None:
    slug = "comments-written"
    seeded.add(slug, AUTHOR, Action.PASS)
    answer = reviewer.post(f"{API}/{slug}/versions/1/comments", json={"text": "写得很好"})
    assert answer.status_code == 201
    (comment,) = answer.json()["comments"]
    assert (comment["by"], comment["text"]) == (REVIEWER, "写得很好")
    assert comment["at"].endswith("Z")


def test_whoever_loads_the_address_of_the_form_comes_to_the_page(
    seeded: SeededVersions, reviewer: httpx.Client
) -> None:
    seeded.add("comments-loaded", AUTHOR, Action.PASS)
    answer = reviewer.get(f"{page_of('comments-loaded')}/comments")
    assert answer.url.path == page_of("comments-loaded")
