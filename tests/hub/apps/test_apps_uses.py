"""A visit of an app is a use of it and of each of its datasets; what its page asks for then, and robots, are none."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from datahall.uses import load_use

from .running_apps import DATASETS, RunningApps, open_visit, write_app

pytestmark = pytest.mark.sandbox

DRAWING = """
import datahall, ipywidgets
rows = datahall.dataset("weather/seattle-weather").polars().collect().height
year = ipywidgets.IntSlider(description="Year", value=2012, min=2012, max=2015)
shown = ipywidgets.HTML(value="<picture></picture>", description="shown")
year.observe(lambda change: setattr(shown, "value", f"<picture>{change['new']} of {rows}</picture>"), "value")
ipywidgets.VBox([year, shown])
"""
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@pytest.fixture
def counting(apps_home: Path, bubblewrap: str, tmp_path: Path) -> RunningApps:
    """An apps service of one app over two datasets, in a home in which nothing was used yet."""
    home = tmp_path / "home"
    (home / "secrets").mkdir(parents=True, mode=0o700)
    (home / "secrets/hall-token").write_text("a secret\n")
    for name in ("catalogs", "store"):
        (home / name).symlink_to(apps_home / name)
    write_app(tmp_path / "apps", "drawing", cells=[DRAWING], datasets=[{"id": each} for each in DATASETS])
    return RunningApps(home, apps_folder=tmp_path / "apps")


def test_a_visit_counts_the_app_and_each_of_its_datasets_once(counting: RunningApps) -> None:
    async def visit() -> str:
        async with open_visit(counting, "drawing") as page:
            widgets = await page.read_widgets()
            slider = next(model for model, state in widgets.items() if state.get("description") == "Year")
            return await page.move(slider, {"value": 2014})

    counting.start()
    try:
        assert asyncio.run(visit()) == "<picture>2014 of 1461</picture>"
        httpx.head(f"{counting.url}/drawing")
        httpx.get(f"{counting.url}/drawing", headers={"user-agent": GOOGLEBOT}, timeout=60).raise_for_status()
        assert httpx.get(f"{counting.url}/no-such-app").status_code == 404
    finally:
        assert counting.stop() == 0

    uses = [load_use(each, home=counting.home) for each in ("apps/drawing", *DATASETS)]
    assert [(use.visits, use.total) for use in uses] == [(1, 1), (1, 1), (1, 1)]
