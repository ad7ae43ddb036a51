"""Print the part of `requirements.lock` that one dependency group or package needs, pins and hashes untouched.

    python3 images/locked.py group:hub
    python3 images/locked.py hatchling editables
    python3 images/locked.py members:hub       # the folders of the workspace's own members in it

Needs no network and nothing but Python: the lock itself notes under each package what asks for it ("via"), and the
closure is read from those notes; the workspace's own members stand in the pyproject files instead. That it is
complete is checked by whoever installs it with `--require-hashes`, which refuses a dependency that is not listed.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Pin:
    """One package of the lock: its lines as they stand, and who asks for it."""

    name: str
    lines: tuple[str, ...]
    wanted_by: frozenset[str]


def read_pins(text: str) -> list[Pin]:
    """Split the text of a lock into its pins, in order."""
    blocks: list[list[str]] = []
    for line in text.splitlines():
        if line and not line.startswith((" ", "#")):
            blocks.append([])
        if blocks:
            blocks[-1].append(line)
    return [_read_pin(block) for block in blocks]


def select_pins(pins: Iterable[Pin], *, roots: Iterable[str], members: Iterable[str] = ()) -> list[Pin]:
    """Return the pins that `roots` (package names, or ``group:<name>``) and `members` need, in the lock's order.

    Raises
    ------
    ValueError
        If nothing in the lock is, or is wanted by, one of the roots.
    """
    known = list(pins)
    for root in roots:
        if not any(root == pin.name or root in pin.wanted_by for pin in known):
            raise ValueError(f"{root} is neither a package nor a group of the lock. A group is written group:<name>.")
    reached = {*roots, *members}
    grew = True
    while grew:
        new = {pin.name for pin in known if pin.wanted_by & reached} - reached
        reached |= new
        grew = bool(new)
    return [pin for pin in known if pin.name in reached]


def find_members(checkout: Path, *, group: str) -> dict[str, str]:
    """Return name → folder of the workspace members that a dependency group names, and those that they name."""
    workspace = tomllib.loads((checkout / "pyproject.toml").read_text())
    folders: dict[str, str] = {}
    needs: dict[str, list[str]] = {}
    for folder in workspace["tool"]["uv"]["workspace"]["members"]:
        project = tomllib.loads((checkout / folder / "pyproject.toml").read_text())["project"]
        folders[project["name"]] = folder
        needs[project["name"]] = project.get("dependencies", [])
    wanted = workspace["dependency-groups"].get(group, [])
    found: dict[str, str] = {}
    while wanted:
        names = {match[0] for match in map(NAME.match, wanted) if match}
        new = (names & needs.keys()) - found.keys()
        found |= {name: folders[name] for name in sorted(new)}
        wanted = [dependency for member in new for dependency in needs[member]]
    return found


def _read_pin(block: list[str]) -> Pin:
    name = NAME.match(block[0])
    if name is None:
        raise ValueError(f"not a pinned package: {block[0]!r}")
    lines = tuple(line for line in block if not line.lstrip().startswith("#"))
    return Pin(name[0].lower(), lines, frozenset(_read_wanted_by(block)))


def _read_wanted_by(block: list[str]) -> Iterable[str]:
    """Read the notes `# via x` or `# via` and `#   x` below a pin; a group is noted as `(pyproject.toml:hub)`."""
    for line in block[1:]:
        note = line.strip().removeprefix("#").strip().removeprefix("via").strip()
        if not line.strip().startswith("#") or not note:
            continue
        group = re.search(r"pyproject\.toml:([a-z-]+)\)", note)
        yield f"group:{group[1]}" if group else note.lower()


def main(roots: list[str]) -> int:
    """Print the pins that `roots` need, or the folders of a group's members."""
    if not roots:
        print(__doc__, file=sys.stderr)
        return 2
    if roots[0].startswith("members:"):
        print(*find_members(CHECKOUT, group=roots[0].removeprefix("members:")).values(), sep="\n")
        return 0
    try:
        members = {
            member
            for root in roots
            if root.startswith("group:")
            for member in find_members(CHECKOUT, group=root.removeprefix("group:"))
        }
        pins = select_pins(read_pins((CHECKOUT / "requirements.lock").read_text()), roots=roots, members=members)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    for pin in pins:
        print(*pin.lines, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
