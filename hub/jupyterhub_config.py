"""The hub in one screen: load the settings, apply them chapter by chapter.

Started by ``datahall-hub up``, which hands the settings over in the environment. What each chapter sets,
and why, stands in `datahall_hub.hub_configuration`. An operator's own traits go into
``DATAHALL_HOME/jupyterhub_config.d/*.py``; they are read last and win.
"""

from __future__ import annotations

from datahall_hub import hub_configuration as hub
from datahall_hub.home import ensure_home
from datahall_hub.local_configuration import find_local_configuration
from datahall_hub.settings import Settings
from traitlets.config import Config

c: Config = get_config()  # type: ignore[name-defined]  # noqa: F821 given by JupyterHub
settings = Settings()
home = ensure_home(settings.home)

c.merge(hub.configure_addresses(settings))
c.merge(hub.configure_proxy(settings, home=home))
c.merge(hub.configure_state(settings, home=home))
c.merge(hub.configure_sign_in(settings))
c.merge(hub.configure_services(settings, home=home))
c.merge(hub.configure_rights())
c.merge(hub.configure_servers(settings))

for path in find_local_configuration(home):
    exec(compile(path.read_text(), path, "exec"), {"c": c, "settings": settings})  # noqa: S102 the operator's own
