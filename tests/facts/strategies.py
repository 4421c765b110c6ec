"""Random customers whose days lie where calendars are hard: midnights, month ends, leap days, clock
changes."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from crmcore.records.clock import day_start
from tests.facts.world import Customer, Interaction, Line, Order, Refund

# Clocks at Sao Paulo changed at midnight: the day began at 01:00, or had 23:00 twice.
ZONES = ("Asia/Shanghai", "Europe/London", "America/Sao_Paulo")
_HARD_DAYS = (
    date(2024, 2, 28),
    date(2024, 2, 29),
    date(2024, 3, 1),
    date(2018, 11, 4),
    date(2018, 2, 17),
    date(2018, 2, 18),
    date(2024, 3, 31),
    date(2024, 10, 27),
    date(2023, 12, 31),
    date(2024, 1, 1),
)
TEXTS = st.sampled_from(["连衣裙", "裤子", "a", "B", "é", "𠮷", "｡", "x:y", ""])


def instants(zone: str) -> st.SearchStrategy[int]:
    """Moments on and around hard days, some at the very edges of a day."""
    days = st.sampled_from(_HARD_DAYS)
    edges = st.builds(
        lambda day, by: day_start(day, zone) + by, days, st.sampled_from((-1, 0, 1, 86399, 86400))
    )
    others = st.builds(lambda day, by: day_start(day, zone) + by, days, st.integers(-90 * 86400, 90 * 86400))
    return edges | others


@st.composite
def orders(draw: st.DrawFn, zone: str) -> Order:
    at = draw(instants(zone))
    paid_at = draw(st.sampled_from((at + 60, at + 2 * 86400, at, None)))
    placed_at = draw(st.just(at) | st.just(at) | st.none())
    paid = draw(st.integers(1, 100_000) | st.just(0)) if paid_at is not None else 0
    refunded = draw(st.sampled_from((paid, paid // 2, 0, 0)))
    later = (paid_at or at) + draw(st.sampled_from((3 * 86400, 20 * 86400, 0, 3600)))
    return Order(
        placed_at=placed_at,
        paid_at=paid_at,
        closed_at=draw(st.sampled_from((later, None, None))),
        refunded_at=draw(st.sampled_from((later, None))) if refunded else None,
        status=draw(st.sampled_from(("completed", "closed", "unpaid", "shipped"))),
        ordered=paid,
        paid=paid,
        refunded=refunded,
        currency=draw(st.sampled_from(("CNY", "CNY", "CNY", "USD"))),
        source=draw(st.sampled_from(("taobao", "shopify:acme", "shopify:other"))),
        source_tag=draw(st.none() | TEXTS),
        lines=tuple(
            draw(
                st.lists(
                    st.builds(
                        Line,
                        category=st.none() | TEXTS,
                        quantity=st.integers(-2, 9),
                        unit_price=st.none() | st.integers(0, 9999),
                        total=st.none() | st.integers(0, 99999),
                    ),
                    max_size=3,
                )
            )
        ),
    )


@st.composite
def interactions(draw: st.DrawFn, zone: str) -> Interaction:
    kind = draw(st.sampled_from(("complaint", "promise", "chat", "review", "inquiry", "note", "call")))
    at = draw(instants(zone))
    names = {"complaint": ("open", "in_progress", "settled", "closed"), "promise": ("open", "kept")}.get(
        kind, ()
    )
    states: tuple[tuple[int, str], ...] = ()
    since = at
    for _ in range(draw(st.sampled_from((3, 1, 2))) if names else 0):
        states += ((since, draw(st.sampled_from(names))),)
        since += draw(st.sampled_from((86400, 40 * 86400, 1)))
    return Interaction(kind, at, states, draw(st.none() | st.integers(-1, 1)) if kind == "review" else None)


def customers(zone: str) -> st.SearchStrategy[Customer]:
    return st.builds(
        Customer,
        orders=st.lists(orders(zone), min_size=1, max_size=7).map(tuple),
        refunds=st.lists(
            st.builds(
                Refund, st.none() | instants(zone), st.integers(1, 5000), st.sampled_from(("CNY", "USD"))
            ),
            max_size=2,
        ).map(tuple),
        interactions=st.lists(interactions(zone), max_size=4).map(tuple),
        tags=st.sets(TEXTS.filter(bool), max_size=3).map(tuple),
        birthday=st.none() | st.sampled_from(("1990-02-29", "--12-31")),
        province=st.none() | st.sampled_from(("浙江", "江苏")),
    )
