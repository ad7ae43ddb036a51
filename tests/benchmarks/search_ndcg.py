"""How well the search orders what it finds: the mean nDCG@10 of the judged queries, and of those held apart."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from tests.benchmarks.measurement import Measurement
from tests.catalogs.judged_search import judge_search

_FILES = {"search-ndcg": "queries", "search-ndcg-held-apart": "held_apart"}


def measure() -> list[Measurement]:
    """Judge the search over the shipped cards, in a home of its own."""
    with _home():
        judged = {name: judge_search(file) for name, file in _FILES.items()}
    return [
        Measurement(
            name,
            unit="ratio",
            ours=judgement.mean,
            stock=None,
            failures=sum(found > 0 for found in judgement.found_for_nothing.values()),
            better="higher",
            note=f"mean nDCG@10 of {judgement.queries} queries; failed: queries to which no card is the right answer, "
            "and some were found",
        )
        for name, judgement in judged.items()
    ]


@contextmanager
def _home() -> Iterator[None]:
    before = os.environ.get("DATAHALL_HOME")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DATAHALL_HOME"] = folder
        try:
            yield
        finally:
            os.environ.pop("DATAHALL_HOME")
            if before is not None:
                os.environ["DATAHALL_HOME"] = before
