"""Run JupyterHub as the supervisor's child: ``python -m datahall_hub.hub_process -f FILE``.

Some things differ from ``jupyterhub``. It listens on the socket that the supervisor holds, so that its port is
never free for somebody else. And it takes bodies of at most 1 MiB: tornado's 100 MiB, sent by a few strangers at
once, would fill the machine's memory. And each session comes with the pass to the person's own server (`door`). What
a class asks for at once is taken up one by one. Its database, where that is a file, keeps a log ahead of it.
"""

from __future__ import annotations

import gc
from typing import Any

import tornado.httpserver

from datahall_hub.listening_sockets import take_inherited_socket
from datahall_hub.unused_grammar import skip_unused_grammar

LARGEST_BODY = 1024**2  # bytes


class HubServer(tornado.httpserver.HTTPServer):
    """The HTTP server that JupyterHub makes."""

    def initialize(self, *args: Any, **options: Any) -> None:
        """Make the server; JupyterHub gives everything but the bound on bodies."""
        super().initialize(*args, **{"max_body_size": LARGEST_BODY, **options})

    def listen(self, port: int, *args: Any, **options: Any) -> Any:
        """Listen on the inherited socket, or on a new one where the hub was started by hand."""
        inherited = take_inherited_socket(port)
        if inherited is None:
            return super().listen(port, *args, **options)
        self.add_socket(inherited)
        return None


def main() -> None:
    """Run the hub."""
    skip_unused_grammar()
    tornado.httpserver.HTTPServer = HubServer  # type: ignore[misc]
    from jupyterhub.app import main as run_hub

    from datahall_hub.database import write_ahead
    from datahall_hub.door import give_passes_with_sessions
    from datahall_hub.head_requests import answer_head_requests
    from datahall_hub.start_requests import take_up_one_by_one

    answer_head_requests()
    give_passes_with_sessions()
    take_up_one_by_one()
    write_ahead()
    gc.freeze()  # what is imported stays: walking through it takes a tenth of a second, in which nobody is answered
    run_hub()


if __name__ == "__main__":
    main()
