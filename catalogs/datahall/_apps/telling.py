"""Tells what came of an app that was sent, followed or moved on: text for people, JSON for programs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .._cli_output import print_json, say
from .._messages import N_, join_sentences, speak
from .desk import Answer, Desk
from .faults import NotChecked, NotReady, Refused
from .page import describe_last_reason, describe_standing, name_version, print_findings


def follow_checks(desk: Desk, slug: str, answer: Answer, *, seconds: int, as_json: bool) -> bool:
    """Wait for the checks of a version, tell what they found, and return whether it has passed them."""
    if not as_json:
        say(describe_standing(answer.version))
    with _watching(name_version(slug, answer.version.number), quiet=as_json) as tell:
        answer = desk.follow(slug, answer, seconds=seconds, tell=tell)
    if answer.version.state == "submitted":
        _tell_unfinished(slug, answer, seconds=seconds, as_json=as_json)
        return False
    tell_version(answer, as_json=as_json)
    return answer.version.state != "draft"


def tell_version(answer: Answer, *, as_json: bool) -> None:
    """Tell how a version stands now, and what was found in it."""
    if as_json:
        print_json(answer.content)
        return
    version = answer.version
    print(describe_standing(version))
    if version.state == "draft" and (reason := describe_last_reason(version)):
        print(f"  {reason}")
    if version.state in ("draft", "checked"):  # later they have been weighed
        print_findings(version.findings)


def tell_problems(error: NotReady | Refused) -> None:
    """Tell a person all that is to be mended before an app can be sent."""
    print_findings(error.problems)
    say(f"datahall: {join_sentences(error.message(), error.hint)}")


def _tell_unfinished(slug: str, answer: Answer, *, seconds: int, as_json: bool) -> None:
    error = NotChecked(
        N_("{slug} is still being checked after {seconds} seconds."),
        slug=slug,
        seconds=seconds,
        hint=N_("datahall app status {slug} shows how its versions stand."),
    )
    if as_json:
        print_json(answer.content | error.as_json())
    else:
        say(f"datahall: {join_sentences(error.message(), error.hint)}")


@contextmanager
def _watching(name: str, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Give a callback that is told why it takes its time; each reason is said once, and to people only."""
    told = {""}

    def tell(note: str) -> None:
        line = " ".join(note.split())
        if line not in told and not quiet:
            told.add(line)
            say(line)

    with _spinning(name, quiet=quiet):
        yield tell


@contextmanager
def _spinning(name: str, *, quiet: bool) -> Iterator[None]:
    """Show that something is done, where a person is watching."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.text import Text

    text = Text(speak(N_("{name} is being checked"), name=name))
    with Console(stderr=True).status(text, spinner="dots"):
        yield
