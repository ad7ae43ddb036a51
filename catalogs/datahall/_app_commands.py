"""What a terminal says about apps: ``datahall app submit | status | comment | approve | send-back | …``, over HTTP.

A hall does everything; what is here sends, waits and tells. What is not known before the hall answers is not guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ._cli_help import Misuse, SpokenCommand, SpokenGroup
from ._cli_output import print_json, say
from ._messages import N_, speak

if TYPE_CHECKING:
    from ._apps.desk import Desk

PROBLEMS = 1
WAIT, LONGEST_WAIT = 300, 86_400  # seconds

Slug = Annotated[str, typer.Argument(metavar="SLUG", help=speak(N_("What the app is called in its address")))]
Number = Annotated[int | None, typer.Argument(metavar="VERSION", min=1, help=speak(N_("The number of the version")))]
Reason = Annotated[str, typer.Option(metavar="TEXT", help=speak(N_("Why; its author reads it")))]
Ticks = Annotated[
    list[str] | None,
    typer.Option(
        "--tick", metavar="CODE", help=speak(N_("What the checks could not try, and you have looked at; once for each"))
    ),
]
Hall = Annotated[
    str | None, typer.Option("--hall", metavar="URL", help=speak(N_("Which hall; else DATAHALL_HALL, or the one here")))
]
Insecure = Annotated[
    bool, typer.Option("--insecure", help=speak(N_("Send the token though others on the way could read it.")))
]
Json = Annotated[bool, typer.Option("--json", help=speak(N_("Answer in JSON, for programs.")))]


def add_app_commands(app: typer.Typer) -> None:
    """Give `app` the commands of this module; called once, by the command line."""
    group = typer.Typer(cls=SpokenGroup, help=speak(N_("Bring notebooks to the public as apps of a hall.")))
    app.add_typer(group, name="app")
    for name, command, words in (
        ("submit", submit_app, N_("Submit an app, or its next version, and wait for the hall's checks.")),
        ("status", show_status, N_("Show how versions stand, what happened to them, and what you may do.")),
        ("approve", approve_version, N_("Approve a version; the hall publishes it. Nobody approves their own.")),
        ("send-back", send_back_version, N_("Send a version back to its author, with the reason.")),
        (
            "comment",
            comment_version,
            N_("Write about a version to its author and to reviewers; it stays as it stands."),
        ),
        ("withdraw", withdraw_version, N_("Take back a version of one's own that still waits.")),
        ("rollback", roll_back_app, N_("Publish again the version that visitors saw before the present one.")),
        ("retire", retire_app, N_("Show an app no longer.")),
        ("restore", restore_app, N_("Show a retired app again.")),
        ("list", list_apps, N_("List the published apps; needs no token.")),
    ):
        group.command(name, cls=SpokenCommand, help=speak(words))(command)


def submit_app(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help=speak(N_("A folder with app.ipynb and app.yaml, or the notebook")))
    ],
    slug: Annotated[
        str | None,
        typer.Option(metavar="NAME", help=speak(N_("What it is called in its address; else as its folder"))),
    ] = None,
    wait: Annotated[
        int,
        typer.Option(
            min=1, max=LONGEST_WAIT, metavar="SECONDS", help=speak(N_("How long to wait for the checks at most"))
        ),
    ] = WAIT,
    no_wait: Annotated[bool, typer.Option("--no-wait", help=speak(N_("Do not wait for the checks.")))] = False,
    hall: Hall = None,
    insecure: Insecure = False,
    as_json: Json = False,
) -> None:
    """Submit an app; exit 1 where it has to be mended, 0 where it waits for a reviewer or is further on."""
    from ._apps.faults import NotReady, Refused
    from ._apps.folder import choose_slug, find_notebook, pack_app
    from ._apps.telling import follow_checks, tell_problems, tell_version

    notebook = find_notebook(path)
    name = choose_slug(notebook, named=slug)
    try:
        body = pack_app(notebook)
        desk = _open_desk(hall, insecure=insecure)
        answer = desk.submit(name, body)
    except (NotReady, Refused) as error:
        if not error.problems or as_json:
            raise
        tell_problems(error)
        raise typer.Exit(PROBLEMS) from error
    if no_wait:
        tell_version(answer, as_json=as_json)
    elif not follow_checks(desk, name, answer, seconds=wait, as_json=as_json):
        raise typer.Exit(PROBLEMS)


def show_status(
    slug: Annotated[
        str | None,
        typer.Argument(metavar="SLUG", help=speak(N_("Which app; else one's own, and those that wait for a review"))),
    ] = None,
    hall: Hall = None,
    insecure: Insecure = False,
    as_json: Json = False,
) -> None:
    """Show the versions of one app, or one's own and those that wait for oneself as a reviewer."""
    from ._apps.folder import check_slug
    from ._apps.page import print_app

    desk = _open_desk(hall, insecure=insecure)
    if slug is None:
        _show_own_and_waiting(desk, as_json=as_json)
        return
    content, app = desk.list_versions(check_slug(slug))
    if as_json:
        print_json(content)
    else:
        print_app(app)


def _show_own_and_waiting(desk: Desk, *, as_json: bool) -> None:
    from ._apps.page import print_versions

    (own_content, own), (waiting_content, waiting) = desk.list_whose("own"), desk.list_whose("waiting")
    if as_json:
        print_json({"own": own_content, "waiting": waiting_content})
        return
    for words, versions in ((N_("Your own:"), own.results), (N_("Waiting for a reviewer:"), waiting.results)):
        if versions:
            print(speak(words))
            print_versions(versions)
    if not own.results and not waiting.results:
        say(speak(N_("There is nothing of yours, and nothing waits for you.")))


def approve_version(
    slug: Slug,
    version: Number = None,
    tick: Ticks = None,
    hall: Hall = None,
    insecure: Insecure = False,
    as_json: Json = False,
) -> None:
    """Approve a version, by default the one that waits for a reviewer."""
    desk = _open_desk(hall, insecure=insecure)
    _move(desk, slug, version, action="approve", as_json=as_json, ticks=tick or ())


def send_back_version(
    slug: Slug,
    version: Number = None,
    reason: Reason = "",
    hall: Hall = None,
    insecure: Insecure = False,
    as_json: Json = False,
) -> None:
    """Send a version back, by default the one that waits."""
    if not reason.strip():
        raise Misuse(N_("Say why with --reason: its author has to know what to mend."))
    _move(_open_desk(hall, insecure=insecure), slug, version, action="send-back", as_json=as_json, reason=reason)


def comment_version(
    slug: Slug,
    version: Number = None,
    text: Annotated[
        str, typer.Option(metavar="TEXT", help=speak(N_("What you want to say; its author and all reviewers read it")))
    ] = "",
    hall: Hall = None,
    insecure: Insecure = False,
    as_json: Json = False,
) -> None:
    """Write about a version, by default the newest."""
    from ._apps.folder import check_slug
    from ._apps.page import name_version, print_comments

    if not text.strip():
        raise Misuse(N_("Say it with --text: there is nothing in the comment."))
    name, desk = check_slug(slug), _open_desk(hall, insecure=insecure)
    number = version if version is not None else desk.list_versions(name)[1].versions[0].number
    answer = desk.comment(name, number, text)
    if as_json:
        print_json(answer.content)
        return
    print(name_version(name, number))
    print_comments(answer.version.comments)


def withdraw_version(
    slug: Slug, version: Number = None, hall: Hall = None, insecure: Insecure = False, as_json: Json = False
) -> None:
    """Withdraw a version, by default the one that waits."""
    _move(_open_desk(hall, insecure=insecure), slug, version, action="withdraw", as_json=as_json)


def roll_back_app(
    slug: Slug, version: Number = None, hall: Hall = None, insecure: Insecure = False, as_json: Json = False
) -> None:
    """Publish an earlier version again, by default the one before the present one."""
    _move(_open_desk(hall, insecure=insecure), slug, version, action="roll-back", as_json=as_json)


def retire_app(
    slug: Slug, reason: Reason = "", hall: Hall = None, insecure: Insecure = False, as_json: Json = False
) -> None:
    """Retire an app with all of its versions that are published or could be."""
    _move(_open_desk(hall, insecure=insecure), slug, None, action="retire", as_json=as_json, reason=reason)


def restore_app(
    slug: Slug, version: Number = None, hall: Hall = None, insecure: Insecure = False, as_json: Json = False
) -> None:
    """Publish a version of a retired app again, by default the one that visitors saw last."""
    _move(_open_desk(hall, insecure=insecure), slug, version, action="restore", as_json=as_json)


def list_apps(hall: Hall = None, as_json: Json = False) -> None:
    """List the published apps; no token is sent."""
    from ._apps.addresses import find_hall
    from ._apps.desk import Desk
    from ._apps.page import print_apps

    content, apps = Desk(find_hall(hall)).list_published()
    if as_json:
        print_json(content)
        return
    print_apps(apps.results)
    if not apps.results:
        say(speak(N_("No app is published in this hall.")))


def _open_desk(hall: str | None, *, insecure: bool) -> Desk:
    from ._apps.addresses import find_hall, find_token
    from ._apps.desk import Desk

    address = find_hall(hall)
    return Desk(address, find_token(address, may_be_read=insecure))


def _move(
    desk: Desk,
    slug: str,
    number: int | None,
    *,
    action: str,
    as_json: bool,
    reason: str = "",
    ticks: Sequence[str] = (),
) -> None:
    """Move a version on; one that was chosen here only if nobody has moved it on since."""
    from ._apps.choices import choose_version
    from ._apps.folder import check_slug
    from ._apps.telling import tell_version

    name, revision = check_slug(slug), None
    if number is None:
        chosen = choose_version(desk.list_versions(name)[1], action=action)
        number, revision = chosen.number, chosen.revision
    tell_version(desk.move(name, number, action, reason=reason, revision=revision, ticks=ticks), as_json=as_json)
