"""End idle servers: jupyterhub-idle-culler, made to end with the hub that started it.

The hub starts it as a managed service. After ``kill -9`` of the hub nobody would end it, and the next hub
would start a second one.
"""

from __future__ import annotations

from jupyterhub_idle_culler import main

from datahall_hub.parent_death import end_with_parent

if __name__ == "__main__":
    end_with_parent()
    main()
