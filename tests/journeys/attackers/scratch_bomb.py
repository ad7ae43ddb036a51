"""Fill every place that lives in memory, by files and by pipes, and go on."""

import contextlib
import fcntl
import os

chunk, pipes, number = b"\1" * (1 << 20), [], 0
while True:
    for folder in ("/tmp", "/dev/shm", "/run"):
        with contextlib.suppress(OSError), open(f"{folder}/{number}", "wb") as file:
            file.write(chunk)
    with contextlib.suppress(OSError):
        pipes.append(os.pipe())
        fcntl.fcntl(pipes[-1][1], fcntl.F_SETPIPE_SZ, 1 << 20)
        os.set_blocking(pipes[-1][1], False)
        os.write(pipes[-1][1], chunk)
    number += 1
