"""What passes between an app's page and its kernel: widget messages, and nothing that runs code.

A message is judged when it has been parsed and is sent on newly written, so that the kernel reads exactly
what was judged. Dropped messages are logged by type only: their content is the visitor's. On the way back
nothing passes that would show source or paths.
"""

from __future__ import annotations

import hmac
import json
import logging
import struct
from collections import deque
from itertools import pairwise
from typing import Any

from jupyter_client.session import DELIM
from jupyter_server.services.kernels.connection.base import deserialize_binary_message
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from tornado.web import HTTPError
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from .headers import OWN_PAGES
from .kernels import ALLOWED_MESSAGES, VisitorKernels
from .socket_tickets import SocketTickets
from .visits import Visits

log = logging.getLogger("datahall.apps")
V1 = "v1.kernel.websocket.jupyter.org"
V1_WORD, V1_LEAST = 8, 6  # bytes of a number in its head; offsets around channel and four parts
WORD = 4  # bytes of a number in the head of the older form
# An execute_input repeats a cell's source; what stands on stderr names files.
KEPT_BACK = frozenset({"execute_input"})
TRY_AGAIN_LATER = 1013  # the code of a websocket that is closed because there are too many
MOST_UNANSWERED = 5_000_000  # bytes on their way to a kernel; a widget sends what comes next when it is answered
EACH = 1_000  # bytes of memory that any message takes besides
MOST_BUFFERS = 100  # of one message; a widget has a few
MOST_UNREAD = 20_000_000  # bytes on their way to a page; what a page shows has some hundred thousand
LARGEST_MESSAGE = 1024 * 1024  # bytes; a long text typed into a widget has some thousands


def parse_message(raw: str | bytes, *, subprotocol: str | None) -> tuple[str, dict[str, Any]]:
    """Return channel and message of what came through the websocket; raise `ValueError` if it is neither."""
    try:
        if subprotocol == V1:
            channel, message = _parse_v1(raw)
        else:
            message = json.loads(raw) if isinstance(raw, str) else _parse_binary(raw)
            channel = message.pop("channel", None) or "shell"
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise ValueError(f"not a Jupyter message: {type(error).__name__}") from error
    for part in ("header", "parent_header", "metadata", "content"):
        if not isinstance(message.setdefault(part, {}), dict):
            raise ValueError(f"not a Jupyter message: its {part} is no object")
    return str(channel), message


def _parse_v1(raw: str | bytes) -> tuple[str, dict[str, Any]]:
    """Parse the newer form: a count, offsets, then channel, four parts and buffers (jupyter_server's base.py)."""
    if not isinstance(raw, bytes):
        raise TypeError("text in a binary protocol")
    # jupyter_server believes the count, and would set aside time and memory for it; so this is our own.
    count = int.from_bytes(raw[:V1_WORD], "little")
    if not V1_LEAST <= count < len(raw) // V1_WORD or count > V1_LEAST + MOST_BUFFERS:
        raise ValueError("the parts do not fit into the message")
    offsets = struct.unpack_from(f"<{count}Q", raw, V1_WORD)
    parts = [raw[start:stop] for start, stop in pairwise(offsets)]
    header, parent, metadata, content = (json.loads(part) for part in parts[1:5])
    message = {"header": header, "parent_header": parent, "metadata": metadata, "content": content}
    return parts[0].decode(), {**message, "buffers": parts[5:]}


def _parse_binary(raw: bytes) -> dict[str, Any]:
    """Parse the older form of a message with buffers."""
    claimed = int.from_bytes(raw[:WORD], "big")
    if not 0 < claimed < len(raw) // WORD or claimed > 1 + MOST_BUFFERS:
        raise ValueError("the buffers do not fit into the message")
    message: dict[str, Any] = deserialize_binary_message(raw)
    return message


def find_objection(channel: str, message: dict[str, Any]) -> str | None:
    """Return why a message may not reach the kernel, or None if it may."""
    kind = message["header"].get("msg_type")
    if channel != "shell":
        return f"{kind!r} on channel {channel!r}"
    if kind not in ALLOWED_MESSAGES or message.get("msg_type", kind) != kind:
        return f"message type {kind!r}"
    return None


def is_kept_back(header: dict[str, Any], content: dict[str, Any]) -> bool:
    """Return whether a message of the kernel stays from the page."""
    kind = header.get("msg_type")
    return kind in KEPT_BACK or (kind == "stream" and content.get("name") == "stderr")


def hide_errors(content: dict[str, Any]) -> bool:
    """Take from the state of an Output widget what would show source or paths; return whether there was any.

    Errors within it are told as those of cells are, without a word of theirs; what stands on stderr is left out.
    """
    data = content.get("data")
    state = data.get("state") if isinstance(data, dict) else None
    outputs = state.get("outputs") if isinstance(state, dict) else None
    if not isinstance(outputs, list):
        return False
    kept = [each for each in outputs if not _is_stderr(each)]
    errors = [each for each in kept if isinstance(each, dict) and each.get("output_type") == "error"]
    for each in errors:
        each.update(ename="ExecutionError", evalue="Execution error", traceback=[])
    assert isinstance(state, dict)
    state["outputs"] = kept
    return bool(errors) or len(kept) < len(outputs)


def _is_stderr(output: Any) -> bool:
    return isinstance(output, dict) and output.get("output_type") == "stream" and output.get("name") == "stderr"


class Unanswered:
    """What a page has sent that its kernel has not dealt with: while that computes it lies in this service's memory."""

    def __init__(self) -> None:
        self._sizes: dict[str, deque[int]] = {}  # by the ids of messages, which a page may give twice
        self._total = 0

    def add(self, message_id: str, size: int) -> bool:
        """Note a message; return whether there is room for it."""
        self._sizes.setdefault(message_id, deque()).append(size + EACH)
        self._total += size + EACH
        return self._total <= MOST_UNANSWERED

    def settle(self, message_id: str) -> None:
        """Note that the kernel is done with a message of that id."""
        sizes = self._sizes.get(message_id)
        if sizes:
            self._total -= sizes.popleft()
            if not sizes:
                del self._sizes[message_id]


class VisitorConnection(ZMQChannelsWebsocketConnection):
    """Carries the messages of one page; jupyter_server makes one for each websocket."""

    def __init__(self, *given: Any, **traits: Any) -> None:
        super().__init__(*given, **traits)
        self._unanswered = Unanswered()

    def handle_incoming_message(self, incoming_msg: str) -> None:
        """Send a widget message on to the kernel; drop and log anything else."""
        if not self.channels:
            return
        try:
            channel, message = parse_message(incoming_msg, subprotocol=self.subprotocol)
        except ValueError as error:
            log.warning("visit %s: dropped %s", self.kernel_id[:8], error)
            return
        objection = find_objection(channel, message)
        if objection:
            log.warning("visit %s: dropped %s", self.kernel_id[:8], objection)
            return
        page: Any = self.websocket_handler
        page.kernels.note_move(self.kernel_id)
        if not self._unanswered.add(str(message["header"].get("msg_id")), len(incoming_msg)):
            self._cut("its page sends more than its app takes")
            return
        self.session.send(
            self.channels["shell"],
            message["header"]["msg_type"],
            content=message["content"],
            parent=message["parent_header"] or None,
            metadata=message["metadata"],
            header=message["header"],
            buffers=message.get("buffers") or None,
        )

    def handle_outgoing_message(self, stream: str, outgoing_msg: list[Any]) -> None:
        """Send a message of the kernel on to the page, unless it is kept back; close a page that does not read."""
        if self._count_unread() > MOST_UNREAD:
            self._cut("its page does not read what it is sent")
            return
        identities, fed = self.session.feed_identities(outgoing_msg)
        parts: list[Any] = list(fed)
        # An app may lead its sockets elsewhere: to what another visitor's kernel publishes, signed with another key.
        if not hmac.compare_digest(self.session.sign(parts[1:5]), bytes(parts[0])):
            log.warning("visit %s: dropped what its own kernel has not signed", self.kernel_id[:8])
            return
        header, content = self.session.unpack(parts[1]), self.session.unpack(parts[4])
        if header.get("msg_type") == "status" and content.get("execution_state") == "idle":
            self._unanswered.settle(str(self.session.unpack(parts[2]).get("msg_id")))
        if is_kept_back(header, content):
            return
        if str(header.get("msg_type")).startswith("comm_") and hide_errors(content):
            parts[4] = self.session.pack(content)
            parts[0] = self.session.sign(parts[1:5])
            outgoing_msg = [*identities, DELIM, *parts]
        super().handle_outgoing_message(stream, outgoing_msg)

    def _cut(self, why: str) -> None:
        log.warning("visit %s: %s; its socket is closed", self.kernel_id[:8], why)
        stream = self._find_stream()
        if stream is not None:
            stream.close()

    def _count_unread(self) -> int:
        """Return the bytes that have been sent and not read; 0 where the socket is closed."""
        stream = self._find_stream()
        return 0 if stream is None or stream.closed() else len(stream._write_buffer)

    def _find_stream(self) -> Any:
        return getattr(self.websocket_handler.ws_connection, "stream", None)


class VisitorSocket(VoilaKernelWebsocketHandler):  # type: ignore[misc] # Voila has no types
    """``api/kernels/<id>/channels``: for who has a ticket, which the id of the visit brings."""

    @property
    def kernels(self) -> VisitorKernels:
        """The visits of this service."""
        found: VisitorKernels = self.kernel_manager
        return found

    async def get(self, kernel_id: str) -> None:
        """Open the socket of a visit, once its kernel is there."""
        visits: Visits = self.settings["visits"]
        tickets: SocketTickets = self.settings["socket_tickets"]
        if not tickets.use_up(kernel_id, self.get_query_argument("ticket", "")):
            raise HTTPError(403 if kernel_id in visits or kernel_id in self.kernels else 404)
        kernel_id = await visits.wait_for_kernel(kernel_id, is_open=self._is_open) or kernel_id
        if kernel_id not in self.kernels:
            raise HTTPError(404)
        if not self.kernels.has_room(kernel_id):
            raise HTTPError(429)
        await super().get(kernel_id)

    def _is_open(self) -> bool:
        """Return whether whoever asks for the socket is still there."""
        connection: Any = self.request.connection
        return not connection.stream.closed()

    def check_origin(self, origin: str | None = None) -> bool:
        """Accept the pages of apps, whose origin has no name, on the id of their visit; tornado asks across origins."""
        return origin == OWN_PAGES

    def check_xsrf_cookie(self) -> None:
        """Not needed, and it would set a cookie."""

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Refuse in a word; tornado calls this. No person reads what a websocket is answered."""
        self.finish({"message": "This visit has ended." if status_code == 404 else "Refused."})

    async def open(self, kernel_id: str) -> None:
        """Join the visit."""
        if not self.kernels.join(kernel_id, self):
            self.close(code=TRY_AGAIN_LATER)
            return
        await super().open(kernel_id)

    def on_close(self) -> None:
        """Leave the visit."""
        super().on_close()
        self.kernels.leave(self.kernel_id, self)
