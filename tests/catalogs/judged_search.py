"""How well the search orders the catalog's cards for the judged queries, as `judged/README.md` defines it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import datahall
from datahall._documents import load_document

FOLDER = Path(__file__).with_name("judged")
DEPTH = 10


@dataclass(frozen=True)
class Judgement:
    """The mean nDCG@10 of a file's queries, and what was found for those to which nothing is the right answer."""

    mean: float
    queries: int
    found_for_nothing: Mapping[str, int]


def judge_search(name: str) -> Judgement:
    """Search for every query of the file `name`, and judge the answers."""
    scores: list[float] = []
    nothing: dict[str, int] = {}
    for judged in load_document(FOLDER / f"{name}.yaml").values:
        found = datahall.search(judged["query"], rows=DEPTH)
        if judged["grades"]:
            scores.append(ndcg([hit.id for hit in found.hits()], grades=judged["grades"]))
        else:
            nothing[judged["query"]] = found.total
    return Judgement(sum(scores) / len(scores), len(scores), nothing)


def ndcg(ranked: Sequence[str], *, grades: Mapping[str, int]) -> float:
    """Return the nDCG@10 of the ids `ranked`; what has no grade has 0."""
    ideal = sorted(grades.values(), reverse=True)
    return _dcg([grades.get(id, 0) for id in ranked]) / _dcg(ideal)


def _dcg(grades: Sequence[int]) -> float:
    return sum((2**grade - 1) / math.log2(rank + 1) for rank, grade in enumerate(grades[:DEPTH], start=1))
