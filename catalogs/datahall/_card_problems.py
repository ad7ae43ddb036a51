"""Find everything that is wrong with a card in one round, each thing once, with its file, line and field.

Form (the model), words (the vocabulary) and contradictions are all checked, whatever else is wrong. A key
that is nearly a known one is named as a slip and read as the one that was meant, so that it is not also
missing, and its value is checked too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError

from ._card_faults import find_faults
from ._card_reasons import FORMS, REASONS, SYNONYMS
from ._documents import Document
from ._messages import chosen_language, translate
from ._nearest import find_near, find_near_ids, find_near_terms
from ._placeholders import find_placeholders
from ._vocabulary import vocabularies
from .card import FAULT, Card
from .errors import N_, DatahallError

Place = tuple[str | int, ...]
_NAME = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")


@dataclass(frozen=True)
class Problem:
    """What is wrong with a card, and where."""

    file: str
    line: int
    field: str
    error: DatahallError

    @property
    def message(self) -> str:
        """What is wrong, in the environment's language."""
        return self.error.message()

    def message_in(self, language: str) -> str:
        """Return what is wrong, in `language`."""
        return self.error.message(language)


@dataclass(frozen=True)
class _Finding:
    """A problem before it has its line: place, reason, what the reason names, what may have been meant."""

    place: Place
    reason: str
    values: Mapping[str, str | tuple[str, ...]]
    near: tuple[str, ...] = ()


def check_card(document: Document, *, file: Path) -> tuple[Card | None, tuple[Problem, ...]]:
    """Return the card that `document` holds, or None and all that is wrong with it, by line."""
    card, findings = _check_form(document.values)
    values, slips = document.values, dict[Place, Place]()
    while card is None and (found := _find_slips(values)):  # what stands below a slip is looked at once it is mended
        values, slips = _corrected(values, found), slips | found
        findings = _check_form(values)[1]
    if isinstance(values, dict):
        findings += [*_word_findings(values), *_fault_findings(values), *_place_findings(values, file=file)]
    findings += [_Finding(place, N_("is not a key that a card knows"), {}, near=(str(place[-1]),)) for place in slips]
    problems = [_make_problem(finding, file=file, document=document, slips=slips) for finding in findings]
    if problems:
        return None, tuple(sorted(problems, key=lambda problem: problem.line))
    return card, ()


def check_files(document: Document, *, file: Path, root: Path) -> tuple[Problem, ...]:
    """Return the `path` sources that are not there; they are relative to `root`, the folder of all themes."""
    sources = document.values.get("sources") if isinstance(document.values, dict) else None
    findings = [
        _missing_file(("sources", number, "path"), source["path"], file=file, root=root)
        for number, source in enumerate(sources if isinstance(sources, list) else [])
        if isinstance(source, dict) and isinstance(source.get("path"), str) and not _holds(root, source["path"])
    ]
    return tuple(_make_problem(finding, file=file, document=document, slips={}) for finding in findings)


def check_replacement(
    document: Document, *, file: Path, list_ids: Callable[[], Collection[str]]
) -> tuple[Problem, ...]:
    """Return that the dataset to use instead is not there; of other portals' datasets nothing is known here."""
    named = document.values.get("replaced_by") if isinstance(document.values, dict) else None
    if not isinstance(named, str) or named.startswith("harvested/") or named in (ids := list_ids()):
        return ()
    near = tuple(find_near_ids(named, ids))
    finding = _Finding(("replaced_by",), N_("there is no dataset {id}"), {"id": named}, near)
    return (_make_problem(finding, file=file, document=document, slips={}),)


def check_placeholders(document: Document, *, file: Path) -> tuple[Problem, ...]:
    """Return what a draft says where only a person knows the answer, with what to write there."""
    values = document.values if isinstance(document.values, dict) else {}
    findings = [_Finding(each.place, each.advice, each.values) for each in find_placeholders(values)]
    problems = (_make_problem(finding, file=file, document=document, slips={}) for finding in findings)
    return tuple(sorted(problems, key=lambda problem: problem.line))


def _holds(root: Path, path: str) -> bool:
    """Say whether `root` holds the file, as fetching will ask, too: what leads out of it does not count."""
    try:
        file = (root / path).resolve()
        return file.is_relative_to(root.resolve()) and file.is_file()
    except (OSError, ValueError):  # a name longer than file systems take, or with a zero byte
        return False


def _missing_file(place: Place, path: str, *, file: Path, root: Path) -> _Finding:
    near = (f"{file.parent.name}/{path}",) if _holds(file.parent, path) else ()
    return _Finding(place, N_("there is no file {path} in the folder {root}"), {"path": path, "root": str(root)}, near)


def _check_form(values: Any) -> tuple[Card | None, list[_Finding]]:
    try:
        return Card.model_validate(values), []
    except ValidationError as error:
        details = error.errors(include_url=False)
        return None, [_form_finding(detail) for detail in details if not _is_follow_up(detail)]


def _is_follow_up(detail: Any) -> bool:
    """Say whether an error only follows from others: a list whose entries are bad counts as empty."""
    return detail["type"] == FAULT or (detail["type"] == "too_short" and len(detail["input"]) > 0)


def _form_finding(detail: Any) -> _Finding:
    place, kind, given = detail["loc"], detail["type"], detail.get("input")
    values = {key: str(value) for key, value in detail.get("ctx", {}).items()}
    if kind == "literal_error":
        choices = _choices_at(place)
        synonym = SYNONYMS.get(str(given).casefold())
        near = [synonym] if synonym in choices else find_near(str(given), choices)
        return _Finding(place, REASONS[kind], {"expected": choices}, near=tuple(str(word) for word in near))
    if kind == "string_pattern_mismatch":
        key = next(str(part) for part in reversed(place) if isinstance(part, str))
        return _Finding(place, FORMS.get(key, REASONS[kind]), values)
    if place and given is None and kind.endswith("_type"):
        return _Finding(place, REASONS["too_short"], {})
    return _Finding(place, REASONS.get(kind, detail["msg"]), values)


def _find_slips(values: Any) -> dict[Place, Place]:
    """Return, for the place of a key that was meant, the place of the key that was written."""
    try:
        Card.model_validate(values)
    except ValidationError as error:
        unknown = [detail["loc"] for detail in error.errors(include_url=False) if detail["type"] == "extra_forbidden"]
    else:
        return {}
    slips: dict[Place, Place] = {}
    for place in unknown:
        parent, key = place[:-1], str(place[-1])
        model, mapping = _model_at(parent), _value_at(values, parent)
        free = [name for name in model.model_fields if name not in mapping and (*parent, name) not in slips]
        for meant in find_near(key, free, limit=1):
            slips[*parent, meant] = place
    return slips


def _corrected(values: Any, slips: Mapping[Place, Place]) -> Any:
    """Return a copy of `values` in which each slip is replaced by the key that was meant."""
    corrected = deepcopy(values)
    for meant, written in slips.items():
        mapping = _value_at(corrected, meant[:-1])
        mapping[meant[-1]] = mapping.pop(written[-1])
    return corrected


def _value_at(values: Any, place: Place) -> Any:
    for part in place:
        values = values[part]
    return values


def _model_at(place: Place) -> type[BaseModel]:
    """Return the model of the mapping at `place`."""
    model: type[BaseModel] = Card
    for part in place:
        if isinstance(part, str):
            model = next(_parts_of(model.model_fields[part].annotation, BaseModel))
    return model


def _choices_at(place: Place) -> tuple[str, ...]:
    """Return the words that may stand at `place`."""
    parent = place[:-1] if isinstance(place[-1], str) else place[:-2]
    annotation = _model_at(parent).model_fields[str(place[len(parent)])].annotation
    return next(_parts_of(annotation, Literal))


def _parts_of(annotation: Any, kind: Any) -> Iterator[Any]:
    """Yield the models, or the words of the literals, of which a type is composed."""
    if kind is Literal and get_origin(annotation) is Literal:
        yield get_args(annotation)
    elif kind is BaseModel and isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    else:
        for part in get_args(annotation):
            yield from _parts_of(part, kind)


def _word_findings(values: Mapping[str, Any]) -> Iterator[_Finding]:
    """Yield the words that are not in the vocabulary."""
    for key, (file, terms) in vocabularies().items():
        written = values.get(key)
        is_list = isinstance(written, list)
        if is_list != (key == "goals"):
            continue  # not of the right form, which the model has said
        for number, word in enumerate(written if isinstance(written, list) else [written]):
            if not isinstance(word, str) or not word or word in terms:
                continue
            place: Place = (key, number) if is_list else (key,)
            near = tuple(find_near_terms(word, terms.values()))
            reason = N_("{word} is not in the vocabulary") if near else N_("{word} is not in the vocabulary {words}")
            yield _Finding(place, reason, {"word": word, "words": str(file)}, near=near)


def _fault_findings(values: Mapping[str, Any]) -> Iterator[_Finding]:
    for fault in find_faults(values):
        near = find_near(fault.values.get("name", ""), fault.choices)
        yield _Finding(fault.place, fault.text, fault.values, near=tuple(near))


def _place_findings(values: Mapping[str, Any], *, file: Path) -> Iterator[_Finding]:
    """Yield what is wrong with where the card lies and what its file is called."""
    theme, (_, themes) = values.get("theme"), vocabularies()["theme"]
    if isinstance(theme, str) and theme in themes and file.parent.name != theme:
        reason = N_("the card must lie in the folder of its theme, not in {folder}")
        yield _Finding(("theme",), reason, {"folder": file.parent.name})
    if not _NAME.match(file.stem):
        yield _Finding((), N_("the file's name must be lower-case words joined by hyphens"), {})
    if values.get("replaced_by") == f"{file.parent.name}/{file.stem}":
        yield _Finding(("replaced_by",), N_("a dataset does not replace itself; name the one to use instead"), {})


def _make_problem(finding: _Finding, *, file: Path, document: Document, slips: Mapping[Place, Place]) -> Problem:
    place = _as_written(finding.place, slips)
    name, line = _path_of(place), document.line_of(place)
    return Problem(str(file), line, name, _CardProblem(finding, file=str(file), line=line, field=name or "-"))


def _as_written(place: Place, slips: Mapping[Place, Place]) -> Place:
    """Return `place` with the keys that stand in the file."""
    return tuple(slips[place[: end + 1]][-1] if place[: end + 1] in slips else part for end, part in enumerate(place))


def _path_of(place: Place) -> str:
    """Return ``fields[2].type`` for ``("fields", 2, "type")``."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


class _CardProblem(DatahallError):
    """One finding about a card; the reason is translated before it is put into its sentence."""

    code = "invalid-card"

    def __init__(self, finding: _Finding, *, file: str, line: int, field: str) -> None:
        super().__init__(N_("{file}, line {line}, {field}: {reason}."), file=file, line=line, field=field)
        self._finding = finding

    def message(self, language: str | None = None) -> str:
        language = language or chosen_language()
        reason = translate(self._finding.reason, language=language)
        for key, value in self._finding.values.items():  # pydantic's own texts may hold braces
            reason = reason.replace("{" + key + "}", value if isinstance(value, str) else _listed(value, language))
        reason = reason.rstrip(".")
        if self._finding.near:
            near = _listed(self._finding.near, language)
            reason += translate(N_(" (did you mean {near}?)"), language=language, near=near)
        return translate(self._text, language=language, reason=reason, **self._values)


def _listed(words: tuple[str, ...], language: str) -> str:
    return ("、" if language == "zh" else ", ").join(words)
