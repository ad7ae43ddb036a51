"""Whether the files of an index are as they were written, by the checksums that the engine puts at their ends.

The engine itself looks at them never: half a file of zeros, as a power cut leaves it, is found by whichever question
comes upon it, and by no other.
"""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

_ENDS = (".fast", ".fieldnorm", ".idx", ".pos", ".store", ".term")  # of the files of each part
_TAIL = struct.Struct("<II")  # length of the footer, and a number that all files end with
_MAGIC = 1337
_AT_ONCE = 1 << 24  # bytes


def are_whole(folder: Path) -> bool:
    """Return whether all files are there and whole that ``meta.json`` names; also where it was replaced meanwhile."""
    meta = folder / "meta.json"
    try:
        before = meta.read_bytes()
        parts = [str(each["segment_id"]).replace("-", "") for each in json.loads(before)["segments"]]
        found = all(_is_whole(file) for part in parts for file in _list_files(folder, part))
        return found or meta.read_bytes() != before
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _list_files(folder: Path, part: str) -> list[Path]:
    return [*(folder / f"{part}{end}" for end in _ENDS), *folder.glob(f"{part}.*.del")]


def _is_whole(file: Path) -> bool:
    try:
        with file.open("rb") as content:
            size = content.seek(0, 2)
            content.seek(max(0, size - _TAIL.size))
            length, magic = _TAIL.unpack(content.read(_TAIL.size))
            rest = size - _TAIL.size - length
            if magic != _MAGIC or rest < 0:
                return False
            content.seek(rest)
            checksum = json.loads(content.read(length))["crc"]
            content.seek(0)
            found = 0
            while rest:
                piece = content.read(min(_AT_ONCE, rest))
                if not piece:
                    return False
                found, rest = zlib.crc32(piece, found), rest - len(piece)
            return bool(found == checksum)
    except (OSError, ValueError, KeyError, TypeError, struct.error):
        return False
