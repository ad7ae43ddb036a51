"""Whom a process runs as: where root starts sandboxes, each has an unprivileged user and group of its own."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Identity:
    """A user and a group of the machine, by number; neither needs an entry in `/etc/passwd`."""

    user: int
    group: int

    def __post_init__(self) -> None:
        if self.user <= 0 or self.group <= 0:
            raise ValueError(f"A sandbox runs as an ordinary user and group, not as {self.user}:{self.group}.")

    def take(self) -> None:
        """Become this user for ever, with no further groups; in a process that root has just forked."""
        os.setgroups([])
        os.setresgid(self.group, self.group, self.group)
        os.setresuid(self.user, self.user, self.user)
