"""Calls and copied messages: one customer after the other, asked about once more, held for one person."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from crmcore.campaigns import work
from crmcore.desk import campaign_work as desk
from crmcore.desk.undoing import take_back_last
from crmcore.errors import CrmError, UsageError
from crmcore.people import Changes, People
from crmcore.records.sending import Reason
from crmcore.store.schema_campaigns import sends
from tests.campaigns.conftest import World
from tests.conftest import NOW

DAY = 86_400


def round_of(world: World, people: int = 3, channel: str = "calls") -> list[int]:
    ids = [world.person(f"P{number}") for number in range(people)]
    assert world.campaigns.send(world.campaign(channels=[channel])).by_hand == people
    return ids


def test_a_round_is_worked_through(world: World) -> None:
    ids = round_of(world)
    [listed] = work.rounds(world.shop)
    assert (listed.waiting, listed.later, listed.done) == (3, 0, 0)
    first = work.take_next(world.shop, "spring", "calls")
    assert first is not None
    assert (first.customer_id, first.address, first.text) == (ids[0], f"+86138{ids[0]:08d}", "P0，好久不见")
    assert first.facts["orders"] == 1
    same = work.take_next(world.shop, "spring", "calls")
    assert same == first  # mine until I say what came of it
    work.finish(world.shop, first.id, "done", "wants the new scent")
    second = work.take_next(world.shop, "spring", "calls")
    assert second is not None
    work.finish(world.shop, second.id, "no_more")
    third = work.take_next(world.shop, "spring", "calls")
    assert third is not None
    work.finish(world.shop, third.id, "skip")
    assert work.take_next(world.shop, "spring", "calls") is None
    assert world.states() == {"DELIVERED": 2, "DROPPED": 1}
    with pytest.raises(CrmError, match="done already"):
        work.finish(world.shop, first.id, "done")
    world.go_to(NOW + 40 * DAY)
    assert world.campaigns.plan(world.campaign("next", channels=["calls"])).reasons == {Reason.REFUSED: 1}


def test_two_who_work_side_by_side_get_different_customers(world: World) -> None:
    round_of(world, channel="phone")
    mine = work.take_next(world.shop, "spring", "phone")
    world.shop.actor = "Ann"
    hers = work.take_next(world.shop, "spring", "phone")
    assert mine is not None
    assert hers is not None
    assert mine.customer_id != hers.customer_id
    world.shop.actor = "Eve"
    last = work.take_next(world.shop, "spring", "phone")
    assert last is not None
    work.finish(world.shop, last.id, "no_answer", again_at=NOW + 2 * work.HELD)
    assert desk.nobody(world.shop, "spring") == (
        "Nobody waits now.\n1 comes up later, at 2026-03-05 10:20: put off, or it is night where they live\n"
        "2 are in somebody else's hands"
    )
    world.go_to(NOW + 2 * work.HELD + 1)  # what nobody finished comes back
    waiting = [one.waiting for one in work.rounds(world.shop)]
    assert waiting == [3]


def test_who_complained_since_is_left_out_with_the_reason(world: World) -> None:
    ids = round_of(world, 2)
    People(world.shop).log(ids[0], "complaint", "broken")
    found = work.take_next(world.shop, "spring", "calls")
    assert found is not None
    assert found.customer_id == ids[1]
    [row] = world.all(sa.select(sends.c.detail).where(sends.c.customer_id == ids[0]))
    assert row.detail == "a complaint is open"


def test_nobody_is_rung_at_night(world: World) -> None:
    round_of(world, 1)
    world.go_to(NOW + 12 * 3600)
    told = "Nobody waits now.\n1 comes up later, at 2026-03-06 09:00: it is night"
    assert desk.take(world.shop, "spring", "calls") == told
    world.go_to(NOW + 24 * 3600)
    assert work.take_next(world.shop, "spring", "calls") is not None


@pytest.mark.parametrize(
    ("answer", "reason"), [("sung", "is no answer here"), ("later", "is no answer here")]
)
def test_an_answer_that_there_is_not_is_refused(world: World, answer: str, reason: str) -> None:
    round_of(world, 1)
    found = work.take_next(world.shop, "spring", "calls")
    assert found is not None
    with pytest.raises(UsageError, match=reason):
        work.finish(world.shop, found.id, answer)
    assert world.states() == {"TODO": 1}


def test_cancelling_drops_what_is_left(world: World) -> None:
    round_of(world, 2)
    world.campaigns.plan(world.campaign("again", channels=["calls"]))
    with pytest.raises(UsageError, match="no channel that people work"):
        work.take_next(world.shop, "spring", "pigeon")
    name = world.campaign("third", channels=["calls"], repeat="daily")
    world.campaigns.change_rules({"cap": "0"})
    world.campaigns.send(name)
    world.campaigns.cancel(name)
    assert world.states("third") == {"DROPPED": 2}


def test_what_came_of_a_call_is_the_last_act_and_no_key_takes_it_back(world: World) -> None:
    [who] = round_of(world, 1)
    People(world.shop).edit(who, Changes({}, tags=["VIP"]))
    found = work.take_next(world.shop, "spring", "calls")
    assert found is not None
    work.finish(world.shop, found.id, "skip")
    with pytest.raises(CrmError, match=rf"customer {who} in the campaign spring: Skip.*goes onto her card"):
        take_back_last(world.shop)
    assert People(world.shop).show(who)[0].tags == ("VIP",)
