"""Claims about a script of somebody else's that runs in an admin's browser: it acts with the admin's login.

The proxy's door keeps pages of others' servers from an admin's browser, but who may access such a server is let
through, and all share the hall's origin: such a script can read and send the hall's forms. The attack is replayed as
it was found: read the word of the people page's form, then give the attacker the role admin.
"""

from __future__ import annotations

from contextlib import closing

import pytest
from playwright.sync_api import Browser, expect

from tests.running_hall import PASSWORD, RunningHall

pytestmark = pytest.mark.browser

ATTACKER = "hostile-alice"
PEOPLE = "/services/hall/en/people/"
ATTACK = """async ([people, name]) => {
    const page = await (await fetch(people)).text();
    const csrf = new DOMParser().parseFromString(page, "text/html").querySelector("[name=csrf]").value;
    const form = { csrf, action: "change", name, roles: "admin" };
    const guesses = ["", name, "password123"];
    const statuses = [];
    for (const password of guesses) {
        const answer = await fetch(people, { method: "POST", body: new URLSearchParams({ ...form, password }) });
        statuses.push(answer.status);
    }
    return statuses;
}"""


def test_a_page_of_a_persons_server_gives_nobody_power_over_a_visiting_admin(
    hall: RunningHall, browser: Browser
) -> None:
    admin = "hostile-visited"
    hall.create_person(admin, ("admin",))
    # A hostile page sends no policy of its own; here it is the hall's answer, whose policy is not heeded.
    with (
        closing(hall.person(ATTACKER)) as attacker,
        closing(browser.new_context(bypass_csp=True, locale="en-GB")) as context,
    ):
        hall.start_server(attacker, ATTACKER)
        page = context.new_page()
        page.goto(f"{hall.url}/services/hall/sign-in?next={PEOPLE}")
        page.fill("#username", admin)
        page.fill("#password", PASSWORD)
        page.click("form button[type=submit]")
        page.wait_for_url(f"**{PEOPLE}")

        answer = page.goto(f"{hall.url}/user/{ATTACKER}/api")
        assert answer is not None
        assert answer.status == 403
        assert page.evaluate(ATTACK, [PEOPLE, ATTACKER]) == [403, 403, 403]
        assert roles_of(hall, ATTACKER) == ["researcher"]

        # The admin can do the same with their own password, without scripts of the page.
        page.goto(f"{hall.url}{PEOPLE}?q={ATTACKER}")
        page.check(f"form[aria-label='{ATTACKER}'] input[value=teacher]")
        page.click(f"form[aria-label='{ATTACKER}'] button[value=change]")
        expect(page.locator("#wish")).to_have_text(f"Change the roles of {ATTACKER} to: Teacher, Researcher")
        page.fill("#own-password", PASSWORD)
        page.press("#own-password", "Enter")
        page.wait_for_url("**/people/?done=change**")
        assert roles_of(hall, ATTACKER) == ["teacher", "researcher"]
        hall.stop_server(attacker, ATTACKER)


def roles_of(hall: RunningHall, name: str) -> list[str]:
    """Return what the hub knows."""
    roles: list[str] = hall.api(hall.admin, "GET", f"/hub/api/datahall/accounts/{name}").json()["roles"]
    return roles
