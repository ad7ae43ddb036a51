"""What spellings of a place have in common: 北京, 北京市 and Beijing; Washington County and WASHINGTON. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from .._linking.texts import simplify

# What kind of division it is, longest first; 州 alone is part of names (杭州).
_CHINESE_KINDS = re.compile(
    r"(?:特别行政区|自治区|自治州|自治县|自治旗|行政委员会|地区|林区|矿区|特区|新区|省|市|区|县|旗|盟)$"
)
_PEOPLES = re.compile(
    r"(?:各族|壮族|回族|维吾尔族?|蒙古族|藏族|彝族|苗族|侗族|布依族|土家族|朝鲜族|满族|瑶族|白族|哈尼族|哈萨克族?|黎族|傣族|畲族|"
    r"傈僳族|仡佬族|东乡族|高山族|拉祜族|水族|佤族|纳西族|羌族|土族|仫佬族|锡伯族?|柯尔克孜族?|达斡尔族|景颇族|毛南族|撒拉族|布朗族|"
    r"塔吉克族?|阿昌族|普米族|鄂温克族?|怒族|京族|基诺族|德昂族|保安族|俄罗斯族|裕固族|乌孜别克族|门巴族|鄂伦春族?|独龙族|塔塔尔族|"
    r"赫哲族|珞巴族|蒙古|回)+$"
)
_LATIN_KINDS = re.compile(
    r"\b(?:the|province|provincia|autonomous region|autonomous prefecture|autonomous county|municipality|"
    r"city and borough|census area|city|county|parish|borough|district|prefecture|region|state of|"
    r"sar china|sar|shi|sheng|zizhiqu)\b"
)
_LATIN_PEOPLES = re.compile(
    r"(?:\b(?:tibetan|yi|miao|dong|li|hui|mongol|mongolian|kazak|kazakh|korean|zhuang|yao|tujia|qiang|buyei|bouyei|dai|bai|"
    r"hani|jingpo|lisu|va|lahu|naxi|uygur|uyghur|kirgiz|xibe|tu|salar|bonan|dongxiang|yugur|she|manchu|man|daur|and)\s+)+"
    r"(?=autonomous\b)"
)
_SHORTENED = ((re.compile(r"\bst\b\.?"), "saint"), (re.compile(r"\bste\b\.?"), "sainte"), (re.compile(r"&"), " and "))
_CHINESE = re.compile("[\u3400-\u9fff]")
_MARKS = re.compile(r"[\s\W_]+")


@lru_cache(maxsize=50_000)
def fold_name(text: str) -> str:
    """Return a name without case, accents, blanks and marks, in simplified characters."""
    plain = simplify(text)
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(sign))
    for pattern, word in _SHORTENED:
        plain = pattern.sub(word, plain)
    return _MARKS.sub("", re.sub(r"^the ", "", plain))


def short_names(text: str) -> Iterator[str]:
    """Give the folded name without the words that say what kind of place it is, more and more of them left out."""
    if is_chinese(text):
        name = fold_name(text)
        stem = _CHINESE_KINDS.sub("", name)
        if len(stem) < 2 and _CHINESE_KINDS.search(name):  # 清新区 is the 区 of 清新, not the 新区 of 清
            stem = name[:-1]
        if len(stem) >= 2:
            yield stem
            core = _PEOPLES.sub("", stem)
            if core != stem and len(core) >= 2:
                yield core + name[-1]  # 甘孜州 for 甘孜藏族自治州
                yield core
        return
    plain = simplify(text).replace(".", " ")
    stem = fold_name(_LATIN_KINDS.sub(" ", _LATIN_PEOPLES.sub("", plain)))
    if stem:
        yield stem


def is_chinese(text: str) -> bool:
    """Say whether a name is written in Chinese characters."""
    return _CHINESE.search(text) is not None


@lru_cache(maxsize=50_000)
def stem_of(name: str) -> str:
    """Return the shortest form of a name that still tells it apart: 密云 for 密云县 and 密云区."""
    return [fold_name(name), *short_names(name)][-1]
