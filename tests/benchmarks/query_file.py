"""The 200 queries of the benchmarks of scale."""

from __future__ import annotations

from pathlib import Path

from datahall._documents import load_document

FILE = Path(__file__).with_name("search_queries.yaml")


def load_queries() -> list[dict[str, str]]:
    """Return them in the order in which they are asked: `kind` and `query` of each."""
    return [{"kind": str(each["kind"]), "query": str(each["query"])} for each in load_document(FILE).values]
