"""Publish the measured app as the hall does: kept under its digest, proven to render, pointed to."""

from __future__ import annotations

from pathlib import Path

import httpx
from datahall_hub.app_life.app_files import AppFiles, Submission
from datahall_hub.home import resolve_home

from tests.benchmarks import app_data
from tests.benchmarks.processes import BenchmarkError

PROVEN_WITHIN = 300.0  # seconds


def publish(home: Path, slug: str) -> None:
    """Have the running service of a home prove the app under a name, and its visitors see it from then on."""
    files = AppFiles(home / "apps")
    submission = Submission(app_data.NOTEBOOK.read_bytes(), app_data.make_manifest(), None, {}, {})
    digest = files.keep(slug, submission)
    transport = httpx.HTTPTransport(uds=str(resolve_home(home).apps_socket))
    with httpx.Client(transport=transport, base_url="http://apps", timeout=PROVEN_WITHIN) as office:
        proof = office.post("/proofs", json={"slug": slug, "digest": digest}).raise_for_status().json()
    if not proof["renders"] or proof["live_only"]:
        raise BenchmarkError(f"the measured app is not the same for all: {proof}")
    pointer = {"number": 1, "digest": digest, "published": "2026-01-01T00:00:00", "datasets": []}
    files.point_to(slug, {**pointer, "live_only": False})
