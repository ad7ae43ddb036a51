"""matplotlib's list of fonts: made once for the fonts that are there, and anew when they change."""

from __future__ import annotations

import asyncio
from pathlib import Path

from datahall_hub.services.apps.font_list import ensure_font_list, font_list_folder


def test_the_list_is_made_once_and_anew_when_a_font_has_come(tmp_path: Path) -> None:
    fonts, index = tmp_path / "fonts", tmp_path / "index"
    fonts.mkdir()
    first = font_list_folder(index, fonts=[fonts])
    asyncio.run(ensure_font_list(first))
    made = next(first.glob("fontlist*.json"))
    before = made.stat().st_mtime_ns

    asyncio.run(ensure_font_list(font_list_folder(index, fonts=[fonts])))
    assert made.stat().st_mtime_ns == before

    (fonts / "more").mkdir()
    second = font_list_folder(index, fonts=[fonts])
    asyncio.run(ensure_font_list(second))
    assert list(index.iterdir()) == [second]
    assert second != first
