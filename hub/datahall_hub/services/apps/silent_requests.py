"""Ask a kernel for something beside the cells of its notebook: nothing of it is shown, counted or remembered."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient


async def ask_silently(client: AsyncKernelClient, code: str, *, wish: str = "None", data: bytes = b"") -> Any:
    """Run `code` and return the value of the expression `wish`, a text that `tell` of `trial_kernel` has made.

    `data` goes with the message, as its only buffer, and is not kept.

    None where the code fails or the value is no such text: what a kernel answers is as good as the app in it.
    """
    content = {
        "code": code,
        "silent": True,
        "store_history": False,
        "user_expressions": {"told": wish},
        "allow_stdin": False,
        "stop_on_error": True,
    }
    request = {**client.session.msg("execute_request", content), "buffers": [data] if data else []}
    client.shell_channel.send(request)
    number = request["header"]["msg_id"]
    while True:
        reply = await client.shell_channel.get_msg()
        if reply["parent_header"].get("msg_id") == number:
            return _read(reply["content"])


def call_inside(program: str, function: str, *values: Any) -> str:
    """Return code that runs the text of a module and calls one of its functions; it leaves no name behind.

    The hall's own code is not to be found inside a sandbox, so it goes there as text.
    """
    run = f"exec(compile({program!r}, '<hall>', 'exec'), names), names[{function!r}](*{values!r})"
    return f"(lambda names: ({run}))({{'__name__': 'hall'}})"


def _read(content: dict[str, Any]) -> Any:
    try:
        told = content["user_expressions"]["told"]["data"]["text/plain"]
        return json.loads(base64.b64decode(told.strip("'"), validate=True))
    except (KeyError, TypeError, AttributeError, ValueError, binascii.Error, RecursionError):
        return None
