"""Give a home to the identity of its person, with all that lies in it: homes were root's before people had identities.

What lies there was written by the person, links included. Every entry is opened from its folder, by name and without
following links; nothing on another file system is touched. The home itself changes hands last: where this is
interrupted, the next start goes on.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path

from datahall_forkserver.identities import Identity

MOST_ENTRIES = 2_000_000
DEEPEST = 256  # folders within each other; each takes a descriptor while one looks into it

log = logging.getLogger("jupyterhub")


class UnownableHomeError(Exception):
    """A home cannot be given to its person."""


def give_home(home: Path, *, identity: Identity) -> None:
    """Make a home, and everything in it that root owns, the person's own; quick where it is already.

    Raises
    ------
    UnownableHomeError
        If it holds more than can be looked through, or belongs to somebody else.
    """
    descriptor = os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if status.st_uid == identity.user:
            return
        if status.st_uid != 0:
            raise UnownableHomeError(
                f"{home} belongs to the user {status.st_uid} and not to its person ({identity.user}). "
                "Give it to them, or move it aside."
            )
        _Giving(identity, device=status.st_dev).give(descriptor, depth=0)
        os.fchown(descriptor, identity.user, identity.group)
    finally:
        os.close(descriptor)


@dataclass
class _Giving:
    identity: Identity
    device: int
    seen: int = 0

    def give(self, folder: int, *, depth: int) -> None:
        """Give what lies in a folder that is open."""
        if depth > DEEPEST:
            log.warning("A home has more than %s folders within each other; the deepest stay root's.", DEEPEST)
            return
        with os.scandir(folder) as entries:
            for entry in entries:
                self.seen += 1
                if self.seen > MOST_ENTRIES:
                    raise UnownableHomeError(f"A home holds more than {MOST_ENTRIES} files; give them to their person.")
                if entry.is_dir(follow_symlinks=False):
                    self._give_folder(folder, entry.name, depth=depth)
                else:
                    self._give_entry(folder, entry.name)

    def _give_folder(self, parent: int, name: str, *, depth: int) -> None:
        try:
            descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
        except OSError:  # it has been replaced meanwhile
            return
        try:
            status = os.fstat(descriptor)
            if status.st_dev != self.device:
                return
            self.give(descriptor, depth=depth + 1)
            if status.st_uid == 0:
                os.fchown(descriptor, self.identity.user, self.identity.group)
        finally:
            os.close(descriptor)

    def _give_entry(self, parent: int, name: str) -> None:
        try:
            status = os.stat(name, dir_fd=parent, follow_symlinks=False)
            if status.st_dev == self.device and status.st_uid == 0:
                os.chown(name, self.identity.user, self.identity.group, dir_fd=parent, follow_symlinks=False)
        except FileNotFoundError:  # it has gone meanwhile
            return
