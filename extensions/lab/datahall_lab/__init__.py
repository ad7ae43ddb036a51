"""Datasets, apps and lineage of a data hall inside JupyterLab: the panel (`labextension`) and its server half.

JupyterLab finds the built panel in ``share/jupyter/labextensions/@datahall/lab``, its Chinese words in `locale`, and
Jupyter Server the handlers by ``jupyter-config``.
"""

from __future__ import annotations

from typing import Any


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "@datahall/lab"}]


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "datahall_lab"}]


def _load_jupyter_server_extension(app: Any) -> None:
    from .handlers import load_handlers
    from .preview import set_up_previews

    load_handlers(app)
    set_up_previews(app)
