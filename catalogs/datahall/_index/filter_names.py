"""What filters and some of their values may be called, in English and Chinese: by their ids, and as pages show them.

Names are compared folded (`analysis.fold`), so any case, width and traditional characters do.
"""

from __future__ import annotations

FILTER_NAMES = {
    **{name: name for name in ("theme", "publisher", "license", "access", "format", "year", "place", "source")},
    **{"synthetic": "synthetic", "licence": "license", "region": "place", "domain": "theme", "years": "year"},
    **{"real or synthetic": "synthetic", "where it comes from": "source", "years covered": "year"},
    **{"主题": "theme", "领域": "theme", "发布者": "publisher", "许可": "license", "许可证": "license"},
    **{"获取": "access", "开放程度": "access", "开放方式": "access", "格式": "format"},
    **{"年份": "year", "覆盖年份": "year", "地点": "place", "地区": "place"},
    **{"来源": "source", "来自": "source", "合成": "synthetic", "真实或合成": "synthetic"},
}

# Of several words: typed without a hyphen between them.
LONG_NAMES = tuple(name for name in FILTER_NAMES if " " in name)

TRUTHS = {
    **dict.fromkeys(("true", "yes", "是", "synthetic", "synthetic data", "合成", "合成数据"), "true"),
    **dict.fromkeys(("false", "no", "否", "real", "real data", "真实", "真实数据"), "false"),
}

NOT_STATED = frozenset({"unknown", "not stated", "未说明"})

# What people call several formats together, by its folded name.
FORMAT_FAMILIES = {"excel": ("xlsx", "xls"), "电子表格": ("xlsx", "xls", "ODS"), "spreadsheet": ("xlsx", "xls", "ODS")}

OTHER_VALUES = {("access", "public"): "open", ("access", "公开"): "open"}  # of what has another name here
