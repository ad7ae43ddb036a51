"""The import arrows of the workspace: who may import whom. Read from the sources, nothing is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workspace.checkout import CHECKOUT, load_toml, member_folders

# A member's package → the packages of ours that it may import. Hub and Lab meet over HTTP.
ARROWS = {
    "datahall": set(),
    "datahall_forkserver": set(),
    "datahall_voila": set(),
    "datahall_lab": {"datahall"},
    "datahall_hub": {"datahall", "datahall_forkserver"},
}


def packages() -> dict[str, Path]:
    found = {}
    for folder in member_folders():
        name = load_toml(f"{folder}/pyproject.toml")["project"]["name"].replace("-", "_")
        found[name] = CHECKOUT / folder
    return found


def imported_packages(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and top-level package of every import, at any depth, relative ones left out."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.lineno, node.module.split(".")[0]
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {"import_module", "find_spec"}:
            yield from (
                (node.lineno, argument.value.split(".")[0])
                for argument in node.args
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
            )


def test_every_member_has_its_line_in_the_arrows():
    assert set(packages()) == set(ARROWS)


@pytest.mark.parametrize("package", sorted(ARROWS))
def test_a_package_imports_only_what_its_arrow_allows(package):
    forbidden = (set(ARROWS) | {"tests"}) - ARROWS[package] - {package}
    folder = packages()[package]

    offences = [
        f"{path.relative_to(CHECKOUT)}:{line} imports {name}"
        for path in sorted(folder.rglob("*.py"))
        if "node_modules" not in path.parts
        for line, name in imported_packages(path.read_text())
        if name in forbidden
    ]

    assert offences == []


def test_an_import_inside_a_function_and_one_by_name_are_both_seen():
    source = "def f():\n    import datahall_hub.cli\n\nimportlib.import_module('datahall.store')\nfrom . import x\n"

    assert sorted(imported_packages(source)) == [(2, "datahall_hub"), (4, "datahall")]


@pytest.mark.parametrize("folder", member_folders())
def test_a_member_names_only_allowed_members_as_dependencies(folder):
    project = load_toml(f"{folder}/pyproject.toml")["project"]
    own = {name.replace("_", "-") for name in ARROWS}
    allowed = {name.replace("_", "-") for name in ARROWS[project["name"].replace("-", "_")]}

    named = {dependency.split(";")[0].strip() for dependency in project["dependencies"]} & own

    assert named <= allowed
