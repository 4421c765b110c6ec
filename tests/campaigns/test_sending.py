"""Sending: what is sent equals what was shown, nobody gets two, whatever the gateway does."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from crmcore.desk.undoing import take_back_last
from crmcore.errors import CrmError, UsageError
from crmcore.people import People
from crmcore.records.sending import Reason
from crmcore.store import campaign_rows
from crmcore.store.changes import list_changes
from crmcore.store.merging import merge
from crmcore.store.schema_campaigns import plan_people, sends
from crmcore.store.suppressing import Suppression, listed
from crmcore.taking_back import take_back
from tests.campaigns.conftest import World
from tests.conftest import NOW

DAY = 86_400


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
    assert world.campaigns.send(name).sent == 0
    assert sum(world.arrived().values()) == 7


def test_the_second_channel_is_for_those_whom_the_first_cannot_reach(world: World) -> None:
    first, second = world.person("A", yes="email"), world.person("B", yes="text_message")
    name = world.campaign(channels=["pigeon", "text_message"])
    assert world.campaigns.plan(name).channels == {"pigeon": 1, "text_message": 1}
    world.campaigns.send(name)
    assert set(world.arrived()) == {f"p{first}@x.cn", f"+86138{second:08d}"}


def test_what_is_sent_is_what_was_shown_or_says_why_not(world: World) -> None:
    stays, refuses, complains = (world.person(name) for name in "ABC")
    name = world.campaign()
    plan = world.campaigns.plan(name, save=True)
    assert plan.chosen == 3
    world.person("came later")
    with world.shop.write("no") as write:
        world.says(write, refuses, "denied", at=NOW)
    People(world.shop).log(complains, "complaint", "broken")
    sent = world.campaigns.send(name)
    assert sent.sent == 1
    assert set(world.arrived()) == {f"p{stays}@x.cn"}
    later = {one.person: one.later for one in world.campaigns.people(name, plan.id or 0)}
    assert later == {stays: None, refuses: Reason.REFUSED, complains: Reason.COMPLAINT}


def test_a_gateway_that_answers_late_is_never_asked_twice(world: World) -> None:
    for number in range(9):
        world.person(f"P{number}")
    world.way("late")
    name = world.campaign()
    sent = world.campaigns.send(name)
    assert (sent.sent, sent.unknown) == (6, 3)
    world.way("well")
    assert world.states() == {"SENT": 6, "UNKNOWN": 3}
    world.campaigns.send(name)
    assert set(world.arrived().values()) == {1}
    assert sum(world.arrived().values()) == 9


def test_a_gateway_that_is_busy_is_tried_again_and_one_that_refuses_is_not(world: World) -> None:
    for number in range(6):
        world.person(f"P{number}")
    world.way("flaky")
    assert world.campaigns.send(world.campaign()).sent == 6
    assert set(world.arrived().values()) == {1}
    world.go_to(NOW + 40 * DAY)
    world.way("refuse")
    again = world.campaigns.send(world.campaign("again"))
    assert (again.sent, again.failed) == (0, 6)
    assert world.states("again") == {"FAILED": 6}


def test_an_address_at_which_nobody_is_gets_nothing_more(world: World) -> None:
    gone = world.person("A")
    world.way("nobody")
    assert world.campaigns.send(world.campaign("first")).failed == 1
    world.way("well")
    other = world.person("B")
    second = world.campaign("second")
    assert world.campaigns.plan(second).reasons == {Reason.BAD_ADDRESS: 1}
    world.campaigns.send(second)
    assert set(world.arrived()) == {f"p{other}@x.cn"}
    count, [entry] = listed_addresses(world)
    assert (count, entry.value, entry.source) == (1, f"p{gone}@x.cn", "campaign first")


def listed_addresses(world: World) -> tuple[int, list[Suppression]]:
    with world.shop.database.read() as connection:
        return listed(connection)


def test_one_post_for_everybody_is_no_campaign(world: World) -> None:
    world.person("A")
    name = world.campaign(channels=["square", "pigeon"])
    plan = world.campaigns.plan(name)
    assert (plan.channels, plan.missing) == ({"pigeon": 1}, ("square",))
    with pytest.raises(CrmError, match="square is one post for everybody"):
        world.campaigns.send(name)
    assert not world.arrived()


def test_a_no_to_one_sort_of_channel_is_one_to_each_of_that_sort(world: World) -> None:
    who = world.person("A")
    with world.shop.write("no") as write:
        world.says(write, who, "denied", channel="text_message", at=NOW)
    for channel in ("text_message", "hawk"):
        plan = world.campaigns.plan(world.campaign(f"by_{channel}", channels=[channel]))
        assert plan.reasons == {Reason.REFUSED: 1}
    assert world.campaigns.plan(world.campaign("by_pigeon")).chosen == 1


def test_a_gateway_that_is_down_pauses_the_campaign_and_loses_nobody(world: World) -> None:
    for number in range(9):
        world.person(f"P{number}")
    world.way("down")
    name = world.campaign()
    sent = world.campaigns.send(name)
    assert sent.stopped
    assert sent.unknown == 1  # the one it had taken: nobody can say
    assert world.campaigns.get(name).row.state == "paused"
    world.way("well")
    with pytest.raises(CrmError, match="paused"):
        world.campaigns.send(name)
    world.campaigns.resume(name)
    assert world.campaigns.send(name).sent == 8
    assert world.states() == {"SENT": 8, "UNKNOWN": 1}


def test_a_channel_that_takes_everything_at_once_sends_it_once(world: World) -> None:
    for number in range(9):
        world.person(f"P{number}")
    world.way("greedy")
    assert world.campaigns.send(world.campaign()).sent == 9
    assert set(world.arrived().values()) == {1}


def test_what_cannot_be_said_or_sent_fails_without_being_handed_over(world: World) -> None:
    world.person("A")
    nameless = world.person("")
    name = world.campaign(messages={"*": {"text": "{{ name }} forbidden"}})
    sent = world.campaigns.send(name)
    assert (sent.sent, sent.failed) == (0, 2)
    assert not world.arrived()
    rows = world.all(sa.select(sends.c.customer_id, sends.c.detail))
    assert any("forbidden" in row.detail for row in rows)
    assert next(row.detail for row in rows if row.customer_id == nameless)


def test_pause_and_limit_and_cancel(world: World) -> None:
    for number in range(6):
        world.person(f"P{number}")
    name = world.campaign()
    assert world.campaigns.send(name, limit=2).sent == 2
    assert world.states() == {"SENT": 2}
    asked = iter([False, False, False, True, True, True])
    sent = world.campaigns.send(name, stop=lambda: next(asked, True))
    assert sent.stopped
    world.campaigns.pause(name)
    world.campaigns.cancel(name)
    with pytest.raises(CrmError, match="stays so: make a new one"):
        world.campaigns.send(name)
    with pytest.raises(CrmError, match="stays so: make a new one"):
        world.campaigns.resume(name)


def test_a_pause_is_heard_between_two_messages(world: World) -> None:
    for number in range(12):
        world.person(f"P{number}")
    name = world.campaign()

    def told(done: int, _total: int) -> None:
        if done == 3:
            world.campaigns.pause(name)

    sent = world.campaigns.send(name, told=told)
    assert 3 <= sent.sent < 12
    assert sent.stopped == "the campaign was paused"
    world.campaigns.resume(name)
    world.campaigns.send(name)
    assert set(world.arrived().values()) == {1}
    assert len(world.arrived()) == 12


def test_a_no_counts_until_the_message_is_handed_over(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from crmcore.campaigns import handing

    monkeypatch.setattr(handing, "FRESH_SECONDS", 0.0)  # else only what has waited for some seconds
    people = [world.person(f"P{number}") for number in range(5)]
    name = world.campaign()

    def told(done: int, _total: int) -> None:
        if done == 1:
            with world.shop.write("no") as write:
                world.says(write, people[4], "denied", at=NOW)

    assert world.campaigns.send(name, told=told).sent == 4
    assert set(world.arrived()) == {f"p{who}@x.cn" for who in people[:4]}
    plan = world.campaigns.plans(name)[0]
    assert {one.person: one.later for one in world.campaigns.people(name, plan.id or 0)}[people[4]] == (
        Reason.REFUSED
    )


def test_two_campaigns_planned_before_either_was_sent_share_the_cap(world: World) -> None:
    world.person("A")
    first, second = world.campaign("first"), world.campaign("second")
    assert [world.campaigns.plan(name, save=True).chosen for name in (first, second)] == [1, 1]
    assert [world.campaigns.send(name).sent for name in (first, second)] == [1, 0]
    plan = world.campaigns.plans(second)[0]
    [one] = world.campaigns.people(second, plan.id or 0)
    assert one.later is Reason.CAP


def test_what_is_spent_stops_it(world: World) -> None:
    for number in range(5):
        world.person(f"P{number}")
    name = world.campaign(budget="0.04")  # a pigeon costs 0.045
    assert world.campaigns.send(name, limit=1).sent == 1
    sent = world.campaigns.send(name)
    assert (sent.sent, sent.stopped) == (0, "the budget is spent")
    assert world.campaigns.get(name).row.state == "paused"


def test_what_is_planned_every_day_keeps_little(world: World) -> None:
    people = [world.person(f"P{number}") for number in range(40)]
    name = world.campaign(repeat="daily", control=0.4)
    plan = world.campaigns.plan(name, save=True)
    world.campaigns.send(name)
    for day in range(1, 5):
        world.go_to(NOW + day * DAY)
        world.campaigns.send(name)
    assert len(world.campaigns.plans(name)) == 5
    kept = world.all(sa.select(sa.func.count()).select_from(plan_people))[0][0]
    assert kept <= 3 * len(people)  # five whole plans would be 200 rows
    assert sum(world.arrived().values()) == plan.chosen
    assert world.campaigns.get(name).row.state == "running"


def test_at_night_nothing_goes_out_and_in_the_morning_it_does(world: World) -> None:
    world.person("here")
    far = world.person("far", country="United Kingdom")
    name = world.campaign()
    world.go_to(NOW + 12 * 3600)  # 22:00 in Shanghai, 14:00 in London
    sent = world.campaigns.send(name)
    assert (sent.sent, sent.waits) == (1, True)
    assert set(world.arrived()) == {f"p{far}@x.cn"}
    world.go_to(NOW + 24 * 3600)
    assert [name for name, _sent in world.campaigns.run_due()] == ["spring"]
    assert sum(world.arrived().values()) == 2
    assert world.campaigns.get(name).row.state == "done"


def test_who_had_her_month_is_left_out_and_asked_again_when_told_to(world: World) -> None:
    world.person("A")
    world.campaigns.send(world.campaign())
    second = world.campaign("second", retry_days=60)
    plan = world.campaigns.plan(second)
    assert plan.reasons == {Reason.CAP: 1}
    assert world.campaigns.send(second).sent == 0
    assert world.campaigns.get(second).row.state == "running"
    world.go_to(NOW + 31 * DAY)
    assert dict(world.campaigns.run_due())["second"].sent == 1  # type: ignore[union-attr]


def test_a_calendar_month_is_a_setting(world: World) -> None:
    world.person("A")
    world.campaigns.send(world.campaign())
    world.go_to(NOW + 27 * DAY)  # 1 April
    second = world.campaign("second")
    assert world.campaigns.plan(second).reasons == {Reason.CAP: 1}
    world.campaigns.change_rules({"cap_window": "month"})
    assert world.campaigns.plan(second).chosen == 1
    with pytest.raises(UsageError):
        world.campaigns.change_rules({"cap_window": "often"})
    with pytest.raises(UsageError, match="cap_window"):
        world.campaigns.change_rules({"cap_windows": "30d"})


def test_a_merge_neither_frees_a_place_nor_fails(world: World) -> None:
    one, other = world.person("A"), world.person("B")
    name = world.campaign()
    world.campaigns.send(name, limit=1)
    with world.shop.write("same", kind="merge") as write:
        merge(write, other, one)
    world.campaigns.send(name)
    assert sum(world.arrived().values()) == 1
    rows = world.all(sa.select(sends.c.person, sends.c.customer_id))
    assert [tuple(row) for row in rows] == [(one, other)]


def test_who_left_the_audience_meanwhile_is_told(world: World) -> None:
    stays, leaves = world.person("A"), world.person("B", province="浙江省")
    name = world.campaign(where={"any": [{"province": {"eq": "浙江省"}}, {"customer_id": {"eq": stays}}]})
    plan = world.campaigns.plan(name, save=True)
    from crmcore.people import Changes, People

    People(world.shop).edit(leaves, Changes({"province": "江苏省"}))
    world.go_to(NOW + 3600)
    world.campaigns.send(name)
    rows = world.all(
        sa.select(plan_people.c.person, plan_people.c.later).where(plan_people.c.plan_id == plan.id)
    )
    assert {row.person: row.later for row in rows} == {stays: None, leaves: int(Reason.LEFT)}


def test_personal_codes_are_each_ones_own(world: World) -> None:
    for number in range(5):
        world.person(f"P{number}")
    name = world.campaign(code="YQ", personal_codes=True, messages={"*": {"text": "code {{ code }}"}})
    world.campaigns.send(name)
    texts = [line.split("\t")[2] for line in world.gateway.read_text("utf-8").splitlines()]
    assert len(set(texts)) == 5
    assert all(text.startswith("code YQ") for text in texts)


def test_two_plans_are_compared(world: World) -> None:
    world.person("A")
    changes = world.person("B")
    name = world.campaign()
    first = world.campaigns.plan(name, save=True)
    with world.shop.write("no") as write:
        world.says(write, changes, "denied", at=NOW)
    second = world.campaigns.plan(name, save=True)
    [(was, now, count)] = world.campaigns.compare(name, first.id or 0, second.id or 0)
    assert ("pigeon" in was, now, count) == (True, "said no", 1)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"channels": []}, "by which channels"),
        ({"messages": {}}, "what is to be said"),
        ({"where": None}, "whom it is for"),
    ],
)
def test_a_campaign_that_says_too_little_is_not_sent(
    world: World, body: dict[str, object], reason: str
) -> None:
    world.person("A")
    name = world.campaign(**body)
    with pytest.raises(CrmError, match=reason):
        world.campaigns.send(name)
    assert world.campaigns.get(name).row.state == "draft"


def test_a_channel_that_is_none_is_refused_when_it_is_named_and_when_it_has_gone(world: World) -> None:
    with pytest.raises(CrmError, match="pigeon"):
        world.campaign("odd", channels=["pidgeon"])
    assert world.campaigns.all() == []
    world.person("A")
    name = world.campaign()
    with pytest.raises(CrmError, match="pigeon"):
        world.campaigns.edit(name, {"channels": ["pidgeon"]})
    row = world.campaigns.get(name).row
    body = row.body.replace("pigeon", "pidgeon")  # its plugin is there no more
    with world.shop.write("as an older shop left it") as write:
        campaign_rows.change(write, row.id, body=body)
    with pytest.raises(CrmError, match="pigeon"):
        world.campaigns.send(name)
    assert world.campaigns.get(name).row.state == "draft"


@pytest.mark.parametrize(
    "values",
    [
        {"chanels": ["x"]},
        {"control": 2},
        {"channels": ["a", "a"]},
        {"segment": "a", "unpaid": {}},
        {"node": "soon"},
    ],
)
def test_a_body_that_makes_no_sense_is_refused(world: World, values: dict[str, object]) -> None:
    with pytest.raises(CrmError):
        world.campaigns.new("odd", "one_off", values)
    assert world.campaigns.all() == []


def test_a_plan_stands_in_nobodys_way_back_and_a_campaign_does(world: World) -> None:
    """A kept plan changed nothing of the shop's: the key takes back what was done before it."""
    who = world.person("A")
    name = world.campaign()
    with pytest.raises(CrmError, match=r"made the campaign spring.*changed or ended where it stands"):
        take_back_last(world.shop)
    People(world.shop).log(who, "note", "is away")
    plan = world.campaigns.plan(name, save=True)
    with world.shop.database.read() as connection:
        acts = {one.kind: one.id for one in list_changes(connection, limit=3)}
    with pytest.raises(CrmError, match="cannot be undone"):
        take_back(world.shop, acts["plan"])
    assert "note" in take_back_last(world.shop).why.lower()
    assert world.campaigns.send(name, plan_id=plan.id).sent == 1
