"""What small portals of tests say: answers of CKAN and data.json, with as many datasets as a test names."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.catalogs.small_server import Answer, Reply, SmallServer

TITLE = 1  # a portal of CKAN is asked once what it is called, too
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


class Routes(dict[str, Answer]):
    """Answers by path where the whole address has none of its own: they read the query themselves."""

    def get(self, key: str, default: Any = None) -> Any:  # as the server asks
        return super().get(key) or super().get(urlsplit(key).path, default)


def query_of(path: str) -> dict[str, str]:
    """What an address asks for."""
    return dict(parse_qsl(urlsplit(path).query))


class CkanPortal:
    """A portal of CKAN whose packages a test changes, also while they are read."""

    ADDRESS = "/api/3/action/package_search"

    def __init__(self, server: SmallServer, *names: str, most: int = 1_000) -> None:
        self.names = list(names)
        self.most = most  # packages of a page, whatever is asked for
        self.modified: dict[str, str] = {}
        self.rejects_filters = False
        self.after_page: Callable[[int], None] = lambda start: None
        self.url = server.url
        server.answers = Routes(server.answers)
        server.answers[self.ADDRESS] = self._answer

    def _answer(self, path: str, _: bytes) -> Reply:
        query = query_of(path)
        start = int(query.get("start", 0))
        rows = min(int(query.get("rows", 10)), self.most)
        found = self.names
        if since := re.search(r"metadata_modified:\[(\S+) TO \*\]", query.get("fq", "")):
            if self.rejects_filters:
                return Reply(status=409)
            found = [name for name in self.names if self.modified.get(name, "2001") >= since[1]]
        packages = [package(name, metadata_modified=self.modified.get(name, "2001")) for name in found]
        reply = Reply(search_answer(*packages[start : start + rows], count=len(found)))
        self.after_page(start)
        return reply
