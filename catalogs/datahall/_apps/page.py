"""How apps and their versions are told to people at a terminal: what happened, what was found, who may do what next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._cli_output import print_rows
from .._messages import N_, chosen_language, join_sentences, speak
from .answers import App, AppVersions, Comment, Event, Finding, Place, Version, choose_title, in_one_line

_STATES = {
    "draft": N_("with its author"),
    "submitted": N_("is being checked"),
    "checked": N_("waits for a reviewer"),
    "approved": N_("approved"),
    "published": N_("published"),
    "retired": N_("retired"),
}
# Why one is with its author again, by what happened to it last; the hall's pages have the same words.
_RETURNED = {
    "withdraw": N_("withdrawn"),
    "send-back": N_("sent back"),
    "fail": N_("did not pass the checks"),
}
_NOT_SHOWN, _REPLACED = N_("did not render"), N_("replaced")
# How a version stands, as a sentence, and what comes next.
_STANDING = {
    "draft": N_("{app} is its author's again. Mend it and submit the next version."),
    "submitted": N_("{app} is being checked by the hall."),
    "checked": N_("{app} has passed its checks and waits for a reviewer."),
    "approved": N_("{app} is approved, and not what visitors see."),
    "published": N_("{app} is published: visitors see it."),
    "retired": N_("{app} is retired: visitors no longer see it."),
}
_PUBLISHING = N_("{app} is approved. The hall publishes it once it has seen it render.")
_EVENTS = {
    "submit": N_("submitted"),
    "withdraw": N_("withdrawn"),
    "pass": N_("passed the checks"),
    "fail": N_("did not pass the checks"),
    "send-back": N_("sent back"),
    "approve": N_("approved"),
    "admit": N_("approved, as it comes with the hall"),
    "publish": N_("published"),
    "replace": N_("replaced by another version"),
    "roll-back": N_("published again"),
    "retire": N_("retired"),
    "restore": N_("restored"),
}
_SEVERITIES = {
    "problem": N_("to be mended"),
    "remark": N_("remark"),
    "not-run": N_("not checked"),
}
# What each action is called here.
COMMANDS = {
    "approve": "approve",
    "send-back": "send-back",
    "withdraw": "withdraw",
    "roll-back": "rollback",
    "retire": "retire",
    "restore": "restore",
}
COUNTED = "and-more"  # says only that there is more of another code
_TRIALS = {"en": N_("when it runs in English"), "zh": N_("when it runs in Chinese")}


def print_apps(apps: Sequence[App]) -> None:
    """Print the published apps."""
    language = chosen_language()
    print_rows(
        [
            (
                in_one_line(app.slug),
                choose_title(app.title, language=language),
                speak(N_("version {number}"), number=app.version) if app.version else "–",
                in_one_line(app.published or "–")[:10],
                in_one_line(app.address),
            )
            for app in apps
        ]
    )


def print_versions(versions: Sequence[Version]) -> None:
    """Print versions of several apps, a line each."""
    language = chosen_language()
    print_rows(
        [
            (
                in_one_line(version.slug),
                str(version.number),
                _name_standing(version),
                in_one_line(version.created)[:10],
                _name(version.owner),
                choose_title(version.title, language=language),
            )
            for version in versions
        ]
    )


def print_app(app: AppVersions) -> None:
    """Print all versions of an app: how each stands, what happened, what was found, and what the reader may do."""
    print(join_sentences(in_one_line(app.slug), speak(N_("({owner})"), owner=_name(app.owner))))
    for version in app.versions:
        title = choose_title(version.title, language=chosen_language())
        heading = (speak(N_("version {number}"), number=version.number), _name_standing(version), title)
        print("\n" + "  ".join(filter(None, heading)))
        if note := in_one_line(version.note):
            print(f"  {note}")
        for event in version.events:
            print(f"  {_describe_event(event)}")
        print_findings(version.findings)
        print_comments(version.comments)
        for command in _list_commands(version):
            print(f"  → {command}")
    if app.versions and app.versions[0].may_comment:
        print(f'\n→ datahall app comment {in_one_line(app.slug)} --text "…"')


def print_findings(findings: Sequence[Finding]) -> None:
    """Print what was found, each with its place, what is wrong, and how to mend it."""
    for finding in findings:
        mark = _word(_SEVERITIES, finding.severity)
        place = describe_place(finding.place)
        where = speak(N_("{place}: {words}"), place=place, words=in_one_line(finding.message)) if place else ""
        print(f"  [{mark}] {where or in_one_line(finding.message)}")
        if mend := in_one_line(finding.mend):
            print(f"      {mend}")


def print_comments(comments: Sequence[Comment]) -> None:
    """Print what was written about a version, the first first."""
    for comment in comments:
        name, words = in_one_line(comment.by), in_one_line(comment.text)
        told = speak(N_("{name} writes: {words}"), name=name, words=words)
        print(f"  {_day_and_hour(comment.at)}  {told}")


def describe_place(place: Place) -> str:
    """Return where something was found: ``app.ipynb, cell 3, line 2``."""
    comma = "，" if chosen_language() == "zh" else ", "
    return comma.join(_list_steps(place))


def describe_standing(version: Version) -> str:
    """Return how a version stands, as a sentence."""
    app = name_version(version.slug, version.number)
    if version.state == "approved" and version.waits_for == "publishing":
        return speak(_PUBLISHING, app=app)
    if version.state in _STANDING:
        return speak(_STANDING[version.state], app=app)
    return f"{app}: {in_one_line(version.state)}"


def describe_last_reason(version: Version) -> str:
    """Return what was last written about a version: why it was sent back, say; may be empty."""
    return in_one_line(version.events[-1].reason) if version.events else ""


def name_version(slug: str, number: int) -> str:
    """Return what a version is called in a sentence."""
    return speak(N_("{slug}, version {number}"), slug=in_one_line(slug), number=number)


def _list_steps(place: Place) -> Iterator[str]:
    if place.file:
        yield in_one_line(place.file)
    if place.cell is not None:
        yield speak(N_("cell {cell}"), cell=place.cell)
    if place.line is not None:
        yield speak(N_("line {line}"), line=place.line)
    if place.field:
        yield in_one_line(place.field)
    if place.language in _TRIALS:
        yield speak(_TRIALS[place.language])


def _describe_event(event: Event) -> str:
    by = speak(N_("by {name}"), name=in_one_line(event.by)) if event.by else speak(N_("by the hall"))
    told = "  ".join((_day_and_hour(event.at), _word(_EVENTS, event.action), by))
    ticks = "".join(f"  ✓ {in_one_line(code)}" for code in event.ticks)
    return f"{told}{ticks}  {in_one_line(event.reason)}".rstrip()


def _day_and_hour(at: str) -> str:
    return in_one_line(at).replace("T", " ")[:20]


def _name_standing(version: Version) -> str:
    """Return how a version stands, in a few words."""
    last = version.events[-1] if version.events else None
    if version.state == "draft" and last is not None:
        if (last.action, last.origin) == ("fail", "approved"):
            return speak(_NOT_SHOWN)
        return speak(_RETURNED.get(last.action, _STATES["draft"]))
    if version.state == "approved" and version.waits_for is None and any(_was_shown(each) for each in version.events):
        return speak(_REPLACED)
    return _word(_STATES, version.state)


def _was_shown(event: Event) -> bool:
    return event.target == "published"


def _list_commands(version: Version) -> Iterator[str]:
    for action in version.actions:
        if action in COMMANDS:
            reason = ' --reason "…"' if action == "send-back" else ""
            ticks = _name_ticks(version) if action == "approve" else ""
            yield f"datahall app {COMMANDS[action]} {in_one_line(version.slug)} {version.number}{reason}{ticks}"


def _name_ticks(version: Version) -> str:
    """Return the options by which a reviewer says that they looked at what the checks could not try."""
    codes = dict.fromkeys(each.code for each in version.findings if each.severity == "not-run" and each.code != COUNTED)
    return "".join(f" --tick {in_one_line(code)}" for code in codes)


def _name(owner: str) -> str:
    return in_one_line(owner) if owner else speak(N_("comes with the hall"))


def _word(words: dict[str, str], word: str) -> str:
    return speak(words[word]) if word in words else in_one_line(word)
