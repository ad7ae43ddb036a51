"""The part of Solr's query language that CKAN's clients filter with, as a list of conditions that all must hold.

    expression  = clause {["AND" | "OR"] clause}
    clause      = ["+" | "-" | "!" | "NOT"] ("*:*" | field ":" values | "(" expression ")")
    values      = word | range | '"' words '"' | "(" values {["AND" | "OR"] values} ")"
    range       = ("[" | "{") from "TO" to ("]" | "}")

What stands side by side must all hold. Alternatives are understood within one field. Everything else (wildcards, words
without a field) is refused: an answer to another question would be worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from datahall_hub.services.hall.ckan.faults import Invalid
from datahall_hub.services.hall.wording import N_

LONGEST = 2_000  # characters
DEEPEST = 5  # brackets within brackets

_BLANKS = re.compile(r"\s*")
_PLUS, _OPENING, _CLOSING = re.compile(r"\+"), re.compile(r"\("), re.compile(r"\)")
_ALL = re.compile(r"\*:\*")
_FIELD = re.compile(r"([A-Za-z_][\w.-]*):")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_WORD = re.compile(r'(?:[^\s()":\\\[\]{}^~]|\\.)+')
_RANGE = re.compile(r"[\[{]\s*[^\s\[\]{}]+\s+TO\s+[^\s\[\]{}]+\s*[\]}]")
_OPERATOR = re.compile(r"(AND|OR|&&|\|\|)(?=[\s(])")
_NOT = re.compile(r"NOT(?=[\s(])|[-!]")
_ESCAPE = re.compile(r"\\(.)")


@dataclass(frozen=True)
class Condition:
    """A field has one of `values`; negated: none of them. Ranges stand as they were written, with their brackets."""

    field: str
    values: tuple[str, ...]
    is_negated: bool = False
    is_range: bool = False


def read_filter(text: str, *, parameter: str = "fq") -> list[Condition]:
    """Return the conditions of `text`."""
    if len(text) > LONGEST:
        raise Invalid(
            parameter, N_("{name} is too long: {most} characters are the most."), name=parameter, most=LONGEST
        )
    reader = _Reader(text, parameter)
    conditions = reader.read_expression()
    if not reader.is_at_end:
        raise reader.refuse()
    return conditions


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, text: str, parameter: str) -> None:
        self._text, self._parameter, self._place, self._depth = text, parameter, 0, 0
        self._skip_blanks()

    @property
    def is_at_end(self) -> bool:
        return self._place >= len(self._text)

    def refuse(self) -> Invalid:
        return Invalid(
            self._parameter,
            N_("{name} cannot be understood from “{rest}” on: not a field with words, AND, OR within a field, + or -."),
            name=self._parameter,
            rest=self._text[self._place : self._place + 60],
        )

    def read_expression(self) -> list[Condition]:
        parts: list[list[Condition]] = []
        operators: set[str] = set()
        while not self.is_at_end and self._text[self._place] != ")":
            if parts:
                operators.add(self._read_operator())
            parts.append(self._read_clause())
        return self._join(parts, operators)

    def _read_clause(self) -> list[Condition]:
        self._take(_PLUS)
        if self._take(_NOT):
            return self._negate(self._read_clause_inside(self._read_clause))
        if self._take(_ALL):
            return []
        if field := self._take(_FIELD):
            return self._read_values(field[1])
        if self._take(_OPENING):
            return self._read_clause_inside(self._read_bracket)
        raise self.refuse()

    def _read_bracket(self) -> list[Condition]:
        found = self.read_expression()
        if not self._take(_CLOSING):
            raise self.refuse()
        return found

    def _read_values(self, field: str) -> list[Condition]:
        if quoted := self._take(_QUOTED):
            return [Condition(field, (_ESCAPE.sub(r"\1", quoted[1]),))]
        if self._take(_OPENING):
            return self._read_clause_inside(lambda: self._read_alternatives(field))
        if span := self._take(_RANGE):
            return [Condition(field, (span[0],), is_range=True)]
        word = self._take(_WORD)
        if word is None or "*" in word[0] or "?" in word[0]:
            raise self.refuse()
        return [Condition(field, (_ESCAPE.sub(r"\1", word[0]),))]

    def _read_alternatives(self, field: str) -> list[Condition]:
        parts: list[list[Condition]] = []
        operators: set[str] = set()
        while not self._take(_CLOSING):
            if self.is_at_end:
                raise self.refuse()
            if parts:
                operators.add(self._read_operator())
            parts.append(self._read_values(field))
        if not parts:
            raise self.refuse()
        return self._join(parts, operators)

    def _read_operator(self) -> str:
        operator = self._take(_OPERATOR)
        return "OR" if operator and operator[1] in {"OR", "||"} else "AND"

    def _read_clause_inside(self, read: Callable[[], list[Condition]]) -> list[Condition]:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self.refuse()
        found = read()
        self._depth -= 1
        return found

    def _join(self, parts: list[list[Condition]], operators: set[str]) -> list[Condition]:
        conditions = [condition for part in parts for condition in part]
        if "OR" not in operators:
            return conditions
        is_one_field = len({(condition.field, condition.is_range) for condition in conditions}) == 1
        if len(operators) > 1 or not is_one_field or any(len(part) != 1 or part[0].is_negated for part in parts):
            raise self._refuse_alternatives()
        return [replace(conditions[0], values=tuple(value for each in conditions for value in each.values))]

    def _negate(self, conditions: list[Condition]) -> list[Condition]:
        if len(conditions) != 1:
            raise self._refuse_alternatives()
        return [replace(conditions[0], is_negated=not conditions[0].is_negated)]

    def _refuse_alternatives(self) -> Invalid:
        return Invalid(
            self._parameter,
            N_("{name}: OR and NOT are understood within one field only, and not mixed with AND."),
            name=self._parameter,
        )

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self._place)
        if found:
            self._place = found.end()
            if pattern is not _FIELD:  # between a field and its value stands no blank
                self._skip_blanks()
        return found

    def _skip_blanks(self) -> None:
        blanks = _BLANKS.match(self._text, self._place)
        self._place = blanks.end() if blanks else self._place
