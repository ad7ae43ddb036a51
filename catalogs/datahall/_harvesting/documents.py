"""A portal's answer as plain data: JSON, YAML, or the bytes of RDF and XML that proved harmless.

The bytes come from strangers: they are bounded, their encoding is proved, nothing is fetched because they name it, and
what would unfold (entities, aliases) or nest without end is refused.
"""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal

from ..errors import N_, DatahallError, InvalidCard
from . import reasons
from .record import Note

Form = Literal["json", "yaml", "rdf-text", "xml"]

MAX_BYTES = 128 << 20  # JSON of this size takes about 1 GB of memory
MAX_RDF_BYTES = 32 << 20  # a quarter of a million statements; each takes 1 kB and more
_MAX_YAML = 1_000_000  # characters; a longer text is no description of a package
_MAX_DEPTH = 200  # elements of XML within each other
_MAX_ELEMENTS = 1_000_000  # 100 MB of memory; the largest real structure here has 5,000

_BOMS = (  # the longer first: UTF-32's begins as UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_STATEMENT = r"(?:<[^<>\s]*[:/#.][^<>\s]*>|_:\w+)\s+(?:a\s|<[^<>\s]*[:/#][^<>\s]*>)"
_RDF_TEXT = re.compile(
    rf"\s*(?:#[^\n]*\n\s*)*(?:@prefix\s|@base\s|prefix\s+[\w-]*:|base\s+<|{_STATEMENT})", re.IGNORECASE
)
_PAGE = re.compile(r"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)", re.IGNORECASE | re.DOTALL)
_OLD_ENCODINGS = ("gb", "big5", "iso8859", "cp", "koi8", "shift_jis", "euc_")
_DECLARATION = re.compile(rb"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.-]+)")
_COMMENTS = 16_384  # bytes from the beginning in which the form shows


@dataclass(frozen=True)
class Document:
    """What a portal answered, and from which address or file."""

    address: str
    form: Form
    content: bytes  # in UTF-8
    value: Any = None  # of JSON and YAML
    root: str = ""  # of XML: the name of the outermost element, with its namespace in braces
    notes: tuple[Note, ...] = ()


def open_document(content: bytes, *, address: str = "") -> Document:
    """Return the document in `content`.

    Raises
    ------
    DatahallError
        With the code ``too-large``, ``unsafe-document``, or ``unknown-format`` for what cannot be read.
    """
    check_size(len(content), address=address)
    if not content.strip(b" \t\r\n\0"):
        raise unknown_format(address, N_("it is empty"))
    head = content[:_COMMENTS]
    if head.startswith(b"\x1f\x8b") or head.startswith(b"PK\x03\x04"):
        raise unknown_format(address, N_("it is an archive"))
    text, notes = _decode(content)
    if _RDF_TEXT.match(text[:_COMMENTS]):
        check_size(len(content), address=address, limit=MAX_RDF_BYTES)
        return Document(address, "rdf-text", text.encode(errors="replace"), notes=notes)
    if _PAGE.match(text[:_COMMENTS]):
        raise unknown_format(address, N_("it is a web page"))
    first = text.lstrip()[:1]
    if first == "<":
        content, notes = _xml_in_utf8(content, text=text, notes=notes)
        return Document(address, "xml", content, root=_check_xml(content, address=address), notes=notes)
    if first in ("{", "["):
        value = _parse_json(text, address=address)
        return Document(address, "json", text.encode(errors="replace"), value=value, notes=notes)
    return Document(
        address, "yaml", text.encode(errors="replace"), value=_parse_yaml(text, address=address), notes=notes
    )


def check_size(size: int, *, address: str, limit: int = MAX_BYTES) -> None:
    """Refuse a document of more than `limit` bytes; whoever fetches one should ask before it is whole."""
    if size > limit:
        raise DatahallError(
            N_("{address} has {size} bytes; a catalog of this form may have {limit}."),
            code="too-large",
            address=address,
            size=size,
            limit=limit,
            hint=N_("Harvest it page by page, or in parts."),
        )


def unknown_format(address: str, reason: str, *, told: str = "") -> DatahallError:
    """Return the error that says why a document is no catalog; `reason` is a marked text, `told` goes into it."""
    return DatahallError(
        N_("{address} is no catalog that is known: {reason}."),
        code="unknown-format",
        address=address,
        reason=DatahallError(reason, told=told),
        hint=N_(
            "Known are CKAN, DCAT-US (data.json), DCAT in RDF, Frictionless packages, Socrata, STAC, SDMX dataflows, "
            "other Datahalls."
        ),
    )


def unreadable(address: str, form: str, reason: str) -> DatahallError:
    """Return the error that says why a document cannot be read in its form."""
    return DatahallError(
        N_("{address} cannot be read as {form}: {reason}."),
        code="unknown-format",
        address=address,
        form=form,
        reason=reason,
        hint=N_("It may have been cut off on its way; fetch it again."),
    )


def unsafe(address: str, reason: str) -> DatahallError:
    """Return the error that says why a document is refused; `reason` is a marked text."""
    return DatahallError(
        N_("{address} is refused: {reason}."),
        code="unsafe-document",
        address=address,
        reason=DatahallError(reason),
        hint=N_("No honest catalog needs this."),
    )


def _decode(content: bytes) -> tuple[str, tuple[Note, ...]]:
    """Return the text; where it is not UTF-8, by the encoding under which its letters look most like writing."""
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace"), ()
    try:
        if b"\0" in content[:4]:
            encoding = json.detect_encoding(content)  # UTF-16 and UTF-32 without a mark
            return content.decode(encoding), (Note(field="document", value=encoding, reason=reasons.NOT_UTF8),)
        return content.decode(), ()
    except UnicodeDecodeError:
        encoding = _likely_encoding(content)
        note = Note(field="document", value=encoding, reason=reasons.NOT_UTF8)
        return content.decode(encoding, errors="replace"), (note,)


def _likely_encoding(content: bytes) -> str:
    from .._adding.likeness import choose_encoding

    foreign = [line for line in content.splitlines() if not line.isascii()]
    encoding, _doubt = choose_encoding([line[:4_000] for line in foreign[:1_000]])
    return encoding


def _parse_json(text: str, *, address: str) -> Any:
    try:
        return json.loads(text, parse_constant=lambda _: None)  # NaN and Infinity are no JSON
    except RecursionError:
        raise unsafe(address, N_("it is nested too deeply")) from None
    except ValueError as error:  # no JSON, or a number of thousands of digits
        raise unreadable(address, "JSON", str(error)) from error


def _parse_yaml(text: str, *, address: str) -> Any:
    """Return a mapping or list; a text that is neither is no catalog."""
    from .._documents import parse_document

    if len(text) > _MAX_YAML or not re.search(r"^(?:- )?[\w$:.-]+:(?:\s|$)", text, re.MULTILINE):
        raise unknown_format(address, N_("it is neither JSON, YAML, XML nor RDF"))
    try:
        return parse_document(text, file=address).values
    except InvalidCard as error:
        raise unreadable(address, "YAML", error.message()) from error


def _xml_in_utf8(content: bytes, *, text: str, notes: tuple[Note, ...]) -> tuple[bytes, tuple[Note, ...]]:
    """Return XML in UTF-8: by the encoding that it declares where that is another, else as `text` was decoded."""
    declared = _DECLARATION.match(content)
    if declared and not content.isascii():
        try:
            name = codecs.lookup(declared[1].decode()).name
            if name.startswith(_OLD_ENCODINGS):
                text, notes = content.decode(name), ()
        except (LookupError, UnicodeError):
            pass  # what it declares is wrong
    bare = re.sub(r"^\s*<\?xml[^>]*\?>", "", text, count=1)
    return bare.encode(errors="replace"), notes


def _check_xml(content: bytes, *, address: str) -> str:
    """Return the name of the outermost element of XML without entities, of bounded depth and size."""
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    root, depth, count = "", 0, 0
    parents = []
    try:
        for event, element in iterparse(BytesIO(content), events=("start", "end"), forbid_entities=True):
            depth += 1 if event == "start" else -1
            count += event == "start"
            root = root or element.tag
            if event == "start":
                parents.append(element)
            else:
                parents.pop().clear()
            if depth > _MAX_DEPTH:
                raise unsafe(address, N_("it is nested too deeply"))
            if count > _MAX_ELEMENTS:
                raise unsafe(address, N_("it has more elements than are read"))
    except DefusedXmlException:
        raise unsafe(address, N_("its XML declares entities or refers to other files")) from None
    except (ParseError, LookupError, ValueError) as error:
        raise unreadable(address, "XML", str(error)) from error
    return root
