"""What comes back and what it earned: read once, attributed once, held against the control group."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from crmcore.campaigns import coming_back
from crmcore.campaigns.lift import LEAST, lift, wilson
from crmcore.errors import UsageError
from crmcore.people import People
from crmcore.records.sending import Event, Reason
from crmcore.store.schema import changes
from crmcore.store.schema_campaigns import code_uses, codes, suppressions
from tests.campaigns.conftest import World
from tests.conftest import NOW

DAY = 86_400


@pytest.mark.parametrize(
    ("groups", "low", "high"),
    [
        # Newcombe 1998, table II, method 10: examples (a) to (h).
        ((70, 56, 80, 48), 0.0524, 0.3339),
        ((10, 9, 10, 3), 0.1705, 0.8090),
        ((7, 6, 7, 2), 0.0582, 0.8062),
        ((56, 5, 29, 0), -0.0381, 0.1926),
        ((10, 0, 20, 0), -0.1611, 0.2775),
        ((10, 10, 20, 0), 0.6791, 1.0000),
    ],
)
def test_the_interval_is_that_of_the_paper(
    groups: tuple[int, int, int, int], low: float, high: float
) -> None:
    found = lift(*groups)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@given(st.integers(1, 500), st.data())
def test_the_interval_holds_the_difference_and_stays_a_share(size: int, data: st.DataObject) -> None:
    other = data.draw(st.integers(1, 500))
    found = lift(size, data.draw(st.integers(0, size)), other, data.draw(st.integers(0, other)))
    assert -1 <= found.low <= found.difference <= found.high <= 1
    if min(size, other) < LEAST:
        assert found.verdict == "unclear"
    low, high = wilson(found.reached_buyers, size)
    assert 0 <= low <= found.share <= high <= 1


def sent(world: World, people: int = 3, **body: object) -> list[int]:
    ids = [world.person(f"P{number}") for number in range(people)]
    world.campaigns.send(world.campaign(**body))
    return ids


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_text(text, encoding)
    return path


def test_a_gateways_report_is_read_once_and_a_no_is_a_no(world: World, tmp_path: Path) -> None:
    one, two, three = sent(world)
    text = (
        "手机号,邮箱,状态,时间,内容\n"
        f",p{one}@x.cn,退订,2026-03-05 11:00,TD\n,p{two}@x.cn,送达,2026-03-05 10:01,\n"
        f",p{three}@x.cn,回复,2026-03-05 10:05,T\n,nobody@x.cn,送达,2026-03-05 10:05,\n,p{one}@x.cn,飞走,,\n"
    ).replace("手机号,邮箱", "空,邮箱")
    file = write(tmp_path / "report.csv", text, "gb18030")
    told = coming_back.read_outcomes(world.shop, "spring", file)
    assert (told.read, dict(told.new)) == (5, {"unsubscribed": 1, "delivered": 1, "replied": 1})
    assert [line for line, _why in told.problems] == [5, 6]
    again = coming_back.read_outcomes(world.shop, "spring", file)
    assert (again.same, dict(again.new)) == (3, {})
    assert world.states() == {"DELIVERED": 3}
    world.go_to(NOW + 40 * DAY)
    plan = world.campaigns.plan(world.campaign("next"))
    assert plan.reasons == {Reason.REFUSED: 2}  # who unsubscribed, and who answered T
    assert plan.chosen == 1
    with pytest.raises(UsageError, match="tells neither"):
        coming_back.read_outcomes(world.shop, None, write(tmp_path / "x.csv", "a,b\n1,2\n"))


def test_what_a_channel_learned_is_fetched_once(world: World) -> None:
    one, two = sent(world, 2)
    stranger = world.person("stranger")
    events = Path(f"{world.gateway}.events")
    events.write_text(
        f"delivered\t1-{one}-0\t\nunsubscribed\tp{two}@x.cn\tno more\nbounced\tp{stranger}@x.cn\t\n"
        "opened\t9-9-9\t\n",
        "utf-8",
    )
    told = coming_back.fetch(world.shop, "pigeon")
    assert dict(told.new) == {"delivered": 1, "unsubscribed": 1, "bounced": 1}
    assert len(told.problems) == 1  # nobody's message
    assert coming_back.fetch(world.shop, "pigeon").read == 0
    with events.open("a", encoding="utf-8") as file:
        file.write(f"replied\t1-{one}-0\t退订\n")
    assert dict(coming_back.fetch(world.shop, "pigeon").new) == {"replied": 1}
    world.go_to(NOW + 40 * DAY)
    plan = world.campaigns.plan(world.campaign("next"))
    assert plan.reasons == {Reason.REFUSED: 2, Reason.BAD_ADDRESS: 1}


def test_machines_are_marked_and_count_as_no_interest(world: World) -> None:
    from crmcore.store import outcomes

    [who] = sent(world, 1)
    with world.shop.write("report", kind="campaign") as connection:
        message = outcomes.by_key(connection.connection, f"1-{who}-0")
        assert message is not None
        assert outcomes.record(connection, message, Event.OPENED, NOW, machine=True)
        assert outcomes.record(connection, message, Event.UNSUBSCRIBED, NOW, machine=True)
    found = world.campaigns.status("spring")
    assert found.machine_events == {Event.OPENED: 1, Event.UNSUBSCRIBED: 1}
    assert found.events == {}
    assert found.states == {3: 1}  # still sent: nobody has proved that it arrived
    world.go_to(NOW + 40 * DAY)
    assert world.campaigns.plan(world.campaign("next")).chosen == 1


def test_a_person_who_says_no_after_a_program_did_is_heard(world: World) -> None:
    """A filter opens every link of a mail, the one that unsubscribes too; then she does it herself."""
    from crmcore.store import outcomes

    people = sent(world, 2)
    for who, later in zip(people, (0, 60), strict=True):  # in the same second, and a minute later
        with world.shop.write("report", kind="campaign") as write:
            message = outcomes.by_key(write.connection, f"1-{who}-0")
            assert message is not None
            assert outcomes.record(write, message, Event.UNSUBSCRIBED, NOW, machine=True)
            assert outcomes.record(write, message, Event.UNSUBSCRIBED, NOW + later)
            assert not outcomes.record(write, message, Event.UNSUBSCRIBED, NOW + later)
            assert not outcomes.record(write, message, Event.UNSUBSCRIBED, NOW + 90, machine=True)
    assert world.campaigns.status("spring").events == {Event.UNSUBSCRIBED: 2}
    world.go_to(NOW + 40 * DAY)
    assert world.campaigns.plan(world.campaign("next")).reasons == {Reason.REFUSED: 2}


def test_a_dead_address_and_a_complaint_are_never_written_to_again(world: World) -> None:
    from crmcore.store import outcomes

    one, two = sent(world, 2)
    with world.shop.write("report", kind="campaign") as write_:
        for who, what in ((one, Event.BOUNCED), (two, Event.COMPLAINED)):
            message = outcomes.by_key(write_.connection, f"1-{who}-0")
            assert message is not None
            outcomes.record(write_, message, what, NOW, permanent=True)
    assert {row.value for row in world.all(sa.select(suppressions.c.value))} == {
        f"p{one}@x.cn",
        f"p{two}@x.cn",
    }
    world.go_to(NOW + 40 * DAY)
    assert world.campaigns.plan(world.campaign("next")).chosen == 0


def test_an_order_counts_once_by_code_before_time(world: World, tmp_path: Path) -> None:
    one, two, three = sent(world, code="spring26")
    other = world.person("friend")
    with world.shop.write("orders", kind="import") as w:
        bought = {"placed_at": NOW + DAY, "paid_at": NOW + DAY}
        world.order(w, one, "by time", net_total=2000, **bought)
        world.order(w, two, "by code", net_total=3000, extra='{"coupon": "Spring26 "}', **bought)
        world.order(w, other, "friend by code", net_total=500, **bought)
        world.order(w, three, "too late", placed_at=NOW + 30 * DAY, paid_at=NOW + 30 * DAY)
        world.order(w, three, "never paid", placed_at=NOW + DAY, paid_at=None, status="unpaid")
    used = write(
        tmp_path / "codes.csv", "code,order\nSPRING26,friend by code\nSPRING26,friend by code\nX,by time\n"
    )
    told = coming_back.read_outcomes(world.shop, None, used)
    assert (dict(told.new), told.same, len(told.problems)) == ({"code": 1}, 1, 1)
    world.go_to(NOW + 60 * DAY)
    acts = world.all(sa.select(sa.func.max(changes.c.id), sa.func.count()))
    report = world.campaigns.report("spring")
    assert (report.by_code.orders, report.by_code.revenue) == (2, 3500)
    assert world.all(sa.select(sa.func.max(changes.c.id), sa.func.count())) == acts  # looking is no act
    assert len(world.all(sa.select(code_uses.c.id))) == 1
    assert (report.by_window.orders, report.by_window.revenue) == (1, 2000)
    assert (report.complete, report.verdict()[:16]) == (True, "no control group")


def test_of_two_campaigns_the_later_one_has_the_order(world: World) -> None:
    world.campaigns.change_rules({"cap": "0"})
    [who] = sent(world, 1)
    world.go_to(NOW + DAY)
    world.campaigns.send(world.campaign("later"))
    with world.shop.write("orders", kind="import") as w:
        world.order(w, who, "n", net_total=700, placed_at=NOW + 2 * DAY, paid_at=NOW + 2 * DAY)
    world.go_to(NOW + 3 * DAY)
    reports = {name: world.campaigns.report(name) for name in ("spring", "later")}
    assert {name: one.revenue for name, one in reports.items()} == {"spring": 0, "later": 700}
    assert reports["later"].before == ("spring", 0, 1)


def test_against_the_control_group_with_all_costs_and_the_goal(world: World) -> None:
    people = [world.person(f"P{number}") for number in range(160)]
    name = world.campaign(
        control=0.4, prices={"pigeon": "0.5"}, goal={"measure": "revenue", "value": "1000"}, window_days=7
    )
    world.campaigns.send(name)
    plan = world.campaigns.plans(name)[0]
    held_out = {
        one.person for one in world.campaigns.people(name, plan.id or 0, reasons=("control",), limit=None)
    }
    assert len(held_out) == plan.control > 30
    with world.shop.write("orders", kind="import") as w:
        for number, who in enumerate(people):
            if who not in held_out and number % 2:
                world.order(w, who, f"n{number}", net_total=1000, placed_at=NOW + DAY, paid_at=NOW + DAY)
    from decimal import Decimal

    from crmcore.campaigns.report import add_cost

    add_cost(world.shop, world.campaigns.get(name).row, Decimal("12.50"), "flyers")
    world.go_to(NOW + 10 * DAY)
    report = world.campaigns.report(name)
    assert report.lift is not None
    assert (report.lift.verdict, report.lift.control_buyers) == ("more", 0)
    assert report.extra_revenue == report.revenue
    assert report.message_cost == plan.chosen * 50
    assert report.cost == plan.chosen * 50 + 1250
    assert report.roi == pytest.approx((report.revenue - report.cost) / report.cost)
    assert report.goal_reached == Decimal(report.revenue) / 100
    assert report.shop.revenue == report.revenue
    assert report.as_json()["lift"]["verdict"] == "more"


def test_few_people_are_too_few_to_tell(world: World) -> None:
    sent(world, 30, control=0.5)
    report = world.campaigns.report("spring")
    assert report.verdict() == "too small to tell: the difference may be chance"


def test_a_chase_ends_when_the_order_is_paid_and_counts_when_it_is(world: World) -> None:
    waits, pays = world.person("A", orders=0), world.person("B", orders=0)
    unpaid = {
        "status": "unpaid",
        "paid_at": None,
        "placed_at": NOW - 7200,
        "net_total": 0,
        "ordered_total": 9900,
    }
    with world.shop.write("orders", kind="import") as w:
        first = world.order(w, waits, "w", **unpaid)
        second = world.order(w, pays, "p", **unpaid)
    words = {"*": {"text": "your order waits"}}
    world.campaigns.new("chase", "unpaid", {"channels": ["pigeon"], "messages": words, "control": 0})
    plan = world.campaigns.plan("chase", save=True)
    assert plan.chosen == 2
    from crmcore.store.changes import update
    from crmcore.store.schema import orders

    with world.shop.write("paid", kind="import") as w:
        update(w, orders, second, {"status": "paid", "paid_at": NOW, "net_total": 9900})
    sent_now = world.campaigns.send("chase")
    assert sent_now.sent == 1
    assert set(world.arrived()) == {f"p{waits}@x.cn"}
    world.go_to(NOW + 3600)
    assert world.campaigns.send("chase").sent == 0  # once for each order
    with world.shop.write("paid", kind="import") as w:
        update(w, orders, first, {"status": "paid", "paid_at": NOW + 5000, "net_total": 9900})
    world.go_to(NOW + 9000)
    assert world.campaigns.report("chase").by_window.revenue == 9900


def test_a_message_stands_on_the_timeline_in_what_is_held_and_is_erased(world: World) -> None:
    from crmcore.store import outcomes

    [who] = sent(world, 1)
    with world.shop.write("report", kind="campaign") as w:
        message = outcomes.by_key(w.connection, f"1-{who}-0")
        assert message is not None
        outcomes.record(w, message, Event.REPLIED, NOW + 5, text="is it vegan?")
    people = People(world.shop)
    [entry] = [one for one in people.show(who)[1].entries if one.kind == "message"]
    assert entry.title == "spring by pigeon: delivered, replied"
    assert (entry.data["state"], entry.data["events"][0]["text"]) == ("delivered", "is it vegan?")
    held = people.held_on(who)
    assert held["sends"][0]["text"].endswith("好久不见")
    assert held["send_events"][0]["text"] == "is it vegan?"
    people.forget(who)
    held = people.held_on(who)
    assert "text" not in held["sends"][0]
    assert "text" not in held["send_events"][0]
    assert world.states() == {"DELIVERED": 1}  # what counts stays


def test_an_import_that_is_undone_keeps_whom_the_shop_wrote_to(world: World) -> None:
    [who] = sent(world, 1)
    from crmcore.store.undo import undo_in_chunks

    with world.shop.database.read() as connection:
        made = connection.scalar(sa.text("SELECT created_by FROM customers WHERE id = :who"), {"who": who})
    report = undo_in_chunks(world.shop.database, int(made), "test")
    assert any(one.table == "customers" and "sends" in one.why for one in report.kept)
    assert world.states() == {"SENT": 1}


def test_a_code_of_another_campaign_is_refused(world: World) -> None:
    sent(world, 1, code="A1")
    with pytest.raises(Exception, match="belongs to another campaign"):
        world.campaigns.send(world.campaign("other", code="a1"))
    assert [row.code for row in world.all(sa.select(codes.c.code))] == ["A1"]


def test_a_gateway_is_asked_about_messages_of_the_last_days_alone(world: World) -> None:
    first, second = world.person("A"), world.person("B")
    world.campaigns.send(world.campaign())
    coming_back.fetch(world.shop, "pigeon")
    asked = world.gateway.with_name("gateway.txt.asked")
    row = world.campaigns.get("spring").row.id
    assert asked.read_text("utf-8").split() == [f"{row}-{second}-0", f"{row}-{first}-0"]
    coming_back.fetch(world.shop, "text_message")
    assert asked.read_text("utf-8") == ""
    world.go_to(NOW + 4 * 86_400)
    coming_back.fetch(world.shop, "pigeon")
    assert asked.read_text("utf-8") == ""
