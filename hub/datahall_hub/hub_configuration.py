"""Turn settings into the traits of JupyterHub, one function for each chapter of ``jupyterhub_config.py``.

Values in, a ``Config`` out: nothing here starts, writes or asks for anything, except that secrets are read
from their files, which are made on the first start.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import psutil
from traitlets.config import Config

from datahall_hub import roles
from datahall_hub.accounts import configure_accounts
from datahall_hub.home import Home
from datahall_hub.secret_files import ensure_secret
from datahall_hub.settings import Settings
from datahall_hub.walls import find_reason_without_walls

if TYPE_CHECKING:
    from jupyterhub.handlers import BaseHandler

HALL = "/services/hall/"
# An idle server takes about 110 MB and a kernel with its libraries 200 MB; half the machine stays free for both.
BYTES_PER_SERVER = 150 * 1024**2
LONGEST_LINE = 24 * 60 * 60  # seconds
CULL_EVERY = 60  # seconds between two looks for idle servers


def configure_addresses(settings: Settings) -> Config:
    """Where people find the hall, and where the hub listens behind the proxy."""
    inner = f"http://127.0.0.1:{settings.hub_port}"
    hub: dict[str, Any] = {  # traits are of many types
        "bind_url": f"http://{settings.host}:{settings.port}",
        "hub_bind_url": inner,
        "hub_connect_url": inner,
        "default_url": lead_to_hall,
        # The hub's own session cookies: never sent along from other sites, over https only where there is https.
        "tornado_settings": {
            "cookie_options": {"samesite": "Lax", "secure": settings.address.startswith("https://")},
            # Who asks for a server is led straight to one that starts at once, and else to the page that waits.
            "slow_spawn_timeout": 1,
        },
    }
    if settings.public_url:
        hub["public_url"] = settings.address
        # The server in front is expected on this machine; its own address then says nothing about a client.
        hub["trusted_downstream_ips"] = ["127.0.0.1", "::1"]
    return Config({"JupyterHub": hub})


def configure_proxy(settings: Settings, *, home: Home) -> Config:
    """The proxy runs beside the hub, under the supervisor, so that either can fall alone."""
    return Config(
        {
            "ConfigurableHTTPProxy": {
                "should_start": False,
                "api_url": f"http://127.0.0.1:{settings.proxy_api_port}",
                "auth_token": ensure_secret(home.secrets / "proxy-token"),
                # Robots ask at the top, where the hub would look for a file of its own.
                "extra_routes": {"/robots.txt/": f"http://127.0.0.1:{settings.hall_port}"},
            },
            "WatchedProxy": {"door_key": ensure_secret(home.door_key)},
            "JupyterHub": {"proxy_class": "datahall_hub.proxy.WatchedProxy", "cleanup_proxy": False},
        }
    )


def configure_state(settings: Settings, *, home: Home) -> Config:
    """Where the hub keeps what must outlive it."""
    ensure_secret(home.cookie_secret)
    return Config(
        {
            "JupyterHub": {
                "db_url": settings.database_url or f"sqlite:///{home.database}",
                "cookie_secret_file": str(home.cookie_secret),
                "upgrade_db": True,
                "pid_file": str(home.run / "hub.pid"),
            }
        }
    )


def configure_sign_in(settings: Settings) -> Config:
    """How people sign in, and the pages they see meanwhile."""
    return configure_accounts(settings, sandbox_warning=find_reason_without_walls(settings) or "")


def configure_services(settings: Settings, *, home: Home) -> Config:
    """What stands beside the hub: the hall, the apps, and the program that ends idle servers."""
    hall = {
        "name": "hall",
        "url": f"http://127.0.0.1:{settings.hall_port}",
        "api_token": ensure_secret(home.secrets / "hall-token"),
        "oauth_client_id": "service-hall",
        "oauth_redirect_uri": f"{HALL}oauth_callback",
        "oauth_no_confirm": True,  # the hall is part of this hub: no page that asks whether it may know one's name
        "oauth_client_allowed_scopes": roles.hall_client_scopes(),  # it acts as the person who signed in
        "display": False,
    }
    apps = {"name": "apps", "url": f"http://127.0.0.1:{settings.apps_port}", "display": False}
    culler = {
        "name": "idle-culler",
        "command": [
            sys.executable,
            "-m",
            "datahall_hub.idle_culler",
            f"--timeout={settings.idle_timeout}",
            f"--cull-every={min(CULL_EVERY, settings.idle_timeout // 2)}",
        ],
    }
    return Config({"JupyterHub": {"services": [hall, apps, culler]}})


def configure_rights() -> Config:
    """Who may do what: the table of roles, and the little that the culler needs."""
    culler = {
        "name": "idle-culler",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": ["idle-culler"],
    }
    return Config(
        {
            "JupyterHub": {
                "load_roles": [*roles.load_roles(), culler],
                "load_groups": roles.load_groups(),
                "custom_scopes": roles.load_custom_scopes(),
            }
        }
    )


def configure_servers(settings: Settings) -> Config:
    """How a person's server is started, and how many there may be."""
    return Config(
        {
            "JupyterHub": {
                "spawner_class": "datahall_hub.spawner.SandboxSpawner",
                "active_server_limit": int(psutil.virtual_memory().total // BYTES_PER_SERVER),
                "concurrent_spawn_limit": 0,  # nobody is sent away: starts wait in a line of the spawner's own
                "allow_named_servers": False,
            },
            "Spawner": {
                # The spawner itself holds each server to the setting from its turn on; before that it waits in line.
                "start_timeout": LONGEST_LINE,
                "http_timeout": settings.start_timeout,
                "poll_interval": 10,
                "env_keep": [],
                "server_token_scopes": list(roles.SERVER_TOKEN),
            },
        }
    )


def lead_to_hall(handler: BaseHandler) -> str:
    """Lead whoever opens ``/`` to the hall; elsewhere the hub decides, and a login leads to the Lab."""
    return HALL if handler.__class__.__name__ == "RootHandler" else ""
