"""nginx as it comes, serving one folder: what downloads are compared with."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.running_hall import find_free_port

START_TIMEOUT = 10.0
# Debian's defaults where they matter (sendfile, tcp_nopush, keep-alive); no log, one process for each core.
CONFIGURATION = """
worker_processes auto;
pid {run}/nginx.pid;
error_log {run}/error.log;
daemon off;
{user}
events {{ worker_connections 768; }}
http {{
  sendfile on;
  tcp_nopush on;
  keepalive_requests 100000;
  access_log off;
  client_body_temp_path {run}/body;
  proxy_temp_path {run}/proxy;
  fastcgi_temp_path {run}/fastcgi;
  uwsgi_temp_path {run}/uwsgi;
  scgi_temp_path {run}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location {prefix}/ {{ alias {folder}/; }}
  }}
}}
"""


def find_nginx() -> str | None:
    """Return the program, None where it is not installed (Debian: nginx-light)."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


@contextlib.contextmanager
def serve_folder(program: str, folder: Path, *, run: Path, prefix: str) -> Iterator[int]:
    """Serve `folder` below `prefix` until the block ends; yields the port."""
    import os

    port = find_free_port()
    configuration = run / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""  # else its workers could not enter a private folder
    configuration.write_text(CONFIGURATION.format(run=run, port=port, prefix=prefix, folder=folder, user=user))
    process = subprocess.Popen([program, "-c", str(configuration), "-e", str(run / "error.log")])
    try:
        deadline = time.monotonic() + START_TIMEOUT
        while not _listens(port):
            assert process.poll() is None, (run / "error.log").read_text()
            assert time.monotonic() < deadline, "nginx did not start"
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
