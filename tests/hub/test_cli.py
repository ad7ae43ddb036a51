"""The operator's command line: what goes wrong is a sentence and an exit code, never a traceback."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from datahall_hub import process_plans
from datahall_hub.cli import app
from datahall_hub.operator_words import find_program
from datahall_hub.process_plans import MissingPartError, find_node
from datahall_hub.settings import OPTIONS_ALONE, Settings
from typer.testing import CliRunner

from tests.running_hall import COMMAND, offline_environment


def run(*words: object, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line as an operator does, and hold that there is no traceback."""
    result = subprocess.run(
        [*COMMAND, *map(str, words)],
        env=offline_environment(environment), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert "Traceback" not in result.stdout + result.stderr
    return result


def test_a_taken_port_is_named_before_anything_is_started(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("up", "--home", tmp_path / "home", "--port", port)

    assert result.returncode == 1
    assert f"127.0.0.1:{port}: in use" in result.stderr
    assert f"--port {port + 1}" in result.stderr
    assert not (tmp_path / "home").exists()


def test_a_stranger_at_ipv6s_localhost_counts_as_taken(tmp_path):
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
        port = taken.getsockname()[1]
        result = run("up", "--home", tmp_path / "home", "--port", port)

    assert result.returncode == 1
    assert "in use" in result.stderr


@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.7"])
def test_a_host_that_is_not_this_machines_is_named_as_such(tmp_path, host):
    result = run("up", "--home", tmp_path / "home", "--port", 0, "--host", host)

    assert result.returncode == 1
    assert f"cannot listen on {host}: this machine has no such address" in result.stderr
    assert "--host" in result.stderr


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--database-url", "mysql+pymysql://hall:hunter2@localhost/hall", "needs the Python package pymysql"),
        ("--database-url", "nonsense://hall:hunter2@localhost", "is not an SQLAlchemy URL of a known database"),
        ("--database-url", "hunter2", "is not an SQLAlchemy URL of a known database"),
        ("--authenticator", "nonsense", "'nonsense', which is not installed. Choose one of: datahall, "),
    ],
    ids=["no driver", "unknown database", "no URL", "unknown authenticator"],
)
def test_a_setting_that_cannot_work_is_named_before_anything_is_started(tmp_path, option, value, said):
    result = run("up", "--home", tmp_path / "home", "--port", 0, option, value)

    assert result.returncode == 1
    assert said in result.stderr
    assert "hunter2" not in result.stderr
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("place", ["file in the way", "read-only place"])
def test_a_home_that_cannot_be_written_is_named(tmp_path, place):
    (tmp_path / "file").write_text("")
    home = tmp_path / "file" if place == "file in the way" else Path("/proc/hall")

    result = run("up", "--home", home, "--port", 0)

    assert result.returncode == 1
    assert str(home) in result.stderr
    assert "--home" in result.stderr


def test_a_home_made_by_a_newer_version_is_refused(tmp_path):
    (tmp_path / "home.json").write_text('{"layout": 99}')

    result = run("up", "--home", tmp_path, "--port", 0)

    assert result.returncode == 1
    assert "newer version" in result.stderr


def test_without_a_sandbox_another_address_is_refused(tmp_path):
    words = ("up", "--home", tmp_path, "--port", 0, "--host", "0.0.0.0")
    for result in (run(*words, environment={"PATH": "/nowhere"}), run(*words, "--unsafe-no-sandbox")):
        assert result.returncode == 1
        assert "does not listen on 0.0.0.0" in result.stderr
        assert "127.0.0.1" in result.stderr


@pytest.mark.parametrize("environment", [{"PATH": "/nowhere"}, {}], ids=["no bubblewrap", "bubblewrap"])
def test_walls_are_not_switched_off_where_a_server_in_front_lets_others_in(environment, tmp_path):
    words = ("up", "--home", tmp_path, "--port", 0, "--unsafe-no-sandbox")

    result = run(*words, "--public-url", "https://hall.example.org", environment=environment)

    assert result.returncode == 1
    assert "https://hall.example.org" in result.stderr
    assert "--unsafe-no-sandbox" in result.stderr


def test_no_setting_switches_the_walls_off(tmp_path):
    (tmp_path / "settings.toml").write_text("unsafe_no_sandbox = true\n")

    result = run("up", "--home", tmp_path, "--port", 0)

    assert result.returncode == 2
    assert "settings.toml names 'unsafe_no_sandbox', which is an option of 'up' alone" in result.stderr
    assert run("up", "--home", tmp_path / "other", "--sandbox", "off").returncode == 2


def test_no_variable_switches_the_walls_off(tmp_path):
    """With the option the address would be refused for another reason: that the sandbox is switched off."""
    words = ("up", "--home", tmp_path, "--port", 0, "--host", "0.0.0.0")

    result = run(*words, environment={"PATH": "/nowhere", "DATAHALL_UNSAFE_NO_SANDBOX": "true"})

    assert "bubblewrap is not installed" in result.stderr
    assert "--unsafe-no-sandbox" not in result.stderr


def test_a_required_sandbox_that_is_missing_is_said(tmp_path):
    words = ("up", "--home", tmp_path, "--port", 0, "--sandbox", "required")

    result = run(*words, environment={"PATH": "/nowhere"})

    assert result.returncode == 1
    assert "apt install bubblewrap" in result.stderr


def test_a_missing_proxy_is_said_with_the_way_out(tmp_path, monkeypatch):
    monkeypatch.setattr(process_plans, "PROXY_SCRIPT", tmp_path / "configurable-http-proxy")

    result = CliRunner().invoke(app, ["up", "--home", str(tmp_path / "home"), "--port", "0"])

    assert result.exit_code == 1
    assert "make setup" in result.output


def test_a_missing_node_is_said_with_the_way_out():
    with pytest.raises(MissingPartError, match="make setup"):
        find_node(package="no_such_package")


@pytest.mark.parametrize(
    "words",
    [
        ("up", "--port", "many"),
        ("up", "--sandbox", "perhaps"),
        ("up", "--no-such-option"),
        ("up", "--home="),
        ("fly",),
        ("status", "too", "much"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_misuse_ends_with_exit_code_2(words, tmp_path):
    assert run(*words, environment={"DATAHALL_HOME": str(tmp_path)}).returncode == 2


def test_settings_that_are_no_toml_are_said(tmp_path):
    (tmp_path / "settings.toml").write_text("port = = 3")

    result = run("up", "--home", tmp_path)

    assert result.returncode == 2
    assert "settings.toml" in result.stderr


def test_how_often_a_portal_is_harvested_is_told_with_the_forms_there_are(tmp_path):
    (tmp_path / "settings.toml").write_text('[[harvests]]\naddress = "http://portal.example/"\nevery = "weekly"\n')

    result = run("up", "--home", tmp_path)

    assert result.returncode == 2
    assert "'weekly' is no span of time" in result.stderr
    assert "P7D" in result.stderr


def test_up_has_an_option_for_every_setting():
    shown = run("up", "--help", environment={"COLUMNS": "200"}).stdout

    for name in Settings.model_fields:
        assert f"--{name.replace('_', '-')}" in shown


def test_the_settings_are_listed_for_people_and_for_programs():
    listed = json.loads(run("settings", "--json").stdout)

    assert [row["name"] for row in listed] == [name for name in Settings.model_fields if name not in OPTIONS_ALONE]
    shown = run("settings").stdout
    assert all(row["description"] in shown and row["variable"] in shown for row in listed)


def test_the_status_of_a_hall_that_does_not_run_is_an_error_with_a_hint(tmp_path):
    result = run("status", "--json", "--home", tmp_path)

    assert result.returncode == 1
    error = json.loads(result.stdout)["error"]
    assert error["code"] == "not-running"
    assert "datahall-hub up" in error["hint"]


@pytest.mark.parametrize("command", ["", "up", "down", "status", "settings"])
def test_help_is_in_the_terminals_language_alone(command):
    chinese = run(*filter(None, [command]), "--help", environment={"LC_ALL": "zh_CN.UTF-8"}).stdout

    # What stays are names: of programs, options, values and standards.
    sentences = [line for line in chinese.splitlines() if re.search(r"[A-Za-z]{3,} [a-z]{2,} [a-z]{2,}", line)]
    assert sentences == []
    assert chinese.startswith(f"用法：datahall-hub {command or '命令'}")


def test_help_says_what_an_option_takes_and_cuts_no_path(tmp_path):
    home = tmp_path / ("a-long-name-" * 10)

    shown = run("up", "--help", environment={"HOME": str(home), "COLUMNS": "60"}).stdout

    assert f"{home}/.local/share/datahall\n" in shown
    assert "--port NUMBER\n" in shown
    assert "--sandbox auto|required\n" in shown


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("fly",), "“fly”"),
        (("up", "--wings"), "“--wings”"),
        (("up", "--port"), "“--port”"),
        (("status", "too", "much"), "“too much”"),
        (("up", "--port", "many"), "“many”不是整数"),
        (("up", "--port", "70000"), "65535"),
        (("up", "--sandbox", "perhaps"), "“perhaps”"),
    ],
    ids=str,
)
def test_misuse_is_said_in_the_terminals_language(words, said):
    result = run(*words, environment={"LC_ALL": "zh_CN.UTF-8"})

    assert result.returncode == 2
    assert said in result.stderr
    assert not re.search(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}", result.stderr.splitlines()[0])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("stauts",), ["There is no command 'stauts'.", "Did you mean status?", "See: {program} --help"]),
        (
            ("up", "--prot", "9100"),
            ["There is no option '--prot'.", "Did you mean --port?", "See: {program} up --help"],
        ),
        (("up", "--port"), ["The option '--port' needs a value.", "See: {program} up --help"]),
        (("down", "--at-once"), ["There is no option '--at-once'.", "See: {program} down --help"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_misuse_proposes_what_was_meant_and_points_at_the_help_that_lists_it(words, said):
    shown = run(*words, environment={"LC_ALL": "C.UTF-8"}).stderr.splitlines()

    assert shown == [line.format(program=find_program()) for line in said]


def test_the_program_is_named_as_it_can_be_called_from_here(tmp_path, monkeypatch):
    bin_folder = Path(sys.executable).parent
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.chdir(bin_folder.parent.parent)
    assert find_program() == f"{bin_folder.parent.name}/bin/datahall-hub"

    monkeypatch.chdir(tmp_path)
    assert find_program() == str(bin_folder / "datahall-hub")

    monkeypatch.setenv("PATH", f"{bin_folder}:/usr/bin:/bin")
    assert find_program() == "datahall-hub"


def test_errors_are_said_in_the_terminals_language(tmp_path):
    result = run("status", "--home", tmp_path, environment={"LC_ALL": "zh_CN.UTF-8"})

    assert "没有正在运行的大厅" in result.stderr
