"""What can keep the hall from running, as one tree.

HallError
├── HomeError         (home)        the home folder cannot be used
├── WallsError        (walls)       walls are needed and missing
├── MissingPartError  (children)    a program that the hall needs is not there
└── RunError          (supervisor)  it runs already, its port is taken, or a process keeps falling

Each message says what happened, to which thing, and what to do now; `code` is stable, for programs.
"""

from __future__ import annotations


class HallError(Exception):
    """The hall cannot run."""

    code = "hall-failed"


class RunError(HallError):
    """The hall cannot run beside what runs already, or one of its processes keeps falling."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
