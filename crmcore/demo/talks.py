"""What the service staff wrote down: inquiries, chats, reviews and complaints of the made-up people.

The words are templates; who asked without buying stands here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random

from crmcore.demo.buying import HISTORY, end_of_yesterday
from crmcore.demo.goods import PRODUCTS, Product
from crmcore.demo.orders import Order
from crmcore.demo.people import ABROAD, MALL, TAOBAO, Person

STAFF = ("小美", "阿宁", "大熊")
LOST_REASONS = ("嫌贵", "等活动", "缺色号", "担心过敏", "没有再回复")
_ASK = (
    "问{title}适不适合敏感肌，有没有小样",
    "问{title}和上一款有什么不同，保质期多久",
    "问{title}双十一会不会更便宜",
    "问{title}能不能开发票，公司福利要二十份",
)
_CHAT = (
    "说收到了，包装很用心",
    "问快递到哪里了，催了一次",
    "想改地址，已改好",
    "问{title}早晚都能用吗，已答",
)
_GOOD = ("{title}很好用，会再买", "不油腻，吸收快", "妈妈也喜欢，物流快")
_FAIR = ("{title}一般，味道有点重", "包装压坏了一角，东西没事")
_POOR = ("用了{title}有点刺痛，不敢再用", "{title}和图片颜色不一样", "发货太慢，等了一个星期")
_CAUSES = ("漏发一件", "瓶口漏液", "用后发红", "快递丢件")


@dataclass(frozen=True)
class Talk:
    """One entry of the service log, in the CRM's words for `kind` and `state`.

    `rating` is -1, 0, 1 or empty; `reason` is why an inquiry came to nothing or what a complaint is about.
    """

    number: str
    at: datetime
    kind: str
    channel: str
    person: Person
    text: str
    owner: str
    state: str = ""
    due: datetime | None = None
    rating: str = ""
    product: str = ""
    reason: str = ""
    order: Order | None = None

    @property
    def known_by(self) -> tuple[str, str]:
        """What the log calls the person by: ("nickname" | "phone" | "email", its value)."""
        if TAOBAO in self.person.platforms:
            return "nickname", self.person.nickname
        if MALL in self.person.platforms:
            return "email", self.person.email
        return "phone", self.person.phone


def make_talks(people: list[Person], orders: list[Order], today: date, seed: int) -> list[Talk]:
    """The service log, oldest entry first, none after the end of yesterday; numbered in that order."""
    end = end_of_yesterday(today)
    found: list[Talk] = []
    for person in people:
        if person.habit == "asked":
            found.extend(_asked(Random(f"{seed}/talks/{person.index}"), person, end))
    for position, order in enumerate(orders):
        if order.person is not None and order.platform in (TAOBAO, MALL) and order.person.index:
            rng = Random(f"{seed}/talks/order/{position}")
            found.extend(replace(talk, order=order) for talk in _around(rng, order, order.person, end))
    found = sorted((t for t in found if t.at <= end), key=lambda t: (t.at, t.person.index, t.kind))
    return [replace(talk, number=f"KF{i:05d}") for i, talk in enumerate(found, start=1)]


def _asked(rng: Random, person: Person, end: datetime) -> Iterator[Talk]:
    """Somebody who asks, once or twice, and has not bought."""
    for _ in range(rng.choice((1, 1, 2))):
        back = rng.randint(0, 5) if rng.random() < 0.25 else rng.randint(6, HISTORY - 1)
        at = end - timedelta(days=back, minutes=rng.randint(1, 600))
        product = rng.choice(PRODUCTS)
        fresh = back <= 5
        text, owner = rng.choice(_ASK).format(title=product.title), rng.choice(STAFF)
        due = _after(end, rng.randint(0, 2), 10) if fresh else None
        yield Talk(
            "", at, "inquiry", _channel(person), person, text, owner, "open" if fresh else "lost", due,
            product=product.full_title, reason="" if fresh else rng.choice(LOST_REASONS),
        )  # fmt: skip


def _around(rng: Random, order: Order, person: Person, end: datetime) -> Iterator[Talk]:
    """What was said before and after an order."""
    product, staff, channel = order.lines[0].product, rng.choice(STAFF), _channel(person)
    asks, chats, reviews, scale, complains = (rng.random() for _ in range(5))
    if asks < 0.06:
        text = rng.choice(_ASK).format(title=product.title)
        won = "won" if order.paid_at(end) else "lost"
        reason = "" if won == "won" else rng.choice(LOST_REASONS)
        at = order.placed - timedelta(minutes=rng.randint(5, 90))
        yield Talk(
            "", at, "inquiry", channel, person, text, staff, won, product=product.full_title, reason=reason
        )
    if chats < 0.08:
        text = rng.choice(_CHAT).format(title=product.title)
        yield Talk(
            "", order.placed + timedelta(hours=rng.randint(2, 60)), "chat", channel, person, text, staff
        )
    if order.story.confirmed and reviews < 0.13:
        yield _review(rng, order.story.confirmed, person, product, scale)
    if order.story.refunded and complains < 0.4:
        yield _complaint(rng, order.story.refunded - timedelta(hours=5), person, product, staff, end)


def _review(rng: Random, at: datetime, person: Person, product: Product, scale: float) -> Talk:
    rating, texts = (1, _GOOD) if scale < 0.82 else (0, _FAIR) if scale < 0.91 else (-1, _POOR)
    text = rng.choice(texts).format(title=product.title)
    return Talk(
        "", at + timedelta(hours=rng.randint(1, 30)), "review", "评价", person, text, "",
        rating=str(rating), product=product.full_title,
    )  # fmt: skip


def _complaint(
    rng: Random, at: datetime, person: Person, product: Product, staff: str, end: datetime
) -> Talk:
    cause = rng.choice(_CAUSES)
    fresh = at > end - timedelta(days=20)
    state = "in_progress" if fresh else rng.choice(("settled", "closed"))
    return Talk(
        "", at, "complaint", _channel(person), person, f"{product.title}：{cause}", staff, state,
        _after(end, 1, 18) if fresh else None, product=product.full_title, reason=cause,
    )  # fmt: skip


def _after(end: datetime, days: int, hour: int) -> datetime:
    """That hour, so many days after today."""
    return end + timedelta(days=days, hours=hour, seconds=1)


def _channel(person: Person) -> str:
    if person.platforms[0] == TAOBAO:
        return "旺旺"
    return "邮件" if person.platforms[0] in (MALL, ABROAD) else "微信"
