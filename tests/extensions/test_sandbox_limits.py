"""Resource limits inside a sandbox: what holds where a machine has no control groups to give."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.extensions.test_forkserver_gates import through
from tests.extensions.visitors import PERSON

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("bubblewrap")]


def test_processes_are_counted_for_each_sandbox_and_not_for_all_that_its_user_runs(visitor):
    code = """
print(run('''
import os, time
made = []
try:
    while len(made) < 100:
        child = os.fork()
        if child == 0: time.sleep(60)
        made.append(child)
except BlockingIOError: pass
print(len(made))
for child in made: os.kill(child, 9); os.waitpid(child, 0)
''')[1])
"""
    become = ["setpriv", f"--reuid={PERSON}", f"--regid={PERSON}", "--clear-groups"] if os.geteuid() == 0 else []
    others = [subprocess.Popen([*become, "sleep", "60"]) for _ in range(30)]
    try:
        said, _ = through(visitor, code, limits={"RLIMIT_NPROC": 20})
    finally:
        for each in others:
            each.kill()
            each.wait()

    # The first process, whoever asks through the gate and the child itself are among the twenty.
    assert 10 < int(said) < 20
