"""Value marks: what people write for no value, for totals, and around numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

# No value, wherever it stands: database dumps and spreadsheets write these, people do not.
STRONG = ("\\N", "NULL", "#N/A", "#NULL!", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!")
# No value among numbers and dates; in a column of words these may be words (NA is Namibia).
WEAK = (
    *(
        "-",
        "--",
        "---",
        "—",
        "——",
        "–",
        "−",
        "…",
        "……",
        "...",
        "..",
        ".",
        "*",
        "**",
        "***",
        "#",
        "/",
        "?",
        "x",
        "X",
        ":",
    ),
    *("0000-00-00", "0000/00/00", "0000-00-00 00:00:00", "00000000"),  # days that databases have for none
    *("NA", "N/A", "n/a", "na", "N.A.", "n.a.", "n.d.", "ND", "null", "Null", "None", "none", "nan", "NaN", "NAN"),
    *(
        "missing",
        "Missing",
        "unknown",
        "Unknown",
        "k.A.",
        "无",
        "無",
        "缺",
        "缺测",
        "缺測",
        "缺失",
        "暂无",
        "不详",
        "不詳",
    ),
    *("н/д", "н.д.", "нет данных", "暂缺", "未统计", "未知", "无数据", "無資料", "不适用", "空"),
)
MISSING = (*STRONG, *WEAK)
_MISSING = frozenset(MISSING)

TOTALS = (
    *("Total", "TOTAL", "total", "Totals", "Total:", "Grand total", "Grand Total", "GRAND TOTAL", "Subtotal", "Sum"),
    *(
        "SUM",
        "Mean",
        "MEAN",
        "Average",
        "AVERAGE",
        "Overall",
        "Gesamt",
        "Summe",
        "Insgesamt",
        "Totale",
        "TOTALE",
    ),
    *(
        "Итого",
        "Всего",
        "Kokku",
        "合计",
        "合计：",
        "合计:",
        "合 计",
        "总计",
        "总 计",
        "总计：",
        "小计",
        "小 计",
        "共计",
    ),
    *("合計", "合 計", "總計", "總 計", "小計", "共計", "總數", "平均", "全国总计", "全国合计"),
    *("全国", "全省", "全市", "全县", "全区", "全國", "全縣"),
)

# How a spreadsheet shows, and exports, more than eleven figures; and what a workbook keeps of more than fifteen.
CUT_CODE = r"^\s*(\d\.\d{1,5}E\+1\d|\d\.\d{1,16}e\+1[5-9])\s*$"
_SHORTENED = re.compile(CUT_CODE)
LONGEST = 300  # characters of what expressions look at; more is no number, date or name, and may take them minutes
_NUMBER = re.compile(r"[+\-−(]?[$€£¥￥]?\s?\d[\d\s.,'’]*([eE][+-]?\d+)?\s?(%|‰)?\)?")
_FIGURES = re.compile(  # dates, with or without a time
    r"(民國|民国)?\d{1,4}[-/.年]\s?\d{1,2}([-/.月]\s?(\d{1,4}日?)?)?"
    r"([T ]\d{1,2}:\d\d(:\d\d(\.\d+)?)?\s?(Z|[+-]\d\d:?\d\d)?)?"
)


def is_missing(value: str) -> bool:
    """Say whether `value` is a known mark for no value."""
    return value in _MISSING


def looks_numeric(value: str) -> bool:
    """Say whether `value` is a number or a date in figures, however it is punctuated."""
    text = value.strip()
    if not text or len(text) > LONGEST or not any(character.isdigit() for character in text):
        return False
    return bool(_NUMBER.fullmatch(text) or _FIGURES.fullmatch(text))


def find_shortened(values: Sequence[str]) -> str | None:
    """Return an example where all values look like codes of which a spreadsheet has kept the first figures only."""
    written = [value.strip() for value in values]
    return written[0] if written and all(map(_SHORTENED.fullmatch, written)) else None
