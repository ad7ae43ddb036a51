"""How much apps are used, counted as the use of datasets is: by day and by nobody."""

from __future__ import annotations

from collections.abc import Iterable

from datahall.uses import Use, load_use

from datahall_hub.app_life.published_apps import PublishedApp, name_use


def load_app_uses(apps: Iterable[PublishedApp]) -> dict[str, Use]:
    """Return the use of apps by their slugs; each is looked up by its name, for there may be far more datasets."""
    return {app.slug: load_use(name_use(app.slug)) for app in apps}
