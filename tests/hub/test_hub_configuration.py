"""The hub's configuration: short, from settings, with secrets in files and the operator's word last."""

from __future__ import annotations

from pathlib import Path

import pytest
from datahall_hub import hub_configuration as hub
from datahall_hub.failures import RunError
from datahall_hub.home import Home, ensure_home
from datahall_hub.local_configuration import find_local_configuration
from datahall_hub.settings import CHECKOUT, Settings
from traitlets.config import Config


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return ensure_home(tmp_path / "hall")


def load(home: Home, monkeypatch: pytest.MonkeyPatch, **settings: object) -> Config:
    """Run jupyterhub_config.py as JupyterHub does, with settings from the environment."""
    for name, value in {"home": home.root, "hub_port": 1, "proxy_api_port": 2, **settings}.items():
        monkeypatch.setenv(f"DATAHALL_{name.upper()}", str(value))
    config = Config()
    path = CHECKOUT / "hub/jupyterhub_config.py"
    exec(compile(path.read_text(), path, "exec"), {"get_config": lambda: config})
    return config


def test_the_configuration_file_fits_on_a_screen():
    assert len((CHECKOUT / "hub/jupyterhub_config.py").read_text().splitlines()) < 50


def test_loading_it_twice_gives_the_same(home, monkeypatch):
    assert load(home, monkeypatch) == load(home, monkeypatch)


def test_only_the_proxy_listens_where_people_come_in(home, monkeypatch):
    config = load(home, monkeypatch, host="0.0.0.0", port=8123, unsafe_no_sandbox=True)

    assert config.JupyterHub.bind_url == "http://0.0.0.0:8123"
    assert config.JupyterHub.hub_bind_url == config.JupyterHub.hub_connect_url == "http://127.0.0.1:1"
    assert config.ConfigurableHTTPProxy.api_url == "http://127.0.0.1:2"
    assert config.ConfigurableHTTPProxy.should_start is False


def test_the_database_is_a_file_in_the_home_unless_a_url_is_set(home, monkeypatch):
    assert load(home, monkeypatch).JupyterHub.db_url == f"sqlite:///{home.database}"
    assert load(home, monkeypatch, database_url="postgresql://db/hub").JupyterHub.db_url == "postgresql://db/hub"


@pytest.mark.parametrize(("public_url", "is_secure"), [("", False), ("https://hall.example.org", True)])
def test_cookies_are_lax_and_secure_where_people_come_by_https(public_url, is_secure):
    cookies = hub.configure_addresses(Settings(public_url=public_url)).JupyterHub.tornado_settings["cookie_options"]

    assert cookies == {"samesite": "Lax", "secure": is_secure}


def test_secrets_stay_over_restarts_and_are_in_private_files(home, monkeypatch):
    first, second = load(home, monkeypatch), load(home, monkeypatch)

    assert first.ConfigurableHTTPProxy.auth_token == second.ConfigurableHTTPProxy.auth_token
    assert {path.stat().st_mode & 0o777 for path in home.secrets.iterdir()} == {0o600}


def test_the_services_hold_no_rights_but_the_cullers(home, monkeypatch):
    config = load(home, monkeypatch)

    with_rights = {service for role in config.JupyterHub.load_roles for service in role.get("services", [])}
    assert with_rights == {"idle-culler"}
    assert not any(service.get("admin") for service in config.JupyterHub.services)
    assert [service["name"] for service in config.JupyterHub.services if "api_token" in service] == ["hall"]


def test_nothing_of_the_hubs_environment_is_handed_to_servers(home, monkeypatch):
    assert load(home, monkeypatch).Spawner.env_keep == []


def test_the_operators_own_files_are_read_last_and_win(home, monkeypatch):
    home.local_configuration.mkdir()
    (home.local_configuration / "10-limits.py").write_text("c.Spawner.start_timeout = 5\n")
    (home.local_configuration / "20-limits.py").write_text("c.Spawner.start_timeout = 2 * settings.start_timeout\n")

    assert load(home, monkeypatch, start_timeout=30).Spawner.start_timeout == 60


@pytest.mark.parametrize("fault", ["writable by others", "a link", "folder writable by the group"])
def test_a_file_that_somebody_else_could_have_written_is_refused(home, fault):
    folder = home.local_configuration
    folder.mkdir()
    file = folder / "own.py"
    if fault == "a link":
        (home.root / "elsewhere.py").write_text("")
        file.symlink_to(home.root / "elsewhere.py")
    else:
        file.write_text("")
        (file if fault == "writable by others" else folder).chmod(0o777)

    with pytest.raises(RunError, match="chmod go-w"):
        find_local_configuration(home)


def test_settings_that_somebody_else_could_have_written_are_refused(home):
    (home.root / "settings.toml").write_text('sandbox = "off"\n')
    (home.root / "settings.toml").chmod(0o666)

    with pytest.raises(RunError, match="chmod go-w"):
        find_local_configuration(home)
