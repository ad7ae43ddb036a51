"""Why a kernel ended, told where the person looks: below the cell that was running.

JupyterLab says only that a kernel appears to have died. This connection between a page and a kernel, named in
`jupyter_server_config.json`, writes a sentence into that cell's output first, in the person's language. The reason
comes from the fork server (`"reason"`), which knows it from the kernel's control group or from whoever ended the
kernel. The sentences stand here, since the hub's translations are in no sandbox.
"""

from __future__ import annotations

import json
import os
import signal
import time
from typing import Any, Literal

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from person_use import describe_nearly_full, is_chinese, read_use, write_size
from tornado.websocket import WebSocketClosedError

DELIMITER = b"<IDS|MSG>"  # of a message between server and kernel; then come signature, header, parent header
# In the header of what asks for a cell to be run, begins with it, and is done with it.
ASKS, BEGINS, ENDS = b'"execute_request"', b'"execute_input"', b'"execute_reply"'
UNKNOWN_CODE = 255
WARN_EVERY = 600.0  # seconds

ENDINGS = {
    "memory": (
        "This kernel was ended because it needed more than {memory} of memory. Its variables are gone; your notebook "
        "and your files are not. To get by with less: read only the columns and rows you need "
        "(polars: scan_parquet, then filter and select), delete large variables that you have done with, "
        "and shut down other kernels.",
        "此内核所需内存超过 {memory}，因此被结束。其中的变量已丢失，笔记本和文件没有受影响。要少用内存："
        "只读取需要的列和行（polars：先 scan_parquet，再 filter 和 select），删除不再需要的大变量，并关闭其他内核。",
    ),
    "disk": (
        "This kernel was ended because your files have filled the {disk} that your home folder may take. Delete what "
        "you no longer need (in the file browser or a terminal; empty the trash, too), then run the cell again. "
        "Notebooks can still be saved.",
        "您的文件已占满主文件夹可用的 {disk}，因此此内核被结束。请删除不再需要的文件（在文件浏览器或终端中；"
        "回收站也要清空），然后重新运行单元格。笔记本仍可保存。",
    ),
    "killed": (
        "This kernel was ended by the system (signal {number}, {name}). Often that means that memory ran out; the "
        "server's log, .datahall/server.log in your home folder, may say more.",
        "此内核被系统结束（信号 {number}，{name}）。这通常是因为内存不足；"
        "主文件夹中的 .datahall/server.log 里可能有更多信息。",
    ),
    "crashed": (
        "This kernel crashed (signal {number}, {name}): a library that it used has an error. Running the cells one by "
        "one shows which.",
        "此内核已崩溃（信号 {number}，{name}）：它所用的某个库有错误。逐个运行单元格可以看出是哪一个。",
    ),
    "ended": (
        "This kernel has ended by itself, with exit code {number}.",
        "此内核已自行结束，退出代码为 {number}。",
    ),
    "unknown": (
        "This kernel has ended; why is not known.",
        "此内核已结束，原因不明。",
    ),
}


class TellingConnection(ZMQChannelsWebsocketConnection):
    """A page's connection to a kernel that says why the kernel ended."""

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self._asked: dict[str, dict[str, Any]] = {}  # headers of this page's requests that have no reply yet, by id
        self._running: dict[str, Any] | None = None  # that of whoever's request the kernel began with last
        self._warned_until = 0.0

    def handle_incoming_message(self, incoming_msg: str) -> None:
        """Note which cells are to run; called by jupyter_server for whatever a page says."""
        if (header := read_request(incoming_msg, protocol=self.subprotocol)) is not None:
            self._asked[str(header.get("msg_id"))] = header
        super().handle_incoming_message(incoming_msg)

    def handle_outgoing_message(self, stream: str, outgoing_msg: list[Any]) -> None:
        """Note which cell runs; called by jupyter_server for whatever a kernel says."""
        at = outgoing_msg.index(DELIMITER) if DELIMITER in outgoing_msg else len(outgoing_msg)
        header, parent = (bytes(each) for each in [*outgoing_msg[at + 2 : at + 4], b"", b""][:2])
        if BEGINS in header:
            self._running = self.session.unpack(parent)
        elif ENDS in header:
            cell = self.session.unpack(parent)
            self._asked.pop(str(cell.get("msg_id")), None)
            self._running = None
            self._warn(cell)
        super().handle_outgoing_message(stream, outgoing_msg)

    def on_kernel_restarted(self) -> None:
        """Say why; called when a kernel has died, before the next one takes its place."""
        self._tell()
        super().on_kernel_restarted()  # type: ignore[no-untyped-call]

    def on_restart_failed(self) -> None:
        """Say why; called when a kernel has died so often that no further one takes its place."""
        self._tell()
        super().on_restart_failed()  # type: ignore[no-untyped-call]

    def _warn(self, cell: dict[str, Any]) -> None:
        """Say below a cell, once in a while, that the home is nearly full."""
        if time.monotonic() < self._warned_until or not (use := read_use()).get("is_near_full"):
            return
        self._warned_until = time.monotonic() + WARN_EVERY
        self.write_stderr(describe_nearly_full(use), cell)  # type: ignore[no-untyped-call]

    def _tell(self) -> None:
        cell = next(iter(self._asked.values()), self._running)  # one runs after the other
        if cell is None:
            return
        iopub = self.channels.get("iopub")
        if iopub is not None and not iopub.closed():
            iopub.flush()  # what the kernel said itself comes first
        try:
            sentence = describe_ending(*find_ending(self.kernel_manager))
            self.write_stderr(sentence, cell)  # type: ignore[no-untyped-call]
        except WebSocketClosedError:
            self.log.debug("Nobody looks at kernel %s any more.", self.kernel_id)
        self._asked.clear()
        self._running = None


def read_request(said: str | bytes, *, protocol: str | None) -> dict[str, Any] | None:
    """Return the header of a page's request to run a cell; None of everything else."""
    asks = ASKS if isinstance(said, bytes) else ASKS.decode()
    if asks not in said:  # type: ignore[operator]
        return None
    try:
        if protocol == "v1.kernel.websocket.jupyter.org":
            header = json.loads(_read_part(said, place=2, width=8, order="little"))
        else:
            header = json.loads(_read_part(said, place=1, width=4, order="big"))["header"]
    except (ValueError, KeyError, TypeError):
        return None  # jupyter_server says what is wrong with it
    is_request = isinstance(header, dict) and header.get("msg_type") == "execute_request"
    return header if is_request else None


def _read_part(said: str | bytes, *, place: int, width: int, order: Literal["little", "big"]) -> str | bytes:
    """Return a part of a message that begins with the places of its parts; a text has but one."""
    if isinstance(said, str):
        return said
    begin, end = (int.from_bytes(said[width * each : width * (each + 1)], order) for each in (place, place + 1))
    return said[begin:end]


def find_ending(kernel: Any) -> tuple[int, str | None]:
    """Return the exit code of a kernel's process, negative for a signal, and the reason where one is known."""
    process = getattr(getattr(kernel, "provisioner", None), "process", None)
    if process is None:
        return UNKNOWN_CODE, None
    code = process.poll()
    ended = process.child.poll() if hasattr(process, "child") else None
    return UNKNOWN_CODE if code is None else code, getattr(ended, "reason", None)


def describe_ending(code: int, reason: str | None) -> str:
    """Return what a person is told, in the language of their server."""
    kind = reason if reason in ("memory", "disk") else _name_ending(code)
    number = -code if code < 0 else code
    sentence = ENDINGS[kind][is_chinese()]
    return "\n" + sentence.format(
        memory=_size("DATAHALL_KERNEL_MEMORY"), disk=_size("DATAHALL_DISK_QUOTA"), number=number, name=_signal(number)
    )


def _name_ending(code: int) -> str:
    if code < 0:
        return "killed" if code in (-signal.SIGKILL, -signal.SIGTERM) else "crashed"
    return "unknown" if code == UNKNOWN_CODE else "ended"


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "?"


def _size(variable: str) -> str:
    """Return a number of bytes in the environment as people write it, or what there is in words."""
    try:
        return str(write_size(int(os.environ[variable])))
    except (KeyError, ValueError):
        return "它可用的大小" if is_chinese() else "what it may have"
