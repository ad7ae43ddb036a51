"""What ``datahall-hub up`` prints: progress, the address, the first password, and what falls.

Everything goes to standard output and nothing to a log; the first password is shown here and nowhere else.
"""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Protocol

from rich.console import Console, Group
from rich.panel import Panel
from rich.text import Text

from datahall_hub.operator_words import find_program, say
from datahall_hub.settings import Settings
from datahall_hub.walls import SWITCHED_OFF


class Announcer(Protocol):
    """Whoever is told how the hall fares; the supervisor calls each method when it happens."""

    def starting(self, settings: Settings, *, warning: str | None) -> None:
        """Hear that the processes are about to start, and of walls that are missing."""

    def child_ready(self, name: str, *, again: bool) -> None:
        """Hear that a process answers, for the first time or after a fall."""

    def ready(self, *, seconds: float) -> None:
        """Hear that the hall can be reached."""

    def first_password(self, password: str) -> None:
        """Hear the password of the account that was made just now; once."""

    def fallen(self, name: str, *, code: int, pause: float, log: Path) -> None:
        """Hear that a process has ended unasked."""

    def renewed(self, name: str, *, what: str) -> None:
        """Hear that a fresh process takes over from a fork server, because something it has loaded has changed."""

    def catalogs_stale(self, log: Path) -> None:
        """Hear that the mounted catalogs could not be brought up to date; the hall runs on with the earlier ones."""

    def troubled(self, problem: str) -> None:
        """Hear what the system refuses; the hall runs on and tries again."""

    def ending(self) -> None:
        """Hear that the hall is being ended."""

    def ended(self) -> None:
        """Hear that nothing of it is left."""


class TerminalAnnouncer:
    """Tells the operator at the terminal."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)
        self._address = ""
        self._is_mid_line = False

    def starting(self, settings: Settings, *, warning: str | None) -> None:
        """Say what is being started, and warn where walls are missing."""
        self._address = settings.address
        if settings.unsafe_no_sandbox:
            self._line(
                say("Warning: user servers and apps run WITHOUT a sandbox: {reason}.", reason=SWITCHED_OFF),
                style="bold red",
            )
        elif warning:
            self._line(
                say(
                    "Warning: neither people's servers nor apps start, because there is no sandbox to run them in: "
                    "{reason}. Mend that and start the hall again; or, for yourself alone, '{program} up "
                    "--unsafe-no-sandbox' runs them without.",
                    reason=warning,
                    program=find_program(),
                ),
                style="bold yellow",
            )
        self.console.print(say("Starting:"), end=" ")
        self._is_mid_line = True

    def child_ready(self, name: str, *, again: bool) -> None:
        """Tick off a process."""
        if again:
            self._line(say("{name} is running again.", name=name))
        else:
            self.console.print(f"{name} [green]✓[/]", end="  ")
            self._is_mid_line = True

    def ready(self, *, seconds: float) -> None:
        """Print the address."""
        self._line(say("The hall is open after {seconds} s:", seconds=f"{seconds:.1f}"), style="bold")
        self._line(f"    {self._address}/", style="bold cyan")
        self._line(say("Ctrl-C ends it."), style="dim")

    def first_password(self, password: str) -> None:
        """Print the first account in both languages: whoever reads it has chosen none yet."""
        body = Group(
            Text("First sign-in · 首次登录", style="bold"),
            Text(),
            Text(f"{self._address}/hub/login"),
            Text.assemble("user · 用户名        ", ("admin", "bold")),
            Text.assemble("password · 密码      ", (password, "bold")),
            Text(),
            Text("Shown once. You choose a new password when you first sign in."),
            Text("密码只显示一次。首次登录时需要设置新密码。"),
        )
        self.console.print(Panel(body, expand=False, padding=(1, 2)))

    def fallen(self, name: str, *, code: int, pause: float, log: Path) -> None:
        """Say which process fell, how, and when it starts again."""
        how = signal.Signals(-code).name if code < 0 else say("exit code {code}", code=code)
        self._line(
            say(
                "{name} has ended ({how}) and is started again in {pause} s. Log: {log}",
                name=name, how=how, pause=f"{pause:.0f}", log=log,
            ),
            style="yellow",
        )  # fmt: skip

    def renewed(self, name: str, *, what: str) -> None:
        """Say which fork server is renewed, and why."""
        self._line(say("{what} has changed: {name} is renewed, and whatever was forked runs on.", name=name, what=what))

    def catalogs_stale(self, log: Path) -> None:
        """Say that new cards are not seen in the Lab yet."""
        self._line(say("The mounted catalogs could not be brought up to date. Log: {log}", log=log), style="yellow")

    def troubled(self, problem: str) -> None:
        """Say what the system refuses."""
        self._line(
            say("The system refuses: {problem}. The hall runs on and tries again.", problem=problem), style="yellow"
        )

    def ending(self) -> None:
        """Say that the hall is being ended."""
        self._line(say("Ending the hall, user servers first … (again: at once)"))

    def ended(self) -> None:
        """Say that it has ended."""
        self._line(say("The hall has ended; nothing of it is left running."))

    def _line(self, text: str, *, style: str = "") -> None:
        if self._is_mid_line:
            self.console.print()
            self._is_mid_line = False
        self.console.print(Text(text, style=style))
