"""Where an answer that comes in pages goes on."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit


def next_address(address: str, *, offset: str, taken: int, total: int | None) -> str:
    """Return the address of the page after one with `taken` records; empty at the end, and for files.

    `offset` is the parameter that says how many records stand before. An empty page ends the whole, whatever the
    portal says its number is: else a portal could keep us turning pages for ever.
    """
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not taken:
        return ""
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    before = int(query[offset]) if query.get(offset, "").isdecimal() else 0
    if total is None or before + taken >= total:
        return ""
    return urlunsplit(parts._replace(query=urlencode({**query, offset: before + taken})))
