"""Which language an app speaks. The apps service says so in ``DATAHALL_LANGUAGE``; elsewhere it is English."""

from __future__ import annotations

import os
from functools import cache
from unicodedata import east_asian_width
from urllib.parse import parse_qs

# Families with Chinese characters, best first; the first one that is installed is used in pictures.
# Of a font collection matplotlib reads the first face, so Noto's comes under its Japanese name.
CHINESE_FAMILIES = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Noto Sans CJK JP",
    "Droid Sans Fallback",
    "SimHei",
)


def read_language() -> str:
    """Return ``en`` or ``zh``: what the address of a preview asks for, else what the environment says."""
    asked = parse_qs(os.environ.get("QUERY_STRING", "")).get("language")  # which Voila tells its kernels
    said = asked[0] if asked else os.environ.get("DATAHALL_LANGUAGE", "en")
    return "zh" if said.startswith("zh") else "en"


def say(*, en: str, zh: str) -> str:
    """Return the text in the visitor's language."""
    return zh if read_language() == "zh" else en


def say_in_picture(*, en: str, zh: str) -> str:
    """Return the text in the visitor's language if a picture can be written in it, else in English."""
    return zh if read_language() == "zh" and has_chinese_font() else en


def count_letters(text: str) -> int:
    """Return how many Latin letters a text is as wide as; a Chinese character counts as two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


@cache
def find_chinese_family() -> str | None:
    """Return an installed font family with Chinese characters, or None."""
    from matplotlib import font_manager

    installed = {font.name for font in font_manager.fontManager.ttflist}
    return next((family for family in CHINESE_FAMILIES if family in installed), None)


def has_chinese_font() -> bool:
    """Return whether pictures can be written in Chinese here."""
    return find_chinese_family() is not None


def use_chinese_font() -> bool:
    """Let matplotlib write Chinese from now on; return whether it can. For notebooks, which draw directly."""
    import matplotlib as mpl

    family = find_chinese_family()
    if family is None:
        return False
    mpl.rcParams["font.family"] = [family, "DejaVu Sans"]
    mpl.rcParams["axes.unicode_minus"] = False  # the minus sign proper is missing in many Chinese fonts
    return True
