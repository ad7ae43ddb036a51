"""Judge a version in a process of its own: ``python -m datahall_hub.app_life.checks``.

Takes a `Case` as JSON on standard input and writes the findings as a JSON list to standard output. What strangers wrote
may take long to read; here that holds up nobody, and whoever waits may end it.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path

from pydantic import BaseModel

from datahall_hub.app_life.checks.data_terms import find_facts
from datahall_hub.app_life.checks.judging import judge_version
from datahall_hub.app_life.look_report import LookReport
from datahall_hub.app_life.manifest import load_manifest
from datahall_hub.app_life.trial_report import TrialReport
from datahall_hub.parent_death import end_with_parent

NICE = 10  # those who wait for a page come first
LARGEST = 2_000_000_000  # bytes of address space: many times what 20 MB of outputs take


class Case(BaseModel):
    """A version's folder, the name of its app, the reports of its trials, and that of a look at its page."""

    folder: Path
    slug: str
    trials: list[TrialReport]
    look: LookReport | None = None


def main() -> int:
    """Judge one version; return the exit code."""
    end_with_parent()
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_AS, (LARGEST, LARGEST))
    case = Case.model_validate_json(sys.stdin.buffer.read())
    manifest = load_manifest(case.folder, slug=case.slug)
    used = {use.id for trial in case.trials for use in trial.used} | {use.id for use in manifest.datasets}
    findings = judge_version(
        notebook=json.loads(manifest.notebook.read_bytes()),
        manifest=manifest,
        trials=case.trials,
        facts=find_facts(sorted(used)),
        look=case.look,
    )
    print(json.dumps([finding.model_dump(mode="json") for finding in findings]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
