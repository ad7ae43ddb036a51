"""What an app says about itself is checked, and a mistake is told by file and field."""

from __future__ import annotations

from pathlib import Path

import pytest
from datahall_hub.app_life.manifest import ManifestError, find_problems, load_manifest, load_manifests

from .running_apps import CHECKOUT, write_app

CURATED = CHECKOUT / "notebooks/apps"


def test_every_curated_app_is_valid() -> None:
    assert find_problems(CURATED) == []
    assert [manifest.slug for manifest in load_manifests(CURATED)] == [
        "air-weather-health", "budget-explorer", "company-risk-radar", "crops-and-climate", "indicator-monitor",
        "jobs-and-wages", "joinable-data", "nations-compared", "near-me", "openness-monitor", "price-monitor",
        "transport-flows", "village-and-county", "water-and-ocean", "weather-explorer", "where-to-inspect-next",
    ]  # fmt: skip


def test_texts_are_there_in_both_languages() -> None:
    for manifest in load_manifests(CURATED):
        for text in (manifest.title, manifest.summary):
            assert text["en"] != text["zh"]
            assert any("\u4e00" <= character <= "\u9fff" for character in text["zh"])


def test_a_valid_app_is_read(tmp_path: Path) -> None:
    manifest = load_manifest(write_app(tmp_path, "trial", cells=["1"]))

    assert manifest.slug == "trial"
    assert manifest.title["zh"] == "试验"
    assert manifest.show_source is False


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        pytest.param({"title": {"en": "Only English"}}, "title.zh", id="a title in one language"),
        pytest.param({"licence": "MIT"}, "licence", id="a field that does not exist"),
        pytest.param({"datasets": []}, "datasets", id="no dataset"),
        pytest.param({"datasets": [{"id": "../secrets"}]}, "datasets.0.id", id="an id that is a path"),
        pytest.param(
            {"authors": [{"name": "A", "url": "javascript:alert(1)"}]}, "authors.0.url", id="a script as link"
        ),
        pytest.param({"thumbnail": "gone.png"}, "gone.png", id="a picture that is not there"),
    ],
)
def test_a_mistake_is_named_with_its_file(tmp_path: Path, fields: dict[str, object], named: str) -> None:
    folder = write_app(tmp_path, "trial", cells=["1"], **fields)

    with pytest.raises(ManifestError, match="trial") as caught:
        load_manifest(folder)

    assert named in str(caught.value)


@pytest.mark.parametrize("slug", ["voila", "health", "Trial", "a--b", "a_b"])
def test_a_slug_that_cannot_be_an_address_is_refused(tmp_path: Path, slug: str) -> None:
    with pytest.raises(ManifestError, match="Rename the folder"):
        load_manifest(write_app(tmp_path, slug, cells=["1"]))


def test_one_broken_app_leaves_the_others(tmp_path: Path) -> None:
    write_app(tmp_path, "good", cells=["1"])
    (write_app(tmp_path, "bad", cells=["1"]) / "app.yaml").write_text("title: [", encoding="utf-8")

    assert [manifest.slug for manifest in load_manifests(tmp_path)] == ["good"]
    assert [problem.partition("/")[0] for problem in find_problems(tmp_path)] == ["bad"]
