"""What can be found in a version: each code once, with how much it weighs, what it says, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass

from .accessibility_advice import ADVICE
from .finding import Severity
from .marking import N_


@dataclass(frozen=True)
class Declaration:
    """What all findings of one code have in common."""

    severity: Severity
    message: str
    mend: str


def _problem(message: str, mend: str) -> Declaration:
    return Declaration("problem", message, mend)


def _remark(message: str, mend: str) -> Declaration:
    return Declaration("remark", message, mend)


def _not_run(message: str, mend: str) -> Declaration:
    return Declaration("not-run", message, mend)


TAKE_OUT = N_("Take it out. If it has been published anywhere, have it revoked: it is known by now.")
DECLARATIONS = {
    # It ran.
    "run-failed": _problem(
        N_("The app ended with an error: {name}: {text}"),
        N_("Run all cells in a fresh kernel, from the first to the last, and mend this line."),
    ),
    "module-missing": _problem(
        N_("The package {package} is not installed here."),
        N_("Do without {package}, or ask the operator of the hall to add it."),
    ),
    "run-too-slow": _problem(
        N_("The app took too long: it was ended after {seconds} seconds."),
        N_("Read fewer rows or columns, compute less at the start, and more when somebody asks for it."),
    ),
    "run-too-large": _problem(
        N_("The app put out more than a page can bear."),
        N_("Show a part or a summary of the data instead of all of it."),
    ),
    "run-died": _problem(
        N_("The app’s process was ended, probably because it needed too much memory."),
        N_("Read fewer rows and columns, and let polars filter before it collects."),
    ),
    "not-tried": _not_run(
        N_("The app was not tried in this language."),
        N_("Submit it again, or have a reviewer open it in this language."),
    ),
    # What it tried.
    "host-reached": _problem(
        N_("The app tried to reach {target}; apps have no network."),
        N_("Does it work without? Then take it out. Otherwise read the data from a dataset of this hall."),
    ),
    "file-read": _problem(
        N_("The app tried to read {target}, outside of its own folders."),
        N_("Take it out; read data with datahall.dataset(…)."),
    ),
    "program-started": _remark(
        N_("The app tried to start the program {target}."),
        N_("Take it out if the app works without; otherwise tell the reviewer what it is for."),
    ),
    # Its data.
    "dataset-unknown": _problem(
        N_("There is no dataset {dataset} in this hall."),
        N_("Correct its name in app.yaml and in the code, or have the dataset published first."),
    ),
    "dataset-not-open": _problem(
        N_("The dataset {dataset} is not open to everybody (access: {access})."),
        N_("Use open datasets alone: apps are for everybody."),
    ),
    "access-unknown": _remark(
        N_("Nobody has said whether the dataset {dataset} is open to everybody."),
        N_("A reviewer looks at its source before the app is approved."),
    ),
    "dataset-undeclared": _remark(
        N_("The app opens the dataset {dataset}, which app.yaml does not name; the page names it all the same."),
        N_("Add it to `datasets` in app.yaml."),
    ),
    "dataset-unopened": _remark(
        N_("The dataset {dataset} stands in app.yaml, and the app never opened it."),
        N_("Take it out of `datasets`, unless the app opens it later, when somebody moves a control."),
    ),
    # Licences.
    "app-license-unknown": _problem(
        N_("“{license}” is no licence that is known: neither an SPDX identifier nor LicenseRef-…"),
        N_("Write one identifier, such as CC-BY-4.0, MIT or BSD-3-Clause, into `license` of app.yaml."),
    ),
    "share-alike": _problem(
        N_("The licence of {dataset}, {license}, asks for the same licence for what is made of it, not {app_license}."),
        N_("Write {license} or a later version of it into `license` of app.yaml, or use other data."),
    ),
    "non-commercial": _problem(
        N_("The licence of {dataset}, {license}, forbids commercial use, and {app_license} allows it."),
        N_("Choose a non-commercial licence such as CC-BY-NC-4.0 in app.yaml, or use other data."),
    ),
    "no-derivatives": _remark(
        N_("The licence of {dataset}, {license}, forbids to pass on changed versions."),
        N_("A reviewer decides whether what the app shows is one; better use other data."),
    ),
    "terms-unknown": _remark(
        N_("Under which terms {dataset} may be used is not known ({license})."),
        N_("Ask who publishes the data; a reviewer decides whether the app may be published before that."),
    ),
    "publisher-missing": _remark(
        N_("The licence of {dataset} asks to name its source, and its card names no publisher."),
        N_("Have the dataset’s steward fill in the publisher, which the page then names; or name it in the app."),
    ),
    # What it shows, and what it loads.
    "personal-data": _problem(
        N_("What is shown holds what looks like {kind}; how many: {count}."),
        N_("Show no personal data: count, group or leave out. Write large numbers with separators: 13,815,234,567."),
    ),
    "secret": _problem(N_("This looks like a secret: {kind}."), TAKE_OUT),
    "secret-named": _problem(
        N_("A value stands here under a name like “password”, “secret” or “key”."),
        N_("If it is secret, take it out and have it revoked: it is known by now. If not, give it another name."),
    ),
    "outside-host": _problem(
        N_("The page would load something from {host}; visitors’ browsers load from this hall alone."),
        N_("Put it into the notebook itself, such as a picture as a data: address. Links that people click are fine."),
    ),
    "picture-without-text": _problem(
        N_("Pictures without an alternative text: {count}. Whoever does not see them learns nothing of them."),
        N_(
            "Draw with datahall_voila.draw_picture(…, alt=…), or show HTML with <img alt=…>. What matplotlib, SVG "
            "and the Image widget show by themselves bears no alternative text on an app’s page."
        ),
    ),
    "alternative-unread": _problem(
        N_("A picture has its alternative text in the output’s metadata, which an app’s page does not show."),
        N_("Draw with datahall_voila.draw_picture(…, alt=…), or show HTML with <img alt=…>."),
    ),
    "alternative-same": _remark(
        N_("This alternative text is the same in both languages: “{text}”"),
        N_("Give it in the visitor’s language, with datahall_voila.say(en=…, zh=…)."),
    ),
    # Who can use its page, and how it looks.
    "not-accessible": _problem(
        N_("This keeps people from using the page: {help} (axe-core: {rule}; places: {count}; the first: {example})"),
        N_("{advice}"),
    ),
    "hard-to-use": _remark(
        N_("This makes the page harder to use: {help} (axe-core: {rule}; places: {count}; the first: {example})"),
        N_("{advice}"),
    ),
    "accessibility-not-run": _not_run(
        N_("Whether everybody can use the page was not tried by axe-core: {why}."),
        N_("A reviewer tries it: with the keyboard alone, at a phone’s width, and whether all text can be read well."),
    ),
    "thumbnail-not-run": _not_run(
        N_("There is no picture of the app: none was submitted, and none could be taken: {why}."),
        N_("Submit a picture; or a reviewer decides that the app does without."),
    ),
    # Its texts.
    "text-not-chinese": _problem(
        N_("The Chinese text has no Chinese character."), N_("Write it in Chinese; half of the visitors read it.")
    ),
    "text-not-english": _problem(
        N_("The English text has no Latin letter."), N_("Write it in English; half of the visitors read it.")
    ),
    "text-same": _problem(N_("The text is the same in both languages."), N_("Write it in each of them.")),
    "title-same": _remark(
        N_("The title is the same in both languages."), N_("That is fine for a name; otherwise translate it.")
    ),
    # Its notebook.
    "format-old": _problem(
        N_("The notebook is not in the format nbformat 4."), N_("Open it in the Lab and save it again.")
    ),
    "no-code": _problem(N_("The notebook has no code to run."), N_("Submit the notebook that makes the app.")),
    "not-python": _problem(
        N_("The notebook is written in {language}; apps run in Python."), N_("Choose a Python kernel and rewrite it.")
    ),
    "too-many-cells": _problem(
        N_("The notebook has {count} cells; {most} are the most."), N_("Put what belongs together into one cell.")
    ),
    "outputs-stored": _remark(
        N_("The notebook was submitted with outputs, which are not used; cells with outputs: {count}."),
        N_("Clear all outputs before submitting: they may hold what nobody else should see."),
    ),
    # The look itself.
    "too-much-text": _not_run(
        N_("There was too much to look through all of it."), N_("Show less; or have a reviewer look at it by eye.")
    ),
    "and-more": _remark(
        N_("And {count} more of the same kind ({code})."), N_("Mend those above; the others may be alike.")
    ),
}

# Words that stand in values: they are found as ids, and told in the reader's language.
WORDS = {
    "kind": {
        "citizen-number": N_("citizen numbers"),
        "phone": N_("telephone numbers"),
        "e-mail": N_("e-mail addresses"),
        "bank-card": N_("numbers of bank cards"),
        "private-key": N_("a private key"),
        "web-token": N_("a web token"),
        "login-address": N_("an address with a password in it"),
        "access-key": N_("an access key of {service}"),
    },
    "advice": ADVICE,
    "why": {
        "no-chromium": N_("Chromium is not installed here"),
        "no-axe": N_("axe-core is not installed here"),
        "no-walls": N_("no sandbox can be made here for Chromium"),
        "not-rendered": N_("its page could not be made"),
        "failed": N_("Chromium could not show its page"),
        "too-large": N_("it would be too large"),
    },
    "access": {"conditional": N_("on request"), "restricted": N_("restricted")},
}
