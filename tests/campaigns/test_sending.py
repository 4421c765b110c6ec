"""Sending: what is sent equals what was shown, nobody gets two, whatever the gateway does."""

from __future__ import annotations

from tests.campaigns.conftest import World


def test_everybody_who_agreed_gets_it_once(world: World) -> None:
    people = [world.person(f"P{number}") for number in range(7)]
    world.person("refuses", yes="")
    name = world.campaign()
    plan = world.campaigns.plan(name)
    assert (plan.audience, plan.chosen, plan.channels) == (8, 7, {"pigeon": 7})
    sent = world.campaigns.send(name)
    assert (sent.sent, sent.stopped) == (7, "")
    assert world.arrived() == {f"p{who}@x.cn": 1 for who in people}
    assert world.states() == {"SENT": 7}
    assert world.campaigns.get(name).row.state == "done"
