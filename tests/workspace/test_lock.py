"""The locks: pinned, hashed, complete, and free of addresses."""

from __future__ import annotations

import json
import re

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from images.locked import Pin, find_members, read_pins, select_pins
from tests.workspace.checkout import CHECKOUT, load_toml, member_folders, tracked_files

LOCK = (CHECKOUT / "requirements.lock").read_text()
PINS = read_pins(LOCK)
WORKSPACE = load_toml("pyproject.toml")


def member_names() -> set[str]:
    return {load_toml(f"{folder}/pyproject.toml")["project"]["name"] for folder in member_folders()}


def direct_requirements() -> list[tuple[str, Requirement]]:
    wanted = [
        (f"group:{group}", line)
        for group, lines in WORKSPACE["dependency-groups"].items()
        for line in lines
        if isinstance(line, str)
    ]
    for folder in member_folders():
        project = load_toml(f"{folder}/pyproject.toml")["project"]
        wanted += [(project["name"], line) for line in project["dependencies"]]
    parsed = [(by, Requirement(line)) for by, line in wanted]
    return [(by, requirement) for by, requirement in parsed if requirement.name not in member_names()]


def pinned_version(pin: Pin) -> Version:
    match = re.search(r"==([^ ;\\]+)", pin.lines[0])
    assert match, pin.lines[0]
    return Version(match[1])


def test_every_pin_is_exact_and_hashed():
    loose = [pin.name for pin in PINS if "==" not in pin.lines[0] or not any("--hash=sha256:" in x for x in pin.lines)]

    assert PINS
    assert loose == []


def test_the_lock_names_no_address_and_no_folder():
    assert [line for line in LOCK.splitlines() if "://" in line or "file:" in line or "--index" in line] == []


@pytest.mark.parametrize(
    ("by", "requirement"), direct_requirements(), ids=lambda value: str(getattr(value, "name", value))
)
def test_a_direct_dependency_is_locked_in_a_version_that_fits(by, requirement):
    pins = [pin for pin in PINS if canonicalize_name(pin.name) == canonicalize_name(requirement.name)]

    assert pins, f"{requirement.name}, wanted by {by}, is not in requirements.lock: run `make lock`"
    assert any(requirement.specifier.contains(pinned_version(pin), prereleases=True) for pin in pins)
    assert any(by in pin.wanted_by for pin in pins), f"the lock does not know that {by} wants it: run `make lock`"


@pytest.mark.parametrize("group", ["hub", "singleuser"])
def test_an_images_group_is_its_own_part_of_the_lock(group):
    members = find_members(CHECKOUT, group=group)
    chosen = {pin.name for pin in select_pins(PINS, roots=[f"group:{group}"], members=members)}

    assert "datahall" in members
    assert "jupyterhub" in chosen
    assert chosen.isdisjoint({"pytest", "ruff", "mypy", "hatchling", "uv"})


def test_an_unknown_group_is_refused_by_name():
    with pytest.raises(ValueError, match="group:nobody is neither a package nor a group"):
        select_pins(PINS, roots=["group:nobody"])


def test_every_member_can_be_installed_from_the_workspace():
    sources = WORKSPACE["tool"]["uv"]["sources"]

    assert {name for name, source in sources.items() if source.get("workspace")} == member_names()


def test_npm_locks_hold_hashes_and_no_address():
    locks = [path for path in tracked_files() if path.name == "package-lock.json"]
    assert locks

    for path in locks:
        packages = json.loads(path.read_text())["packages"]
        assert [name for name, package in packages.items() if "resolved" in package] == []
        assert [name for name, package in packages.items() if name and "integrity" not in package] == []


def test_uv_keeps_no_lock_of_its_own():
    assert not [path for path in tracked_files() if path.name == "uv.lock"]
