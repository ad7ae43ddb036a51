"""A person signed in to a JupyterHub, ours or stock: the same client for both.

Speaks as a browser does: form with its `_xsrf`, cookies, and the API with the same session.
"""

from __future__ import annotations

import json
import time
from types import TracebackType

import httpx


class HubSession:
    """One person's session; a context manager."""

    def __init__(self, hub: str, *, name: str) -> None:
        self.hub = hub.rstrip("/") + "/"
        self.name = name
        self._client = httpx.Client(follow_redirects=True, timeout=60, trust_env=False)

    def __enter__(self) -> HubSession:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _t: TracebackType | None
    ) -> None:
        self._client.close()

    def sign_in(self, password: str) -> httpx.Response:
        """Fill in the sign-in form; return the answer, which leads elsewhere (to a server that starts, say)."""
        self._client.get(self.hub + "login")
        return self._post_form("login", username=self.name, password=password)

    def api(self, method: str, path: str, *, body: object = None) -> httpx.Response:
        """Call the hub's API; raise where it answers with an error."""
        response = self._client.request(
            method,
            f"{self.hub}api/{path}",
            json=body,
            headers={"X-XSRFToken": self._xsrf(), "Referer": self.hub + "home"},
        )
        if response.is_error:
            raise RuntimeError(f"{method} {path} answered {response.status_code}: {response.text[:500]}")
        return response

    def start_server(self, *, limit: float) -> float:
        """Ask for the server and return the seconds until the hub says it is ready.

        Raises
        ------
        TimeoutError
            If it is not ready, or has failed, within `limit` seconds.
        """
        began = time.monotonic()
        self.api("POST", f"users/{self.name}/server")
        while time.monotonic() - began < limit:
            for event in self._progress(limit=limit - (time.monotonic() - began)):
                if event.get("ready"):
                    return time.monotonic() - began
                if event.get("failed"):
                    raise TimeoutError(f"the server failed: {event.get('message')}")
        raise TimeoutError(f"no server after {limit:.0f} s")

    def stop_server(self, *, limit: float) -> None:
        """Stop the server and wait until it is gone."""
        deadline = time.monotonic() + limit
        self.api("DELETE", f"users/{self.name}/server")
        while self.api("GET", f"users/{self.name}").json()["servers"]:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the server has not stopped after {limit:.0f} s")
            time.sleep(0.1)

    def _progress(self, *, limit: float) -> list[dict[str, object]]:
        """Follow the server's progress to its end, as the page that waits does; return the last events."""
        events: list[dict[str, object]] = []
        url = f"{self.hub}api/users/{self.name}/server/progress"
        try:
            with self._client.stream("GET", url, timeout=max(limit, 0.1)) as response:
                response.raise_for_status()
                for line in response.iter_lines():
                    if line.startswith("data:"):
                        events.append(json.loads(line.removeprefix("data:")))
                    if events and (events[-1].get("ready") or events[-1].get("failed")):
                        break
        except httpx.TimeoutException:
            pass  # the caller knows how much time is left
        return events

    def _post_form(self, page: str, **fields: str) -> httpx.Response:
        return self._client.post(self.hub + page, data={"_xsrf": self._xsrf(), **fields}, follow_redirects=False)

    def _xsrf(self) -> str:
        """Return the hub's own token; other paths may have cookies of the same name."""
        hub_path = httpx.URL(self.hub).path
        for cookie in self._client.cookies.jar:
            if cookie.name == "_xsrf" and cookie.path == hub_path:
                return cookie.value or ""
        return ""
