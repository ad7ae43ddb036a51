"""The catalog as China's government information resource catalog (政务信息资源目录).

The fields are those of the guide 政务信息资源目录编制指南（试行）(发改高技〔2017〕1272号), section on core metadata,
after GB/T 21063.3; ``README.md`` beside this explains each in English. What the guide has no field for stands in
扩展信息, as it lets catalogs add metadata of their own. The words for sharing and opening are the guide's; where a
portal does not say, the word is 未说明, never a more open one.

A resource's code is the guide's: one digit for the kind of class (2: by theme), two for the theme, three for the class
below it, a slash, and a number within it. Ours are the themes' numbers among the 20, 000, and the dataset's name. The
class below the theme (目) is a portal's own word for it, which has no number; our own datasets have none, nor has any a
fourth level (细目).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from .._entries.entry import Entry, EntryField, choose_text
from .._entries.offered_formats import OWN_FORMATS
from .._vocabulary import formats, frequencies, licenses, semantics, themes
from .offers import Offer, dataset_address, full_address, list_offers
from .pages import Page
from .texts import (
    SYNTHETIC_ZH,
    clean,
    clean_line,
    find_modified,
    list_language_tags,
    list_texts,
    make_address,
    make_email,
    mark_synthetic,
)

STANDARD = "政务信息资源目录编制指南（试行）（发改高技〔2017〕1272号）"
UNSTATED = "未说明"
# 共享类型, 共享条件, 是否向社会开放, 开放条件
_ACCESS = {
    "open": ("无条件共享", "", "是", ""),
    "conditional": ("有条件共享", "申请获准后可读", "是", "依申请开放"),
    "restricted": ("不予共享", "", "否", ""),
    "unknown": (UNSTATED, "", UNSTATED, ""),
}
# The guide's types of data (字符型C, 整型I …), and how long a value of a type of ours always is.
_TYPES = {
    "string": ("字符型C", None),
    "integer": ("整型I", None),
    "number": ("双精度型B", None),
    "boolean": ("逻辑型L", 1),
    "date": ("日期型D", 10),
    "datetime": ("日期时间型T", None),
    "time": ("字符型C", None),
    "duration": ("字符型C", None),
    "geopoint": ("通用型G", None),
    "geojson": ("通用型G", None),
    "list": ("备注型M", None),
}
# The guide's kinds of formats.
_FORMAT_KINDS = {
    **dict.fromkeys(("csv", "tsv", "rdb", "xlsx", "xls"), "电子表格"),
    "sqlite": "数据库",
}
_OWN_DESCRIPTION = "自描述格式"


def write_catalog(entries: Iterable[Entry], *, base_url: str, page: Page) -> bytes:
    """Return one page of the catalog of the hall at `base_url`."""
    document = f"{base_url}/catalog.gov-cn.json"
    catalog: dict[str, Any] = {
        "目录名称": "数据大厅政务信息资源目录",
        "依据标准": [STANDARD, "GB/T 21063"],
        "资源总数": page.total,
        "页码": page.number,
        "页数": page.count,
    }
    if page.following:
        catalog["下一页"] = page.address(page.following, document=document)
    catalog["信息资源"] = [describe_resource(entry, base_url=base_url) for entry in entries]
    return json.dumps(catalog, ensure_ascii=False, separators=(",", ":")).encode()


def describe_resource(entry: Entry, *, base_url: str) -> dict[str, Any]:
    """Return the core metadata of one resource."""
    sharing, condition, is_opened, terms = _ACCESS[entry.access]
    frequency = frequencies().get(entry.frequency or "")
    offers = list_offers(entry, base_url=base_url)
    issued = entry.issued or find_modified(entry)
    return {
        "信息资源分类": {"类": "主题信息资源", "项": _theme_title(entry), "目": _subclass(entry), "细目": ""},
        "信息资源名称": clean_line(choose_text(entry.title, language="zh")) or clean_line(entry.source_id) or entry.id,
        "信息资源代码": make_code(entry),
        "信息资源提供方": _provider(entry),
        "信息资源提供方代码": (entry.publisher.id if entry.publisher else "") or "",
        "信息资源摘要": mark_synthetic(entry, clean(choose_text(entry.description, language="zh")), language="zh"),
        "信息资源格式": _list_formats(entry, offers),
        "信息项": [_describe_field(field) for field in entry.fields],
        "共享属性": {
            "共享类型": sharing,
            "共享条件": condition,
            "共享方式": {"分类": "文件方式", "类型": "文件下载"} if offers and entry.access == "open" else {},
        },
        "开放属性": {"是否向社会开放": is_opened, "开放条件": terms},
        "更新周期": frequency.title.zh if frequency else clean_line(entry.frequency_text) or UNSTATED,
        "发布日期": issued.isoformat() if issued else "",
        "关联资源代码": [],
        "扩展信息": _describe_more(entry, offers, base_url=base_url),
    }


def make_code(entry: Entry) -> str:
    """Return a resource's code: class by theme, slash, name; ``00`` stands for no theme."""
    ids = [theme.id for theme in themes()]
    number = ids.index(entry.theme) + 1 if entry.theme in ids else 0
    return f"2{number:02}000/{entry.name}"


def _theme_title(entry: Entry) -> str:
    return next((term.title.zh for term in themes() if term.id == entry.theme), "")


def _subclass(entry: Entry) -> str:
    """Return the word of its portal by which it belongs to the theme; none where that is the theme itself."""
    theme = next((term for term in themes() if term.id == entry.theme), None)
    if theme is None:
        return ""
    same = {text.casefold() for text in (theme.id, theme.title.en, theme.title.zh)}
    words = (clean_line(word) for word in entry.theme_words if not make_address(word))
    return next((word for word in words if word and word.casefold() not in same), "")


def _provider(entry: Entry) -> str:
    named = clean_line(choose_text(entry.publisher.title, language="zh")) if entry.publisher else ""
    return named or UNSTATED


def _list_formats(entry: Entry, offers: list[Offer]) -> list[dict[str, str]]:
    named = [offer.format or offer.format_text for offer in offers] if entry.is_harvested else list(OWN_FORMATS)
    known = formats()
    return [
        {
            "分类": _FORMAT_KINDS.get(name, _OWN_DESCRIPTION if name in known else UNSTATED),
            "类型": known[name].title.zh if name in known else name,
        }
        for name in dict.fromkeys(filter(None, named))
    ]


def _describe_field(field: EntryField) -> dict[str, Any]:
    kind, length = _TYPES.get(field.type, (UNSTATED, None))
    meaning = semantics().get(field.semantic or "")
    width = meaning.width if meaning and field.type == "string" else None
    told: dict[str, Any] = {
        "信息项名称": field.title.get("zh", field.name),
        "信息项英文名称": field.title.get("en", field.name),
        "字段名": field.name,
        "数据类型": kind,
        "数据长度": width or length or field.length,  # null: of any length, or not known
    }
    told |= {"计量单位": field.unit} if field.unit else {}
    said = clean_line(choose_text(field.description, language="zh"))
    return told | ({"信息项说明": said} if said else {})


def _describe_more(entry: Entry, offers: list[Offer], *, base_url: str) -> dict[str, Any]:
    modified = find_modified(entry)
    license = licenses().get(entry.license or "")
    told: dict[str, Any] = {
        "标识": entry.id,
        "网址": dataset_address(entry, base_url=base_url),
        "各语言名称": dict(_tagged(entry.title)),
        "各语言摘要": dict(_tagged(entry.description)),
        "关键词": {tag: [clean_line(word) for word in words] for tag, words in entry.keywords.items() if words},
        "提供方各语言名称": dict(_tagged(entry.publisher.title)) if entry.publisher else {},
        "提供方网址": make_address(entry.publisher.homepage) if entry.publisher else "",
        "更新日期": modified.isoformat() if modified else "",
        "许可": entry.license or "",
        "许可名称": license.title.zh if license else "",
        "许可网址": (license.url if license else "") or "",
        "许可原文": [text for text in map(clean_line, entry.license_texts) if text],
        "时间范围": {
            "开始": entry.temporal_start.isoformat() if entry.temporal_start else "",
            "结束": entry.temporal_end.isoformat() if entry.temporal_end else "",
        },
        "地域范围": [text for text in map(clean_line, entry.spatial) if text],
        "经纬度范围": list(entry.bbox) if entry.bbox else [],
        "语种": list_language_tags(entry),
        "来源网页": make_address(entry.homepage),
        "联系人": clean_line(entry.contact.name),
        "联系邮箱": make_email(entry.contact.email),
        "数据地址": [_describe_offer(offer) for offer in offers],
        "数据地址总数": total if (total := entry.distributions_total) > len(entry.distributions) else "",
        "全部数据地址": full_address(entry, base_url=base_url) if entry.left_out else "",
        "版本": entry.version or "",
        "采集自": clean_line(entry.source or ""),
        "合成数据": SYNTHETIC_ZH if entry.synthetic else "",
    }
    return {key: value for key, value in told.items() if value}


def _tagged(texts: Any) -> Iterable[tuple[str, str]]:
    return ((language or "und", text) for language, text in list_texts(texts))


def _describe_offer(offer: Offer) -> dict[str, Any]:
    told = {
        "地址": offer.url or offer.given,
        "可直接下载": offer.is_download,
        "格式": offer.format or offer.format_text,
        "压缩": offer.packed,
        "媒体类型": offer.media_type,
        "字节数": offer.bytes,
        "校验值": f"{offer.algorithm}:{offer.checksum}" if offer.checksum else "",
        "名称": offer.title,
        "许可": offer.license,
    }
    return {key: value for key, value in told.items() if value not in {"", None}}
