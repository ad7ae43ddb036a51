"""Where a fork would not be what a fresh process is, an ordinary start happens, with its reason told and counted."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from datahall_forkserver import ForkServer
from datahall_forkserver.provisioner import find_reason_against_command, find_reason_against_options, starts
from datahall_forkserver.starting import FOLDER_VARIABLE, find_place
from datahall_forkserver.surroundings import describe_surroundings, find_reason_against

from tests.extensions.conftest import end_servers

LAUNCH = ["-m", "ipykernel_launcher", "-f", "x"]


@pytest.fixture
def counted():
    """How kernels were started since the test began."""
    before = starts.copy()
    return lambda: dict(starts - before)


@pytest.mark.parametrize(
    ("cmd", "code"),
    [
        ([sys.executable, *LAUNCH], None),
        ([sys.executable, "-Xfrozen_modules=off", *LAUNCH], None),
        ([str(Path(sys.executable).parent / "python3"), *LAUNCH], None),
        (["/usr/bin/python3", *LAUNCH], "another-interpreter"),
        ([os.path.realpath(sys.executable), *LAUNCH], "another-interpreter"),
        (["python3", *LAUNCH], "another-interpreter"),
        (["/usr/bin/R", "--slave"], "another-interpreter"),
        ([], "another-interpreter"),
        ([sys.executable, "-O", *LAUNCH], "another-command"),
        ([sys.executable, "-m", "xeus_python", "-f", "x"], "another-command"),
        ([sys.executable, "-c", "pass"], "another-command"),
    ],
)
def test_only_this_interpreters_plain_kernel_is_forked(cmd, code):
    reason = find_reason_against_command(cmd)

    assert (reason.code if reason else None) == code


@pytest.mark.parametrize("option", ["preexec_fn", "pass_fds", "user", "umask", "process_group"])
def test_what_a_fork_cannot_do_is_left_to_popen(option):
    assert find_reason_against_options({"env": {}, option: print}).code == "another-option"
    assert find_reason_against_options({"env": {}, "cwd": "/", option: None}) is None


def packages_with(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.py").write_text(f"__version__ = 'another {name}'\n")
    return folder


@pytest.mark.parametrize("where", ["PYTHONPATH", "the working folder"])
def test_another_version_that_a_fresh_kernel_would_find_first_is_what_one_gets(
    start_kernel, tmp_path, counted, where, caplog
):
    start_kernel().value("1")  # a server runs
    folder = packages_with(tmp_path / "theirs", "duckdb")
    options = {"env": {"PYTHONPATH": str(folder)}} if where == "PYTHONPATH" else {"cwd": str(folder)}

    with caplog.at_level(logging.WARNING):
        kernel = start_kernel(**options)

    assert kernel.value("__import__('duckdb').__version__") == "another duckdb"
    assert counted() == {"forked": 1, "another-version": 1}


def test_a_folder_on_the_path_that_shadows_nothing_is_searched_by_a_forked_kernel(start_kernel, tmp_path, counted):
    folder = packages_with(tmp_path / "theirs", "something_else")

    kernel = start_kernel(env={"PYTHONPATH": str(folder)})

    assert kernel.value("__import__('something_else').__version__") == "another something_else"
    assert counted() == {"forked": 1}


@pytest.mark.parametrize("variable", ["OMP_NUM_THREADS", "POLARS_MAX_THREADS"])
def test_a_variable_that_counts_when_a_program_starts_is_heeded(start_kernel, variable):
    kernel = start_kernel(env={variable: "1"})

    assert kernel.value("__import__('polars').thread_pool_size()") == ("1" if "POLARS" in variable else kernel.value(
        "__import__('os').cpu_count()"
    ))  # fmt: skip
    assert kernel.value(f"__import__('os').environ['{variable}']") == "1"


def test_a_person_s_own_settings_of_matplotlib_are_read(start_kernel, kernel_environment, tmp_path, counted):
    home = tmp_path / "home"
    (home / ".config/matplotlib").mkdir(parents=True)
    (home / ".config/matplotlib/matplotlibrc").write_text("lines.linewidth: 7\n")

    kernel = start_kernel(env={"HOME": str(home)})

    assert kernel.value("__import__('matplotlib').rcParams['lines.linewidth']") == "7.0"
    assert counted() == {"forked": 1}


def test_without_a_folder_for_servers_kernels_start_as_ever(start_kernel, tmp_path, counted):
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o755)

    assert start_kernel(env={FOLDER_VARIABLE: str(tmp_path / "open")}).value("1") == "1"
    assert counted() == {"no-server": 1}


def test_a_folder_that_is_not_there_fails_as_it_does_without_us(start_kernel, tmp_path):
    with pytest.raises(FileNotFoundError):
        start_kernel(cwd=str(tmp_path / "nowhere"))


SITE = f"lib/python3.{sys.version_info.minor}/site-packages"


def surroundings_of(folder: Path, **more: object) -> dict:
    """What a server would say whose only packages lie in `folder`."""
    told = describe_surroundings({"polars"})
    return {**told, "path": [str(folder)], "settled": {}, "loaded": ["polars", "json"], **more}


def test_a_distribution_that_changes_makes_a_server_out_of_date(tmp_path, monkeypatch):
    folder = tmp_path / "site-packages"
    (folder / "polars-2.0.dist-info").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [str(folder)])
    told = describe_surroundings({"polars"}) | {"settled": {}, "loaded": ["polars"]}

    def reason():
        found = find_reason_against(told, environment={}, folder=tmp_path)
        return found and (found.code, found.is_stale)

    assert reason() is None
    (folder / "unrelated-1.dist-info").mkdir()
    assert reason() is None
    (folder / "polars-2.0.dist-info").rename(folder / "polars-2.1.dist-info")
    assert reason() == ("stale", True)
    (folder / "polars-2.1.dist-info").rename(folder / "polars-2.0.dist-info")
    assert reason() is None
    (folder / "editable.pth").write_text("/elsewhere\n")
    assert reason() == ("stale", True)


@pytest.mark.parametrize(
    ("home", "code"),
    [("empty", None), ("same", None), ("another", "another-user-site"), ("late", "stale")],
)
def test_packages_in_a_home_folder_are_heeded(tmp_path, home, code):
    seen = tmp_path / "seen" / ".local" / SITE
    seen.mkdir(parents=True)
    (tmp_path / "another" / ".local" / SITE).mkdir(parents=True)
    told = surroundings_of(seen, user_site=str(seen), signs={})
    if home == "late":
        told["path"] = []
    environment = {"HOME": str(tmp_path / {"same": "seen", "late": "seen"}.get(home, home))}

    reason = find_reason_against(told, environment=environment, folder=tmp_path)

    assert (reason.code if reason else None) == code


@pytest.fixture
def own_packages(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A folder of packages and fork servers that no other test has: to these, nothing changes."""
    (tmp_path / "site-packages").mkdir()
    folder = Path(tempfile.mkdtemp(prefix="fork"))
    yield {"PYTHONPATH": str(tmp_path / "site-packages"), FOLDER_VARIABLE: str(folder)}
    end_servers(folder)
    shutil.rmtree(folder)


def test_a_server_that_is_out_of_date_is_replaced(start_kernel, kernel_environment, own_packages, counted):
    server = ForkServer(find_place("kernel", environment=kernel_environment | own_packages).socket)
    kernel = start_kernel(env=own_packages)
    kernel.value("1")
    before = server.describe()["pid"]

    Path(own_packages["PYTHONPATH"], "datahall-test.pth").write_text("")

    assert start_kernel(env=own_packages).value("1") == "1"
    assert server.describe()["pid"] != before
    assert kernel.value("1") == "1"
    assert counted() == {"forked": 2}
