"""A QR code of an address, as a picture that scales. Pure."""

from __future__ import annotations

from io import BytesIO

import segno


def draw_qr_code(address: str) -> bytes:
    """Return an SVG; black on white also on dark pages, since cameras expect that."""
    picture = BytesIO()
    code = segno.make_qr(address, error="m", boost_error=False)
    code.save(picture, kind="svg", border=4, light="#fff", dark="#000", xmldecl=False, omitsize=True, nl=False)
    return picture.getvalue()
