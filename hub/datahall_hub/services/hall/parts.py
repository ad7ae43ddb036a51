"""The parts of a dataset whose rows are too many for one file: their list, each with its address and size."""

from __future__ import annotations

from pathlib import Path

from datahall import Dataset, store
from pydantic import BaseModel, Field

from datahall_hub.services.hall.addresses import BASE, part_path
from datahall_hub.services.hall.faults import NotFound
from datahall_hub.services.hall.shelf import load_version_record
from datahall_hub.services.hall.wording import N_


class Part(BaseModel):
    """One file."""

    name: str
    url: str = Field(description="of this part of this version, with byte ranges")
    bytes: int


class PartList(BaseModel):
    """The files that hold the rows of a version, in their order."""

    id: str
    version: str
    rows: int
    parts: list[Part]


def list_parts(dataset: Dataset, version: str, *, base: str) -> PartList:
    """Return the parts of a version, with addresses below `base`."""
    return PartList(
        id=dataset.id,
        version=version,
        rows=load_version_record(dataset.id, version)["rows"],
        parts=[
            Part(
                name=file.name,
                url=base + part_path(dataset.id, file.name, version=version).removeprefix(BASE),
                bytes=file.stat().st_size,
            )
            for file in store.parquet_paths(dataset.id, version)
        ],
    )


def find_part(dataset: Dataset, version: str, *, number: str) -> Path:
    """Return the file of one part; refuse a number that the version does not have."""
    for file in store.parquet_paths(dataset.id, version):
        if file.name == f"part-{number}.parquet":
            return file
    raise NotFound(
        N_("{id} has no part {number} in the version {version}."),
        hint=N_("The address of its data.parquet lists the parts, where there are any."),
        code="unknown-part",
        id=dataset.id,
        version=version,
        number=number,
    )
