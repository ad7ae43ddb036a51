"""The addresses of the API that read."""

from __future__ import annotations

from fastapi import APIRouter

from datahall_hub.services.hall.api_v1 import searching, showing, words

router = APIRouter()
for module in (searching, showing, words):
    router.include_router(module.router)
