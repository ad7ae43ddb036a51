"""The headers of everything below ``/services/apps/``: an app's script stands outside the hall.

Whoever writes an app writes scripts that run in its visitors' browsers, and some visitors are signed in.
``sandbox`` without ``allow-same-origin`` gives each page an origin of its own that nobody else has, so that
no cookie, no answer and no window of the hall or the hub is within its reach.
"""

from __future__ import annotations

import secrets

# Voila's bundles compile their schema validators with `new Function`, hence 'unsafe-eval', and its
# components set styles on elements. Everything else comes from this address, and no inline script runs.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "sandbox allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads allow-modals",
        "default-src 'none'",
        "script-src 'self' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "media-src 'self' data: blob:",
        "connect-src 'self'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    ]
)
# Besides, of the scripts that stand in an app's page only those run that bear the page's own nonce, and what they load:
# none that a text in markdown names. Voila's bundle loads its parts by itself, without it, hence 'strict-dynamic', and
# for browsers that do not know it 'self', which others pass over. Both policies hold at once.
_MARKED_SCRIPTS = "script-src 'nonce-{nonce}' 'strict-dynamic' 'self' 'unsafe-eval'"
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def make_security_headers(framed_by: str) -> dict[str, str]:
    """Return the headers of a hall whose apps the sites in `framed_by` may show inside of their pages, too."""
    sites = framed_by.replace(",", " ").split()
    policy = CONTENT_SECURITY_POLICY.replace("frame-ancestors 'self'", " ".join(["frame-ancestors 'self'", *sites]))
    return {**SECURITY_HEADERS, "Content-Security-Policy": policy}


def make_nonce() -> str:
    """Return a word for one page that nobody can guess."""
    return secrets.token_urlsafe(16)


def add_nonce(policy: str, *, nonce: str) -> str:
    """Return the policy of a page whose own scripts bear `nonce`."""
    return f"{policy}, {_MARKED_SCRIPTS.format(nonce=nonce)}"


# What browsers call the origin of such a page.
OWN_PAGES = "null"
# For the few addresses that an app's page reads by itself: its visit's state, its files, its fonts.
FOR_OWN_PAGES = {"Access-Control-Allow-Origin": OWN_PAGES}
