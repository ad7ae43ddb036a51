"""How a running hall fares, seen from outside: its processes, its walls, its data, and how many use it.

People are counted in the hub's database, servers and kernels as the processes that they are, datasets in the cards
and the store: no service is asked.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from datahall_hub.home import Home, resolve_home
from datahall_hub.operator_words import choose_terminal_language, say, translate
from datahall_hub.process_marks import ProcessMark
from datahall_hub.settings import HarvestPlan, Settings, default_home
from datahall_hub.status_file import load_status

SERVER_PROGRAM = str(Path(__file__).parent / "user_server/start.py")
KERNEL_PROGRAM = "ipykernel_launcher"
WALLS = ("mount", "pid", "net", "seccomp")  # without one of these nothing is apart; the others are bounds
RUNS_WITHOUT = "OFF by --unsafe-no-sandbox: people's servers and apps run WITHOUT walls"
NOTHING_STARTS = "MISSING: neither people's servers nor apps start"
SUPERVISOR_PROGRAMS = ("datahall-hub", "datahall_hub.cli", "datahall_hub.under_make")


def find_supervisor(settings: Settings) -> ProcessMark | None:
    """Return the supervisor that runs on the settings' home folder."""
    status = load_status(resolve_home(settings.home))
    return ProcessMark(pid=status["pid"], started=status["started"]) if status else None


def find_hall_status(settings: Settings) -> dict[str, Any] | None:
    """Return the state of the hall on the settings' home folder, or None where none is running."""
    home = resolve_home(settings.home)
    status = load_status(home)
    if status is None:
        return None
    services = {name: _find_state(child) for name, child in status["children"].items()}
    return {
        "address": status["address"],
        "pid": status["pid"],
        "services": services,
        "unsafe_no_sandbox": status["unsafe_no_sandbox"],
        "sandbox": status.get("sandbox", {}),  # as it was found when the hall started, whatever was installed since
        "datasets": _count_datasets(home),
        "harvests": _find_harvests(home, plans=settings.harvests),
        "users": _count_people(settings.database_url or f"sqlite:///{home.database}"),
        "servers": _count_programs(status["pid"], ordinary=SERVER_PROGRAM, profile="server"),
        "kernels": _count_programs(status["pid"], ordinary=KERNEL_PROGRAM, profile="kernel"),
    }


def print_hall_status(status: dict[str, Any]) -> None:
    """Print the state for people."""
    table = Table(show_header=False, box=None)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")  # Chinese has no blanks to break at, and would be cut off
    table.add_row(say("Address"), f"[bold]{status['address']}/[/]")
    for name, state in status["services"].items():
        table.add_row(name, f"[{'green' if state == 'ready' else 'yellow'}]{translate(state)}[/]")
    missing = {wall for wall in WALLS if status["sandbox"].get(wall, "on") != "on"}
    is_unsafe = bool(status.get("unsafe_no_sandbox"))
    warns = "red" if is_unsafe else "yellow"
    if is_unsafe or missing:
        table.add_row(say("Sandbox"), Text(translate(RUNS_WITHOUT if is_unsafe else NOTHING_STARTS), f"bold {warns}"))
    for wall, state in status["sandbox"].items():
        told = Text(_describe_wall(state), warns if wall in missing else "")
        table.add_row(say("Wall: {name}", name=wall), told)
    table.add_row(say("Datasets"), _describe_datasets(**status["datasets"]))
    for harvest in status.get("harvests", ()):
        table.add_row(say("Harvest: {name}", name=harvest["source"]), escape(_describe_harvest(**harvest)))
    table.add_row(say("People"), str(status["users"]))
    table.add_row(say("Servers"), str(status["servers"]))
    table.add_row(say("Kernels"), str(status["kernels"]))
    Console(soft_wrap=True, highlight=False).print(table)


def _describe_wall(state: str) -> str:
    word, _, reason = state.partition(": ")
    told = translate(reason)
    if told == reason:  # what bubblewrap has said follows ours
        told = say(": ").join(translate(part) for part in reason.split(": "))
    return say(": ").join(filter(None, [translate(word), told]))


def _describe_datasets(*, known: int, here: int) -> str:
    if here == known:
        return say("all {known} here", known=known)
    return say(
        "{here} of {known} here; {missing} not fetched yet, see {log}",
        known=known,
        here=here,
        missing=known - here,
        log="logs/fetch.log",
    )


def _describe_harvest(
    *, titles: dict[str, str], succeeded: str | None, records: int, missing: int, rejected: int,
    failure: dict[str, str] | None, **_: Any,
) -> str:  # fmt: skip
    from datahall._entries.entry import choose_text

    language = choose_terminal_language()
    counts = say("{records} records, {missing} missing, {rejected} rejected", records=records, missing=missing,
                 rejected=rejected)  # fmt: skip
    told = (
        say("last on {time}: {counts}", time=f"{succeeded[:16].replace('T', ' ')} UTC", counts=counts)
        if succeeded
        else say("not done yet")
    )
    if title := choose_text(titles, language=language):
        told = f"{title}{say(': ')}{told}"
    if failure is None:
        return told
    reason = failure.get(language, "")
    return say("{told}; the newest failed: {reason}", told=told, reason=reason.rstrip(".。"))


def find_running_homes() -> list[Path]:
    """Return the homes of the halls that run on this machine, as far as this user may see them."""
    found = set()
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            words = process.cmdline()
            if "up" in words and any(program in " ".join(words) for program in SUPERVISOR_PROGRAMS):
                given = _read_home(words) or process.environ().get("DATAHALL_HOME")
                home = resolve_home(Path(process.cwd(), given) if given else default_home())
                if (status := load_status(home)) and status["pid"] == process.pid:
                    found.add(home.root)
    return sorted(found)


def _read_home(words: list[str]) -> str | None:
    given = [word.removeprefix("--home=") for word in words if word.startswith("--home=")]
    given += [after for word, after in itertools.pairwise(words) if word == "--home"]
    return given[-1] if given else None


def _find_state(child: dict[str, Any]) -> str:
    is_alive = ProcessMark(pid=child["pid"], started=child["started"]).is_alive
    return str(child["state"]) if is_alive else "fallen"


def _count_programs(supervisor: int, *, ordinary: str, profile: str) -> int:
    """Return how many of the hall's processes run a program, be they forked or started as ever.

    A forked process still has its fork server's words, and leads a session of its own.
    """
    count = 0
    for process in psutil.Process(supervisor).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess, ProcessLookupError):
            words = process.cmdline()
            is_forked = words[2:6] == ["datahall_forkserver", "serve", "--profile", profile]
            is_server_itself = process.ppid() == supervisor
            count += ordinary in words[1:3] or (
                is_forked and not is_server_itself and os.getsid(process.pid) == process.pid
            )
    return count


def _count_datasets(home: Home) -> dict[str, int]:
    """Return how many open datasets have a card, and of how many the store holds the rows."""
    import datahall

    with _catalog_of(home):
        present = [dataset.is_present for dataset in datahall.datasets() if dataset.card.access == "open"]
    return {"known": len(present), "here": sum(present)}


def _find_harvests(home: Home, *, plans: Sequence[HarvestPlan]) -> list[dict[str, Any]]:
    """Return how each portal stands that was harvested, or is to be."""
    from datahall._records.record_store import RecordStore
    from datahall._records.source_titles import load_titles

    from datahall_hub.services.fetch.harvest_schedule import name_plans

    with _catalog_of(home):
        states = RecordStore().sources()
        titles = load_titles()
    known = [
        {
            "source": state.name,
            "titles": dict(titles.get(state.name, {})),
            "address": state.address,
            "succeeded": state.succeeded.isoformat() if state.succeeded else None,
            "records": state.records,
            "missing": state.missing,
            "rejected": state.result.get("rejected_count", 0),
            "failure": state.failure,
        }
        for state in states
    ]
    nothing: dict[str, Any] = {"titles": {}, "succeeded": None, "failure": None}
    nothing |= {"records": 0, "missing": 0, "rejected": 0}
    waiting = {name: plan for name, plan in name_plans(plans).items() if name not in {state.name for state in states}}
    return [*known, *({"source": name, "address": plan.address, **nothing} for name, plan in waiting.items())]


@contextlib.contextmanager
def _catalog_of(home: Home) -> Iterator[None]:
    """Let the library read the cards and the store of a hall, whatever the terminal's environment names."""
    before = {name: os.environ.pop(name, None) for name in ("DATAHALL_HOME", "DATAHALL_CATALOGS")}
    os.environ["DATAHALL_HOME"] = str(home.root)
    try:
        yield
    finally:
        del os.environ["DATAHALL_HOME"]
        os.environ.update({name: value for name, value in before.items() if value is not None})


def _count_people(database_url: str) -> int:
    from sqlalchemy import create_engine, inspect, text
    from sqlalchemy.pool import NullPool

    engine = create_engine(database_url, poolclass=NullPool)
    with engine.connect() as connection:
        if not inspect(connection).has_table("users"):  # a hall that starts for the first time
            return 0
        return int(connection.execute(text("select count(*) from users")).scalar_one())
