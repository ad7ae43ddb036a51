"""Fork until nothing is left to fork with, and stay; print how many there were."""

import contextlib
import os
import time

started = 0
for _ in range(20_000):
    with contextlib.suppress(OSError):
        if os.fork() == 0:
            while True:
                with contextlib.suppress(OSError):
                    os.fork()
                time.sleep(0.2)
        started += 1
        continue
    time.sleep(0.001)
print(started)
