"""Start the limits service: ``python -m datahall_hub.services.limits``."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time

from datahall_hub.home import HomeError, ensure_home
from datahall_hub.person_limits import plan_limits, plan_reserve
from datahall_hub.services.limits.watching import LOOK_EVERY, LOOK_OFTEN, LimitsWatch
from datahall_hub.settings import Settings


def main() -> int:
    """Look after everybody until told to stop; return the exit code."""
    settings = Settings()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        home = ensure_home(settings.home)
        watch = LimitsWatch(
            plan_limits(settings, homes=home.homes),
            people=home.limits,
            homes=home.homes,
            reserve=plan_reserve(settings, homes=home.homes),
            kernels=home.fork_socket("kernel"),
        )
    except (HomeError, OSError) as error:
        print(f"The limits service cannot start: {error}", file=sys.stderr)
        return 1
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    pause = 0.0
    while not _wait(stopped, watch, pause):
        try:
            pause = watch.look()
        except OSError as error:  # a machine without descriptors, say: better again than never
            logging.getLogger("datahall.limits").warning("Looking failed: %s", error)
            pause = LOOK_EVERY
    watch.close()
    return 0


def _wait(stopped: threading.Event, watch: LimitsWatch, pause: float) -> bool:
    """Wait until the next look, not so long where the disk fills fast; return whether to stop."""
    due = time.monotonic() + pause
    while (left := due - time.monotonic()) > 0:
        if stopped.wait(min(left, LOOK_OFTEN)):
            return True
        try:
            if watch.fills_fast():
                break
        except OSError:  # the look will say so
            break
    return stopped.is_set()


if __name__ == "__main__":
    sys.exit(main())
