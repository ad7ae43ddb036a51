"""How long a loop runs: in full under `make soak`, a tenth of it under `make test`."""

from __future__ import annotations

import os


def rounds(full: int) -> int:
    """Return how often to go round a loop that `make soak` goes round `full` times."""
    return full if os.environ.get("DATAHALL_SOAK") else max(1, full // 10)
