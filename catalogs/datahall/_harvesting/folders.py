"""The parts of a catalog in a folder of files, opened inside that folder only, whatever links the disk has."""

from __future__ import annotations

from pathlib import Path

from ..errors import N_, DatahallError
from .documents import MAX_BYTES, Document, check_size, open_document
from .stac import OpenChild


def read_file(path: Path) -> Document:
    """Return the document in a file, whose size is looked at before its content."""
    check_size(path.stat().st_size, address=str(path))
    with path.open("rb") as file:
        return open_document(file.read(MAX_BYTES + 1), address=str(path))


def open_inside(folder: Path) -> OpenChild:
    """Return what opens the parts of a catalog by their paths in `folder`."""
    top = folder.resolve()

    def open_child(relative: str) -> Document:
        path = (top / relative).resolve()
        if not path.is_relative_to(top):
            raise DatahallError(
                N_("{address} leads out of the folder of its catalog."),
                code="unsafe-document",
                address=relative,
                hint=N_("Copy what belongs to the catalog into its folder."),
            )
        if not path.is_file():  # a pipe would keep its reader waiting for ever
            raise FileNotFoundError(relative)
        return read_file(path)

    return open_child
