"""Try to connect to what listens on the machine, directly and by the way out, and print what answered."""

import contextlib
import json
import os
import socket
from pathlib import Path

# FACTS: `ports` and `sockets` by name, `hosts` that are this machine.
FACTS = globals().get("FACTS") or json.loads(Path("~/facts.json").expanduser().read_text())
answered = []


def connect(family, address):
    """Return whether somebody listens."""
    with socket.socket(family) as client:
        client.settimeout(2)
        try:
            client.connect(address)
        except OSError:
            return False
    return True


def ask_the_way_out(line):
    """Return the status that the proxy of the way out answers with."""
    with socket.create_connection(("127.0.0.1", 3128), timeout=5) as client, contextlib.suppress(OSError):
        client.sendall(f"{line} HTTP/1.1\r\nHost: hall\r\nConnection: close\r\n\r\n".encode())
        answer = client.recv(100)
        return int(answer.split()[1]) if answer else 0
    return 0


for name, path in FACTS["sockets"].items():
    for way in (path, f"/proc/1/root{path}"):
        if connect(socket.AF_UNIX, way[:107]):
            answered.append(f"{name} at {way}")
    if connect(socket.AF_UNIX, "\0" + path[:100]):
        answered.append(f"{name} as an abstract socket")
for host in FACTS["hosts"]:
    for name, port in FACTS["ports"].items():
        if connect(socket.AF_INET6 if ":" in host else socket.AF_INET, (host, port)):
            answered.append(f"{name} at {host}:{port}")
        bracketed = f"[{host}]" if ":" in host else host
        for line in (f"CONNECT {bracketed}:{port}", f"GET http://{bracketed}:{port}/", f"CONNECT {bracketed}:443",
                     f"GET http://{bracketed}/"):  # fmt: skip
            if (status := ask_the_way_out(line)) not in (0, 400, 403, 502):
                answered.append(f"{line}: {status}")
# Whatever listens in one's own network: the hall, the way out, and one's own kernels and server; nothing else.
own = {int(FACTS["public_port"]), 3128}
for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
    words = line.split()
    port, state = int(words[1].split(":")[1], 16), words[3]
    if state == "0A" and port not in own:
        inode = words[9]
        holders = [
            entry
            for process in filter(str.isdigit, os.listdir("/proc"))
            for entry in Path(f"/proc/{process}/fd").iterdir()
            if os.path.lexists(entry) and os.readlink(entry) == f"socket:[{inode}]"
        ]
        if not holders:
            answered.append(f"somebody else listens at {port}")
print(json.dumps(answered))
