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
    from .preview import prepare_preview

    load_handlers(app)
    app.config.VoilaConfiguration.prelaunch_hook = prepare_preview
    # Previews take the typesetter of Voila's own bundle instead of one from another host.
    app.web_app.settings.update(mathjax_url="null", mathjax_config="null")
