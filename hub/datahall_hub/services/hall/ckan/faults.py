"""What CKAN's action API answers where something cannot be done: its words for programs, ours for people.

    CkanFault          a request that is no call of an action                 400
    ├── Invalid        a parameter that is missing, or cannot be understood   409  Validation Error
    └── Unknown        no such dataset, organization, resource …              404  Not Found Error

Behind each stand its status and CKAN's ``__type``.
"""

from __future__ import annotations

from typing import Any

from datahall_hub.services.hall.wording import N_, Words


class CkanFault(Exception):
    """A call that cannot be answered; `kind` is CKAN's ``__type``."""

    status = 400
    kind = "Bad Request"

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message)
        self._message, self._values = message, values

    def as_error(self, words: Words) -> dict[str, Any]:
        """Return CKAN's ``error``."""
        return {"__type": self.kind, "message": words.text(self._message, **self._values)}


class Invalid(CkanFault):
    """A parameter is missing, or cannot be understood; `parameter` names it."""

    status, kind = 409, "Validation Error"

    def __init__(self, parameter: str, message: str, **values: object) -> None:
        super().__init__(message, **values)
        self.parameter = parameter[:100]

    def as_error(self, words: Words) -> dict[str, Any]:
        """Return CKAN's ``error``, which lists what is wrong by parameter, too."""
        told = super().as_error(words)
        return {**told, self.parameter: [told["message"]]}


class Unknown(CkanFault):
    """There is no such thing."""

    status, kind = 404, "Not Found Error"

    def __init__(self, message: str = N_("Not found: {id}"), **values: object) -> None:
        super().__init__(message, **values)
