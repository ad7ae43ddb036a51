"""Names of people and firms: surnames by their real frequency, everything else of our own making."""

from __future__ import annotations

# The hundred commonest surnames, which most people bear; the order of the first ones is that of the report
# 《二〇二〇年全国姓名报告》 (Ministry of Public Security, 2021-02-08), which gives the first five 30.8 % together.
# Shares in per mille of all people; behind the tenth they are our own rounding. All other surnames are left out.
SURNAMES = (
    ("王", "Wang", 72), ("李", "Li", 71), ("张", "Zhang", 68), ("刘", "Liu", 52), ("陈", "Chen", 45),
    ("杨", "Yang", 32), ("黄", "Huang", 23), ("赵", "Zhao", 20), ("吴", "Wu", 20), ("周", "Zhou", 19),
    ("徐", "Xu", 14), ("孙", "Sun", 14), ("马", "Ma", 13), ("朱", "Zhu", 13), ("胡", "Hu", 12),
    ("郭", "Guo", 12), ("何", "He", 11), ("林", "Lin", 11), ("罗", "Luo", 10), ("高", "Gao", 10),
    ("郑", "Zheng", 9), ("梁", "Liang", 9), ("谢", "Xie", 8), ("宋", "Song", 8), ("唐", "Tang", 7),
    ("许", "Xu", 7), ("韩", "Han", 7), ("邓", "Deng", 6), ("冯", "Feng", 6), ("曹", "Cao", 6),
    ("彭", "Peng", 6), ("曾", "Zeng", 6), ("肖", "Xiao", 6), ("田", "Tian", 5), ("董", "Dong", 5),
    ("潘", "Pan", 5), ("袁", "Yuan", 5), ("蔡", "Cai", 5), ("蒋", "Jiang", 5), ("余", "Yu", 5),
    ("于", "Yu", 5), ("杜", "Du", 4), ("叶", "Ye", 4), ("程", "Cheng", 4), ("魏", "Wei", 4),
    ("苏", "Su", 4), ("吕", "Lü", 4), ("丁", "Ding", 4), ("任", "Ren", 4), ("卢", "Lu", 4),
    ("姚", "Yao", 4), ("沈", "Shen", 4), ("钟", "Zhong", 4), ("姜", "Jiang", 4), ("崔", "Cui", 4),
    ("谭", "Tan", 4), ("陆", "Lu", 4), ("范", "Fan", 4), ("汪", "Wang", 4), ("廖", "Liao", 4),
    ("石", "Shi", 4), ("金", "Jin", 4), ("韦", "Wei", 3), ("贾", "Jia", 3), ("夏", "Xia", 3),
    ("付", "Fu", 3), ("方", "Fang", 3), ("邹", "Zou", 3), ("熊", "Xiong", 3), ("白", "Bai", 3),
    ("孟", "Meng", 3), ("秦", "Qin", 3), ("邱", "Qiu", 3), ("侯", "Hou", 3), ("江", "Jiang", 3),
    ("尹", "Yin", 3), ("薛", "Xue", 3), ("闫", "Yan", 3), ("段", "Duan", 3), ("雷", "Lei", 3),
    ("龙", "Long", 3), ("黎", "Li", 3), ("史", "Shi", 3), ("陶", "Tao", 3), ("贺", "He", 3),
    ("毛", "Mao", 3), ("郝", "Hao", 3), ("顾", "Gu", 3), ("龚", "Gong", 3), ("邵", "Shao", 3),
    ("万", "Wan", 3), ("覃", "Qin", 3), ("武", "Wu", 3), ("钱", "Qian", 3), ("戴", "Dai", 3),
    ("严", "Yan", 2), ("莫", "Mo", 2), ("孔", "Kong", 2), ("向", "Xiang", 2), ("常", "Chang", 2),
)  # fmt: skip

MALE = (
    ("伟", "wei"), ("强", "qiang"), ("军", "jun"), ("杰", "jie"), ("涛", "tao"), ("明", "ming"), ("超", "chao"),
    ("勇", "yong"), ("浩", "hao"), ("宇", "yu"), ("轩", "xuan"), ("博", "bo"), ("文", "wen"), ("建", "jian"),
    ("国", "guo"), ("志", "zhi"), ("海", "hai"), ("晨", "chen"), ("峰", "feng"), ("辉", "hui"), ("泽", "ze"),
    ("俊", "jun"), ("鹏", "peng"), ("毅", "yi"),
)  # fmt: skip
FEMALE = (
    ("芳", "fang"), ("娜", "na"), ("敏", "min"), ("静", "jing"), ("丽", "li"), ("艳", "yan"), ("娟", "juan"),
    ("霞", "xia"), ("婷", "ting"), ("雪", "xue"), ("梅", "mei"), ("欣", "xin"), ("怡", "yi"), ("涵", "han"),
    ("梓", "zi"), ("雨", "yu"), ("佳", "jia"), ("慧", "hui"), ("琳", "lin"), ("玉", "yu"), ("兰", "lan"),
    ("思", "si"), ("诗", "shi"), ("秀", "xiu"),
)  # fmt: skip

# Two of these make the name of a firm.
FIRM = (
    ("恒", "heng"), ("信", "xin"), ("达", "da"), ("瑞", "rui"), ("丰", "feng"), ("盛", "sheng"), ("宏", "hong"),
    ("泰", "tai"), ("嘉", "jia"), ("和", "he"), ("源", "yuan"), ("通", "tong"), ("隆", "long"), ("祥", "xiang"),
    ("德", "de"), ("诚", "cheng"), ("润", "run"), ("康", "kang"), ("远", "yuan"), ("新", "xin"), ("启", "qi"),
    ("安", "an"), ("万", "wan"), ("利", "li"), ("华", "hua"), ("鼎", "ding"), ("创", "chuang"), ("优", "you"),
    ("卓", "zhuo"), ("景", "jing"), ("佳", "jia"), ("联", "lian"),
)  # fmt: skip

STREETS = (
    ("解放路", "Jiefang Road"), ("人民路", "Renmin Road"), ("建设路", "Jianshe Road"), ("和平路", "Heping Road"),
    ("书院街", "Shuyuan Street"), ("桂花街", "Guihua Street"), ("长堤路", "Changdi Road"), ("学府路", "Xuefu Road"),
    ("码头街", "Matou Street"), ("望江路", "Wangjiang Road"), ("梧桐路", "Wutong Road"), ("星河路", "Xinghe Road"),
)  # fmt: skip


def given_names(*, male: bool) -> tuple[list[str], list[str]]:
    """Return given names of two characters and of one, in characters and in pinyin."""
    single = MALE if male else FEMALE
    pairs = [(a + b, (x + y).capitalize()) for a, x in single for b, y in single]
    names = pairs + [(a, x.capitalize()) for a, x in single for _ in range(4)]  # about 14 % have one character
    return [name for name, _ in names], [spelt for _, spelt in names]


def firm_names() -> tuple[list[str], list[str]]:
    """Return the proper part of firms' names, in characters and in pinyin."""
    pairs = [(a + b, (x + y).capitalize()) for a, x in FIRM for b, y in FIRM if a != b]
    return [name for name, _ in pairs], [spelt for _, spelt in pairs]
