"""What a version holds, for its reviewer: manifest, data with their licences, changes, code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import datahall
from datahall import DatahallError

from datahall_hub.app_life.app_files import Submission
from datahall_hub.app_life.records import AppVersion
from datahall_hub.app_life.states import State
from datahall_hub.services.hall.app_desk.desk import AppDesk
from datahall_hub.services.hall.app_desk.notebook_cells import read_cells
from datahall_hub.services.hall.app_desk.shown_changes import ShownComparison, compare_submissions
from datahall_hub.services.hall.app_desk.shown_code import count_unseen, show_notebook
from datahall_hub.services.hall.app_desk.version_view import VersionView


@dataclass(frozen=True)
class UsedDataset:
    """A dataset that an app opens or names; `dataset` is None where the hall has none of this name."""

    id: str
    version: str
    dataset: datahall.Dataset | None
    is_opened: bool
    is_named: bool


def find_contents(
    desk: AppDesk, version: AppVersion, *, view: VersionView, others: Sequence[AppVersion]
) -> dict[str, Any]:
    """Return the contents of a version for its page; without its files what is known besides."""
    named = [(use.id, use.version or "") for use in view.manifest.datasets] if view.manifest else []
    opened = [(use["id"], use["version"]) for use in view.used]
    return {
        "datasets": list_used(opened=opened, named=named),
        "licenses": datahall.licenses(),
        "publishers": datahall.publishers(),
        "access_levels": datahall.access_levels(),
        "theme_titles": {theme.id: theme.title for theme in datahall.themes()},
        "goals": datahall.goals(),
        **_find_code(desk, version, others=others),
    }


def list_used(*, opened: Sequence[tuple[str, str]], named: Sequence[tuple[str, str]]) -> list[UsedDataset]:
    """Return what was opened, with its versions, and what the manifest names besides."""
    names, ids = {each for each, _ in named}, {each for each, _ in opened}
    rest = [(each, version) for each, version in named if each not in ids]
    return [
        UsedDataset(each, version, _find_dataset(each), is_opened=each in ids, is_named=each in names)
        for each, version in [*opened, *rest]
    ]


def find_base(version: AppVersion, others: Sequence[AppVersion]) -> AppVersion | None:
    """Return the version to compare with: the published one, else the one before."""
    published = next((each for each in others if each.state is State.PUBLISHED), None)
    earlier = [each for each in others if each.number < version.number]
    return published or (max(earlier, key=lambda each: each.number) if earlier else None)


def _find_code(desk: AppDesk, version: AppVersion, *, others: Sequence[AppVersion]) -> dict[str, Any]:
    try:
        submission = desk.files.load_submission(version.slug, version.digest)
        cells = read_cells(submission.notebook)
    except (OSError, ValueError):
        return {"notebook": None, "comparison": None, "has_base": False, "unseen": 0, "environment": {}}
    base = find_base(version, others)
    return {
        "notebook": show_notebook(cells),
        "unseen": count_unseen(cell.source for cell in cells),
        "environment": dict(submission.environment),
        "has_base": base is not None,
        "comparison": _compare(desk, base, submission) if base else None,
    }


def _compare(desk: AppDesk, base: AppVersion, submission: Submission) -> ShownComparison | None:
    try:
        before = desk.files.load_submission(base.slug, base.digest)
        return compare_submissions(base.number, before, submission)
    except (OSError, ValueError):
        return None


def _find_dataset(dataset_id: str) -> datahall.Dataset | None:
    try:
        return datahall.dataset(dataset_id)
    except DatahallError:
        return None
