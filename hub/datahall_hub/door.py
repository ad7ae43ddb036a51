"""The door before people's servers, on the hub's side: who gets the pass that the proxy asks for.

All servers share the hall's origin, and each is in its owner's hands: what it sends could read, in its visitor's
browser, the visitor's own server. So the proxy (``hub/proxy/door.mjs``) lets nobody's browser reach a server that
they may not access. A pass is a cookie for one server, one session and a time, signed with a key that only hub and
proxy know. People get the one for their own server when they sign in, and any other here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from urllib.parse import unquote

from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User
from tornado import web

COOKIE = "datahall-door"
DAYS = 14  # a pass is good for; JupyterHub's own for a login, where the operator has not set another
DAY = 86_400  # seconds
_UNSAFE = re.compile(r"[^\x21-\x7e]|\\")  # what browsers drop, or read as a slash


class DoorHandler(BaseHandler):  # type: ignore[misc]  # JupyterHub has no types
    """Gives the pass to whoever may access a server, and leads on to it; the proxy sends browsers here."""

    @web.authenticated
    async def get(self) -> None:
        """Lead to the address in ``next``, which lies below a person's server, or say that it is not theirs."""
        place = read_place(self.get_query_argument("next", ""), base_url=self.base_url)
        if place is None:
            raise web.HTTPError(400)
        name, rest = place
        owner: User | None = self.find_user(name)
        server = _find_server(owner, rest) if owner is not None else ""
        if owner is None or not _may_access(self, owner, server):
            raise web.HTTPError(403)
        give_pass(self, owner, server)
        self.redirect(owner.base_url + rest)


def give_pass(handler: BaseHandler, owner: User, server: str = "") -> None:
    """Let this browser through to a server of `owner`, for as long as its session lasts."""
    days = handler.cookie_max_age_days or DAYS
    signed = sign_pass(
        key=handler.app.proxy.door_key,
        session=handler.get_session_cookie() or handler.set_session_cookie(),
        user=owner.name,
        server=server,
        until=int(time.time() + days * DAY),
    )
    handler._set_cookie(COOKIE, signed, encrypted=False, path=owner.server_url(server), expires_days=days)


def sign_pass(*, key: str, session: str, user: str, server: str, until: int) -> str:
    """Return a pass as the proxy reads it: what it says, and the mark that nobody else can make."""
    said = json.dumps({"session": session, "user": user, "server": server, "until": until})
    words = base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")
    return f"{words}.{hmac.new(key.encode(), words.encode(), hashlib.sha256).hexdigest()}"


def read_place(address: str, *, base_url: str) -> tuple[str, str] | None:
    """Return whose server an address leads to and the rest of it, or None where it leads anywhere else."""
    found = re.fullmatch(rf"{re.escape(base_url)}user/([^/?#]+)/?(.*)", address)
    if found is None or _UNSAFE.search(address):
        return None
    name, rest = found.groups()
    steps = re.split(r"[/\\]", unquote(re.split("[?#]", rest, maxsplit=1)[0]))
    return None if {".", ".."} & set(steps) else (unquote(name), rest)


def give_passes_with_sessions() -> None:
    """Give everybody, with each session, the pass for their own server; called before the hub starts.

    Whoever signs in where somebody else was signed in gets another session, so that passes of before end.
    """
    get_current_user_cookie = BaseHandler.get_current_user_cookie
    set_login_cookie = BaseHandler.set_login_cookie

    def get_current_user_cookie_and_give_pass(handler: BaseHandler) -> User | None:
        had_session = handler.get_session_cookie()  # a browser that was closed forgets it, but not who signed in
        user: User | None = get_current_user_cookie(handler)
        if user is not None and not had_session:
            give_pass(handler, user)
        return user

    def set_login_cookie_and_give_pass(handler: BaseHandler, user: User) -> None:
        before = get_current_user_cookie(handler)
        if before is None or before.id != user.id:
            handler.set_session_cookie()
        set_login_cookie(handler, user)
        give_pass(handler, user)

    BaseHandler.get_current_user_cookie = get_current_user_cookie_and_give_pass
    BaseHandler.set_login_cookie = set_login_cookie_and_give_pass


def _may_access(handler: BaseHandler, owner: User, server: str) -> bool:
    return bool(handler.has_scope(f"access:servers!server={owner.name}/{server}"))


def _find_server(owner: User, rest: str) -> str:
    """Return the name of the server that an address leads to: the first one has none."""
    first = unquote(re.split("[/?#]", rest, maxsplit=1)[0])
    return first if first in owner.orm_user.orm_spawners else ""
