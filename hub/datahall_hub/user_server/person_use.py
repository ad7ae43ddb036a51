"""What this person uses and may use, as the hall's limits service tells it from outside.

The file lies in a folder that the sandbox shows read-only; without walls, and in the first seconds, there is none.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

PLACE = "/run/datahall/use.json"
NO_ROOM = (
    "There is no room for a new kernel: your files have filled the {disk} that your home folder may take, or the disk "
    "of the machine. Delete what you no longer need (in the file browser or a terminal; empty the trash, too), wait "
    "some seconds and try again. Notebooks can still be saved.",
    "无法启动新内核：您的文件已占满主文件夹可用的 {disk}，或机器的磁盘已满。请删除不再需要的文件"
    "（在文件浏览器或终端中；回收站也要清空），稍等几秒后重试。笔记本仍可保存。",
)
NEARLY = (
    "Your files take {share} % of what your home folder may take ({disk}, {files} files). Beyond it kernels that write "
    "are ended; delete what you no longer need.",
    "您的文件已占主文件夹可用空间的 {share}%（{disk}，{files} 个文件）。"
    "超出后，正在写入的内核会被结束；请删除不再需要的文件。",
)


def read_use() -> dict[str, Any]:
    """Return what is known now, nothing where nothing is."""
    try:
        use = json.loads(Path(os.environ.get("DATAHALL_USE_FILE", PLACE)).read_bytes())
    except (OSError, ValueError):
        return {}
    return use if isinstance(use, dict) else {}


def is_chinese() -> bool:
    """Whether the person reads Chinese."""
    return os.environ.get("DATAHALL_LANGUAGE") == "zh"


def write_size(size: float) -> str:
    """Return a number of bytes as people write it."""
    return f"{size / 1e9:.1f} GB"


def describe_no_room(use: dict[str, Any]) -> str:
    """Return what is said to who wants a new kernel where there is no room."""
    return NO_ROOM[is_chinese()].format(disk=write_size(use.get("disk_limit") or 0))


def describe_nearly_full(use: dict[str, Any]) -> str:
    """Return what is said to who has not much room left."""
    share = max((use["disk"] or 0) / use["disk_limit"], (use["files"] or 0) / use["file_limit"])
    return NEARLY[is_chinese()].format(
        share=round(100 * share), disk=write_size(use["disk_limit"]), files=use["file_limit"]
    )
