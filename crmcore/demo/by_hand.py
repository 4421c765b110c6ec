"""What staff wrote into the demo's shop by hand: notes, tags, a complaint, promises, call-backs.

All of it goes through the doors that the commands and screens use.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from crmcore.demo import story
from crmcore.i18n import gettext as _
from crmcore.records.clock import zone
from crmcore.records.identity import phone_identity
from crmcore.shop import Shop
from crmcore.store import customers, identities, interactions, tags
from crmcore.store.database import Write
from crmcore.store.schema import cards

# Call-backs to good customers who have not bought for long: days from today, time of day, state.
_CALLS = (
    (0, time(10, 30), "问面霜用完没有，提醒老客券月底到期"),
    (0, time(16, 0), "生日月礼盒，确认收货地址"),
    (1, time(15, 0), "上次说换季再联系，介绍修护精华小样"),
    (-1, time(11, 0), "三个月没来了，问是不是用得不合适"),
)
_LAPSED_DAYS = 100
# What the platform says of some buyers, looked up when it mattered: fields of the pack `platform_buyers`.
_LOOKED_UP = (
    {"buyer_credit": "620", "real_name": "个人实名", "shop_points": "860", "good_rate_as_buyer": "99.6"},
    {"buyer_credit": "48", "real_name": "个人实名", "shop_points": "1240", "good_rate_as_buyer": "93.1"},
    {"buyer_credit": "12600", "real_name": "商家实名", "shop_points": "2300", "good_rate_as_seller": "98.2"},
    {"buyer_credit": "5", "real_name": "资料作假"},
)


def write_by_hand(shop: Shop, today: date) -> int:
    """Write the old customer's notes and what the shop still owes people; returns her id."""
    with shop.write(_("what staff wrote down in the demo")) as write:
        her = old_customer_id(write.connection, shop)
        _about_her(write, shop, her, today)
        _call_backs(write, shop, her, today)
    return her


def old_customer_id(connection: sa.Connection, shop: Shop) -> int:
    """The id of the old customer whose story the demo tells, found by her phone."""
    phone = phone_identity(story.PHONE, shop.settings.currency)
    return next(int(found.customer_id) for found in identities.holders(connection, phone) if found.strong)


def _about_her(write: Write, shop: Shop, her: int, today: date) -> None:
    born = (today + timedelta(days=story.BIRTHDAY_IN)).replace(year=1992)
    customers.edit(write, her, {"birthday": born.isoformat(), "gender": "female"})
    for tag in story.TAGS:
        tags.add_tag(write, [her], tag)

    def at(days: int, hour: int, minute: int = 0) -> int:
        return _instant(shop, today + timedelta(days=days), time(hour, minute))

    log = interactions.log
    log(write, shop.kinds, her, "chat", story.CHATS[0], at=at(-142, 21, 15), owner="小美", channel="旺旺")
    log(write, shop.kinds, her, "chat", story.CHATS[1], at=at(-63, 20, 40), owner="小美", channel="微信")
    log(write, shop.kinds, her, "note", story.NOTE, at=at(-63, 20, 55), owner="小美")
    log(
        write, shop.kinds, her, "promise", story.PROMISE,
        at=at(-9, 21, 30), due_at=at(0, 20), owner="小美", channel="微信",
    )  # fmt: skip
    log(
        write, shop.kinds, her, "complaint", story.COMPLAINT,
        at=at(-1, 21, 12), due_at=at(0, 18), owner="阿宁", channel="微信",
        payload={"grade": 2, "cause": "瓶口漏液"},
    )  # fmt: skip


def _call_backs(write: Write, shop: Shop, her: int, today: date) -> None:
    """Plan calls to the four who spent most among those who stayed away."""
    since = _instant(shop, today - timedelta(days=_LAPSED_DAYS), time())
    chosen = write.connection.scalars(
        sa.select(cards.c.customer_id)
        .where(cards.c.last_order_at < since, cards.c.orders >= 2, cards.c.customer_id != her)
        .order_by(cards.c.total_spent.desc(), cards.c.customer_id)
        .limit(len(_CALLS))
    ).all()
    for customer_id, found in zip(chosen, _LOOKED_UP, strict=True):
        customers.edit(write, customer_id, {f"extra.{name}": value for name, value in found.items()})
    for customer_id, (days, hour, text) in zip(chosen, _CALLS, strict=True):
        due = _instant(shop, today + timedelta(days=days), hour)
        written = _instant(shop, today - timedelta(days=3), time(17, 20))
        interactions.log(
            write,
            shop.kinds,
            customer_id,
            "call",
            text,
            at=written,
            state="planned",
            due_at=due,
            owner="大熊",
        )


def _instant(shop: Shop, day: date, hour: time) -> int:
    return int(datetime.combine(day, hour, zone(shop.settings.time_zone)).timestamp())
