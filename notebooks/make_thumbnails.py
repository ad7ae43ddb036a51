"""Draw the small picture of each app for the hall's gallery: ``python notebooks/make_thumbnails.py [SLUG …]``.

Runs the app's cells and photographs its first picture with Chromium. The few words in it are English; the
gallery writes the app's title and summary beside it in the reader's language.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from PIL import Image

APPS = Path(__file__).parent / "apps"
WIDTH, HEIGHT = 640, 360  # twice the gallery's smallest card
MOST_BYTES = 60 * 1024
COLOURS = 48
PAGE = """<!doctype html><meta charset="utf-8"><style>
body { margin: 0; background: #fff; display: grid; place-items: center; height: 100vh; overflow: hidden }
img { width: 600px; height: auto; display: block }
</style>"""


def run_app(notebook: Path) -> dict[str, Any]:
    """Run an app's code cells in one namespace and return it."""
    namespace: dict[str, Any] = {"__name__": "app"}
    for cell in nbformat.read(notebook, as_version=4).cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, str(notebook), "exec"), namespace)  # noqa: S102 our own curated notebook
    return namespace


def take_wide_picture(namespace: dict[str, Any]) -> str:
    """Return the HTML of the app's first picture, the one for wide screens."""
    picture: str = namespace["board"].picture.value
    return "<img" + picture.split("<img", 1)[1].removesuffix("</picture>")


def photograph(body: str, *, target: Path) -> None:
    """Write what Chromium shows of `body` to `target`."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("Chromium is not installed; on Debian and Ubuntu: apt install chromium")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(PAGE + body, encoding="utf-8")
        command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        command += [f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={target}", page.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
    # Few colours, so that a gallery of many apps stays light.
    Image.open(target).convert("RGB").quantize(COLOURS).save(target, optimize=True)
    size = target.stat().st_size
    if size > MOST_BYTES:
        sys.exit(f"{target.name} has {size} bytes, more than {MOST_BYTES}: draw less in the first view.")


def main() -> None:
    """Draw the thumbnails of the apps named, or of all."""
    for slug in sys.argv[1:] or sorted(path.name for path in APPS.iterdir() if path.is_dir()):
        photograph(take_wide_picture(run_app(APPS / slug / "app.ipynb")), target=APPS / slug / "thumbnail.png")
        print(f"{slug}: {(APPS / slug / 'thumbnail.png').stat().st_size} bytes")


if __name__ == "__main__":
    main()
