"""The words around an app: header, footer with sources and licences, and what its page may have to say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from datahall_hub.app_life.manifest import DatasetUse, Manifest
from datahall_hub.translations import load_translations

HALL = "/services/hall"


def page_labels(manifest: Manifest, *, datasets: Sequence[DatasetUse], language: str, path: str) -> dict[str, Any]:
    """Return everything but the app itself that its page shows, in `language`; `datasets` are named as its sources."""
    say = load_translations("apps", language=language).gettext
    other = "en" if language == "zh" else "zh"
    return {
        "hall": {"href": f"{HALL}/{language}/", "label": say("Datahall")},
        "all_apps": {"href": f"{HALL}/{language}/apps/", "label": say("All apps")},
        "switch": {
            "href": f"{path}?language={other}",
            "language": "zh-Hans" if other == "zh" else "en",
            "label": "中文" if other == "zh" else "English",
        },
        "skip": say("Skip to the app"),
        "show_code": say("Show the code"),
        "sources_label": say("Data"),
        "sources": [describe_source(use, language=language) for use in datasets],
        "authors_label": say("Made by"),
        "authors": [author.model_dump() for author in manifest.authors],
        "license_label": say("App licence"),
        "license": manifest.license,
        "states": page_states(language=language),
        "noscript": say("This app needs JavaScript. Please allow it for this page."),
    }


def page_states(*, language: str) -> dict[str, str]:
    """Return what the page says while it loads, when it fails and when it has ended."""
    say = load_translations("apps", language=language).gettext
    return {
        "starting": say("Opening the app …"),
        "waiting": say("Many people are opening apps at the moment. Yours is in the queue …"),
        "running": say("Reading data and drawing …"),
        "joining": say("The controls work in a moment …"),
        "connecting": say("Almost there …"),
        "slow": say("The app took too long to start. Please try again in a moment."),
        "failed": say(
            "The app could not be started. Please try again; if it stays like this, tell the hall's operator."
        ),
        "unconnected": say("The app is here, but the connection to it did not come about. Please reload the page."),
        "lost": say("The connection is interrupted. Trying again …"),
        "ended": say("This visit has ended because the app was not used for a while, or the hall was restarted."),
        "rest": say("All places are taken, and many people wait. This is the app as it was published."),
        "queued": say(
            "All places are taken. You are number {place} in the line; the controls work when it is your turn."
        ),
        "toolarge": say("That is more than an app can be sent at once: a megabyte. Please choose a smaller file."),
        "again": say("Open again"),
        "browse": say("Look at other apps"),
    }


def describe_source(use: DatasetUse, *, language: str) -> dict[str, str]:
    """Return title, licence, publisher and address of a dataset; its id alone where no card is found."""
    source = {"title": use.id, "href": f"{HALL}/{language}/datasets/{use.id}", "license": "", "publisher": ""}
    if use.version:
        source["version"] = use.version
    # Imported when first needed: the service is to answer before the library has read its cards.
    import datahall

    try:
        dataset = datahall.dataset(use.id)
    except datahall.DatahallError:
        return source
    source["title"] = dataset.title(language)
    known_license = datahall.licenses().get(dataset.card.license)
    source["license"] = known_license.title[language] if known_license else dataset.card.license
    publisher = datahall.publishers().get(dataset.card.publisher)
    source["publisher"] = publisher.title[language] if publisher else dataset.card.publisher
    return source
