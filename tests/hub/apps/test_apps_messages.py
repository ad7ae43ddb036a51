"""Between page and kernel pass widget messages, and nothing that runs code."""

from __future__ import annotations

import asyncio
import json

import pytest
from datahall_hub.services.apps.messages import V1, find_objection, is_kept_back, parse_message
from jupyter_server.services.kernels.connection.base import serialize_msg_to_ws_v1

from .running_apps import RunningApps, open_visit

CODE = {"code": "import ipywidgets; ipywidgets.HTML(value='ran')", "silent": False}


def message(kind: str) -> dict[str, object]:
    return {"header": {"msg_type": kind, "msg_id": "1"}, "parent_header": {}, "metadata": {}, "content": {}}


@pytest.mark.parametrize("kind", ["comm_open", "comm_msg", "comm_close", "comm_info_request", "kernel_info_request"])
def test_what_widgets_say_may_pass(kind: str) -> None:
    assert find_objection("shell", message(kind)) is None


@pytest.mark.parametrize(
    ("channel", "kind"),
    [
        ("shell", "execute_request"),
        ("shell", "complete_request"),
        ("shell", "inspect_request"),
        ("shell", "history_request"),
        ("control", "execute_request"),
        ("control", "comm_msg"),
        ("control", "shutdown_request"),
        ("control", "debug_request"),
        ("stdin", "input_reply"),
        ("shell", ""),
    ],
)
def test_everything_else_is_objected_to(channel: str, kind: str) -> None:
    assert find_objection(channel, message(kind))


def test_a_message_that_names_two_types_is_objected_to() -> None:
    assert find_objection("shell", {**message("comm_msg"), "msg_type": "execute_request"})


@pytest.mark.parametrize(
    ("raw", "subprotocol"),
    [
        pytest.param("{", None, id="cut off"),
        pytest.param("[]", None, id="a list"),
        pytest.param("1", None, id="a number"),
        pytest.param('{"header": "execute_request"}', None, id="a header that is a word"),
        pytest.param('{"header": {"msg_type": "comm_msg"}, "content": "x"}', None, id="content that is a word"),
        pytest.param(b"", None, id="empty bytes"),
        pytest.param(b"\x7f\xff\xff\xff" + bytes(40), None, id="two thousand million buffers"),
        pytest.param(b"\xff" * 40, None, id="a negative number of buffers"),
        pytest.param(b"\x00\x00\x00\x01\x00\x00\x00\x63{}", None, id="a buffer behind the end"),
        pytest.param(b"", V1, id="empty in the newer protocol"),
        pytest.param("{}", V1, id="text in the newer protocol"),
        pytest.param(b"\xff" * 80, V1, id="endless parts in the newer protocol"),
        pytest.param(b"\x06" + bytes(79), V1, id="empty parts in the newer protocol"),
    ],
)
def test_noise_is_a_value_error(raw: str | bytes, subprotocol: str | None) -> None:
    with pytest.raises(ValueError, match="not a Jupyter message"):
        parse_message(raw, subprotocol=subprotocol)


def test_both_protocols_give_the_same_message() -> None:
    asked = {**message("comm_msg"), "content": {"data": {"method": "update"}}}
    parts = [json.dumps(asked[part]).encode() for part in ("header", "parent_header", "metadata", "content")]

    newer = parse_message(serialize_msg_to_ws_v1([*parts, b"buffer"], "shell"), subprotocol=V1)
    older = parse_message(json.dumps({**asked, "channel": "shell"}), subprotocol=None)

    assert newer[1].pop("buffers") == [b"buffer"]
    assert newer == older


def test_source_and_warnings_stay_from_the_page() -> None:
    assert is_kept_back({"msg_type": "execute_input"}, {"code": "x"})
    assert is_kept_back({"msg_type": "stream"}, {"name": "stderr", "text": "/srv/app.py:1: Warning"})
    assert not is_kept_back({"msg_type": "stream"}, {"name": "stdout"})
    assert not is_kept_back({"msg_type": "comm_msg"}, {"data": {}})


@pytest.mark.sandbox
def test_a_visitor_cannot_run_code(apps: RunningApps) -> None:
    async def visit() -> list[str]:
        async with open_visit(apps, "weather-explorer") as page:
            for channel in ("shell", "control"):
                await page.send("execute_request", CODE, channel=channel)
            await page.socket.send("noise")
            await page.socket.send(json.dumps({"header": 1}))
            asked = await page.send("kernel_info_request", {})
            seen = []
            while True:
                reply = await page.receive()
                seen.append(reply["header"]["msg_type"])
                if reply["parent_header"].get("msg_id") == asked and seen[-1] == "kernel_info_reply":
                    return seen

    seen = asyncio.run(visit())

    assert not {"execute_reply", "execute_result", "execute_input", "comm_open"} & set(seen)
    assert "dropped message type 'execute_request'" in apps.log.read_text()
    assert CODE["code"] not in apps.log.read_text()
