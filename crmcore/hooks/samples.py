"""Made-up customers and cell values to try a plugin on: plain ones, and those that break careless code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from crmcore.hooks.channel_values import PURPOSES, Contact, Outgoing
from crmcore.records.history import History, InteractionView, Line, OrderView

TODAY = date(2026, 3, 5)
CURRENCY = "CNY"
ZONE = "Asia/Shanghai"
_NOW = 1_772_676_000  # 2026-03-05 10:00 in Shanghai
_DAY = 86_400

# Titles as shops write them, then what makes a careless regular expression run for ever.
TITLES = (
    "【春夏】碎花连衣裙 M 码",
    "皇家猫粮 全价成猫粮 2kg",
    "天然狗粮 1.5 公斤 *2 袋",
    "Wireless Mouse (black), 2-pack",
    "",
    " ",
    "0",
    "¥9.9 包邮!!!",
    "🐱" * 20,
    "a" * 200 + "!",
    "1" * 200 + "x",
    " " * 200 + "x",
    "中" * 500,
)
CATEGORIES = (None, "pet_food", "连衣裙", "cosmetics", "watches")
# Cells as files hold them.
CELLS = (
    *TITLES,
    "2026-03-05 10:00:00",
    "12.50",
    "-3",
    "广东省 深圳市 南山区",
    "小***7",
    "=1+1",
    "否",
    "无",
    "\\N",
)


# What shops of every trade sell, with options as platforms write them.
GOODS = (
    ("霁禾 神经酰胺保湿面霜 50g", "面霜", "净含量:50g"),
    ("法式碎花连衣裙 显瘦", "连衣裙", "颜色:红色;尺码:M"),
    ("Belle/百丽 马丁靴 38码", "靴子", ""),
    ("1.5匹变频空调 挂机", "大家电", ""),
    ("北欧布艺沙发 三人位", "家具", ""),
    ("机械手表 情人节礼盒", "手表", ""),
    ("情侣款跑鞋", "运动鞋", "鞋码:42"),
    ("净水器 滤芯 3支装", None, ""),
    ("正山小种 红茶 250g", "茶叶", ""),
)


def histories(count: int = 40) -> list[History]:
    """Customers with no order, one, and many, in every category and with every odd title; then regulars.

    The regulars buy what shops of one trade sell, again and again, and give some of it back.
    """
    return [_history(number) for number in range(count)] + [
        _regular(count + place + (len(GOODS) if since else 0), since, *goods)
        for since in (0, 85)
        for place, goods in enumerate(GOODS)
    ]


def cells(columns: int) -> list[tuple[str, ...]]:
    """Distinct combinations of cell values for a method that is computed from that many columns."""
    return list(_combinations(columns))


def _combinations(columns: int) -> Iterator[tuple[str, ...]]:
    for place in range(len(CELLS)):
        values = tuple(CELLS[(place + 3 * step) % len(CELLS)] for step in range(columns))
        if any(values):  # the core never asks about cells that are all empty
            yield values


def _regular(number: int, since: int, title: str, category: str | None, options: str) -> History:
    """Somebody who bought it every 90 days, the last time `since` days ago; the first one went back."""
    orders = tuple(_order(since, place * 3, number) for place in range(7))
    estate = "杭州市 阳光花园" if since else None
    orders = tuple(replace(order, estate=estate, bought=True) for order in orders)
    kept, back = orders[:-1], replace(orders[-1], bought=False, minor=_GIVEN_BACK)
    lines = [
        replace(_line(number, order, 0), title=title, category=category, options=options, sku=f"S{number}")
        for order in orders
    ]
    return History(
        customer_id=number + 1,
        today=TODAY,
        currency=CURRENCY,
        profile={"name": f"熟客{number}", "city": "杭州"} | ({"estate": estate} if estate else {}),
        tags=(),
        all_orders=(*kept, back),
        all_lines=tuple(lines[:-1]),
        all_interactions=(_praise(number),),
        all_returned=(lines[-1],),
    )


_GIVEN_BACK = {"ordered_total": 12_900, "paid_total": 12_900, "refunded_total": 12_900, "net_total": 0}


def _praise(number: int) -> InteractionView:
    return replace(_interaction(2), id=number, rating=1)


def _history(number: int) -> History:
    orders = tuple(_order(number, place) for place in range(number % 5))
    lines = tuple(_line(number, order, place) for place, order in enumerate(orders) if order.bought)
    profile = {"name": f"样本{number}", "city": "杭州", "birthday": "1990-02-28"} if number % 3 else {}
    return History(
        customer_id=number + 1,
        today=TODAY,
        currency=CURRENCY,
        profile=profile,
        tags=("VIP",) if number % 7 == 0 else (),
        all_orders=orders,
        all_lines=lines,
        all_interactions=(_interaction(number),) if number % 2 else (),
    )


def _order(number: int, place: int, customer: int | None = None) -> OrderView:
    at = _NOW - (1 + 30 * place + number) * _DAY
    bought = (number + place) % 6 != 5
    return OrderView(
        id=(number if customer is None else customer) * 100 + place,
        number=f"S{number:03}{place}",
        status="completed" if bought else "closed",
        bought=bought,
        source="sample",
        channel=None,
        source_tag=None,
        currency=CURRENCY,
        province="浙江",
        city=None,
        zone=ZONE,
        seconds={
            "at": at,
            "placed_at": at,
            "paid_at": at if bought else None,
            "closed_at": None if bought else at,
            "refunded_at": None,
        },
        minor={
            "ordered_total": 12_900,
            "paid_total": 12_900 if bought else 0,
            "refunded_total": 0,
            "net_total": 12_900 if bought else 0,
        },
    )


def _line(number: int, order: OrderView, place: int) -> Line:
    at = order.seconds["at"]
    assert at is not None
    return Line(
        title=TITLES[(number + place) % len(TITLES)],
        sku=f"SKU{number}" if number % 2 else None,
        category=CATEGORIES[number % len(CATEGORIES)],
        quantity=1 + place,
        currency=CURRENCY,
        source="sample",
        source_tag=None,
        order_id=order.id,
        zone=ZONE,
        at_seconds=at,
        paid_seconds=at,
        unit_price_minor=12_900 if number % 4 else None,
        total_minor=12_900 * (1 + place) if number % 4 else None,
    )


def _interaction(number: int) -> InteractionView:
    due = TODAY + timedelta(days=3)
    return InteractionView(
        id=number,
        kind=("chat", "inquiry", "review", "complaint")[number % 4],
        text=TITLES[number % len(TITLES)],
        state="open" if number % 4 == 3 else None,
        open=number % 4 == 3,
        owner=None,
        channel=None,
        rating=-1 if number % 4 == 2 else None,
        zone=ZONE,
        at_seconds=_NOW - number * _DAY,
        due_seconds=_NOW + (due - TODAY).days * _DAY if number % 4 == 3 else None,
        payload_json=None,
    )


# What customers can be reached by: everything, hidden by a platform, little, nothing.
CONTACTS: list[tuple[Contact, ...]] = [
    (
        Contact("phone", "+8613800138000", shown="138 0013 8000"),
        Contact("email", "12345678@qq.com"),
        Contact("buyer", "小雨", "taobao", "小雨"),
        Contact("extra.wechat", "rain77"),
    ),
    (Contact("phone", "138****8000", strong=False), Contact("buyer", "小***7", "taobao", strong=False)),
    (Contact("phone", "+14155550100"), Contact("email", "o'neil+tea@example.co.uk")),
    (),
]


def messages() -> list[Outgoing]:
    """Messages of every purpose, odd ones among them: empty, very long, full of signs."""
    texts = ("您好，您的茶到了。", "", "茶" * 2_000, "<b>&amp; 😀 \u202e\x00</b>\n.\n", "Reply STOP to end")
    return [
        Outgoing(
            f"sample-{number}-{purpose}", "+8613800138000", purpose, text, "春茶", f"<p>{text}</p>", "林小雨"
        )
        for number, text in enumerate(texts)
        for purpose in PURPOSES
    ]
