"""The records of checks that apps ship with: ``notebooks/apps/<slug>/check.json``, for halls without Chromium.

A record says what a look at the app has seen, and of which notebook and description it was: an app that has been
changed since has none. ``python -m datahall_hub.app_life.check_records`` takes them from a hall that has looked.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from datahall_hub.app_life.app_files import AppFiles
from datahall_hub.app_life.kept_looks import find_look
from datahall_hub.app_life.look_report import LookReport
from datahall_hub.app_life.manifest import Manifest, ManifestError, load_manifest, load_manifests
from datahall_hub.home import Home, resolve_home
from datahall_hub.settings import Settings

RECORD = "check.json"


class CheckRecord(BaseModel):
    """What was seen of an app, and which app it was."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    digest: str
    look: LookReport


def find_record(folder: Path, *, version: Path) -> LookReport | None:
    """Return what the record in an app's folder says, where it is about the version in another; else None."""
    try:
        record = CheckRecord.model_validate_json((folder / RECORD).read_bytes())
        return record.look if record.digest == find_digest(load_manifest(version, slug=folder.name)) else None
    except (OSError, ValidationError, ManifestError, ValueError):
        return None


def find_digest(manifest: Manifest) -> str:
    """Return the sha256 of what makes a page: the cells, and what the manifest says; not how either is written."""
    notebook = json.loads(manifest.notebook.read_bytes())
    content = {
        "cells": [_describe(cell) for cell in notebook["cells"]],
        "manifest": manifest.model_dump(mode="json", exclude={"slug", "folder", "thumbnail"}),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def take_record(folder: Path, *, home: Home) -> CheckRecord | None:
    """Return the record of a shipped app as a hall has looked at it; None where it has not."""
    digest, files = find_digest(load_manifest(folder)), AppFiles(home.apps)
    for slug, name in files.list_digests():
        version = files.find_folder(slug, name)
        if slug == folder.name and find_digest(load_manifest(version, slug=slug)) == digest:
            look = find_look(version)
            return CheckRecord(digest=digest, look=look) if look is not None else None
    return None


def main(arguments: list[str] | None = None) -> int:
    """Write the records of all shipped apps; return the exit code."""
    parser = argparse.ArgumentParser(description="Take the check records of the shipped apps from a hall's looks.")
    parser.add_argument("--home", type=Path, help="the home of the hall that has looked; else DATAHALL_HOME")
    parser.add_argument("--apps", type=Path, default=Settings().apps_folder, help="the folder of the shipped apps")
    wish = parser.parse_args(arguments)
    home, missing = resolve_home(wish.home or Settings().home), 0
    for manifest in load_manifests(wish.apps):
        record = take_record(manifest.folder, home=home)
        if record is None:
            missing += 1
            print(f"{manifest.slug}: this hall has not looked at it as it lies here", file=sys.stderr)
            continue
        content = json.dumps(record.model_dump(mode="json"), indent=1, ensure_ascii=False)
        (manifest.folder / RECORD).write_text(content + "\n", encoding="utf-8")
        print(f"{manifest.slug}: {len(record.look.violations)} violations")
    return 1 if missing else 0


def _describe(cell: dict[str, Any]) -> dict[str, Any]:
    source = cell["source"]
    return {
        "kind": cell["cell_type"],
        "source": "".join(source) if isinstance(source, list) else source,
        "tags": cell.get("metadata", {}).get("tags", []),
    }


if __name__ == "__main__":
    sys.exit(main())
