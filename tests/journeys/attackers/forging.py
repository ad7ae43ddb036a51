"""Send the fork server what it should refuse, through the gate that one's kernels come by; print what was done."""

import array
import json
import os
import socket
from pathlib import Path

FACTS = globals().get("FACTS") or json.loads(Path("~/facts.json").expanduser().read_text())
GATE = os.environ["DATAHALL_FORKSERVER_SOCKET"]
done = []
fork = {"do": "fork", "module": "this", "folder": "/"}
forged = [
    {**fork, "sandbox": FACTS["sandbox_of_another"]},
    {**fork, "identity": {"user": 1, "group": 1}},
    {**fork, "identity": {"user": FACTS["user_of_another"], "group": FACTS["user_of_another"]}},
    {**fork, "groups": ["/sys/fs/cgroup/memory"]},
    {**fork, "groups": []},
    {**fork, "dies_with_server": True},
    {**fork, "descriptors": ["listener"]},
    {**fork, "environment": {"LD_PRELOAD": "/home/jovyan/evil.so"}},
    {"do": "open-gate", "name": "mine", "sandbox": FACTS["sandbox_of_another"]},
    {"do": "close-gate", "name": FACTS["gate_of_another"]},
    {"do": "end", "pid": 1, "started": 1, "reason": "memory"},
    {"do": "end-child", **FACTS["server_of_another"], "reason": "memory"},
    {"do": "watch", **FACTS["server_of_another"]},
    {"do": "retire"},
    {"do": "stop"},
    {"do": "fork", "module": "this", "arguments": ["x"] * 200_000},
    "not an object",
    None,
]


def ask(line):
    """Send one line with four descriptors, as the fork server's client does; return what comes back."""
    nothing = os.open("/dev/null", os.O_RDWR)
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(GATE)
        passed = array.array("i", [nothing] * 4)
        try:
            client.sendmsg([line], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, passed)])
            client.shutdown(socket.SHUT_WR)
            answer = client.recv(100_000)
        except OSError:
            answer = b""
    os.close(nothing)
    return answer


for message in forged:
    answer = ask(json.dumps(message).encode() + b"\n")
    if answer and "error" not in json.loads(answer.split(b"\n")[0]):
        done.append([str(message)[:100], answer.decode()[:200]])
for line in (b"\0" * 100_000, b"{" * 100_000 + b"\n", b'{"do":' * 50_000 + b"\n", b"\xff\xfe\n"):
    answer = ask(line)
    if answer and "error" not in json.loads(answer.split(b"\n")[0]):
        done.append([str(line[:20]), answer.decode()[:200]])
print(json.dumps(done))
