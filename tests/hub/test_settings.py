"""Settings: one declaration, four places a value may come from."""

from __future__ import annotations

from pathlib import Path

import pytest
from datahall_hub.settings import Settings
from pydantic import ValidationError


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch, tmp_path):
    for name in Settings.model_fields:
        monkeypatch.delenv(f"DATAHALL_{name.upper()}", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


def test_every_setting_says_in_a_sentence_what_it_is_for():
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name


def test_without_anything_given_the_defaults_hold():
    settings = Settings()

    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.home == Path.home() / ".local/share/datahall"


def test_the_command_line_comes_before_the_environment_and_that_before_the_file(monkeypatch, tmp_path):
    (tmp_path / "settings.toml").write_text("port = 1001\nidle_timeout = 100\nstart_timeout = 50\n")
    monkeypatch.setenv("DATAHALL_HOME", str(tmp_path))
    monkeypatch.setenv("DATAHALL_PORT", "1002")
    monkeypatch.setenv("DATAHALL_IDLE_TIMEOUT", "200")

    settings = Settings(port=1003)

    assert (settings.port, settings.idle_timeout, settings.start_timeout) == (1003, 200, 50)


def test_children_get_the_same_settings_by_their_environment(monkeypatch, tmp_path):
    settings = Settings(home=tmp_path, port=9000, public_url="https://hall.example.org")

    for name, value in settings.as_environment().items():
        monkeypatch.setenv(name, value)

    assert Settings() == settings


@pytest.mark.parametrize(
    ("name", "value"),
    [("port", 70000), ("port", "eighty"), ("sandbox", "off"), ("idle_timeout", 5), ("apps_kernels", -1)],
)
def test_a_wrong_value_is_refused(name, value):
    with pytest.raises(ValidationError, match=name):
        Settings(**{name: value})


@pytest.mark.parametrize(
    ("host", "is_public", "address"),
    [
        ("127.0.0.1", False, "http://127.0.0.1:8000"),
        ("::1", False, "http://[::1]:8000"),
        ("0.0.0.0", True, "http://127.0.0.1:8000"),
        ("192.0.2.7", True, "http://192.0.2.7:8000"),
    ],
)
def test_an_address_is_public_unless_it_is_loopback(host, is_public, address):
    settings = Settings(host=host)

    assert settings.is_public is is_public
    assert settings.address == address


def test_the_public_address_is_what_people_see():
    assert Settings(public_url="https://hall.example.org/").address == "https://hall.example.org"


def test_a_mistyped_name_in_the_file_is_refused_and_named(monkeypatch, tmp_path):
    (tmp_path / "settings.toml").write_text('sandbx = "required"\n')

    with pytest.raises(ValidationError, match="sandbx"):
        Settings(home=tmp_path)
