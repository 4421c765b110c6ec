"""Before and after a date: the averages of a day, days off left out, and the rates that a CRM is to raise.

Serves S75 (the purchase rate rises, repeat customers rise) and S173 (the month before against the month
after). Both spans are of `days` days; `gap` days from the date on belong to neither, for what takes time to
work. Averages are by the days on which the shop was open. Visitors count on days that traffic is known of.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Annotated, Any

from crmcore import (
    Column,
    Findings,
    Note,
    Report,
    ReportData,
    Table,
    Title,
    compared,
    hookimpl,
    in_words,
    percent,
)

about = {"zh": "某天前后对比：去掉店休日后的日均数据，以及 CRM 要提高的各项比率。"}


@dataclass(frozen=True)
class Asked:
    """Which date."""

    on: Annotated[
        date | None,
        Title("开始日", "Since"),
        {"zh": "事情从哪天开始；不填则为 60 天前", "en": "the day something began; without it 60 days ago"},
    ] = None
    days: Annotated[
        int, Title("前后天数", "Days each"), {"zh": "前后各比多少天", "en": "so many days before and after"}
    ] = 30
    gap: Annotated[
        int,
        Title("跳过天数", "Days left out"),
        {"zh": "从那天起先跳过多少天", "en": "so many days from the date on are left out"},
    ] = 0
    days_off: Annotated[
        tuple[date, ...],
        Title("店休日", "Days closed"),
        {"zh": "日历之外的店休日", "en": "days on which the shop was closed, beside those of the calendar"},
    ] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.days <= 1000 or not 0 <= self.gap <= 1000:
            raise ValueError(
                in_words(
                    {"zh": "days 为 1 到 1000，gap 为 0 到 1000", "en": "days are 1 to 1000, gap 0 to 1000"}
                )
            )


_OPEN = "NOT list_contains($off, {day}) AND {day} BETWEEN $first AND $last"
_SOLD = f"""
WITH sold AS (SELECT * FROM purchases WHERE {_OPEN.format(day="paid_on")}),
people AS (SELECT customer_id, count(*) AS orders, min(first_on) AS first_on FROM sold
    WHERE customer_id IS NOT NULL GROUP BY 1)
SELECT (SELECT count(*) FROM sold), (SELECT count(*) FROM people),
    (SELECT count(*) FROM people WHERE first_on >= $first), (SELECT count(*) FROM people WHERE orders >= 2),
    (SELECT CAST(coalesce(sum(net), 0) AS BIGINT) FROM sold)
"""
_PLACED = f"SELECT count(*), count(paid_on) FROM orders WHERE {_OPEN.format(day='placed_on')}"
_LOOKED = f"""
WITH told AS (SELECT * FROM traffic_days WHERE {_OPEN.format(day="on_day")})
SELECT count(*), CAST(coalesce(sum(visitors), 0) AS BIGINT), (SELECT count(*) FROM (
    SELECT DISTINCT paid_on, coalesce(customer_id, -id) FROM orders JOIN told ON on_day = paid_on WHERE bought
)) FROM told
"""
_BEHIND = f"""
SELECT customer_id FROM orders WHERE bought AND {_OPEN.format(day="paid_on")}
"""


def comparison(data: ReportData, asked: Asked) -> Findings:
    """Three tables: how many a day, how much money, which rates."""
    on = asked.on or data.today - timedelta(days=60)
    size = timedelta(days=asked.days)
    spans = {
        "before": (on - size, on - timedelta(days=1)),
        "after": (on + timedelta(days=asked.gap), on + timedelta(days=asked.gap) + size - timedelta(days=1)),
    }
    off = (*asked.days_off, *_closed(data))
    before, after = (_figures(data, *spans[name], off) for name in ("before", "after"))
    tables = [
        _table("daily", "number", "每天", "A day", _DAILY, before, after),
        _table("money", "money", "金额", "Money", _MONEY, before, after),
        _table("rates", "percent", "比率", "Rates", _RATES, before, after),
    ]
    # Behind each row stand the buyers of the days after.
    last = {"first": spans["after"][0], "last": spans["after"][1], "off": list(off)}
    tables = [replace(one, drill=_BEHIND, values=last) for one in tables]
    return Findings(tables, [], _notes(data, spans["after"][1], before, after))


_DAILY = {
    "orders": "订单 / orders", "buyers": "买家 / buyers", "new": "新客 / new buyers",
    "visitors": "访客 / visitors", "open": "营业天数 / days open",
}  # fmt: skip
_MONEY = {"paid": "每天实收 / net a day", "average_order_value": "客单价 / AOV"}
_RATES = {
    "payment_rate": "付款率 / payment rate",
    "conversion": "转化率 / conversion",
    "second": "二次购买率 / second-purchase rate",
    "old_share": "老客占比 / share of old buyers",
}


def _closed(data: ReportData) -> list[date]:
    """The days off that the calendar knows (`crm calendar`)."""
    found = []
    for entry in data.playbook("calendars").values():
        for first, last in entry.get("periods", []) if entry.get("kind") == "off" else []:
            begin, end = date.fromisoformat(first), date.fromisoformat(last)
            found += [begin + timedelta(days=day) for day in range((end - begin).days + 1)]
    return found


def _figures(data: ReportData, first: date, last: date, off: tuple[date, ...]) -> dict[str, Any]:
    last_known = min(last, data.today)
    values: dict[str, Any] = {"first": first, "last": last_known, "off": list(off)}
    closed = sum(first <= day <= last_known for day in set(off))
    days = max((last_known - first).days + 1 - closed, 0)
    [(orders, buyers, new, twice, net)] = data.query(_SOLD, **values)
    [(placed, paid)] = data.query(_PLACED, **values)
    [(known, visitors, looked)] = data.query(_LOOKED, **values)

    def each(value: float, by: int) -> float | None:
        return value / by if by else None

    return {
        "orders": each(orders, days),
        "buyers": each(buyers, days),
        "new": each(new, days),
        "visitors": each(visitors, known),
        "open": float(days),
        "paid": round(net / days) if days else None,
        "average_order_value": round(net / orders) if orders else None,
        "payment_rate": each(paid, placed),
        "conversion": each(looked, visitors),
        "second": each(twice, buyers),
        "old_share": each(buyers - new, buyers),
    }


def _table(
    name: str,
    kind: str,
    zh: str,
    en: str,
    titles: dict[str, str],
    before: dict[str, Any],
    after: dict[str, Any],
) -> Table:
    columns = [
        Column("figure", "label", zh="项", en="Figure"),
        Column("before", kind, zh="之前", en="Before"),  # type: ignore[arg-type]
        Column("after", kind, zh="之后", en="After"),  # type: ignore[arg-type]
        Column("change", "percent", zh="变化", en="Change"),
    ]
    rows = [(title, then, now, more) for title, now, then, more in compared(titles, after, before)]
    return Table(name, columns, rows, zh=zh, en=en)


def _notes(data: ReportData, last: date, before: dict[str, Any], after: dict[str, Any]) -> list[Note]:
    notes = []
    if last > data.today:
        notes.append(
            Note(
                "之后的天数还没满，先看每天的平均。",
                "The days after it are not over yet: look at the averages.",
                "warn",
            )
        )
    for name, zh, en in (
        ("conversion", "购买率", "purchase rate"), ("second", "二次购买率", "second-purchase rate"),
        ("old_share", "老客占比", "share of old buyers"),
    ):  # fmt: skip
        then, now = before[name], after[name]
        if then is not None and now is not None and then != now:
            was, is_now = percent(then), percent(now)
            rose = now > then
            notes.append(
                Note(
                    f"{zh}从 {was} {'升' if rose else '降'}到 {is_now}。",
                    f"The {en} {'rose' if rose else 'fell'} from {was} to {is_now}.",
                    "good" if rose else "warn",
                )
            )
    if not before["orders"] and not after["orders"]:
        notes.append(Note("这段时间没有成交。", "Nothing was bought in this time."))
    return notes


@hookimpl
def crm_reports() -> list[Report]:
    """The report `comparison`."""
    about = {
        "zh": "某天以后，日均销售、访客和复购变好了吗？",
        "en": "Since a certain day, did sales, visitors and repurchase a day get better?",
    }
    needs = ("orders: id customer_id bought paid_on placed_on net", "traffic")
    titles = {"zh": "前后对比", "en": "Before and after"}
    return [Report("comparison", comparison, **titles, needs=needs, parameters=Asked, about=about)]
