"""Units: what a column's name, a title or a line above a table says about the unit of its numbers.

A unit is short: a sign, or up to three words without a verb. Whatever else stands in brackets belongs to the name.
"""

from __future__ import annotations

import re

from .value_marks import LONGEST

_BRACKETS = re.compile(r"^(?P<name>.+?)\s*[(（\[【](?P<unit>[^()（）\[\]【】]{1,30})[)）\]】]\s*$")
_IN_TITLE = re.compile(  # 填报单位, 编制单位 and 主办单位 are offices
    r"(?:(?<!\w)(?:计量|計量|货币|貨幣|金额|金額|面积|数量)?(?:单位|單位|単位)|\b(?:unit|units))"
    r"\s*[:：]\s*(?P<unit>[^\s,，;；)）]{1,30})",
    re.IGNORECASE,
)
_ALONE = re.compile(
    r"^\s*[(（\[【]\s*(?:单位|單位|unit|units|in)?\s*[:：]?\s*(?P<unit>[^()（）\[\]【】]{1,30}?)\s*[)）\]】]\s*$",
    re.IGNORECASE,
)
_MOST_WORDS = 3
_LONGEST_TITLE = 10_000  # characters that are looked at
_NO_UNIT = re.compile(  # verbs, and words about what is counted rather than in what
    r"\b(?:not|no(?!\.)|yes|in(?:cl|cluded|cludes|cluding)|ex(?:cl|cluded|cludes|cluding)|see|is|are|was|only|all|"
    r"totals?|note|optional|required|male|female|men|women|\w{3,}ed|\w{3,}ing)\b|[含见注续男女附]|包括|其中|合计|小计|备注|可选|必填",
    re.IGNORECASE,
)
_KNOWN = re.compile(  # what stands alone above a table is a unit only where it is a well-known one
    r"[十百千万亿萬億]*(?:元|美元|欧元|人|人次|人日|户|吨|噸|公斤|千克|克|米|公里|平方米|平方公里|立方米|公顷|"
    r"亩|畝|升|度|千瓦|千瓦时|千瓦小时|个|家|件|辆|台|套|次|所|张|册|处|座|艘|头|只|株|天|小时|分钟|年|岁|"
    r"标准箱|吨公里|人公里|个百分点)"
    r"|[百千万亿萬億]{1,2}"
    r"|[%‰℃°]|°C|百分比|(?:in )?(?:hundreds?|thousands?|millions?|billions?)(?: of)?(?: [\w$€£]+)?|per ?cent|"
    r"percentage|(?:1,?000|'000|\u2019000)s?(?: [\w$€£]+)?|[$€£¥]|usd|eur|gbp|cny|rmb|euros?|dollars?|pounds?|persons?|"
    r"people|(?:[tgml]|ha|[km]g|k?t|[kcm]m|k?m[²³23]|[kmgt]?wh|[kmg]?w|tonn?es?|tons?|hectares?|hours?|days?|years?)"
    r"(?:/\w+)?",
    re.IGNORECASE,
)


def is_unit(text: str) -> bool:
    """Say whether what stands in brackets may be a unit."""
    return len(text.split()) <= _MOST_WORDS and not _NO_UNIT.search(text)


def find_unit(header: str) -> tuple[str, str | None]:
    """Return a column's name without its unit, and the unit that stands in brackets behind it."""
    match = _BRACKETS.match(header) if len(header) <= LONGEST else None
    if match is None or not is_unit(match["unit"].strip()):
        return header, None
    return match["name"], match["unit"].strip()


def find_title_unit(title: str) -> str | None:
    """Return the unit that a title gives for the whole table: ``单位：万元``, or ``(万人)`` on a line of its own."""
    alone = _ALONE.match(title) if len(title) <= LONGEST else None
    if alone is not None and _KNOWN.fullmatch(alone["unit"]):
        return alone["unit"]
    match = _IN_TITLE.search(title[:_LONGEST_TITLE])
    if match is None or not is_unit(match["unit"]) or "、" in match["unit"]:  # several are not one for the whole table
        return None
    return match["unit"]
