"""RDF of strangers as one graph: RDF/XML, Turtle, TriG, N-Triples, N-Quads, JSON-LD.

Nothing is fetched: JSON-LD contexts that lie elsewhere are replaced by the usual names of DCAT, and XML was proved
to be without entities before. All named graphs are read as one.
"""

from __future__ import annotations

import json
import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import N_
from . import reasons
from .documents import MAX_RDF_BYTES, Document, check_size, unreadable, unsafe
from .record import Note

if TYPE_CHECKING:
    from rdflib import Graph

NO_BASE = "https://relative.invalid/"  # before addresses that are relative in a document which has none itself
_MAX_LINE = 20_000  # rdflib's reader of lines takes time by the square of their length
_SAMPLE = 50  # lines that tell the form
_LINE = re.compile(rb"(?:<[^<>\s]*:[^<>\s]*>|_:\S+)\s+<[^<>\s]*:[^<>\s]*>\s+[<_\"]")


def parse_graph(document: Document) -> tuple[Graph, tuple[Note, ...]]:
    """Return the statements of `document` in all its graphs, and what had to be noted.

    Raises
    ------
    DatahallError
        With the code ``unknown-format``, ``too-large`` or ``unsafe-document``.
    """
    check_size(len(document.content), address=document.address, limit=MAX_RDF_BYTES)
    base = document.address if document.address.startswith(("http://", "https://")) else NO_BASE
    notes = document.notes
    try:
        content, form = document.content, _form(document)
        if form == "json-ld":
            value, has_foreign = _with_own_context(document.value)
            content = json.dumps(value).encode()
            notes = (*notes, *([Note(field="@context", reason=reasons.FOREIGN_CONTEXT)] if has_foreign else []))
        return _parse(content, form=form, base=base), notes
    except RecursionError:
        raise unsafe(document.address, N_("it is nested too deeply")) from None
    except Exception as error:  # each of rdflib's parsers has errors of its own
        said = " ".join(str(error).split())[:300] or type(error).__name__
        raise unreadable(document.address, "RDF", said) from error


def _parse(content: bytes, *, form: str, base: str) -> Graph:
    from rdflib import Dataset, Graph

    graph = Graph()
    with _as_written():
        if form == "xml":
            return graph.parse(data=content, format=form, publicID=base)
        graphs = Dataset()
        try:
            graphs.parse(data=content, format=form, publicID=base)
        except Exception:  # each of rdflib's parsers has errors of its own
            if form != "nquads":
                raise
            graphs = Dataset()  # it only looked like lines of one statement each
            graphs.parse(data=content, format="trig", publicID=base)
        for subject, predicate, value, _ in graphs.quads():
            graph.add((subject, predicate, value))
    return graph


@contextmanager
def _as_written() -> Iterator[None]:
    """Keep literals as they are written, and quiet: what is wrong with values of strangers, notes of records tell."""
    import rdflib

    logger, normalize = logging.getLogger("rdflib"), rdflib.NORMALIZE_LITERALS
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    rdflib.NORMALIZE_LITERALS = False
    try:
        with warnings.catch_warnings():  # rdflib's parsers use its own deprecated classes
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        logger.setLevel(level)
        rdflib.NORMALIZE_LITERALS = normalize


def _form(document: Document) -> str:
    """Return rdflib's name of the form: TriG for Turtle, too, and N-Quads for N-Triples."""
    if document.form == "xml":
        return "xml"
    if document.form in ("json", "yaml"):
        return "json-ld"
    lines = [line.strip() for line in document.content.splitlines()]
    told = [line for line in lines[:_SAMPLE] if line and not line.startswith(b"#")]
    is_plain = all(_LINE.match(line) and line.endswith(b".") for line in told)
    return "nquads" if is_plain and max(map(len, lines)) <= _MAX_LINE else "trig"


def _with_own_context(value: Any) -> tuple[Any, bool]:
    """Return JSON-LD in which every context lies in the document itself, and whether one lay elsewhere."""
    value = json.loads(json.dumps(value))
    has_foreign = False
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, dict):
            has_foreign |= item.pop("@import", None) is not None
            if "@context" in item:
                contexts = item["@context"] if isinstance(item["@context"], list) else [item["@context"]]
                has_foreign |= any(isinstance(context, str) for context in contexts)
                item["@context"] = [_dcat_context() if isinstance(context, str) else context for context in contexts]
            waiting.extend(part for key, part in item.items() if not isinstance(part, str))
    return value, has_foreign


@cache
def _dcat_context() -> dict[str, Any]:
    """Return the names that catalogs use, as a JSON-LD context."""
    text = Path(__file__).with_name("dcat_context.json").read_text(encoding="utf-8")
    context: dict[str, Any] = json.loads(text)
    return context
