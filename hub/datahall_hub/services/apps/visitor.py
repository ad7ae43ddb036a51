"""Everybody who opens an app: nobody in particular, with no rights and no cookie."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from jupyter_server.auth.identity import IdentityProvider, User
from tornado.httputil import HTTPHeaders
from tornado.web import RequestHandler

V6_NETWORK = 64  # bits; whoever has one IPv6 address has all of such a network


def find_address(headers: HTTPHeaders) -> str | None:
    """Return where a visitor comes from in the network, or None for this machine and where nobody says.

    Each proxy adds, on the right, the address that it was asked from; ours stands on this machine, and a
    server before it, if there is one, too. What stands left of the first other address anybody may invent.
    """
    named = ",".join(headers.get_list("X-Forwarded-For")).split(",")
    for name in reversed(named):
        try:
            address = ip_address(name.strip().removeprefix("[").removesuffix("]"))
        except ValueError:
            return None
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        if address.is_loopback:
            continue
        return str(ip_network((address, V6_NETWORK), strict=False)) if address.version == 6 else str(address)
    return None


class VisitorIdentity(IdentityProvider):
    """Says "visitor" to whoever asks; jupyter_server asks before each request."""

    token = ""

    async def get_user(self, handler: RequestHandler) -> User:
        """Return the one visitor there is, without setting a login cookie as the default would."""
        return User(username="visitor", name="visitor", display_name="visitor")

    def should_check_origin(self, handler: RequestHandler) -> bool:
        """A page of another site may not speak to a visit's kernel."""
        return True
