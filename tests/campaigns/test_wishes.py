"""By what each one hears: the channel she wishes, what her address is good for, and what the plan says of it."""

from __future__ import annotations

import pytest

from crmcore.desk.campaign_view import plan_notes
from crmcore.errors import UsageError
from crmcore.people import Changes, People
from crmcore.records.sending import Reason
from crmcore.store.schema import identities
from tests.campaigns.conftest import World
from tests.conftest import NOW

DAY = 86_400


def test_the_channel_she_wishes_comes_before_the_campaigns_order(world: World) -> None:
    wishes, usual, cannot, elsewhere = (world.person(f"P{number}") for number in range(4))
    people = People(world.shop)
    people.edit(wishes, Changes({"contact_by": "text_message"}))
    people.edit(cannot, Changes({"contact_by": "text_message"}))
    people.edit(elsewhere, Changes({"contact_by": "微信"}))
    assert people.show(elsewhere, 1)[0].contact_by == "wechat"
    with world.shop.write("no") as write:
        world.says(write, cannot, "denied", channel="text_message", at=NOW)
    name = world.campaign(channels=["pigeon", "text_message"])
    plan = world.campaigns.plan(name)
    assert plan.channels == {"pigeon": 3, "text_message": 1}
    assert plan.wishes == {Reason.NONE: 1, Reason.REFUSED: 1, Reason.CHANNEL_OFF: 1}
    kept = world.campaigns.plan(name, save=True)
    assert kept.wishes == plan.wishes
    assert world.campaigns.kept_plan(name, kept.id or 0).wishes == plan.wishes
    found = {one.person: one.wish for one in world.campaigns.people(name, kept.id or 0)}
    assert found == {
        wishes: Reason.NONE,
        usual: None,
        cannot: Reason.REFUSED,
        elsewhere: Reason.CHANNEL_OFF,
    }
    world.campaigns.send(name)
    to = {f"+86138{wishes:08d}", *(f"p{who}@x.cn" for who in (usual, cannot, elsewhere))}
    assert set(world.arrived()) == to


def test_a_wish_for_a_sort_of_channel_is_one_for_each_of_that_sort(world: World) -> None:
    who = world.person("A")
    People(world.shop).edit(who, Changes({"contact_by": "text_message"}))
    name = world.campaign(channels=["pigeon", "hawk"])  # a hawk brings text messages
    assert world.campaigns.plan(name).channels == {"hawk": 1}


def test_what_is_no_channel_cannot_be_wished(world: World) -> None:
    who = world.person("A")
    with pytest.raises(UsageError, match="is no channel: write sms, email"):
        People(world.shop).edit(who, Changes({"contact_by": "by the window!"}))


def far(world: World, who: int) -> None:
    """Her only phone is abroad."""
    here = identities.c.customer_id == who
    with world.shop.write("moved") as write:
        write.connection.execute(
            identities.update()
            .where(here, identities.c.kind == "phone")
            .values(value="+4420794600" + f"{who:02d}")
        )


def test_a_plan_lists_whose_address_has_not_the_form_that_the_channel_takes(world: World) -> None:
    near, abroad = world.person("A"), world.person("B")
    far(world, abroad)
    plan = world.campaigns.plan(world.campaign(channels=["falcon"]))
    assert (plan.channels, plan.reasons) == ({"falcon": 1}, {Reason.UNFIT_ADDRESS: 1})
    second = world.campaigns.plan(world.campaign("two", channels=["falcon", "pigeon"]))
    assert second.channels == {"falcon": 1, "pigeon": 1}
    with world.shop.write("masked") as write:
        write.connection.execute(
            identities.update().where(identities.c.customer_id == near).values(strong=False)
        )
    assert world.campaigns.plan("spring").reasons == {Reason.UNFIT_ADDRESS: 2}


def test_a_channel_that_looks_at_addresses_itself_is_asked_when_planning(world: World) -> None:
    people = [world.person(f"P{number}") for number in range(4)]
    even = [who for who in people if not who % 2]
    odd = [who for who in people if who % 2]
    name = world.campaign(channels=["owl"])
    assert world.campaigns.plan(name).problems == {"not at home": 2}
    kept = world.campaigns.plan(name, save=True)
    assert (kept.chosen, kept.reasons, kept.problems) == (2, {Reason.UNFIT_ADDRESS: 2}, {"not at home": 2})
    found = world.campaigns.people(name, kept.id or 0, reasons=("unfit_address",))
    assert [(one.person, one.problem) for one in found] == [(who, 0) for who in odd]
    world.campaigns.send(name)
    assert set(world.arrived()) == {f"p{who}@x.cn" for who in even}
    again = world.campaigns.plan(world.campaign("two", channels=["owl", "text_message"]))
    assert again.reasons == {Reason.CAP: 2}
    world.go_to(NOW + 40 * DAY)
    assert world.campaigns.plan("two", save=True).channels == {"owl": 2, "text_message": 2}
    world.campaigns.send("two")
    assert {f"+86138{who:08d}" for who in odd} < set(world.arrived())


def test_care_goes_by_the_day_the_complaint_was_settled(world: World) -> None:
    settled, spoken_to = world.person("A"), world.person("B")
    people = People(world.shop)
    for who in (settled, spoken_to):
        people.move(people.log(who, "complaint", "torn", at=NOW - 60 * DAY), "settled")
    world.campaigns.new("care", "care_after_complaint", {"channels": ["pigeon"]})
    assert world.campaigns.plan("care").audience == 0
    world.go_to(NOW + 3 * DAY)
    people.log(spoken_to, "chat", "is it in stock?", at=world.at)
    assert world.campaigns.plan("care").chosen == 2
    world.campaigns.send("care")
    world.go_to(NOW + 5 * DAY)
    assert world.campaigns.plan("care").reasons == {Reason.ALREADY: 2}
    world.go_to(NOW + 30 * DAY)
    assert world.campaigns.plan("care").audience == 0


def test_a_plan_for_nobody_says_what_to_do_about_it(world: World) -> None:
    def notes(name: str) -> list[str]:
        return plan_notes(world.shop, world.campaigns.plan(name), "F9", "b")

    empty = world.campaign("empty", where={"all": [{"orders": {"gte": 99}}]})
    assert notes(empty) == ["nobody belongs to the audience: choose another segment, or loosen its rule"]
    name, told = world.campaign("refused"), world.person("A")
    with world.shop.write("no") as write:
        world.says(write, told, "denied", at=NOW)
    assert notes(name) == ["most said no to this channel: name another one, or leave them alone"]
    world.person("B")
    assert notes(name) == []


def test_a_ready_text_reads_well_with_a_code_and_without(world: World) -> None:
    who = world.person("Li")
    for code, said in (
        ({}, "下单前找客服领取"),
        ({"code": "BACK", "personal_codes": True}, "专属码BACKA2B3C4，"),
    ):
        name = f"back{len(code)}"
        world.campaigns.new(name, "win_back_90", {"channels": ["pigeon"], **code})
        [shown] = world.campaigns.preview(name, None, [who], 1).messages
        assert f"为您留了回归礼，{said}" in shown.text


def test_a_campaign_says_what_it_promises(world: World) -> None:
    who = world.person("Li")
    for reward, said in (({}, "您得返利或礼品，"), ({"reward": "20元红包"}, "您得20元红包，")):
        name = f"refer{len(reward)}"
        world.campaigns.new(name, "referral", {"channels": ["pigeon"], **reward})
        shown = world.campaigns.preview(name, None, [who], 1)
        assert said in shown.messages[0].text
        assert not any("reward" in one for one in shown.findings)
    name = world.campaign("hashed", reward="20元红包", messages={"*": {"text": "#客户昵称#，得#奖励#"}})
    world.campaigns.send(name)
    assert "Li，得20元红包" in world.gateway.read_text("utf-8")
