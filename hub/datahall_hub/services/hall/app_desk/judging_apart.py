"""Have a version judged in a process of its own, which ends with the hall, or after a while."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter

from datahall_hub.app_life.checks.__main__ import Case
from datahall_hub.app_life.checks.finding import Finding
from datahall_hub.app_life.look_report import LookReport
from datahall_hub.app_life.trial_report import TrialReport

WITHIN = 180.0  # seconds; twice 10 MB of outputs took 30
_FINDINGS = TypeAdapter(list[Finding])


class JudgingError(Exception):
    """It could not be judged; the words are for the log."""


async def judge_apart(
    folder: Path, *, slug: str, trials: Sequence[TrialReport], look: LookReport | None = None
) -> list[Finding]:
    """Return what is found in the version in `folder`; raise `JudgingError`."""
    case = Case(folder=folder, slug=slug, trials=list(trials), look=look)
    process = subprocess.Popen(
        [sys.executable, "-m", "datahall_hub.app_life.checks"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    # No task of asyncio's own: a loop that ends cancels those before they have begun, and nobody would close the pipes.
    loop, question = asyncio.get_running_loop(), case.model_dump_json().encode()
    reading = loop.run_in_executor(None, process.communicate, question, WITHIN)
    try:
        output, errors = await asyncio.shield(reading)
    except subprocess.TimeoutExpired as error:
        process.kill()
        process.communicate()
        raise JudgingError(f"judging took longer than {WITHIN:.0f} s") from error
    except asyncio.CancelledError:  # nobody waits any more: whoever reads is told by its end
        process.kill()
        await asyncio.wait([reading])
        raise
    if process.returncode != 0:
        raise JudgingError(f"judging ended with {process.returncode}: {errors.decode(errors='replace')[-2_000:]}")
    return _FINDINGS.validate_json(output)
