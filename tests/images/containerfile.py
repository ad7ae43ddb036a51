"""A Containerfile as values: its stages and their instructions."""

from __future__ import annotations

import io
import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from dockerfile_parse import DockerfileParser

CHECKOUT = Path(__file__).resolve().parents[2]
IMAGES = ("hub", "singleuser")


@dataclass(frozen=True)
class Instruction:
    """One instruction: ``RUN`` and what follows it, continuation lines joined."""

    name: str
    value: str
    line: int

    @property
    def words(self) -> list[str]:
        """The value split as a shell splits it; of the JSON form its items."""
        return json.loads(self.value) if self.value.startswith("[") else shlex.split(self.value)


@dataclass(frozen=True)
class Stage:
    """What stands between one FROM and the next."""

    base: str
    name: str
    instructions: tuple[Instruction, ...]

    def find_all(self, name: str) -> list[Instruction]:
        """Return the instructions of one kind, in order."""
        return [instruction for instruction in self.instructions if instruction.name == name]


def load_stages(image: str) -> list[Stage]:
    """Read the Containerfile of an image of ours."""
    return parse_stages((CHECKOUT / f"images/{image}/Containerfile").read_text())


def parse_stages(text: str) -> list[Stage]:
    """Split a Containerfile into its stages."""
    parser = DockerfileParser(fileobj=io.BytesIO(text.encode()), env_replace=False)
    stages: list[tuple[str, str, list[Instruction]]] = []
    for entry in parser.structure:
        if entry["instruction"] == "COMMENT":
            continue
        if entry["instruction"] == "FROM":
            match = re.fullmatch(r"(\S+)(?:\s+[Aa][Ss]\s+(\S+))?", entry["value"].strip())
            assert match, entry["value"]
            stages.append((match[1], match[2] or "", []))
        else:
            stages[-1][2].append(Instruction(entry["instruction"], entry["value"].strip(), entry["startline"] + 1))
    return [Stage(base, name, tuple(instructions)) for base, name, instructions in stages]
