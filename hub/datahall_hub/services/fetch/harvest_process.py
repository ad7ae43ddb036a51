"""Harvest one portal: ``python -m datahall_hub.services.fetch.harvest_process ADDRESS NAME KIND``."""

from __future__ import annotations

import sys

from datahall import DatahallError

FAILED = 3  # and the store knows why; any other code than 0 is that of a process that fell


def main(address: str, name: str, kind: str) -> int:
    """Harvest, and say in a line how it went; the outcome itself is kept in the store."""
    from datahall._records.harvesting import harvest

    try:
        result = harvest(address, name=name, kind=kind or None, is_expected=True).result
    except DatahallError as error:
        print(f"{name}: {error.message('en')}", file=sys.stderr)
        return FAILED
    counts = ", ".join(f"{word} {result[word]}" for word in ("harvested", "added", "updated", "missing"))
    print(f"{name}: {counts}, rejected {result['rejected_count']}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
