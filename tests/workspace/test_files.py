"""What may stand in a file of this repository."""

from __future__ import annotations

import re

import pytest
from datahall._exports.forms import FORMS

from tests.workspace.checkout import CHECKOUT, member_folders, tracked_files, tracked_texts

# Written so that the pattern does not find itself.
REGISTRY = re.compile(r"\b(pypi\.(?:org|python)|files\.pythonhosted|registry\.(?:npmjs|yarnpkg)|deb\.debian)\b")
SOMEBODYS_FOLDER = re.compile(r"(?<![\w.])/(?:root|work|Users)/[\w.]")


def test_the_hubs_configuration_tells_its_story_in_under_50_lines():
    lines = (CHECKOUT / "hub/jupyterhub_config.py").read_text().splitlines()

    assert len(lines) < 50


@pytest.mark.parametrize("pattern", [REGISTRY, SOMEBODYS_FOLDER], ids=["a registry's address", "a machine's folder"])
def test_no_file_names(pattern):
    found = [
        f"{path.relative_to(CHECKOUT)}: {match[0]}"
        for path, text in tracked_texts().items()
        for match in pattern.finditer(text)
    ]

    assert found == []


def test_nothing_built_and_no_environment_is_tracked():
    parts = {part for path in tracked_files() for part in path.relative_to(CHECKOUT).parts}

    assert parts.isdisjoint({".venv", "build", "dist", "node_modules", "__pycache__", ".ipynb_checkpoints"})


def test_no_tracked_file_is_larger_than_a_megabyte():
    large = [path.relative_to(CHECKOUT) for path in tracked_files() if path.stat().st_size > 1_000_000]

    assert large == []


@pytest.mark.parametrize("folder", ["catalogs", "hub", "extensions/forkserver", "extensions/lab", "extensions/voila"])
def test_a_members_folder_has_a_readme(folder):
    assert folder in member_folders()
    assert (CHECKOUT / folder / "README.md").is_file()


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_first_page_names_how_portals_and_programs_meet_the_hall(name: str) -> None:
    text = (CHECKOUT / name).read_text()
    documents = {form.document.partition(".")[2] for form in FORMS.values()} | {"yaml", "xml"}
    assert [document for document in documents if f".{document}`" not in text] == []
    for told in ("datahall harvest ", "[[harvests]]", "DATAHALL_TRUSTED_HOSTS", "RemoteCKAN(", "api/v1/", "/voices/"):
        assert told in text
