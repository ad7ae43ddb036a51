"""The pages on which reviewers decide about versions, tried over HTTP."""

from __future__ import annotations

import base64
import re

import httpx
import pytest
from datahall_hub.app_life.kept_looks import keep_look
from datahall_hub.app_life.look_report import LookReport
from datahall_hub.app_life.states import Action, Actor, State

from tests.hub.app_desk.desk_forms import AUTHOR, MINE, PAGES, QUEUE, REVIEWER, move, page_of, revision_of
from tests.hub.app_desk.seeded_versions import SeededVersions
from tests.hub.app_desk.test_drafts import PNG
from tests.hub.hall.test_hall_people import csrf_of, enter
from tests.running_hall import RunningHall


def test_a_reviewer_approves(seeded: SeededVersions, reviewer: httpx.Client) -> None:
    seeded.add("pages-approved", AUTHOR, Action.PASS)
    revision = revision_of(reviewer.get(page_of("pages-approved")).text)
    answer = move(reviewer, "pages-approved", "approve", revision=revision)
    assert "It is approved." in answer.text
    assert seeded.book.list_events("pages-approved")[2].by == REVIEWER
    assert "Approved" in reviewer.get(QUEUE).text.partition('id="decided"')[2]


def test_what_the_checks_could_not_try_is_ticked_or_not_approved(
    seeded: SeededVersions, reviewer: httpx.Client, author: httpx.Client
) -> None:
    slug, codes = "pages-ticked", ("accessibility-not-run", "thumbnail-not-run")
    findings = [
        {"code": code, "severity": "not-run", "place": {"file": "app.ipynb"}, "values": {"why": "no-chromium"}}
        for code in codes
    ]
    more = {"code": "and-more", "severity": "not-run", "place": {"file": "app.ipynb"}, "values": {"count": 2}}
    seeded.add(slug, AUTHOR, Action.PASS, findings=[*findings, findings[0], more], picture=None)
    page = reviewer.get(page_of(slug)).text
    assert [page.count(f'name="tick" value="{code}"') for code in (*codes, "and-more")] == [1, 1, 0]
    assert 'name="tick"' not in author.get(page_of(slug)).text

    refused = move(reviewer, slug, "approve", reason="Fine.", tick=codes[0])
    assert refused.status_code == 422
    assert f"{codes[1]}." in refused.text
    assert f'value="{codes[0]}" checked' in refused.text
    assert f'value="{codes[1]}" checked' not in refused.text
    assert ">Fine.</textarea>" in refused.text
    assert seeded.book.get(slug, 1).state is State.CHECKED
    told = reviewer.post(f"{PAGES}/api/v1/apps/{slug}/versions/1/approve", json={"ticks": [codes[1]]})
    assert (told.status_code, told.json()["error"]["code"]) == (422, "tick-missing")
    assert codes[0] in told.json()["error"]["message"]

    approved = move(reviewer, slug, "approve", tick=list(codes))
    assert "It is approved." in approved.text
    assert "It can do without a picture." in approved.text
    events = reviewer.get(f"{PAGES}/api/v1/apps/{slug}/versions/1").json()["events"]
    assert next(each for each in events if each["action"] == "approve")["ticks"] == list(codes)
    seeded.book.act(slug, 1, Action.SEND_BACK, actor=Actor(REVIEWER, frozenset({"review-apps"})), reason="Done.")


@pytest.mark.parametrize("is_own", [True, False], ids=["its author's", "one that was taken"])
def test_the_picture_of_a_version_is_for_its_author_and_reviewers(
    hall: RunningHall, seeded: SeededVersions, reviewer: httpx.Client, student: httpx.Client, is_own: bool
) -> None:
    slug = f"pages-pictured-{is_own}".lower()
    version = seeded.add(slug, AUTHOR, Action.PASS, picture=PNG if is_own else None)
    address = f"{PAGES}/apps/{slug}/versions/1/picture.png"
    if not is_own:
        assert reviewer.get(address).status_code == 404
        assert reviewer.get(f"{PAGES}/api/v1/apps/{slug}/versions/1").json()["thumbnail"] is None
        folder = seeded.desk.files.find_folder(slug, version.digest)
        keep_look(folder, LookReport(has_picture=True), picture=base64.b64decode(PNG))

    answer = reviewer.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.content == base64.b64decode(PNG)
    assert address in reviewer.get(page_of(slug)).text
    assert reviewer.get(f"{PAGES}/api/v1/apps/{slug}/versions/1").json()["thumbnail"].endswith(address)
    assert student.get(address).status_code == 404
    with hall.client() as visitor:
        assert visitor.get(address).status_code == 401
    move(reviewer, slug, "send-back", reason="Done.")


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


def test_whoever_may_finds_from_an_app_back_to_the_version_before(
    seeded: SeededVersions, author: httpx.Client, reviewer: httpx.Client, student: httpx.Client
) -> None:
    slug, way = "pages-back", (Action.PASS, Action.APPROVE, Action.PUBLISH)
    for source in ("1", "2", "3"):
        seeded.add(slug, AUTHOR, *way, sources=[source])
    public = f"{PAGES}/en/apps/{slug}"
    assert "Its checks and history" not in student.get(public).text
    for client in (author, reviewer):
        assert f'href="{page_of(slug, 3)}">Its checks and history' in client.get(public).text

    # Offered is what visitors saw last, also where it is the newer one.
    assert "Publish version 2 again" in reviewer.get(page_of(slug, 3)).text
    assert "Publish version 1 again" not in reviewer.get(page_of(slug, 3)).text
    answer = move(reviewer, slug, "roll-back", 1)
    assert "The version is published again." in answer.text
    assert "Publish version 3 again" in answer.text
    assert f'href="{page_of(slug, 1)}">Its checks and history' in reviewer.get(public).text
    own = author.get(MINE).text.partition(f'id="{slug}"')[2].partition("</section>")[0].partition("<details>")[0]
    assert "Publish version 3 again" in own
