"""The bounds of what is forked through a gate: a control group for each child, below its person's.

A child that leaves processes behind leaves its group too; that is taken away once they have ended, or with the
person's own. What is left of one that outgrew its memory is ended: nobody could find it otherwise.
"""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass
from pathlib import Path

from datahall_forkserver.control_group_limits import GroupLimits
from datahall_forkserver.control_groups import ControlGroupError, Group, find_group
from datahall_forkserver.errors import RefusedError
from datahall_forkserver.protocol import GateOrder

ROUNDS = 3  # of looking for what is left of a child: the server has other things to do
CHILD = "kernel"  # what the groups of children are called, with the server's id and a number


@dataclass(frozen=True)
class ChildGroup:
    """The control group of one child."""

    group: Group
    left: list[Group]  # those that could not be removed yet

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where a process joins it."""
        return tuple(map(Path, self.group.folders))

    def read_oom_kills(self) -> int:
        """Return how often the system has ended something in it for want of memory."""
        return self.group.read_oom_kills()

    def kill(self) -> None:
        """Kill what is left in it; what is born at that very moment ends with the person's own."""
        self.group.kill(rounds=ROUNDS)

    def remove(self) -> None:
        """Remove it, now or once it is empty."""
        if not self.group.remove():
            self.left.append(self.group)


class Bounding:
    """Makes the groups of a server's children."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._left: list[Group] = []

    def make(self, order: GateOrder) -> ChildGroup | None:
        """Return a new group for a child of a gate; None where its person has none."""
        self._left = [group for group in self._left if not group.remove()]
        if not order.groups:
            return None
        name = f"{CHILD}-{os.getpid()}-{next(self._numbers)}"
        try:
            return ChildGroup(Group(order.groups).make(name, GroupLimits(memory=order.memory)), self._left)
        except ControlGroupError as error:
            raise RefusedError(str(error), code=error.code) from error

    def find(self, pid: int) -> ChildGroup | None:
        """Return the group that an earlier server made for a child."""
        group = find_group(pid)
        if group is None or not all(Path(folder).name.startswith(f"{CHILD}-") for folder in group.folders):
            return None
        return ChildGroup(group, self._left)
