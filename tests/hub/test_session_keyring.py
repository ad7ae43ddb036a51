"""The keys of whoever starts the hall stay with them."""

from __future__ import annotations

import json
import platform
import subprocess
import sys

from datahall_hub.session_keyring import NUMBERS

# An operator's login with a key in its keyring, and two children: one as they are, one as sandboxes are started.
OPERATOR = """
import ctypes, json, platform, subprocess, sys
from datahall_hub.session_keyring import NUMBERS, leave_session_keyring
keyctl, add_key = {numbers}
libc = ctypes.CDLL(None)
libc.syscall(keyctl, 1, None)
libc.syscall(add_key, b"user", b"ticket", b"secret", 6, -3)
search = [sys.executable, "-c", "import ctypes; "
          f"print(ctypes.CDLL(None).syscall({{keyctl}}, 10, -3, b'user', b'ticket', 0) > 0)"]
plain = subprocess.run(search, capture_output=True, text=True)
walled = subprocess.run(search, capture_output=True, text=True, preexec_fn=leave_session_keyring)
print(json.dumps([plain.stdout.strip(), walled.stdout.strip()]))
"""
NUMBERS_HERE = {"x86_64": (250, 248), "aarch64": (219, 217)}


def test_a_sandbox_starts_without_the_keys_of_the_operators_login():
    numbers = NUMBERS_HERE[platform.machine()]
    assert numbers[0] == NUMBERS[platform.machine()]

    result = subprocess.run(
        [sys.executable, "-c", OPERATOR.format(numbers=numbers)], capture_output=True, text=True, check=True, timeout=30
    )

    assert json.loads(result.stdout) == ["True", "False"]
