"""The old customer of the demo: the one whose card the tour opens.

Lin Xiaokui has bought for a year and a half, on Taobao and in the mall. Twenty days ago she ordered on Taobao
again, but by then the platform masked its buyers: that order stands under `小**7`, her twin whom only a
lookup of her full nickname or phone finds.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random

from crmcore.demo.goods import BY_SKU
from crmcore.demo.orders import Line, Order, Story
from crmcore.demo.people import MALL, TAOBAO, Person
from crmcore.demo.places import PLACES

NICKNAME = "小葵爱护肤7"
PHONE = "15488661207"
# Her tags and what the shop owes her; written by hand in the CRM, no file of a platform carries them.
TAGS = ("敏感肌", "只发顺丰", "不推口红")
PROMISE = "下单补面膜 2 片"
COMPLAINT = "面霜收到时瓶口漏液，脸上用了发红，要求补发并说明成分"
CHATS = (
    "换季脸容易红，问神经酰胺面霜能不能叠加精华，建议先单用一周；以后只推荐无酒精的",
    "搬家了，新地址已改；说快递放门口丢过一次，以后只发顺丰，送货前打电话",
)
NOTE = "皮肤敏感，不爱口红（送的口红退过一次）；给妈妈也买面霜，逢生日会多带一套"
BIRTHDAY_IN = 12

# Days back, platform, what she bought (SKU and pieces), and how it went.
_ORDERS: tuple[tuple[int, str, tuple[tuple[str, int], ...], str], ...] = (
    (541, TAOBAO, (("JH-MM-01", 1),), ""),
    (505, TAOBAO, (("JH-MS-01", 1), ("JH-MM-01", 2)), ""),
    (468, TAOBAO, (("JH-JH-01", 1),), ""),
    (431, TAOBAO, (("JH-MS-01", 1), ("JH-KH-02", 1)), "part"),
    (395, TAOBAO, (("JH-MM-02", 1),), ""),
    (362, TAOBAO, (("JH-MS-01", 1), ("JH-SS-01", 1)), ""),
    (330, TAOBAO, (("JH-JH-03", 1),), "unpaid"),
    (329, TAOBAO, (("JH-JH-03", 1), ("JH-MM-01", 1)), ""),
    (287, TAOBAO, (("JH-MS-01", 1),), ""),
    (246, TAOBAO, (("JH-MM-02", 2), ("JH-FS-01", 1)), ""),
    (211, TAOBAO, (("JH-MS-01", 1), ("JH-JH-01", 1)), ""),
    (176, TAOBAO, (("JH-KH-01", 1),), "full"),
    (142, TAOBAO, (("JH-MS-01", 1), ("JH-MM-01", 1)), ""),
    (101, MALL, (("JH-JH-03", 1), ("JH-MS-01", 1)), ""),
    (63, MALL, (("JH-MM-02", 1), ("JH-JM-01", 1)), ""),
    (20, TAOBAO, (("JH-MM-01", 2),), ""),
    (9, MALL, (("JH-MS-01", 1), ("JH-JH-01", 1)), ""),
)


def old_customer(today: date) -> Person:
    """Her, with a birthday in twelve days; 1992 was a leap year, so the day always exists."""
    birthday = (today + timedelta(days=BIRTHDAY_IN)).replace(year=1992)
    place = next(p for p in PLACES if p.city == "杭州市")
    return Person(
        index=0,
        name="林晓葵",
        gender="female",
        nickname=NICKNAME,
        email="xiaokui.lin@example.com",
        phone=PHONE,
        place=place,
        district=place.districts[0],
        street="样例路18号2幢301室",
        birthday=birthday.isoformat(),
        habit="loyal",
        platforms=(TAOBAO, MALL),
        taste=(100, 450),
        accepts_mail=True,
    )


def her_orders(person: Person, today: date, seed: int) -> list[Order]:
    """Her orders, oldest first, without numbers yet."""
    rng = Random(f"{seed}/story")
    return [
        _order(rng, person, today - timedelta(days=back), platform, bought, fate)
        for back, platform, bought, fate in _ORDERS
    ]


def _order(
    rng: Random, person: Person, day: date, platform: str, bought: tuple[tuple[str, int], ...], fate: str
) -> Order:
    lines = tuple(Line(BY_SKU[sku], n, BY_SKU[sku].price, BY_SKU[sku].options[-1]) for sku, n in bought)
    goods = sum(line.total for line in lines)
    postage = 0 if goods >= 9_900 else 1_000
    placed = datetime.combine(day, time(20, rng.randrange(60), rng.randrange(60)))
    paid, arrived = placed + timedelta(minutes=4), placed + timedelta(days=5)
    refund = {"full": goods + postage, "part": 2_000}.get(fate, 0)
    story = Story(
        paid, paid + timedelta(hours=14), None if fate == "full" else arrived, None,
        placed + timedelta(days=6) if refund else None, refund,
    )  # fmt: skip
    if fate == "unpaid":
        story = Story(closed=placed + timedelta(days=3))
    return Order(person, platform, "", placed, lines, 0, postage, story, note="请发顺丰")
