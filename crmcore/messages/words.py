"""Words that a shop must not advertise with, and how they are found; the shop edits the list.

What ships is a start of November 2026, not legal advice. `law`: superlatives as named by article 9 (3) of
China's Advertising Law (国家级, 最高级, 最佳 and the like; as in force since 2021-04-29), and the effects on
health that articles 16 to 18 keep from goods that are no medicine. `gateway`: what SMS gateways and phones'
spam filters are known to stop.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

FAMILY, NAME = "texts", "banned_words"

LAW = (
    *(
        "国家级",
        "世界级",
        "最高级",
        "最佳",
        "最好",
        "最优",
        "最强",
        "最低价",
        "最便宜",
        "最先进",
        "最顶级",
        "最受欢迎",
    ),
    *(
        "第一品牌",
        "全国第一",
        "全网第一",
        "销量第一",
        "排名第一",
        "中国第一",
        "唯一",
        "独一无二",
        "绝无仅有",
        "史无前例",
    ),
    *(
        "全网最低",
        "全国最低",
        "顶级",
        "极品",
        "极致",
        "终极",
        "王牌",
        "冠军品牌",
        "领袖品牌",
        "首选品牌",
        "驰名商标",
    ),
    *(
        "国家免检",
        "特供",
        "专供",
        "万能",
        "百分之百",
        "100%有效",
        "绝对有效",
        "永久",
        "永不",
        "零风险",
        "无副作用",
    ),
    *("根治", "治愈", "疗效", "药到病除", "包治百病", "祖传秘方", "抗癌", "排毒养颜", "减肥神器", "立竿见影"),
)
GATEWAY = (
    *("发票", "贷款", "信用卡套现", "赌博", "彩票", "股票推荐", "代开", "刷单", "兼职日结", "加微信领"),
    *("点击领奖", "恭喜您中奖", "恭喜中奖", "免费领取现金", "高仿", "仿品", "A货"),
)
# What holds one of these words and is nothing of the kind.
ALLOWED = ("最好的祝福", "永久地址", "发票已开", "发票已寄", "电子发票")


@dataclass(frozen=True)
class Banned:
    """A word that was found, and whose list it stands on: `law`, `gateway` or `shop`."""

    word: str
    list: str


@dataclass(frozen=True)
class Words:
    """The words of a shop: those that ship, its own, without those it allows."""

    own: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()

    @classmethod
    def of(cls, body: Mapping[str, object] | None) -> Words:
        """The words that a document of the playbook keeps; what does not fit in it is left out."""
        body = body or {}
        return cls(_texts(body.get("own")), _texts(body.get("allowed")))

    def body(self) -> dict[str, list[str]]:
        """What the document keeps."""
        return {"own": list(self.own), "allowed": list(self.allowed)}

    def all(self) -> Iterator[Banned]:
        """Every word that is looked for."""
        for name, words in (("shop", self.own), ("law", LAW), ("gateway", GATEWAY)):
            yield from (Banned(word, name) for word in words if word not in self.allowed)

    def found(self, text: str) -> list[Banned]:
        """The words that stand in a text, each once; blanks between characters hide none of them."""
        bare = "".join(text.split()).lower()
        for allowed in (*ALLOWED, *self.allowed):
            bare = bare.replace(allowed.lower(), "")
        return [one for one in self.all() if "".join(one.word.split()).lower() in bare]


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value if str(one).strip()) if isinstance(value, list | tuple) else ()
