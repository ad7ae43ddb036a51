"""Plant links where the hall may write, read, count or change owners, and print which stand."""

import json
import os
import shutil
from contextlib import suppress
from pathlib import Path

FACTS = globals().get("FACTS") or json.loads(Path("~/facts.json").expanduser().read_text())
home = Path.home()


def plant(name, target):
    """Put a link at a place in the home, whatever is there."""
    place = home / name
    with suppress(OSError):
        shutil.rmtree(place) if place.is_dir() and not place.is_symlink() else place.unlink(missing_ok=True)
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(target)


secrets, alice = FACTS["folders"]
plant("to-secrets", secrets)
plant("to-alice", alice)
for number, file in enumerate(FACTS["files"]):
    plant(f"link-{number}", file)
plant(".datahall/server.log", FACTS["files"][0])
plant(".datahall/guides.json", FACTS["files"][0])
plant("guides", alice)
plant("catalogs", alice)
plant(".jupyter/lab", alice)
plant(".cache", alice)
plant(".local/share/jupyter", secrets)
for number in range(20):  # folders that lead round in circles
    plant(f"circle/{number}", home)
deep = home / "deep"
deep.mkdir(exist_ok=True)
os.chdir(deep)
for _ in range(300):
    os.mkdir("d")
    os.chdir("d")
os.chdir(home)
os.mkfifo("fifo")
(home / "two").write_text("names")
with suppress(OSError):
    os.link(home / "two", home / "names")
print(json.dumps([name for name in os.listdir(home) if os.path.islink(name)]))
