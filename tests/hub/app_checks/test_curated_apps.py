"""The apps that come with the hall: nothing is found in what they really put out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from datahall_forkserver.starting import FOLDER_VARIABLE
from datahall_hub.app_life.checks.data_terms import find_facts
from datahall_hub.app_life.checks.judging import judge_version
from datahall_hub.app_life.manifest import load_manifest
from datahall_hub.app_life.trial_report import CellOutputs, OpenedDataset, TrialReport
from nbclient import NotebookClient

from tests.extensions.conftest import end_servers
from tests.hub.app_checks.submitted import codes

APPS = sorted((Path(__file__).parents[3] / "notebooks/apps").glob("*/app.ipynb"))
DATASETS = ("statistics/world-fertility", "weather/seattle-weather")
LONGEST = 60  # seconds an app may take, on a busy machine too


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of kernels: a store with the data of the apps, and fork servers that end with these tests."""
    folder, store = Path(tempfile.mkdtemp(prefix="fork")), tmp_path_factory.mktemp("curated") / "home"
    environment = {**os.environ, "DATAHALL_HOME": str(store), FOLDER_VARIABLE: str(folder)}
    environment.pop("DATAHALL_CATALOGS", None)
    fetch = f"import datahall; [datahall.store.fetch(id) for id in {DATASETS}]"
    subprocess.run([sys.executable, "-c", fetch], env=environment, check=True, timeout=60)
    yield environment
    end_servers(folder)
    shutil.rmtree(folder)


def try_app(path: Path, *, language: str, folder: Path) -> TrialReport:
    """Run an app as its page would, and tell what it put out."""
    notebook = nbformat.read(path, as_version=4)
    numbers = [n for n, cell in enumerate(notebook.cells, 1) if cell.cell_type == "code"]
    client = NotebookClient(
        notebook, timeout=LONGEST, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    with client.setup_kernel():
        for number, cell in enumerate(notebook.cells):
            client.execute_cell(cell, number)
        asked = nbformat.v4.new_code_cell("import json; print(json.dumps(datahall.used()))")
        notebook.cells.append(asked)
        used = json.loads(client.execute_cell(asked, len(notebook.cells) - 1).outputs[0].text)
        widgets: dict[str, Any] = json.loads(json.dumps(client.widget_state, default=str))
    return TrialReport(
        language=language,
        ending="finished",
        seconds=1,
        cells=[CellOutputs(cell=n, outputs=json.loads(json.dumps(notebook.cells[n - 1].outputs))) for n in numbers],
        widgets=widgets,
        used=[OpenedDataset(**each) for each in used],
    )


@pytest.mark.parametrize("path", APPS, ids=lambda path: path.parent.name)
def test_nothing_is_found_in_an_app_that_comes_with_the_hall(
    path: Path, home: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATAHALL_HOME", FOLDER_VARIABLE):
        monkeypatch.setenv(name, home[name])
    monkeypatch.delenv("DATAHALL_CATALOGS", raising=False)
    trials = []
    for language in ("en", "zh"):
        monkeypatch.setenv("DATAHALL_LANGUAGE", language)
        trials.append(try_app(path, language=language, folder=tmp_path))
    assert all("<picture>" in json.dumps(trial.widgets) for trial in trials)
    manifest = load_manifest(path.parent)

    findings = judge_version(
        notebook=json.loads(path.read_bytes()),
        manifest=manifest,
        trials=trials,
        facts=find_facts(use.id for use in manifest.datasets),
    )

    assert codes(findings) == []
