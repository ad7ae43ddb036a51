"""Whether the hall's API does what its OpenAPI says: schemathesis asks with data that fits it, and that does not."""

from __future__ import annotations

from collections import Counter
from typing import Any

import httpx
import hypothesis
import schemathesis
from datahall_hub.services.hall.addresses import BASE
from datahall_hub.services.hall.app import ROUTERS
from fastapi import FastAPI
from schemathesis import GenerationMode

from tests.hub.hall.small_hall import SmallHall

EXAMPLES = 10  # of each operation
OURS = f"{BASE}/api/"

_reached: Counter[str] = Counter()


def describe() -> dict[str, Any]:
    """Return the description that a hall gives of itself, without starting one."""
    app = FastAPI()
    for module in ROUTERS:
        app.include_router(module.router)
    return app.openapi()


api = schemathesis.openapi.from_dict(describe()).include(path_regex=f"^{OURS}")
api.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])


@api.parametrize()
@hypothesis.settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
def test_answers_are_as_the_description_says(case: Any, small_hall: SmallHall) -> None:
    answer = case.call(base_url=small_hall.url.removesuffix(BASE), timeout=20)
    _reached[case.operation.label] += 1
    case.validate_response(answer)


def test_the_hall_describes_itself_so_and_every_operation_was_asked(visitor: httpx.Client) -> None:
    told = visitor.get("/openapi.json").json()["paths"]
    assert told.keys() == describe()["paths"].keys()
    operations = {f"{method.upper()} {path}" for path in told if path.startswith(OURS) for method in told[path]}
    assert operations
    assert not {operation for operation in operations if _reached[operation] < 2}
