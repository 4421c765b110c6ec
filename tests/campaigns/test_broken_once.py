"""What was broken once: a no between two steps, plans of another day, backups, reports as gateways write them."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from crmcore.campaigns import coming_back, suppression, work
from crmcore.campaigns.outbox import Outbox
from crmcore.errors import CrmError, UsageError
from crmcore.messages.trial import send_test
from crmcore.moving import backup
from crmcore.records.sending import Reason
from crmcore.restoring import restore
from crmcore.store.changes import insert
from crmcore.store.schema import identities
from crmcore.store.schema_campaigns import send_events, sends
from tests.campaigns.conftest import WORDS, World
from tests.conftest import NOW

DAY = 86_400


def buyers(orders: int) -> dict[str, object]:
    return {"orders": {"eq": orders}}


def test_a_plan_of_another_audience_is_not_sent(world: World) -> None:
    world.person("A")
    other = world.person("B", orders=2)
    world.campaign(where=buyers(1))
    old = world.campaigns.plan("spring", save=True)
    world.campaigns.edit("spring", {"where": buyers(2)})
    with pytest.raises(CrmError, match="before the campaign was changed"):
        world.campaigns.send("spring", plan_id=old.id)
    world.campaigns.send("spring")
    assert list(world.arrived()) == [f"p{other}@x.cn"]


def test_other_words_leave_a_plan_as_it_was_shown(world: World) -> None:
    world.person("A")
    world.campaign()
    kept = world.campaigns.plan("spring", save=True)
    world.campaigns.edit("spring", {"messages": {**WORDS, "pigeon": {"text": "later words"}}})
    world.person("B")
    assert world.campaigns.send("spring").sent == 1
    assert [plan.id for plan in world.campaigns.plans("spring")] == [kept.id]


def test_after_a_restore_nothing_goes_on_by_itself(world: World, tmp_path: Path) -> None:
    for _number in range(4):
        world.person()
    world.campaign()
    world.campaign("later")
    world.campaigns.schedule("later", NOW + DAY)
    world.campaigns.send("spring", limit=1)
    backup(world.shop, tmp_path / "kept.db")
    world.campaigns.send("spring")
    restore(str(world.shop.place.folder), tmp_path / "kept.db")
    world.go_to(NOW + 2 * DAY)
    assert world.campaigns.run_due() == []
    for name in ("spring", "later"):
        row = world.campaigns.get(name).row
        assert (row.state, str(row.message)[:13]) == ("paused", "restored from")
    assert set(world.arrived().values()) == {1}


@pytest.mark.parametrize("event", ["unsubscribed\tP{0}@X.CN\tno", "replied\tp{0}@x.cn\tＴＤ"])
def test_a_no_counts_however_the_gateway_writes_it(world: World, event: str) -> None:
    who = world.person("A")
    Path(f"{world.gateway}.events").write_text(event.format(who) + "\n", "utf-8")
    assert sum(coming_back.fetch(world.shop, "pigeon").new.values()) == 1
    assert world.campaigns.plan(world.campaign()).reasons == {Reason.BAD_ADDRESS: 1}


@pytest.mark.parametrize("odd", ["谢谢\\ud83d", "\\0"], ids=["half an emoji", "NUL"])
def test_an_odd_answer_of_one_keeps_the_noes_of_others_from_nobody(world: World, odd: str) -> None:
    """What no database keeps as text: an emoji that a gateway cut in two, as JSON gives it; a NUL."""
    one, other = world.person("A"), world.person("B")
    world.campaigns.send(world.campaign())
    lines = [f"replied\tp{one}@x.cn\t{odd}", f"unsubscribed\tp{other}@x.cn\tno{odd}"]
    Path(f"{world.gateway}.events").write_text("\n".join(lines) + "\n", "utf-8")
    assert dict(coming_back.fetch(world.shop, "pigeon").new) == {"replied": 1, "unsubscribed": 1}
    assert "\ufffd" in world.all(sa.select(send_events.c.text).order_by(send_events.c.id))[0][0]
    world.go_to(NOW + 40 * DAY)
    assert world.campaigns.plan(world.campaign("next")).reasons == {Reason.REFUSED: 1}


def test_a_no_in_a_report_counts_though_no_message_is_known(world: World, tmp_path: Path) -> None:
    who = world.person("A")
    file = tmp_path / "report.csv"
    file.write_text(f"手机号,状态,内容\n138{who:08d},退订,TD\n13900000000,送达,\n", "utf-8")
    told = coming_back.read_outcomes(world.shop, None, file)
    assert (dict(told.new), len(told.problems)) == ({"unsubscribed": 1}, 1)
    plan = world.campaigns.plan(world.campaign(channels=["text_message"]))
    assert plan.reasons == {Reason.BAD_ADDRESS: 1}


def test_two_answers_of_one_second_are_both_heard(world: World) -> None:
    world.person("A")
    world.campaigns.send(world.campaign())
    key = world.gateway.read_text("utf-8").split("\t")[0]
    events = Path(f"{world.gateway}.events")
    events.write_text(f"replied\t{key}\tthanks\nreplied\t{key}\tTD\n", "utf-8")
    assert dict(coming_back.fetch(world.shop, "pigeon").new) == {"replied": 2}
    with events.open("a", encoding="utf-8") as file:
        file.write(f"replied\t{key}\tTD\nreplied\t{key}\tthanks\n")
    assert coming_back.fetch(world.shop, "pigeon").same == 2
    world.go_to(NOW + 40 * DAY)
    assert world.campaigns.plan(world.campaign("next")).reasons == {Reason.REFUSED: 1}


@pytest.mark.parametrize("channel", ["pigeon", "*"])
def test_a_no_is_heard_while_the_message_waits_for_its_turn(
    world: World, monkeypatch: pytest.MonkeyPatch, channel: str
) -> None:
    """A slow gateway: the guards let her through, her turn comes a while later, and by then she said no."""
    ids = [world.person(f"P{number}") for number in range(4)]
    world.campaign(channels=["pigeon", "text_message"])
    monkeypatch.setattr("crmcore.campaigns.handing.FRESH_SECONDS", 0.0)

    def told(done: int, _total: int) -> None:
        if done == 1:
            with world.shop.write("no") as write:
                world.says(write, ids[3], "denied", channel, at=NOW)

    sent = world.campaigns.send("spring", told=told)
    assert (sent.sent, sent.skipped) == (3, 1)
    assert f"p{ids[3]}@x.cn" not in world.arrived()


def test_an_address_that_says_no_while_its_message_waits_gets_nothing_though_she_has_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [world.person(f"P{number}") for number in range(4)]
    last = ids[-1]
    with world.shop.write("a newer address") as write:
        row = {"customer_id": last, "home_id": last, "kind": "email", "namespace": "", "value": "new@x.cn"}
        insert(write, identities, {**row, "shown": "new@x.cn", "strong": True})
    world.campaign()
    monkeypatch.setattr("crmcore.campaigns.handing.FRESH_SECONDS", 0.0)

    def told(done: int, _total: int) -> None:
        if done == 1:
            suppression.add(world.shop, ["new@x.cn"], [], None)

    world.campaigns.send("spring", told=told)
    world.campaigns.send("spring")
    assert world.arrived() == {f"p{who}@x.cn": 1 for who in ids}


def test_who_wants_no_calls_is_not_rung_because_she_takes_mails(world: World) -> None:
    who = world.person("A")
    world.campaigns.send(world.campaign(channels=["calls", "pigeon"]))
    with world.shop.write("no") as write:
        world.says(write, who, "denied", "calls", at=NOW)
    assert work.take_next(world.shop, "spring", "calls") is None
    assert world.states() == {"DROPPED": 1}


@pytest.mark.parametrize("about", ["address", "person"])
def test_no_test_message_goes_to_who_is_on_the_suppression_list(world: World, about: str) -> None:
    who = world.person("A")
    addresses, people = ([f"p{who}@x.cn"], []) if about == "address" else ([], [who])
    suppression.add(world.shop, addresses, people, None)
    with pytest.raises(CrmError, match="on the suppression list"):
        send_test(world.shop, "pigeon", f"P{who}@X.CN")
    assert not world.arrived()


def test_an_address_that_cannot_be_read_takes_no_other_of_its_row_with_it(
    world: World, tmp_path: Path
) -> None:
    who = world.person("A")
    file = tmp_path / "no.csv"
    file.write_text(f'phone,email\nnonsense,p{who}@x.cn\n," "\n13900000000,x@x.cn\n', "utf-8")
    read = suppression.read_file(world.shop, file, None)
    assert (read.read, [line for line, _why in read.problems]) == (2, [2])
    assert world.campaigns.plan(world.campaign()).reasons == {Reason.BAD_ADDRESS: 1}


def test_a_message_that_never_went_out_is_sent_with_a_code_of_its_own(world: World) -> None:
    """The last rows of the ledger go, and the next ones may have their numbers."""
    for number in range(3):
        world.person(f"P{number}")
    world.way("late")
    world.campaign(personal_codes=True, code="MAY", messages={"*": {"text": "{{ code }}"}})
    assert world.campaigns.send("spring").unknown == 1
    assert coming_back.settle_unknown(world.shop, "spring", arrived=False) == 1
    world.way("well")
    assert world.campaigns.send("spring").sent == 1
    texts = [row.text for row in world.all(sa.select(sends.c.text))]
    assert len(set(texts)) == 3


def test_nobody_is_rung_for_a_campaign_that_is_held(world: World) -> None:
    for name in ("A", "B"):
        world.person(name)
    world.campaigns.send(world.campaign(channels=["calls"], repeat="daily"))
    world.campaigns.pause("spring")
    with pytest.raises(CrmError, match="is paused"):
        work.take_next(world.shop, "spring", "calls")


def test_a_round_that_dies_while_it_is_made_leaves_no_calls_without_words(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [world.person(name) for name in ("A", "B")]
    world.campaign(channels=["calls"])

    def die(*_values: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Outbox, "_make", die)
        with pytest.raises(KeyboardInterrupt):
            world.campaigns.send("spring")
    assert work.rounds(world.shop) == []
    assert world.states() == {}  # nobody's place is taken, in this campaign's name or under the cap
    assert world.campaigns.send("spring").by_hand == 2
    rows = world.all(sa.select(sends.c.person, sends.c.text).order_by(sends.c.person))
    assert [(row.person, bool(row.text)) for row in rows] == [(one, True) for one in ids]


@pytest.mark.parametrize(
    "values",
    [
        {"node": "0001-01-01"},
        {"node": "9999-12-31"},
        {"where": None, "unpaid": {"to_hours": float("inf")}},
        {"where": None, "unpaid": {"to_hours": 1e300}},
        {"title": "\udcff"},
        {"budget": "NaN"},
        {"budget": "-5"},
        {"prices": {"pigeon": "-0.01"}},  # nothing would ever be spent
        {"prices": {"pigeon": "Infinity"}},
        {"goal": {"measure": "revenue", "value": "1e30"}},
        {"where": None, "unpaid": {"from_amount": "NaN"}},
    ],
)
def test_what_no_campaign_can_mean_is_refused(world: World, values: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        world.campaign(**values)
