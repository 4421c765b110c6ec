"""Several messages in one campaign: each to whom the one before reached, and who did not do what it is for."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from crmcore.errors import UsageError
from crmcore.hooks.channel_values import Receipt
from crmcore.records.sending import TURN, Reason
from crmcore.store.schema_campaigns import sends
from tests.campaigns.conftest import World
from tests.conftest import NOW

DAY = 86_400
THEN = {"after": 4, "channels": ["text_message"], "messages": {"*": {"text": "#客户昵称#，still here"}}}


def sequence(world: World, **more: Any) -> str:
    """A campaign of a message and a follow-up four days later, in a shop that allows two a month."""
    world.campaigns.change_rules({"cap": 5})
    return world.campaign(follow_ups=[THEN], **more)


def happened(world: World, who: int, what: str, text: str = "") -> None:
    """The gateway tells what happened to the first message to her."""
    events = world.gateway.with_name(f"{world.gateway.name}.events")
    with events.open("a", encoding="utf-8") as file:
        file.write(f"{what}\t1-{who}-0\t{text}\n")
    from crmcore.campaigns.coming_back import fetch

    fetch(world.shop, "pigeon")


def test_it_goes_to_those_who_neither_bought_nor_answered_nor_said_no(world: World) -> None:
    stays, buys, answers, says_no, complains = (world.person(f"P{number}") for number in range(5))
    name = sequence(world)
    assert world.campaigns.send(name).sent == 5
    row = world.campaigns.get(name).row
    assert (row.state, row.starts_at) == ("running", NOW + 4 * DAY)
    assert world.campaigns.status(name).next_at == NOW + 4 * DAY
    assert world.campaigns.due() == []

    world.go_to(NOW + 2 * DAY)
    assert world.campaigns.send(name).sent == 0  # asked too early, nobody gets anything
    with world.shop.write("an order", kind="import") as write:
        world.order(write, buys, "new", placed_at=world.at, paid_at=world.at)
    happened(world, answers, "replied", "is it warm?")
    happened(world, says_no, "unsubscribed")
    world.go_to(NOW + 4 * DAY)
    from crmcore.people import People

    People(world.shop).log(complains, "complaint", "torn")
    assert [one.name for one in world.campaigns.due()] == [name]
    plan = world.campaigns.plan(name, follow_up=1)
    assert (plan.audience, plan.turn, plan.channels) == (5, 1, {"text_message": 1})
    assert plan.reasons == {Reason.THROUGH: 3, Reason.COMPLAINT: 1}
    [(_name, sent)] = world.campaigns.run_due()
    assert not isinstance(sent, str)
    assert sent.sent == 1
    assert world.arrived()[f"+86138{stays:08d}"] == 1
    assert world.campaigns.run_due() == []
    found = world.campaigns.status(name)
    assert [(one.turn, one.done) for one in found.turns] == [(0, 5), (1, 1)]

    world.go_to(NOW + 8 * DAY)  # nobody is waited for any more
    world.campaigns.run_due()
    assert world.campaigns.get(name).row.state == "done"
    assert sum(world.arrived().values()) == 6


def test_the_cap_counts_each_and_who_is_held_back_gets_it_some_days_later_or_never(world: World) -> None:
    world.person("A")
    name = sequence(world)
    world.campaigns.change_rules({"cap": 1, "cap_window": "6d"})
    world.campaigns.send(name)
    world.go_to(NOW + 4 * DAY)
    assert world.campaigns.plan(name, follow_up=1).reasons == {Reason.CAP: 1}
    assert world.campaigns.run_due()[0][1].sent == 0  # type: ignore[union-attr]
    world.go_to(NOW + 6 * DAY + 60)
    assert world.campaigns.run_due()[0][1].sent == 1  # type: ignore[union-attr]
    late = world.campaign("late", follow_ups=[THEN])
    world.go_to(NOW + 20 * DAY)
    world.campaigns.send(late)
    world.go_to(NOW + 40 * DAY)
    assert world.campaigns.run_due()[0][1].sent == 0  # type: ignore[union-attr]
    assert world.campaigns.get(late).row.state == "done"


def test_whoever_the_first_did_not_reach_gets_no_second(world: World) -> None:
    world.person("A")
    world.way("refuse")
    name = sequence(world)
    world.campaigns.send(name)
    world.way("well")
    world.go_to(NOW + 4 * DAY)
    assert world.campaigns.plan(name, follow_up=1).audience == 0
    assert not world.arrived()


def test_a_purchase_between_plan_and_sending_is_seen(world: World) -> None:
    buys = world.person("A")
    name = sequence(world)
    world.campaigns.send(name)
    world.go_to(NOW + 4 * DAY)
    plan = world.campaigns.plan(name, save=True, follow_up=1)
    assert plan.chosen == 1
    with world.shop.write("an order", kind="import") as write:
        world.order(write, buys, "new", placed_at=world.at, paid_at=world.at)
    assert world.campaigns.send(name).sent == 0
    [one] = world.campaigns.people(name, plan.id or 0)
    assert one.later is Reason.THROUGH


def test_a_gateway_that_answers_late_is_never_asked_twice_for_a_follow_up(world: World) -> None:
    for number in range(6):
        world.person(f"P{number}")
    world.way("late")
    name = sequence(world)
    world.campaigns.send(name)
    world.go_to(NOW + 4 * DAY)
    for _run in range(3):
        world.campaigns.send(name)
        world.go_to(world.at + 700)
    assert set(world.arrived().values()) == {1}
    steps = [row.step for row in world.all(sa.select(sends.c.step))]
    assert sorted(set(steps)) == [0, TURN]
    assert len(steps) == 12


def test_what_each_message_earned_and_the_control_group_is_counted_once(world: World) -> None:
    people = [world.person(f"P{number}") for number in range(40)]
    name = sequence(world, control=0.25, window_days=10)
    world.campaigns.send(name)
    got = [who for who in people if world.arrived()[f"p{who}@x.cn"]]
    with world.shop.write("orders", kind="import") as write:
        world.order(write, got[0], "first", placed_at=NOW + DAY, paid_at=NOW + DAY)
    world.go_to(NOW + 4 * DAY)
    world.campaigns.run_due()
    with world.shop.write("orders", kind="import") as write:
        world.order(write, got[1], "second", placed_at=NOW + 5 * DAY, paid_at=NOW + 5 * DAY)
        # Within the days of the follow-up, after those of the first message.
        world.order(write, got[2], "third", placed_at=NOW + 12 * DAY, paid_at=NOW + 12 * DAY)
    world.go_to(NOW + 30 * DAY)
    found = world.campaigns.report(name)
    assert {turn: one.orders for turn, one in found.by_turn.items()} == {0: 1, 1: 2}
    assert (found.by_window.orders, found.by_window.buyers) == (3, 3)
    assert found.lift is not None
    assert (found.lift.reached, found.lift.reached_buyers) == (len(got), 3)
    assert found.lift.control == 40 - len(got)
    assert world.campaigns.report(name, as_of_day(NOW + 2 * DAY)).by_window.orders == 1
    assert [one.done for one in world.campaigns.status(name, as_of_day(NOW)).turns] == [len(got), 0]


def as_of_day(at: int) -> Any:
    from crmcore.records.clock import day_of

    return day_of(at, "Asia/Shanghai")


def test_its_words_are_shown_and_tried_before_anybody_waits_for_it(world: World) -> None:
    who = world.person("Lin", nickname="小林")
    name = sequence(world)
    [shown] = world.campaigns.preview(name, None, [], 3, follow_up=1).messages
    assert (shown.customer_id, shown.text) == (who, "小林，still here")
    receipt: Receipt = world.campaigns.test(name, "13800990099", follow_up=1)
    assert receipt.state == "accepted"
    assert world.arrived()["+8613800990099"] == 1


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"after": 0}, "after"),
        ({"after": 3, "unless": ["danced"]}, "unless"),
        ({"after": 3, "channels": ["pigeon", "pigeon"]}, "twice"),
    ],
)
def test_a_follow_up_that_makes_no_sense_is_refused(world: World, wrong: dict[str, Any], word: str) -> None:
    with pytest.raises(UsageError, match=word):
        world.campaign(follow_ups=[wrong])


def test_a_follow_up_without_words_is_not_sent(world: World) -> None:
    world.person("A")
    name = world.campaign(follow_ups=[{"after": 3}])
    with pytest.raises(UsageError, match="follow-up 1: say what is to be said on pigeon"):
        world.campaigns.send(name)
    with pytest.raises(UsageError, match="there is no follow-up 2: the campaign has 1"):
        world.campaigns.plan(name, follow_up=2)
    assert not world.arrived()


def test_a_follow_up_that_never_went_out_is_sent_by_the_next_run(world: World) -> None:
    from crmcore.campaigns import coming_back

    for number in range(3):
        world.person(f"P{number}")
    name = sequence(world)
    world.campaigns.send(name)
    world.way("late")
    world.go_to(NOW + 4 * DAY)
    world.campaigns.send(name)
    [(_row, who, key, _at)] = coming_back.unknown(world.shop, name)
    assert key == f"1-{who}-{TURN}"
    coming_back.settle_unknown(world.shop, name, arrived=False)
    world.way("well")
    assert world.campaigns.send(name).sent == 1
    assert Reason.ALREADY not in world.campaigns.status(name).later
    assert (
        world.arrived()[f"+86138{who:08d}"] == 2
    )  # the gateway had it after all: somebody had said it had not
