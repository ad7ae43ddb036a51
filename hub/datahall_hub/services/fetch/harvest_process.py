"""Harvest one portal: ``python -m datahall_hub.services.fetch.harvest_process ADDRESS NAME KIND``."""

from __future__ import annotations

import sys

from datahall import DatahallError
from datahall._records.harvesting import harvest


def main(address: str, name: str, kind: str) -> int:
    """Harvest, and say in a line how it went; the outcome itself is kept in the store."""
    try:
        result = harvest(address, name=name, kind=kind or None, is_expected=True).result
    except DatahallError as error:
        print(f"{name}: {error.message('en')}", file=sys.stderr)
        return 1
    counts = ", ".join(f"{word} {result[word]}" for word in ("harvested", "added", "updated", "missing"))
    print(f"{name}: {counts}, rejected {result['rejected_count']}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
