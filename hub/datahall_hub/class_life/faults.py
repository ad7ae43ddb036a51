"""What cannot be done with a class, and why not.

ClassError
├── NoSuchClass       there is none of this id for whoever asks
├── NotAllowed        somebody else may do this, or nobody
├── NoSuchCode        no class has this join code, or not any longer
├── NoSuchPerson      nobody of this name is in the class, or there is no such account
├── ClassFull         as many students are in it as may be
├── BadValue          a value that the class cannot have
├── LastTeacher       somebody must teach the class
└── ClassEnded        it has been archived
"""

from __future__ import annotations


class ClassError(Exception):
    """Something that cannot be done with a class; `code` is stable."""

    code = "class"


class NoSuchClass(ClassError):
    """There is none of this id for whoever asks."""

    code = "no-such-class"


class NotAllowed(ClassError):
    """Somebody else may do this, or nobody."""

    code = "not-allowed"


class NoSuchCode(ClassError):
    """No class has this join code, or not any longer."""

    code = "no-such-join-code"


class NoSuchPerson(ClassError):
    """Nobody of this name is in the class, or there is no such account."""

    code = "no-such-person"


class ClassFull(ClassError):
    """As many students are in it as may be."""

    code = "class-full"


class LastTeacher(ClassError):
    """Somebody must teach the class."""

    code = "last-teacher"


class ClassEnded(ClassError):
    """It has been archived."""

    code = "class-ended"


class BadValue(ClassError):
    """A value that the class cannot have: `field` names which."""

    code = "bad-value"

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field
