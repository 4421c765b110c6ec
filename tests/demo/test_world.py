"""The made-up shop has members for every group that its owner would look for."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from crmcore.demo.known import expected
from crmcore.demo.people import ABROAD, MALL, TAOBAO
from crmcore.demo.story import PHONE
from crmcore.demo.world import World


def bought(world: World) -> dict[int, list[int]]:
    """By person: days since each order that counts as bought, newest last; dollars left out."""
    found: dict[int, list[int]] = {}
    for order in world.orders:
        counts = order.paid_at(world.end) and order.state_at(world.end) != "refunded"
        if order.person and counts and order.currency == "CNY":
            found.setdefault(order.person.index, []).append((world.today - order.placed.date()).days)
    return found


def test_six_hundred_people_at_home_and_some_abroad(world: World) -> None:
    assert len([p for p in world.people if ABROAD not in p.platforms]) == 600
    assert len([p for p in world.people if ABROAD in p.platforms]) == 14
    assert len({p.index for p in world.people}) == len(world.people)
    assert len({p.email for p in world.people}) == len(world.people)


def test_frequency_and_lapse_have_members_everywhere(world: World) -> None:
    days = bought(world)
    frequency = Counter(min(len(all_days), 3) for all_days in days.values())
    assert all(frequency[n] > 60 for n in (1, 2, 3))
    lapse = Counter(sum(all_days[-1] >= edge for edge in (90, 180, 365)) for all_days in days.values())
    assert all(lapse[band] > 30 for band in range(4))


def test_order_value_has_members_in_every_band(world: World) -> None:
    spent: dict[int, list[int]] = {}
    for order in world.orders:
        if order.person and order.paid_at(world.end) and order.state_at(world.end) != "refunded":
            spent.setdefault(order.person.index, []).append(order.total - order.refund_at(world.end))
    averages = [sum(all_orders) / len(all_orders) / 100 for all_orders in spent.values()]
    bands = Counter(sum(average >= edge for edge in (100, 300, 500)) for average in averages)
    assert all(bands[band] > 20 for band in range(4))


def test_people_who_never_bought_are_there_too(world: World) -> None:
    buyers = bought(world)
    ordered = {order.person.index for order in world.orders if order.person}
    talked = {talk.person.index for talk in world.talks}
    assert len(ordered - buyers.keys()) > 30  # unpaid, closed or refunded in full
    asked = [p for p in world.people if p.index in talked and p.index not in ordered]
    assert len(asked) > 30


def test_every_state_and_kind_of_refund_occurs(world: World) -> None:
    states = Counter(order.state_at(world.end) for order in world.orders)
    assert set(states) == {"unpaid", "paid", "shipped", "completed", "closed", "refunded"}
    assert any(0 < order.refund_at(world.end) < order.total for order in world.orders)
    paid = sum(n for state, n in states.items() if state not in ("unpaid", "closed")) / len(world.orders)
    assert 0.8 < paid < 0.95  # as shops of this trade report it


def test_loyal_people_come_back_when_the_jar_is_empty(world: World) -> None:
    gaps = []
    for all_days in bought(world).values():
        if len(all_days) > 4:
            gaps += [a - b for a, b in pairwise(all_days)]
    assert 30 < sorted(gaps)[len(gaps) // 2] < 100


def test_some_people_shop_twice_over_and_some_share_a_phone(world: World) -> None:
    both = [p for p in world.people if TAOBAO in p.platforms and MALL in p.platforms]
    assert len(both) > 50
    phones = Counter(p.phone for p in world.people)
    assert sum(n == 2 for n in phones.values()) == 6
    assert max(phones.values()) == 2
    assert phones[PHONE] == 1


def test_sales_of_the_year_stand_on_their_days(world: World) -> None:
    elevens = [o for o in world.orders if (o.placed.month, o.placed.day) == (11, 11)]
    assert elevens
    assert {o.activity for o in elevens} == {"双十一"}
    assert {"聚划算", "天天特价", "U站"} <= {o.activity for o in world.orders}


def test_known_answers_are_consistent(world: World) -> None:
    known = expected(world)
    assert known.orders == len({(o.platform, o.number) for o in world.orders})
    assert known.orders == sum(total.orders for total in known.platforms.values())
    assert known.anonymous_orders == 6
    assert set(known.currencies) == {"CNY", "USD"}
    assert set(known.interactions) == {"chat", "complaint", "inquiry", "review"}
