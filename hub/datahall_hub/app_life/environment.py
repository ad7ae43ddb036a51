"""The libraries that apps run with: noted with each version, and pages are made anew where they have changed since."""

from __future__ import annotations

from importlib.metadata import version

# What an app computes with; another version of one of these makes another version of the app.
LIBRARIES = (
    "datahall", "datahall-voila", "ipykernel", "ipywidgets", "matplotlib", "numpy", "pandas", "polars", "pyarrow",
    "voila",
)  # fmt: skip


def find_environment() -> dict[str, str]:
    """Return the libraries that apps run with here, and their versions."""
    return {name: version(name) for name in LIBRARIES}
