"""Let the hub answer HEAD on its first address as it answers GET: link checkers and probes ask that way.

JupyterHub's two handlers between ``/`` and the hall know GET only. Safe to call twice.
"""

from __future__ import annotations


def answer_head_requests() -> None:
    """Give both handlers a HEAD; called before the hub starts."""
    from jupyterhub.handlers.base import PrefixRedirectHandler
    from jupyterhub.handlers.pages import RootHandler

    for handler in (PrefixRedirectHandler, RootHandler):
        handler.head = handler.get
