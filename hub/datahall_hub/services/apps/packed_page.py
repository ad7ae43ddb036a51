"""A page that differs from visit to visit in a few words, packed once: what goes out is put together, not compressed.

Compressing a page anew for each of a crowd would take longer than anything else that is done for them. A stream of
deflate may be cut where it was flushed in full (RFC 1951; zlib's ``Z_FULL_FLUSH``), so its pieces are packed when the
page is read, and only the words between them when it is sent.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

# The head of a gzip file without name and time, made on no system in particular (RFC 1952).
_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_END = b"\x03\x00"  # a last block with nothing in it
_RAW = -zlib.MAX_WBITS


@dataclass(frozen=True)
class PackedPage:
    """The pieces of a page, as they are and compressed, and which of the words belongs between each two of them."""

    pieces: tuple[bytes, ...]
    packed: tuple[bytes, ...]
    between: tuple[int, ...]

    def fill(self, *words: str) -> bytes:
        """Return the page with the words in their places, in the order of the marks they stand for."""
        return b"".join(self._weave(self.pieces, [word.encode() for word in words]))

    def fill_packed(self, *words: str) -> bytes:
        """Return the same as a gzip file."""
        sum_ = size = 0
        for each in self._weave(self.pieces, [word.encode() for word in words]):
            sum_, size = zlib.crc32(each, sum_), size + len(each)
        packed = self._weave(self.packed, [_pack(word.encode()) for word in words])
        return b"".join((_HEAD, *packed, _END, struct.pack("<II", sum_, size & 0xFFFFFFFF)))

    def _weave(self, pieces: Sequence[bytes], words: Sequence[bytes]) -> Iterator[bytes]:
        return chain(pieces[:1], *((words[word], piece) for word, piece in zip(self.between, pieces[1:], strict=True)))


def pack_page(text: str, *, marks: Sequence[str]) -> PackedPage:
    """Return a page whose words stand where `marks` do."""
    parts = re.split(f"({'|'.join(map(re.escape, marks))})", text)
    pieces = tuple(piece.encode("utf-8", "replace") for piece in parts[::2])
    return PackedPage(pieces, tuple(_pack(piece) for piece in pieces), tuple(map(marks.index, parts[1::2])))


def _pack(piece: bytes) -> bytes:
    """Return a piece of a stream of deflate that needs nothing of what stands before it."""
    packer = zlib.compressobj(wbits=_RAW)
    return packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
