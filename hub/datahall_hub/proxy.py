"""The hub's view of a proxy that runs beside it and may fall and come back empty.

A proxy keeps its routes in memory. JupyterHub looks at them every five minutes unless it started the proxy
itself; here the supervisor does, so the hub looks often and puts back what is missing.
"""

from __future__ import annotations

from typing import Any

from jupyterhub.proxy import ConfigurableHTTPProxy
from tornado.ioloop import PeriodicCallback
from traitlets import Unicode

LOOK_EVERY = 2000  # milliseconds


class WatchedProxy(ConfigurableHTTPProxy):  # type: ignore[misc]  # JupyterHub ships no types
    """A ConfigurableHTTPProxy whose routes come back soon after it does."""

    door_key = Unicode(config=True, help="The key of the door before people's servers (`datahall_hub.door`).")
    _watch: PeriodicCallback | None = None
    _is_restoring = False

    async def check_routes(self, user_dict: Any, service_dict: Any, routes: Any = None) -> None:
        """Bring the proxy's routes up to date; JupyterHub calls this once it has started, and now and then."""
        await super().check_routes(user_dict, service_dict, routes)
        if self._watch is None:
            self._watch = PeriodicCallback(lambda: self._restore(user_dict, service_dict), LOOK_EVERY)
            self._watch.start()

    async def _restore(self, user_dict: Any, service_dict: Any) -> None:
        if self._is_restoring:  # a request to a proxy that is away is repeated for a while; one is enough
            return
        self._is_restoring = True
        try:
            routes = await self.get_all_routes()
            if self.app.hub.routespec not in routes:
                self.log.warning("The proxy has come back without its routes; putting them back.")
                await self.check_routes(user_dict, service_dict, routes)
        except Exception as error:  # noqa: BLE001 whatever kept it from answering: the next look comes in two seconds
            self.log.warning("The proxy does not answer: %s", error)
        finally:
            self._is_restoring = False
