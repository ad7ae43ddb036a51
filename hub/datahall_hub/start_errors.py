"""Why a person's server did not start, as the page and the hub's log say it."""

from __future__ import annotations

from tornado.web import HTTPError

from datahall_hub.translations import load_translations

ENDED = (
    "The server ended while it was starting. What it said last is in the file .datahall/server.log of the home folder."
)
NO_WALLS = (
    "The server is not started, because there is no sandbox to run it in: {reason}. "
    "An administrator of the machine can mend that."
)
NOT_BEGUN = "The server could not be started: {problem}. An administrator of the machine can mend that."
TOO_SLOW = (
    "The server was not ready within {seconds} s. The machine may be very busy: try again in some minutes, and tell an "
    "administrator of the machine if that does not help."
)


class StartError(HTTPError):  # JupyterHub shows no other error's words on the page
    """A server could not be started; `jupyterhub_message` is what the page says, in the language of whoever asked."""

    def __init__(self, words: str, *, language: str, **details: str) -> None:
        translate = load_translations("cli", language=language).gettext
        told = {name: translate(detail) for name, detail in details.items()}
        self.jupyterhub_message = translate(words).format(**told)
        super().__init__(500, "%s", words.format(**details))


class ServerEndedError(StartError):
    """A server ended before it listened."""

    def __init__(self, *, language: str) -> None:
        super().__init__(ENDED, language=language)


class NoWallsError(StartError):
    """A server may not start without walls."""

    def __init__(self, *, language: str, reason: str) -> None:
        super().__init__(NO_WALLS, language=language, reason=reason)


class NotBegunError(StartError):
    """Neither a fork nor an ordinary start was possible."""

    def __init__(self, *, language: str, problem: str) -> None:
        super().__init__(NOT_BEGUN, language=language, problem=problem)


class TooSlowError(StartError):
    """A server was not ready in time."""

    def __init__(self, *, language: str, seconds: int) -> None:
        super().__init__(TOO_SLOW, language=language, seconds=str(seconds))
