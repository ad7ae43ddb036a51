"""A kernel in a test: run code in it as a front end does, and see what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager

PROVISIONERS = {"local": "local-provisioner", "forked": "datahall-fork-provisioner"}


@dataclass
class Outcome:
    """What a front end got for one cell."""

    status: str
    text: str = ""
    error: str = ""
    types: list[str] = field(default_factory=list)


class RunningKernel:
    """A kernel and a client of it."""

    def __init__(self, manager: KernelManager) -> None:
        self.manager = manager
        self._client: BlockingKernelClient | None = None

    @property
    def pid(self) -> int:
        return self.manager.provisioner.pid

    @property
    def client(self) -> BlockingKernelClient:
        if self._client is None:
            self._client = self.manager.client()
            self._client.start_channels()
            self._client.kernel_info(reply=True, timeout=60)
            while (
                self._client.get_iopub_msg(timeout=60)["msg_type"] != "iopub_welcome"
            ):  # from here on nothing is missed
                pass
        return self._client

    def run(self, code: str, *, timeout: float = 30) -> Outcome:
        outcome = Outcome("")

        def note(message: dict[str, Any]) -> None:
            content = message["content"]
            outcome.types.append(message["msg_type"])
            outcome.text += content.get("text") or content.get("data", {}).get("text/plain", "")
            outcome.error += content.get("evalue", "") if message["msg_type"] == "error" else ""

        reply = self.client.execute_interactive(code, timeout=timeout, output_hook=note, allow_stdin=False)
        outcome.status = reply["content"]["status"]
        return outcome

    def value(self, expression: str) -> str:
        outcome = self.run(f"print({expression})")
        assert outcome.status == "ok", outcome.error
        return outcome.text.strip()

    def leave(self) -> None:
        if self._client is not None:
            self._client.stop_channels()
            self._client = None

    def end(self) -> None:
        self.leave()
        if self.manager.has_kernel:
            self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()
