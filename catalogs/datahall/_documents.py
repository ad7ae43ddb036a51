"""Read YAML that strangers may have written: bounded, without code, each value with its line.

Only plain mappings, lists and scalars are accepted. Anchors and aliases are refused, because they let a
small file unfold into a huge one; so are tags, which ask for objects, and keys that occur twice.
Dates stay text, and only ``true`` and ``false`` are booleans (YAML 1.1 would turn the country NO into one).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from .errors import N_, InvalidCard

MAXIMUM_BYTES = 1_000_000  # the largest card in the wild has some hundred fields: 100 kB
MAXIMUM_DEPTH = 24  # a card needs 6; deeper nesting would exhaust the parser's stack

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"

Key = tuple[str | int, ...]


@dataclass
class Document:
    """Plain values, and the line on which each of them stands."""

    values: Any  # what a YAML file may hold
    lines: dict[Key, int] = field(default_factory=dict)

    def line_of(self, location: Key) -> int:
        """Return the line of `location`, or of the nearest thing around it."""
        while location and location not in self.lines:
            location = location[:-1]
        return self.lines.get(location, 1)


def load_document(path: Path, *, maximum_bytes: int = MAXIMUM_BYTES) -> Document:
    """Return the document in `path`; raises InvalidCard naming file and line."""
    name = str(path)
    try:
        if not path.is_file():  # a pipe would keep its reader waiting for ever
            raise InvalidCard(N_("{file} is not a file."), file=name)
        with path.open("rb") as file:
            content = file.read(maximum_bytes + 1)
        if len(content) > maximum_bytes:
            raise InvalidCard(
                N_("{file} is larger than {limit} bytes, more than a card may have."),
                file=name,
                limit=maximum_bytes,
            )
        return parse_document(content.decode(), file=name)
    except OSError as error:
        raise InvalidCard(N_("{file} cannot be read: {reason}."), file=name, reason=error.strerror or error) from error
    except UnicodeDecodeError as error:
        raise InvalidCard(
            N_("{file} is not UTF-8 text (byte {position})."),
            file=name,
            position=error.start,
            hint=N_("Save it as UTF-8."),
        ) from error


def parse_document(text: str, *, file: str) -> Document:
    """Return the document that `text` holds; `file` is named in errors."""
    try:
        _check_events(text, file=file)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise InvalidCard(
            N_("{file}, line {line}: this is not YAML: {reason}."),
            file=file,
            line=mark.line + 1 if mark else 1,
            reason=getattr(error, "problem", None) or str(error).split("\n")[0],
        ) from error
    document = Document(None)
    document.values = _plain(node, location=(), document=document, file=file)
    return document


def _check_events(text: str, *, file: str) -> None:
    """Refuse what would unfold, before anything is built from it."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        is_reference = isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None)
        if depth > MAXIMUM_DEPTH or is_reference:
            raise InvalidCard(
                N_("{file}, line {line}: anchors, aliases and nesting deeper than {limit} are not allowed."),
                file=file,
                line=event.start_mark.line + 1 if event.start_mark else 1,
                limit=MAXIMUM_DEPTH,
                hint=N_("Write the value out."),
            )


def _plain(node: yaml.Node | None, *, location: Key, document: Document, file: str) -> Any:
    if node is None:
        return None
    document.lines.setdefault(location, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
        return _plain_mapping(node, location=location, document=document, file=file)
    if isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
        return [
            _plain(item, location=(*location, index), document=document, file=file)
            for index, item in enumerate(node.value)
        ]
    if isinstance(node, yaml.ScalarNode):
        return _plain_scalar(node, file=file)
    raise _refused_tag(node, file=file)


def _plain_mapping(node: yaml.MappingNode, *, location: Key, document: Document, file: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
        line = key_node.start_mark.line + 1
        if key in values or key == "?":
            raise InvalidCard(
                N_("{file}, line {line}: the key {key} occurs twice or is not a word."),
                file=file,
                line=line,
                key=repr(key),
            )
        document.lines[(*location, key)] = line
        values[key] = _plain(value_node, location=(*location, key), document=document, file=file)
    return values


def _plain_scalar(node: yaml.ScalarNode, *, file: str) -> Any:
    kind = node.tag.removeprefix(_TAG)
    text: str = node.value
    if kind == "null":
        return None
    if kind == "bool" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if kind in ("int", "float"):
        return _number(text)
    if kind in ("str", "timestamp", "bool", "merge", "value"):
        return text
    raise _refused_tag(node, file=file)


def _number(text: str) -> int | float | str:
    """Return a decimal number; other notations of YAML 1.1 (octal, sexagesimal) stay text."""
    for convert in (int, float):
        try:
            return convert(text)
        except ValueError:
            continue
    return text


def _refused_tag(node: yaml.Node, *, file: str) -> InvalidCard:
    return InvalidCard(
        N_("{file}, line {line}: the tag {tag} is not allowed; a card is plain data."),
        file=file,
        line=node.start_mark.line + 1,
        tag=node.tag,
    )
