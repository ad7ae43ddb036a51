"""China's government information resource catalog (政务信息资源目录) as JSON: each 信息资源 is a record.

The fields are those of 政务信息资源目录编制指南（试行）, 2017; what another hall adds stands in 扩展信息.
"""

from __future__ import annotations

from .columns import make_field
from .documents import Document
from .drafts import UNKNOWN, Draft
from .gathering import Gathering
from .portal_titles import tidy_titles
from .record import MAX_FIELDS, Harvest, Record, RecordField
from .values import Object, first_text, list_of, object_of, objects_of, text_of, texts_of

_NAME = "信息资源名称"
_CODE = "信息资源代码"
_UNSTATED = ("", "未说明", "无")
_CHINESE = "zh"


def is_catalog(value: object) -> bool:
    """Say whether `value` is such a catalog, or a bare list of its resources."""
    if isinstance(value, dict) and isinstance(value.get("信息资源"), list):
        return True
    return isinstance(value, list) and any(_NAME in item for item in value[:20] if isinstance(item, dict))


def read(document: Document) -> Harvest:
    """Return the resources of a page."""
    gathering = Gathering("gov-cn", notes=document.notes)
    catalog = document.value if isinstance(document.value, dict) else {"信息资源": document.value}
    for position, resource in enumerate(list_of(catalog.get("信息资源")), start=1):
        name = first_text(object_of(resource), _CODE, _NAME) or f"#{position}"
        gathering.take(object_of(resource), _record, name=name)
    total = catalog.get("资源总数")
    return gathering.harvest(
        total=total if isinstance(total, int) and not isinstance(total, bool) else None,
        next_page=text_of(catalog.get("下一页")),
        titles=tidy_titles([(_CHINESE, text_of(catalog.get("目录名称")))]),
    )


def _record(resource: Object) -> Record:
    more = object_of(resource.get("扩展信息"))
    draft = Draft("gov-cn")
    draft.identify(more.get("标识"), resource.get(_CODE), resource.get(_NAME))
    draft.set_name(first_text(more, "标识") or text_of(resource.get(_CODE)).rpartition("/")[2])
    draft.set_address(more.get("网址"))
    draft.add_languages(texts_of(more.get("语种")))
    for language, text in _texts(resource.get(_NAME), more.get("各语言名称")):
        draft.add_title(text, language)
    for language, text in _texts(resource.get("信息资源摘要"), more.get("各语言摘要")):
        draft.add_description(text, language)
    for language, words in object_of(more.get("关键词")).items():
        draft.add_keywords(list_of(words), language)
    draft.add_categories(_stated(object_of(resource.get("信息资源分类")).get(key)) for key in ("细目", "目", "项"))
    for language, text in _texts(_stated(resource.get("信息资源提供方")), more.get("提供方各语言名称")):
        draft.add_publisher(text, language)
    draft.set_publisher_address(more.get("提供方网址"))
    _add_license(draft, more)
    draft.set_access(_tell_access(object_of(resource.get("开放属性"))))
    draft.set_frequency(_stated(resource.get("更新周期")))
    draft.set_date("issued", resource.get("发布日期"))
    draft.set_date("modified", more.get("更新日期"))
    period = object_of(more.get("时间范围"))
    draft.set_temporal(start=period.get("开始", ""), end=period.get("结束", ""))
    draft.add_places(*texts_of(more.get("地域范围")))
    if more.get("经纬度范围"):
        draft.set_box(more.get("经纬度范围"))
    draft.set_homepage(more.get("来源网页"))
    draft.set_contact(name=more.get("联系人", ""), email=more.get("联系邮箱", ""))
    if text_of(more.get("合成数据")).partition("：")[0] == "是":
        draft.mark_synthetic()
    for offer in objects_of(more.get("数据地址")):
        _add_offer(draft, offer)
    draft.add_fields(filter(None, map(_field, objects_of(resource.get("信息项"))[:MAX_FIELDS])))
    return draft.finish(resource)


def _texts(chinese: object, tagged: object) -> list[tuple[str, object]]:
    """Return a text in every language that is told; the field of the guide alone is Chinese."""
    found = [(language or UNKNOWN, text) for language, text in object_of(tagged).items()]
    return found or ([(_CHINESE, chinese)] if text_of(chinese) or not isinstance(chinese, str) else [])


def _stated(value: object) -> object:
    return "" if text_of(value) in _UNSTATED else value


def _tell_access(opening: Object) -> str:
    """Return the guide's two fields as one word; what is opened on terms is not open to everybody at once."""
    is_opened, terms = text_of(opening.get("是否向社会开放")), _stated(opening.get("开放条件"))
    if is_opened in ("是", "1"):
        return "依申请开放" if terms else "无条件开放"
    return "不予开放" if is_opened in ("否", "0") else text_of(_stated(is_opened))


def _add_license(draft: Draft, more: Object) -> None:
    """Take the licence; what else a portal has said about it is no second one."""
    said = texts_of(more.get("许可原文"))
    if more.get("许可"):
        draft.add_license(more.get("许可"), more.get("许可网址"))
        draft.add_rights(said)
        return
    for text in said:
        draft.add_license(text)


def _field(item: Object) -> RecordField | None:
    english = text_of(item.get("信息项英文名称"))
    return make_field(
        first_text(item, "字段名", "信息项英文名称", "信息项名称"),
        type=item.get("数据类型"),
        titles=[(_CHINESE, text_of(item.get("信息项名称"))), *([("en", english)] if english else [])],
        descriptions=[(_CHINESE, text_of(item.get("信息项说明")))],
        unit=item.get("计量单位"),
    )


def _add_offer(draft: Draft, offer: Object) -> None:
    draft.add_distribution(
        offer.get("地址"),
        is_download=offer.get("可直接下载") is True,
        formats=[text for text in (text_of(offer.get("格式")), text_of(offer.get("压缩"))) if text],
        media_type=offer.get("媒体类型"),
        size=offer.get("字节数"),
        checksum=text_of(offer.get("校验值")),
        title=offer.get("名称"),
        licenses=[[offer.get("许可")]] if offer.get("许可") else [],
    )
