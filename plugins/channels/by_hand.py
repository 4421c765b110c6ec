"""What shops send by hand: Wangwang, QQ and WeChat from a copy queue, flyers, posts for everybody.

The screen shows the next customer with the text ready to paste; one key says what came of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated

from crmcore import (
    Address,
    AddressForm,
    Channel,
    Checked,
    Contact,
    Outcome,
    Outgoing,
    Problem,
    Title,
    checked_price,
    hookimpl,
)

about = {"zh": "人工发送的渠道：旺旺、QQ、微信逐条复制，随包裹传单，面向所有人的动态。"}

# ruff: noqa: RUF012 - the attributes are a declaration, read and never changed

SENT = Outcome("done", "d", "delivered", "发了", "Sent")
ANSWERED = Outcome("answered", "a", "replied", "回复了", "Answered")
NOT_FOUND = Outcome("not_found", "n", "bounced", "找不到这个人", "Not to be found")
LATER = Outcome("later", "l", "later", "改天再发", "Another day")
SKIPPED = Outcome("skip", "s", "skipped", "跳过", "Skip")
NO_MORE = Outcome("no_more", "x", "unsubscribed", "别再发了", "No more, please")


@dataclass(frozen=True)
class Settings:
    """What it costs and where buyer ids are Wangwang names."""

    wangwang_sources: Annotated[
        list[str],
        Title("旺旺平台", "Wangwang sources"),
        {
            "zh": "哪些平台和店铺的买家 ID 就是旺旺名",
            "en": "platforms and shops whose buyer ids are Wangwang names",
        },
    ] = field(default_factory=lambda: ["taobao", "tmall", "1688"])
    flyer_cost: Annotated[
        str,
        Title("传单成本", "Flyer cost"),
        {
            "zh": "一张随包裹传单或卡片的成本，单位元",
            "en": "what a flyer or card in the parcel costs, in major units",
        },
    ] = "0.10"

    def __post_init__(self) -> None:
        checked_price("flyer_cost", self.flyer_cost)


class Chat(Channel):
    """A chat in which a person pastes the text."""

    manual = True
    longest = 300
    outcomes = (SENT, ANSWERED, NOT_FOUND, LATER, SKIPPED, NO_MORE)

    def check(self, message: Outgoing) -> Checked:
        """Whether it reads as a chat."""
        if len(message.text) <= self.longest:
            return Checked()
        text = {
            "zh": f"超过 {self.longest} 字，不像聊天",
            "en": f"longer than {self.longest} characters: no chat",
        }
        return Checked([Problem(text, error=False)])


class Wangwang(Chat):
    """Aliwangwang, by the buyer's name on the platform."""

    name, zh, en = "wangwang", "旺旺", "Wangwang"
    about = {
        "zh": "下单前买卖双方主要在旺旺上聊，老客也认得店铺。免费，但一次只能发一个人，同样的话发多了会被"
        "限制：复制、粘贴，改一两个字再发。适合催付、售后和近期联系过的客户。",
        "en": "Where buyer and seller talk before the order; old customers know the shop there. Free, but "
        "one at a time, and the same words sent too often are restricted: paste, change a word or two. "
        "For unpaid orders, service, and those talked to lately.",
    }
    address_kinds = ("buyer",)

    def __init__(self, settings: Settings) -> None:
        self.forms = {"buyer": AddressForm(sources=tuple(settings.wangwang_sources))}


class Qq(Chat):
    """QQ, by the number that the customer gave, or that her QQ mailbox is named after."""

    name, zh, en = "qq", "QQ", "QQ"
    about = {
        "zh": "零成本，能长期保持联系。号码难收集，只能被动：包裹里放卡片请客户进 QQ 群，用抽奖吸引，奖品"
        "要够好。填了数字 QQ 邮箱的客户，邮箱名就是 QQ 号。",
        "en": "Costs nothing and keeps contact for long. Numbers are hard to collect: a flyer in the "
        "parcel invites into the group, with a raffle whose prize is worth it. A numeric QQ mailbox is "
        "named after the number.",
    }
    address_kinds = ("extra.qq", "email")

    def address(self, contacts: Sequence[Contact]) -> Address | None:
        """The number she gave, else that of her mailbox."""
        for kind, pattern in (("extra.qq", r"([1-9]\d{4,11})"), ("email", r"([1-9]\d{4,11})@qq\.com")):
            for one in contacts:
                if one.kind == kind and (found := re.fullmatch(pattern, one.value)):
                    return Address(found[1], kind)
        return None


class WeChat(Chat):
    """WeChat, by the id that the customer gave; else her phone number, by which most are found."""

    name, zh, en = "wechat", "微信", "WeChat"
    about = {
        "zh": "打开率高，朋友圈和群让老客更黏。只能被动收集：包裹卡片引导加微信或进群，用抽奖吸引。没有微"
        "信号时，可用手机号搜索添加，每天加人有限额，搜多了会被限制。",
        "en": "Much is read here, and moments and groups keep customers close. Collected passively only: "
        "a flyer invites, with a raffle. Without her id she may be found by her phone number; adding many "
        "a day is restricted.",
    }
    address_kinds = ("extra.wechat", "extra.weixin", "phone")


class Flyer(Channel):
    """A card in the next parcel, with a code of her own."""

    name, zh, en = "flyer", "包裹卡片", "Parcel flyer"
    about = {
        "zh": "随下一个包裹寄出的卡片，每张不到一毛。大多数买家会直接扔掉，所以要印专属码（#专属码#），用"
        "码统计有多少人真的用了。适合引导进群、加微信：抽奖当诱饵，奖品要有吸引力。",
        "en": "A card in the next parcel, less than 0.1 each. Most buyers throw it away: print a code of "
        "her own (#专属码#) and count what comes back. Good for inviting into a group or WeChat, with a "
        "raffle as bait.",
    }
    manual = True
    outcomes = (Outcome("done", "d", "delivered", "放进包裹了", "In the parcel"), LATER, SKIPPED)

    def __init__(self, settings: Settings) -> None:
        self._cost = Decimal(settings.flyer_cost)

    def check(self, message: Outgoing) -> Checked:
        """What the card costs; one without a code cannot be counted."""
        if re.search(r"[A-Z0-9]{5,}", message.text):
            return Checked(cost=self._cost)
        text = {"zh": "没有专属码，收不到效果数据", "en": "it has no code: nobody can count what came of it"}
        return Checked([Problem(text, error=False)], cost=self._cost)


class Post(Channel):
    """One text for everybody, posted by hand."""

    manual = True
    per_person = False
    purposes = ("promotion", "service")
    outcomes = (Outcome("done", "d", "delivered", "发布了", "Posted"), SKIPPED)

    def __init__(self, name: str, zh: str, en: str, about: dict[str, str], longest: int) -> None:
        self.name, self.zh, self.en, self.about, self._longest = name, zh, en, about, longest

    def check(self, message: Outgoing) -> Checked:
        """Whether it fits into a post."""
        if len(message.text) <= self._longest:
            return Checked()
        text = {"zh": f"超过 {self._longest} 字", "en": f"longer than {self._longest} characters"}
        return Checked([Problem(text)])


POSTS = (
    Post(
        "weibo",
        "微博",
        "Weibo",
        {
            "zh": "免费，谁都能看到，适合新品、抽奖和品牌故事；看到的大多不是老客，不能指名道姓。",
            "en": "Free and seen by anybody: for new goods, raffles and the brand's story. Most who see "
            "it are no old customers; nobody is spoken to by name.",
        },
        2000,
    ),
    Post(
        "weitao",
        "微淘",
        "Weitao",
        {
            "zh": "店铺后台群发给关注者，很精准但很少有人看；例店的效果比其他渠道差。免费，可作补充。",
            "en": "A broadcast from the shop's back office to its followers: precise but little read; it "
            "worked worse than the others at the example shop. Free, as a supplement.",
        },
        1000,
    ),
    Post(
        "group",
        "群消息（旺旺群、QQ 群、微信群）",
        "Group message (Wangwang, QQ, WeChat)",
        {
            "zh": "在自己的群里说一次，群友都看得到，免费。发得太勤会被屏蔽，先聊天再卖货。",
            "en": "Said once in the shop's own groups, free. Too often, and it is muted: talk first, sell "
            "then.",
        },
        500,
    ),
)


@hookimpl
def crm_channels(settings: Settings) -> list[Channel]:
    """Everything that is sent by hand beside calls."""
    return [Wangwang(settings), Qq(), WeChat(), Flyer(settings), *POSTS]
