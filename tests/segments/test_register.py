"""Kept segments: who came and who left, when and why; what was recorded is what a look back finds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from crmcore.errors import NotFoundError
from crmcore.hooks.facts import SegmentRule
from crmcore.records.clock import Clock
from crmcore.rules.tree import TopShare
from crmcore.rules.where import param, segment, where
from crmcore.rules.yaml import load_rule
from crmcore.segments.register_history import days, moves, recorded
from crmcore.store import schema
from crmcore.store.database import Database
from crmcore.store.merging import merge
from crmcore.store.schema_membership import segment_queue
from tests.examples import examples
from tests.segments.conftest import TODAY, ZONE, Segmented, ago, at, bought, tagged


def on(shop: Segmented, day: date, hour: int = 20) -> None:
    """The shop's clock stands at that hour of that day."""
    shop.clock = Clock(ZONE, at(day, hour))


def add(shop: Segmented, customer_id: int, *events: Callable) -> None:
    """More of what a customer did."""
    with shop.database.write("more", actor="test") as write:
        for event in events:
            event(write, customer_id)
        write.touch([customer_id])


def told(shop: Segmented, name: str | None = None, **rest) -> list[tuple]:
    with shop.database.read() as connection:
        found = moves(connection, name, **rest)
    return [(one.customer_id, one.entered, one.day, one.cause) for one in reversed(found)]


def members(shop: Segmented, name: str, day: date | None = None) -> set[int]:
    kept = shop.register.get(name)
    with shop.database.read() as connection:
        return recorded(connection, kept, day)


def test_who_was_in_it_when_it_began_did_not_come(shop: Segmented) -> None:
    shop.brings(SegmentRule("buyers", where("orders") >= 1))
    first = shop.customer("first", bought(100, ago(5)))
    shop.register.keep("buyers")
    shop.register.keep("buyers")  # the same again is the same
    assert members(shop, "buyers") == {first}
    assert told(shop) == []
    second = shop.customer("second", bought(100, ago(0)))
    done = shop.register.catch_up()
    assert (done.asked, done.moves, done.problems) == (1, 1, ())
    assert told(shop) == [(second, True, TODAY, "change")]
    assert members(shop, "buyers") == {first, second}
    assert members(shop, "buyers", TODAY - timedelta(days=1)) == {first}
    assert shop.register.catch_up().asked == 0


def test_a_move_says_why(shop: Segmented) -> None:
    shop.brings(SegmentRule("big", (where("total_spent") >= 10) & (where("days_since_last_order") < 30)))
    her = shop.customer("her")
    shop.register.keep("big")
    add(shop, her, bought(100_000, at(TODAY)))
    shop.register.catch_up()
    with shop.database.read() as connection:
        (move,) = moves(connection, "big")
        act = connection.execute(
            sa.select(schema.changes.c.why).where(schema.changes.c.id == move.change_id)
        ).scalar()
    assert (move.cause, act) == ("change", "more")
    assert move.facts == {"total_spent": 100_000, "days_since_last_order": 0}


def test_days_alone_move_people_and_only_those_whom_they_concern(shop: Segmented) -> None:
    shop.brings(SegmentRule("lapsed", where("days_since_last_order").between(90, 180)))
    near = shop.customer("near", bought(100, ago(89)))
    leaving = shop.customer("leaving", bought(100, ago(178)))
    for n in range(20):
        shop.customer(f"far {n}", bought(100, ago(n)))
    shop.register.keep("lapsed")
    assert members(shop, "lapsed") == {leaving}
    on(shop, TODAY + timedelta(days=3))  # nobody looked for three days
    done = shop.register.catch_up()
    assert done.asked == 2  # of 22
    tomorrow = TODAY + timedelta(days=1)
    assert told(shop) == [
        (near, True, tomorrow, "day"),
        (leaving, False, tomorrow + timedelta(days=1), "day"),
    ]
    assert members(shop, "lapsed", TODAY) == {leaving}
    assert members(shop, "lapsed", tomorrow) == {leaving, near}


def test_what_was_bought_in_between_counts_from_its_day(shop: Segmented) -> None:
    """The shop was closed for some days: each of them is worked out as it was."""
    shop.brings(SegmentRule("fresh", where("days_since_last_order") <= 1))
    her, other = shop.customer("her"), shop.customer("other", bought(100, ago(0)))
    shop.register.keep("fresh")
    on(shop, TODAY + timedelta(days=2))
    add(shop, her, bought(100, at(TODAY + timedelta(days=2))))
    on(shop, TODAY + timedelta(days=6))
    shop.register.catch_up()
    assert sorted(told(shop)) == sorted([
        (her, True, TODAY + timedelta(days=2), "change"), (her, False, TODAY + timedelta(days=4), "day"),
        (other, False, TODAY + timedelta(days=2), "day"),  # on the same day as she came
    ])  # fmt: skip


def test_others_push_somebody_out_of_the_top(shop: Segmented) -> None:
    share = {"top": TopShare("total_spent", 0.5)}
    shop.brings(SegmentRule("top", where("total_spent") >= param("top"), params=share))
    old = shop.customer("old", bought(100, ago(5)))
    for n in range(3):
        shop.customer(f"small {n}", bought(10, ago(5)))
    shop.register.keep("top")
    assert members(shop, "top") == {old}
    new = shop.customer("new", bought(1_000, ago(0)))
    shop.register.catch_up()
    assert members(shop, "top") == {new}
    assert sorted(told(shop)) == sorted([(old, False, TODAY, "others"), (new, True, TODAY, "change")])


def test_two_places_in_the_population_move_at_once(shop: Segmented) -> None:
    """Who is big but not of the biggest: below and above, whoever is passed over is asked."""
    shares = {"biggest": TopShare("total_spent", 0.5), "big": TopShare("total_spent", 0.8)}
    big, biggest = where("total_spent") >= param("big"), where("total_spent") >= param("biggest")
    shop.brings(SegmentRule("next", big & ~biggest, params=shares))
    first, second = shop.customer("first", bought(100, ago(5))), shop.customer("second", bought(30, ago(5)))
    small = [shop.customer(f"small {n}", bought(10, ago(5))) for n in range(3)]
    shop.register.keep("next")
    assert members(shop, "next") == {second}
    shop.customer("new", bought(300, ago(0)))
    shop.register.catch_up()
    assert members(shop, "next") == {first}
    assert sorted(told(shop)) == sorted([(first, True, TODAY, "others"), (second, False, TODAY, "others")])
    for one in small:  # as much as the second has: of equal ones the smaller id counts first
        add(shop, one, bought(1_000, ago(0)))
    shop.register.catch_up()
    assert members(shop, "next") == set(shop.segments.ids("next"))


def test_another_rule_is_another_segment(shop: Segmented) -> None:
    one, two = (
        shop.customer("one", bought(100, ago(5))),
        shop.customer("two", bought(100, ago(5)), bought(100, ago(6))),
    )
    shop.segments.save(load_rule("name: loyal\nwhere: {orders: {gte: 2}}"))
    shop.register.keep("loyal")
    shop.segments.save(load_rule("name: loyal\nwhere: {orders: {gte: 1}}"))
    shop.register.catch_up()
    assert told(shop) == [(one, True, TODAY, "rule")]
    assert members(shop, "loyal") == {one, two}
    shop.segments.save(
        load_rule("name: loyal\ntitle: x\nwhere: {orders: {gte: 1}}")
    )  # another title is no other rule
    assert shop.register.catch_up().asked == 0


def test_a_segment_that_it_names_counts_as_its_own_rule(shop: Segmented) -> None:
    shop.customer("one", bought(100, ago(5)))
    shop.segments.save(load_rule("name: base\nwhere: {orders: {gte: 2}}"))
    shop.segments.save(load_rule("name: over\nwhere: {segment: base}"))
    shop.register.keep("over")
    shop.segments.save(load_rule("name: base\nwhere: {orders: {gte: 1}}"))
    assert shop.register.catch_up().moves == 1


def test_who_is_merged_away_leaves(shop: Segmented) -> None:
    shop.brings(SegmentRule("buyers", where("orders") >= 1))
    kept, gone = shop.customer("kept", bought(100, ago(5))), shop.customer("gone", bought(100, ago(6)))
    shop.register.keep("buyers")
    with shop.database.write("merge", actor="test", kind="merge") as write:
        merge(write, kept, gone)
    shop.register.catch_up()
    assert members(shop, "buyers") == {kept}
    assert told(shop) == [(gone, False, TODAY, "change")]


def test_a_rule_that_cannot_be_asked_costs_the_others_nothing(shop: Segmented) -> None:
    shop.segments.save(load_rule("name: torn\nwhere: {orders: {gte: 1}}"))
    shop.brings(SegmentRule("buyers", where("orders") >= 1))
    for name in ("torn", "buyers"):
        shop.register.keep(name)
    shop.segments.documents.table("segments").put(
        {"name": "torn", "where": {"order": {"gte": 1}}}, where("name") == "torn"
    )
    her = shop.customer("her", bought(100, ago(1)))
    done = shop.register.catch_up()
    assert "did you mean 'orders'" in done.problems[0]
    assert told(shop) == [(her, True, TODAY, "change")]
    with shop.database.read() as connection:  # nobody waits for it
        assert not connection.scalar(sa.select(sa.exists().select_from(segment_queue)))
    shop.segments.save(load_rule("name: torn\nwhere: {orders: {gte: 1}}"))
    assert shop.register.catch_up().problems == ()
    assert members(shop, "torn") == {her}


def test_what_is_no_longer_kept_is_not_followed(shop: Segmented) -> None:
    shop.brings(SegmentRule("buyers", where("orders") >= 1))
    with pytest.raises(NotFoundError, match="crm segment keep buyers on"):
        shop.register.get("buyers")
    with pytest.raises(NotFoundError, match="did you mean 'buyers'"):
        shop.register.keep("buyer")
    shop.register.keep("buyers")
    shop.register.drop("buyers")
    assert shop.register.kept() == []
    shop.customer("her", bought(100, ago(1)))
    with shop.database.read() as connection:
        assert not connection.scalar(sa.select(sa.exists().select_from(segment_queue)))
    assert shop.register.catch_up().moves == 0


def test_history_adds_up(shop: Segmented) -> None:
    shop.brings(SegmentRule("fresh", where("days_since_last_order") <= 1))
    shop.customer("old", bought(100, ago(1)))
    shop.register.keep("fresh")
    her = shop.customer("her", bought(100, ago(0)))
    on(shop, TODAY + timedelta(days=2))
    shop.register.catch_up()
    with shop.database.read() as connection:
        listed = days(connection, shop.register.get("fresh"))
    assert [(one.day, one.entered, one.left, one.members) for one in listed] == [
        (TODAY + timedelta(days=2), 0, 1, 0), (TODAY + timedelta(days=1), 0, 1, 1), (TODAY, 1, 0, 2), (TODAY, 0, 0, 1),
    ]  # fmt: skip
    assert told(shop, customer_id=her, since=TODAY + timedelta(days=1)) == [
        (her, False, TODAY + timedelta(days=2), "day")
    ]


def test_one_who_is_touched_while_she_is_asked_about_is_left_to_the_next_time(shop: Segmented) -> None:
    """What was worked out before a touch is never kept after it."""
    shop.brings(SegmentRule("buyers", where("orders") >= 1))
    her = shop.customer("her")
    shop.register.keep("buyers")
    add(shop, her, bought(100, ago(1)))
    asked = shop.segments.sources
    again = []

    def meanwhile(clock: Clock):
        if again:
            again.pop()()
        return asked(clock)

    object.__setattr__(shop.segments, "sources", meanwhile)
    # The first question reads what the rule means; the second one asks about her. Then she is touched.
    again += [lambda: add(shop, her, tagged("x")), lambda: None]
    assert shop.register.catch_up().moves == 0
    object.__setattr__(shop.segments, "sources", asked)
    assert shop.register.catch_up().moves == 1
    assert members(shop, "buyers") == {her}


RULES = {
    "many": where("orders") >= 2,
    "lapsed": where("days_since_last_order").between(3, 7),
    "not_lately": ~(where("days_since_last_order") < 4),
    "dear": where("average_order_value") >= 2,
    "dress_lately": where("lines").any((where("category") == "裙") & (where("days_since_at") <= 2)),
    "birthday_soon": where("days_until_birthday") <= 3,
    "grown_up": where("age") >= 18,
    "refunded": where("orders_refunded") >= 1,
    "mixed": segment("many") & ~segment("lapsed"),
    "never_twice": where("first_order_at").exists() & (where("days_since_first_order") != 5),
    "young_order": where("orders").any((where("paid_at").exists()) & (where("days_since_paid") == 2)),
    "next": (where("total_spent") >= param("big")) & ~(where("total_spent") >= param("biggest")),
}  # fmt: skip
SHARES = {"next": {"big": TopShare("total_spent", 0.8), "biggest": TopShare("total_spent", 0.4)}}
_BIRTHDAYS = ("2008-03-09", "2008-03-12", "1990-02-28", "--03-10", None)
_DAYS = min(8, examples(5))  # each is looked back at from each
_acts = st.tuples(
    st.sampled_from(("buy", "buy", "refund", "new", "look")), st.integers(0, 4), st.integers(0, 2)
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=examples(2),
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # a life takes a second: shrinking it would take minutes
)
@given(st.lists(st.lists(_acts, max_size=4), min_size=4, max_size=_DAYS))
def test_what_was_recorded_is_what_a_look_back_finds(
    sqlite_template, tmp_path_factory, plan: list[list[tuple[str, int, int]]]
) -> None:
    """Nothing was imported late, merged or edited: every day's members are those that `as_of` finds."""
    import shutil

    path = tmp_path_factory.mktemp("replay") / "shop.db"
    shutil.copyfile(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    try:
        shop = Segmented(database, Clock(ZONE, at(TODAY)))
        shop.brings(*[SegmentRule(name, rule, params=SHARES.get(name, {})) for name, rule in RULES.items()])
        known_from = _live_through(shop, plan)
        today = TODAY + timedelta(days=len(plan))
        on(shop, today)
        shop.register.catch_up()
        for name in SHARES:  # measured against everybody: told of today alone
            assert members(shop, name) == set(shop.segments.ids(name)), name
        for name in RULES.keys() - SHARES.keys():
            for number in range(len(plan) + 1):
                day = TODAY + timedelta(days=number)
                known = {who for who, first in known_from.items() if first <= day}
                then = set(shop.segments.ids(name, day))
                assert members(shop, name, day) & known == then & known, (name, day)
    finally:
        database.dispose()


def _live_through(shop: Segmented, plan: list[list[tuple[str, int, int]]]) -> dict[int, date]:
    """Customers buy and give back day by day; sometimes somebody looks at the segments, sometimes not for days.

    Returns since when the shop has known whom.
    """
    known_from: dict[int, date] = {}
    people = [shop.customer(f"c{n}", birthday=_BIRTHDAYS[n]) for n in range(5)]
    known_from |= dict.fromkeys(people, TODAY)
    for name in RULES:
        shop.register.keep(name)
    for number, acts in enumerate(plan):
        day = TODAY + timedelta(days=number)
        for place, (what, who, how) in enumerate(acts):
            on(shop, day, 9 + place)
            if what == "look":
                shop.register.catch_up()
            elif what == "new":
                known_from[shop.customer("new", birthday=_BIRTHDAYS[how])] = day
            elif what == "buy":
                add(
                    shop, people[who], bought((100, 200, 900)[how], at(day, 9 + place), ("裙", "鞋")[how % 2])
                )
            else:
                _give_back(shop, people[who], at(day, 9 + place))
    return known_from


def _give_back(shop: Segmented, customer_id: int, when: int) -> None:
    c = schema.orders.c
    with shop.database.write("refund", actor="test") as write:
        newest = sa.select(sa.func.max(c.id)).where(c.customer_id == customer_id, c.refunded_at.is_(None))
        order = write.connection.scalar(newest)
        if order is not None:
            back = {"refunded_at": when, "refunded_total": c.ordered_total, "net_total": 0}
            write.connection.execute(sa.update(schema.orders).where(c.id == order).values(back))
            write.touch([customer_id])
