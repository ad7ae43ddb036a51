"""Harvests portals again and again, as the settings say; how each stands is kept with its records.

A harvest is a process of its own (`harvest_process`): a portal's page may take a gigabyte of memory, which is then
given back, and what goes wrong with one portal touches no other and no fetch. They are started beside the fetches,
because both write what readers find, and end together. When each is due follows from what the last one left in the
store, so a hall that is started again goes on as if nothing had been; what was killed goes on where it stopped.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from datahall_hub.parent_death import end_with_parent
from datahall_hub.services.fetch.harvest_process import FAILED
from datahall_hub.settings import HarvestPlan

if TYPE_CHECKING:
    from datahall._records.record_store import SourceState

log = logging.getLogger("datahall.fetch")

AT_ONCE = 2  # portals
GLANCE = 5.0  # seconds between two looks at what is due
SHORTEST = timedelta(minutes=1)  # between two harvests of one portal, whatever the store says
FIRST_PAUSE = timedelta(minutes=15)  # after a failure; twice as long after each more
LONGEST_PAUSE = timedelta(days=1)
MOST_FALLS = 10  # in a row that are told apart; then it is tried again after 17 hours
_BEGINNING = datetime.min.replace(tzinfo=UTC)


def name_plans(plans: Sequence[HarvestPlan]) -> dict[str, HarvestPlan]:
    """Return the plans by what their portals are called in the store; catalogs on one host get digits of their own."""
    from datahall._records.portal_places import digits_of, name_source

    names = [plan.name or name_source(plan.address) for plan in plans]
    return {
        name if plan.name or names.count(name) == 1 else f"{name}-{digits_of(plan.address)}": plan
        for name, plan in zip(names, plans, strict=True)
    }


def find_due(plan: HarvestPlan, state: SourceState | None) -> datetime:
    """Return when a portal is to be harvested next; at once where that was interrupted, or never done."""
    if state is None:
        return _BEGINNING
    if state.failure is not None and state.failed is not None:
        doubled: timedelta = FIRST_PAUSE * (1 << min(state.failures - 1, 10))
        pause = min(doubled, LONGEST_PAUSE, max(plan.every, FIRST_PAUSE))
        return state.failed + pause
    return state.finished + plan.every if state.finished is not None else _BEGINNING


class HarvestSchedule:
    """Starts the harvests that are due, in a thread that ends with the process; none before `may_begin` says so."""

    def __init__(
        self,
        plans: Sequence[HarvestPlan],
        *,
        may_begin: Callable[[], bool] = lambda: True,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        glance: float = GLANCE,
    ) -> None:
        self._plans = name_plans(plans)
        self._may_begin = may_begin
        self._clock = clock
        self._glance = glance
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._falls: dict[str, int] = {}
        self._begun: dict[str, datetime] = {}
        self._asked: set[str] = set()  # that somebody wants to be harvested now
        self._stopping = threading.Event()
        self._awake = threading.Event()  # there is something to look at
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to look for what is due; called when the service starts."""
        if self._plans:
            self._thread = threading.Thread(target=self._keep_looking, name="harvests", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the harvests that run; the next ones go on where these stopped."""
        self._stopping.set()
        self._awake.set()
        if self._thread is not None:
            self._thread.join(5)
        for process in self._running.values():
            process.kill()  # which the store bears
            process.wait()
        self._running.clear()

    def ask(self, name: str) -> bool:
        """Have a portal harvested as soon as others leave room, due or not; False where it is none of the settings'."""
        if name not in self._plans:
            return False
        if name not in self._list_running():  # one that has just ended may not be looked at yet
            self._asked.add(name)
            self._awake.set()
        return True

    def list_busy(self) -> dict[str, str]:
        """Return the portals that are harvested now (``running``) or were asked for and wait (``waiting``)."""
        return dict.fromkeys(sorted(self._asked.copy()), "waiting") | dict.fromkeys(self._list_running(), "running")

    def _list_running(self) -> list[str]:
        return [name for name, process in sorted(self._running.copy().items()) if process.poll() is None]

    def look(self) -> list[str]:
        """Take leave of harvests that have ended, begin those that are due; return the names of those that run."""
        from datahall._records.record_store import RecordStore

        for name, process in list(self._running.items()):
            if (code := process.poll()) is not None:
                del self._running[name]
                self._falls[name] = 0 if code in (0, FAILED) else min(self._falls.get(name, 0) + 1, MOST_FALLS)
                log.log(logging.INFO if code == 0 else logging.WARNING, "%s: the harvest ended with %s", name, code)
        states = {state.name: state for state in RecordStore().sources()}
        now = self._clock()
        due = {name: find_due(plan, states.get(name)) for name, plan in self._plans.items()}
        for name in sorted(due, key=lambda name: (name not in self._asked, due[name])):
            is_free = name not in self._running and len(self._running) < AT_ONCE
            if is_free and (name in self._asked or self._is_due(name, due[name], now)):
                self._begin(name, now)
                self._asked.discard(name)
        return list(self._running)

    def _is_due(self, name: str, due: datetime, now: datetime) -> bool:
        pause = SHORTEST * (1 << self._falls.get(name, 0))  # of one that falls the store knows nothing
        return due <= now and now - self._begun.get(name, _BEGINNING) >= pause

    def _begin(self, name: str, now: datetime) -> None:
        plan = self._plans[name]
        self._begun[name] = now
        self._running[name] = subprocess.Popen(
            [sys.executable, "-m", "datahall_hub.services.fetch.harvest_process", plan.address, name, plan.kind or ""],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_stand_back,
        )

    def _keep_looking(self) -> None:
        while not self._stopping.is_set():
            self._awake.wait(self._glance)
            self._awake.clear()
            if self._stopping.is_set():
                return
            try:
                if self._may_begin():
                    self.look()
            except Exception:
                log.exception("Looking for harvests failed; it is tried again.")


def _stand_back() -> None:
    """Give way to everything else, and end with the service; called in the new process."""
    end_with_parent()
    os.nice(10)
