"""A home with the datasets that the notebooks read, and kernels as people's are, forked."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import nbformat
import pytest
from datahall_forkserver.starting import FOLDER_VARIABLE

from tests.extensions.conftest import end_servers
from tests.notebooks.running import Ran, read
from tests.running_hall import offline_environment
from tests.stock import copy_stock


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose store holds all datasets that can be had without a network."""
    home = tmp_path_factory.mktemp("notebooks") / "home"
    home.mkdir()
    copy_stock(home, environment=offline_environment())
    return home


@pytest.fixture(scope="module")
def fork_servers() -> Iterator[Path]:
    """The folder of the fork servers that kernels here are forked from, which end with the last test of this file."""
    folder = Path(tempfile.mkdtemp(prefix="fork"))  # short enough a path for sockets
    yield folder
    end_servers(folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def surroundings(store: Path, fork_servers: Path) -> Iterator[pytest.MonkeyPatch]:
    """The environment of kernels: the home above, and no network."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in offline_environment().items():
            environment.setenv(name, value)
        environment.setenv("DATAHALL_HOME", str(store))
        environment.setenv(FOLDER_VARIABLE, str(fork_servers))
        environment.delenv("DATAHALL_CATALOGS", raising=False)
        yield environment


@pytest.fixture(scope="module")
def run(surroundings: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Ran]]:
    """Run a notebook in an empty folder, once in each language; its kernel lives until the last test of this file."""
    ran: dict[tuple[Path, str], Ran] = {}

    def run_notebook(path: Path, *, language: str = "en") -> Ran:
        if (path, language) not in ran:
            surroundings.setenv("DATAHALL_LANGUAGE", language)
            ran[path, language] = Ran(read(path), folder=tmp_path_factory.mktemp("notebook"), kernels=kernels)
        return ran[path, language]

    with ExitStack() as kernels:
        yield run_notebook


@pytest.fixture
def run_once(surroundings: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., Ran]]:
    """Run notebooks in an empty folder; their kernels end with the test."""

    def run_notebook(notebook: nbformat.NotebookNode, *, language: str, allow_errors: bool = False) -> Ran:
        surroundings.setenv("DATAHALL_LANGUAGE", language)
        return Ran(notebook, folder=tmp_path, kernels=kernels, allow_errors=allow_errors)

    with ExitStack() as kernels:
        yield run_notebook
