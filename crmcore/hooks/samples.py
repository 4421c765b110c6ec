"""Made-up customers and cell values to try a plugin on: plain ones, and those that break careless code."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

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


def histories(count: int = 40) -> list[History]:
    """Customers with no order, one, and many, in every category and with every odd title."""
    return [_history(number) for number in range(count)]


def cells(columns: int) -> list[tuple[str, ...]]:
    """Distinct combinations of cell values for a method that is computed from that many columns."""
    return list(_combinations(columns))


def _combinations(columns: int) -> Iterator[tuple[str, ...]]:
    for place in range(len(CELLS)):
        values = tuple(CELLS[(place + 3 * step) % len(CELLS)] for step in range(columns))
        if any(values):  # the core never asks about cells that are all empty
            yield values


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


def _order(number: int, place: int) -> OrderView:
    at = _NOW - (1 + 30 * place + number) * _DAY
    bought = (number + place) % 6 != 5
    return OrderView(
        id=number * 10 + place,
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
