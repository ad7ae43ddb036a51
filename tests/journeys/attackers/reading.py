"""Look for what is others' in every place where it could lie, and print what was found."""

import json
import os
from pathlib import Path

# FACTS: `names` of files that are nobody's business, `paths` where they lie outside, and `words` that stand in them,
# written backwards: what is typed here stands in files of one's own.
FACTS = globals().get("FACTS") or json.loads(Path("~/facts.json").expanduser().read_text())
names, words = set(FACTS["names"]), [word[::-1].encode() for word in FACTS["words"]]
found = []


def look_into(path, whose):
    """Note a file in which somebody else's words stand."""
    try:
        with open(path, "rb") as file:
            content = file.read(1 << 20)
    except OSError:
        return
    if any(word in content for word in words):
        found.append(f"{whose}: {path}")


for path in FACTS["paths"]:
    processes = [entry for entry in os.listdir("/proc") if entry.isdigit()]
    ways = [path, *(f"/proc/{pid}/{way}{path}" for pid in processes for way in ("root", "cwd/../../../../../.."))]
    ways += [f"/home/jovyan/../..{path}", f"/home/jovyan/catalogs/../../..{path}", f"/proc/self/fd/0/..{path}"]
    for way in ways:
        if os.path.lexists(way):
            found.append(f"it is there: {way}")
        look_into(way, "it can be read")
for folder, below, files in os.walk("/"):
    below[:] = [name for name in below if os.path.join(folder, name) not in ("/proc", "/sys")]
    found += [os.path.join(folder, name) for name in (*files, *below) if name in names]
    if folder.startswith(("/tmp", "/run", "/dev", "/home/jovyan/.", "/etc", "/var")):
        for name in files:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and name != "facts.json":
                look_into(path, "words stand in")
for process in filter(str.isdigit, os.listdir("/proc")):
    for name in ("environ", "cmdline", "maps", "mountinfo"):
        look_into(f"/proc/{process}/{name}", "words stand in")
    status = Path(f"/proc/{process}/status")
    try:
        if "\nUid:\t1000\t" not in status.read_text():
            found.append(f"process {process} is not ours")
    except OSError:
        continue
print(json.dumps(found))
