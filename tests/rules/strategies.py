"""Random people and random rules about them, aimed at the edges: month ends, clock changes, equal values."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from crmcore.records.clock import Clock, day_start
from crmcore.rules.fields import Field, FieldType
from crmcore.rules.tree import All, AnyOf, Compare, Events, InSegment, Node, Not, Op, Python, Regex
from crmcore.rules.values import OPERATORS
from tests.rules.people import CATALOGUE, Order, Person

# In Havana the clock jumps over midnight; Apia once left a day out.
ZONES = (
    "Asia/Shanghai",
    "Europe/London",
    "America/New_York",
    "America/Havana",
    "Pacific/Apia",
    "Asia/Kolkata",
)
# Days that are hard, with the zone that makes them so: ends of months, leap days, clock changes.
HARD = (
    ("Asia/Shanghai", date(2024, 2, 29)),
    ("Asia/Shanghai", date(2025, 2, 28)),
    ("Asia/Kolkata", date(2025, 3, 1)),
    ("Asia/Shanghai", date(2026, 1, 1)),
    ("Europe/London", date(2024, 3, 31)),
    ("Europe/London", date(2025, 10, 26)),
    ("America/New_York", date(2024, 3, 10)),
    ("America/Havana", date(2024, 3, 10)),
    ("America/Havana", date(2025, 11, 2)),
    ("Pacific/Apia", date(2011, 12, 31)),
)
DAYS = tuple(day for _zone, day in HARD)
TEXTS = ("浙江", "江苏", "a", "A", "á", "Z", "z", "", "𝄞", "ﾊ", "%_", "连衣裙")
ITEMS = ("VIP", "vip", "新客", "a b", "é", "𝄞")
AMOUNTS = (-100, 0, 1, 99, 100, 9999, 10000, 10001, 30000, 5_000_000_000)
SEGMENTS = ("regulars", "silent")


@st.composite
def clocks(draw: st.DrawFn) -> Clock:
    """A moment of a hard day, or of one beside it, mostly in the zone that makes it hard."""
    zone, day = draw(st.sampled_from(HARD))
    if draw(st.integers(0, 4)) == 0:
        zone = draw(st.sampled_from(ZONES))
    day += timedelta(days=draw(st.sampled_from((0, 0, 0, 1, -1, 3))))
    return Clock(zone, day_start(day, zone) + draw(st.integers(0, 22)) * 3600)


@st.composite
def instants(draw: st.DrawFn) -> int:
    """An instant near the start or end of a local day some days from one of `DAYS`."""
    day = draw(st.sampled_from(DAYS)) + timedelta(
        days=draw(st.integers(-3, 3) | st.sampled_from((-366, -365, -90, 90)))
    )
    return day_start(day, draw(st.sampled_from(ZONES))) + draw(st.sampled_from((-1, 0, 1, 3600, 43200)))


dates = st.builds(lambda day, n: day + timedelta(days=n), st.sampled_from(DAYS), st.integers(-3, 3))
birthdays = st.one_of(
    st.sampled_from(
        ("2004-02-29", "--02-29", "2000-02-28", "--03-01", "1990-12-31", "--01-01", "2030-01-01")
    ),
    dates.map(lambda day: day.replace(year=1996).isoformat()),
    dates.map(lambda day: f"--{day:%m-%d}"),
)
_KEPT: dict[FieldType, st.SearchStrategy[Any]] = {
    FieldType.INT: st.integers(0, 4),
    FieldType.NUMBER: st.sampled_from((-1.5, 0.0, 0.1, 2.0, 3.25)),
    FieldType.MONEY: st.sampled_from(AMOUNTS),
    FieldType.TEXT: st.sampled_from(TEXTS),
    FieldType.INSTANT: instants(),
    FieldType.DATE: dates.map(lambda day: day.isoformat()),
    FieldType.ANNIVERSARY: birthdays,
    FieldType.BOOL: st.booleans(),
    FieldType.LIST: st.lists(st.sampled_from(ITEMS), max_size=3, unique=True).map(
        lambda items: tuple(sorted(items))
    ),
}
WRITTEN: dict[FieldType, st.SearchStrategy[Any]] = {
    **_KEPT,
    FieldType.MONEY: st.sampled_from(AMOUNTS).map(lambda minor: Decimal(minor) / 100),
    FieldType.INSTANT: st.one_of(
        dates,
        dates.map(lambda day: day.isoformat()),
        instants().map(lambda at: datetime.fromtimestamp(at, UTC)),
        dates.map(lambda day: datetime(day.year, day.month, day.day, 2, 30)),
    ),
    FieldType.DATE: dates,
    FieldType.ANNIVERSARY: birthdays.map(lambda day: day[-5:]),
    FieldType.DAYS: st.integers(-3, 3) | st.sampled_from((30, 90, 364, 365, 366, -365, 365_000, -365_000)),
    FieldType.AGE: st.integers(-1, 40),
    FieldType.LIST: st.sampled_from(ITEMS),
}


@st.composite
def comparisons(draw: st.DrawFn, fields: tuple[Field, ...]) -> Node:
    """A comparison that fits one of the fields, or a Python test of it."""
    field = draw(st.sampled_from(fields))
    op = draw(st.sampled_from(sorted(OPERATORS[field.type])))
    value = WRITTEN[field.type]
    if draw(st.integers(0, 19)) == 0:
        if field.type is FieldType.TEXT:
            return Python(field.name, Regex("[a-z]|浙"), "/[a-z]|浙/")
        return Python(field.name, bool, "bool")
    match op:
        case Op.EXISTS:
            return Compare(field.name, op, draw(st.booleans()))
        case Op.BETWEEN:
            return Compare(field.name, op, (draw(value), draw(value)))
        case Op.IN | Op.ANY | Op.ALL:
            return Compare(field.name, op, tuple(draw(st.lists(value, max_size=3))))
        case _:
            return Compare(field.name, op, draw(value))


def _grown(leaf: st.SearchStrategy[Node], most: int) -> st.SearchStrategy[Node]:
    return st.recursive(
        leaf,
        lambda rules: st.one_of(
            st.lists(rules, max_size=3).map(lambda parts: All(tuple(parts))),
            st.lists(rules, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
            rules.map(Not),
        ),
        max_leaves=most,
    )


def _events(name: str) -> st.SearchStrategy[Node]:
    fields = tuple(CATALOGUE.streams[name].fields)
    return _grown(comparisons(fields), 3).map(lambda rule: Events(name, rule))


rules = _grown(
    st.one_of(
        comparisons(tuple(CATALOGUE)),
        comparisons(tuple(CATALOGUE)),
        st.sampled_from(tuple(CATALOGUE.streams)).flatmap(_events),
        st.sampled_from(SEGMENTS).map(InSegment),
    ),
    6,
)


def _row(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(fields)


def _maybe(value: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | value


_texts, _amounts = st.sampled_from(TEXTS), st.sampled_from(AMOUNTS)
_currencies = st.sampled_from(("CNY", "CNY", "USD"))
_lines = _row(
    {
        "sku": _maybe(_texts),
        "title": _maybe(_texts),
        "category": _maybe(_texts),
        "quantity": st.integers(0, 3),
        "unit_price": _maybe(_amounts),
        "total": _maybe(_amounts),
    }
)
_orders = st.builds(
    lambda columns, lines: Order(columns, tuple(lines)),
    _row(
        {
            "currency": _currencies,
            "status": st.sampled_from(("unpaid", "paid", "completed", "closed")),
            "placed_at": _maybe(instants()),
            "paid_at": _maybe(instants()),
            "closed_at": _maybe(instants()),
            "refunded_at": _maybe(instants()),
            "ordered_total": _amounts,
            "paid_total": _amounts,
            "refunded_total": st.sampled_from((0, 0, 100)),
            "net_total": _amounts,
            "channel": _maybe(_texts),
            "source_tag": _maybe(_texts),
            "province": _maybe(_texts),
            "city": _maybe(_texts),
        }
    ),
    st.lists(_lines, max_size=2),
)
_interactions = _row(
    {
        "kind": st.sampled_from(("review", "complaint", "call")),
        "at": instants(),
        "text": _texts,
        "state": _maybe(st.sampled_from(("open", "closed", "planned"))),
        "due_at": _maybe(instants()),
        "owner": _maybe(_texts),
        "channel": _maybe(_texts),
        "rating": _maybe(st.sampled_from((-1, 0, 1))),
    }
)
_refunds = _row({"at": _maybe(instants()), "amount": _amounts, "currency": _currencies})


@st.composite
def _cards(draw: st.DrawFn) -> dict[str, Any]:
    """A card where about half of the facts are absent."""
    card = {}
    for field in CATALOGUE.stored.values():
        if field.name != "customer_id" and draw(st.booleans()):
            card[field.name] = draw(_KEPT[field.type])
    return card


people = st.lists(
    st.builds(
        lambda card, orders, interactions, refunds: Person(
            card, tuple(orders), tuple(interactions), tuple(refunds)
        ),
        _cards(),
        st.lists(_orders, max_size=2),
        st.lists(_interactions, max_size=2),
        st.lists(_refunds, max_size=1),
    ),
    min_size=1,
    max_size=6,
)
