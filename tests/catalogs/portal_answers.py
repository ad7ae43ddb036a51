"""What small portals of tests say: answers of CKAN and data.json, with as many datasets as a test names."""

from __future__ import annotations

import json
from typing import Any

CONFORMS = "https://project-open-data.cio.gov/v1.1/schema"


def data_json(*datasets: Any) -> bytes:
    """A data.json; a text stands for a dataset that is called so."""
    described = [{"identifier": each, "title": f"The {each}"} if isinstance(each, str) else each for each in datasets]
    return json.dumps({"conformsTo": CONFORMS, "dataset": described}).encode()


def package(name: str, **more: Any) -> dict[str, Any]:
    """A package of CKAN."""
    return {"id": f"id-{name}", "name": name, "title": f"The {name}", "private": False, **more}


def search_answer(*packages: dict[str, Any] | str, count: int | None = None) -> bytes:
    """An answer of package_search; a text stands for a package that is called so."""
    described = [package(each) if isinstance(each, str) else each for each in packages]
    result = {"count": len(described) if count is None else count, "results": described}
    return json.dumps({"help": "…", "success": True, "result": result}).encode()
