"""Make a kernel one whose page is everybody's: before it runs the app's cells, and when it has.

Each function takes a client that is open to the kernel.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path

from jupyter_client.asynchronous.client import AsyncKernelClient

from . import drawn_pictures, shared_page_kernel
from .silent_requests import ask_silently, call_inside

FITTING, DRAWING = (
    Path(str(module.__file__)).read_text(encoding="utf-8") for module in (shared_page_kernel, drawn_pictures)
)
YES = "'dHJ1ZQ=='"  # what `ask_silently` reads as true, once the code before it has run
END = f"__import__('sys').modules[{drawn_pictures.NAME!r}].end()"


async def fit_kernel(client: AsyncKernelClient, versions: Mapping[str, str | None]) -> None:
    """Have widgets counted, and `versions` of datasets opened.

    Raises
    ------
    RuntimeError
        If the kernel does not do it.
    """
    if await ask_silently(client, call_inside(FITTING, "fit", dict(versions)), wish=YES) is not True:
        raise RuntimeError("a kernel could not be prepared for a shared page")


async def note_pictures(client: AsyncKernelClient) -> None:
    """Have the kernel note what it draws from now on."""
    await ask_silently(client, call_inside(DRAWING, "note"))


async def give_pictures(client: AsyncKernelClient, packed: bytes) -> None:
    """Have the kernel take what it would draw from now on; a kernel that cannot draws."""
    await ask_silently(client, call_inside(DRAWING, "take"), data=packed)


async def end_pictures(client: AsyncKernelClient) -> bytes:
    """Have the kernel draw as ever, and return what it noted; empty where that is nothing, or too much to be kept."""
    told = await ask_silently(client, "", wish=END)
    try:
        packed = base64.b64decode(told, validate=True) if isinstance(told, str) else b""
    except ValueError:
        return b""
    return packed if len(packed) <= drawn_pictures.MOST else b""
