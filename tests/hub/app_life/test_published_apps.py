"""What visitors see: what is published, else what comes with the hall, and nothing of what was retired."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from datahall_hub.app_life.app_files import AppFiles, Submission
from datahall_hub.app_life.manifest import ManifestError
from datahall_hub.app_life.published_apps import PublishedApps

from tests.hub.apps.running_apps import write_app

USED = [{"id": "weather/seattle-weather", "version": "2015-12-31.0a1b2c3d"}]


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    return write_app(tmp_path / "shipped", "a-trial", cells=["1"]).parent


@pytest.fixture
def apps(tmp_path: Path, shipped: Path) -> PublishedApps:
    return PublishedApps(tmp_path / "apps", shipped=shipped)


def publish(root: Path, slug: str, *, title: str, number: int, **fields: Any) -> None:
    files = AppFiles(root / "apps")
    made = write_app(root / f"made-{uuid4()}", slug, cells=["1"], title={"en": title, "zh": "试验"})
    submission = Submission(
        notebook=(made / "app.ipynb").read_bytes(), manifest=(made / "app.yaml").read_bytes(), picture=None,
        datasets={}, environment={},
    )  # fmt: skip
    digest = files.keep(slug, submission)
    pointer = {"number": number, "digest": digest, "published": "2026-01-02T03:04:05", "datasets": USED}
    files.point_to(slug, {**pointer, "live_only": False, **fields})


def test_what_comes_with_the_hall_is_seen_until_something_is_published(apps: PublishedApps, tmp_path: Path) -> None:
    found = apps.find("a-trial")
    assert found
    assert (found.number, found.manifest.title.en, found.published) == (0, "A trial", None)
    publish(tmp_path, "a-trial", title="Checked", number=1)
    found = apps.find("a-trial")
    assert found
    assert (found.number, found.manifest.title.en) == (1, "Checked")
    assert found.published == datetime(2026, 1, 2, 3, 4, 5)
    assert [use.model_dump() for use in found.list_datasets()] == USED


def test_another_version_is_seen_at_once_and_the_earlier_one_again(apps: PublishedApps, tmp_path: Path) -> None:
    for number, title in ((1, "First"), (2, "Second"), (1, "First")):
        publish(tmp_path, "new-app", title=title, number=number)
        found = apps.find("new-app")
        assert found
        assert (found.number, found.manifest.title.en) == (number, title)


def test_what_was_retired_is_seen_no_more_though_it_came_with_the_hall(apps: PublishedApps, tmp_path: Path) -> None:
    AppFiles(tmp_path / "apps").point_to("a-trial", None)
    assert apps.find("a-trial") is None
    assert apps.list_all() == []


@pytest.mark.parametrize("slug", ["", "..", "../shipped/a-trial", "A-Trial", "no-such-app", "a-trial\0"])
def test_no_other_name_finds_anything(apps: PublishedApps, slug: str) -> None:
    assert apps.find(slug) is None


def test_one_that_cannot_be_read_hides_itself_alone(apps: PublishedApps, shipped: Path, tmp_path: Path) -> None:
    publish(tmp_path, "broken", title="Broken", number=1, digest="../../shipped/a-trial")
    (shipped / "odd").mkdir()
    assert [app.slug for app in apps.list_all()] == ["a-trial"]
    with pytest.raises(ManifestError):
        apps.find("broken")


def test_an_unchanged_app_is_not_read_again(apps: PublishedApps) -> None:
    assert apps.find("a-trial") is apps.find("a-trial")
