"""What is to do today: who stands in which queue and why, and what becomes of it when it is done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from crmcore.desk import today_acts as acts
from crmcore.desk.today import Ahead, Day, Task, keep_ahead, look, read_ahead
from crmcore.desk.undoing import take_back_last
from crmcore.errors import CrmError, UsageError
from crmcore.i18n import speaking
from crmcore.people import Changes, People
from crmcore.records.clock import day_end
from crmcore.shop import Shop
from tests.store import dossier

HOUR, DAY = 3600, 86_400


@pytest.fixture(params=["sqlite", "postgresql"])
def any_shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    with Shop.open(request.getfixturevalue(f"{request.param}_url"), actor="Ann") as opened, speaking("en"):
        yield opened


@pytest.fixture
def shop(sqlite_url: str) -> Iterator[Shop]:
    with Shop.open(sqlite_url, actor="Ann") as opened, speaking("en"):
        yield opened


def person(shop: Shop, name: str = "王芳", **profile: Any) -> int:
    return People(shop).add(Changes({"name": name, **profile}))[0]


def log(shop: Shop, who: int, kind: str, text: str, *, days_ago: int = 0, **more: Any) -> int:
    at = shop.clock().now - days_ago * DAY - 10
    return People(shop).log(who, kind, text, at=at, **more)


def unpaid(shop: Shop, who: int | None, number: str, days_ago: int, **values: Any) -> None:
    waiting = {"status": "unpaid", "paid_at": None, "net_total": 0, "ordered_total": 15_900}
    placed = {"placed_at": shop.clock().now - days_ago * DAY - 60}
    with shop.write("test") as write:
        dossier.order(write, who, number, **{**waiting, **placed, **values})
        write.touch([who])


def tasks(day: Day, queue: str) -> list[str]:
    found = day.queue(queue)
    assert found.count == len(found.tasks)
    return [task.what for task in found.tasks]


def task_of(shop: Shop, queue: str) -> Task:
    return look(shop).queue(queue).tasks[0]


def test_what_is_due_stands_in_its_queue_the_longest_overdue_first(any_shop: Shop) -> None:
    now, who = any_shop.clock().now, person(any_shop)
    this_evening = day_end(any_shop.clock().today, any_shop.clock().zone)
    log(any_shop, who, "promise", "no day", days_ago=40)
    log(any_shop, who, "promise", "today", due_at=this_evening)
    log(any_shop, who, "promise", "three days late", due_at=now - 3 * DAY)
    log(any_shop, who, "promise", "tomorrow", due_at=this_evening + 1)
    log(any_shop, who, "promise", "kept", due_at=now - DAY, state="kept")
    log(any_shop, who, "complaint", "next week", days_ago=2, due_at=now + 7 * DAY)
    log(any_shop, who, "complaint", "closed", state="closed")
    log(any_shop, who, "call", "missed", due_at=now - DAY, state="missed")
    log(any_shop, who, "call", "planned", due_at=now - DAY, state="planned")
    day = look(any_shop)
    assert tasks(day, "promises") == ["three days late", "today", "no day"]
    assert tasks(day, "complaints") == ["next week"]
    assert tasks(day, "calls") == ["planned"]
    assert day.open == 5
    late, today, no_day = day.queue("promises").tasks
    assert (late.when, late.late, late.name) == ("3 days late", True, "王芳")
    assert (today.when, today.late, no_day.when) == ("today", False, "open 40 days")
    assert "no day was set" in no_day.why
    assert "overdue since" in late.why


def test_an_inquiry_asks_for_an_answer_until_somebody_was_in_contact(any_shop: Shop) -> None:
    answered, waiting, old, due = (person(any_shop, name) for name in "甲乙丙丁")
    log(any_shop, answered, "inquiry", "answered", days_ago=2)
    log(any_shop, answered, "chat", "yes we have it", days_ago=1)
    log(any_shop, waiting, "chat", "before", days_ago=3)
    log(any_shop, waiting, "inquiry", "waiting", days_ago=2)
    log(any_shop, old, "inquiry", "half a year ago", days_ago=180)
    log(any_shop, due, "inquiry", "due", days_ago=2, due_at=any_shop.clock().now - HOUR)
    log(any_shop, due, "chat", "said that we ask", days_ago=1)
    assert tasks(look(any_shop), "inquiries") == ["due", "waiting"]


def test_birthdays_of_the_coming_days_the_best_customers_first(any_shop: Shop) -> None:
    today = any_shop.clock().today

    def born(in_days: int, year: str = "1992") -> str:  # a leap year: any day may be today
        return f"{year}-{today + timedelta(days=in_days):%m-%d}"

    person(any_shop, "soon", birthday=born(7))
    person(any_shop, "too far", birthday=born(8))
    person(any_shop, "past", birthday=born(-1))
    person(any_shop, "today", birthday=born(0, "-"))
    good = person(any_shop, "today and good", birthday=born(0))
    with any_shop.write("test") as write:
        dossier.order(write, good, "1", net_total=9_900)
        write.touch([good])
    found = look(any_shop).queue("birthdays")
    assert [task.name for task in found.tasks] == ["today and good", "today", "soon"]
    assert found.count == 3
    first, second, third = found.tasks
    assert (first.when, third.when) == ("today", "in 7 days")
    assert f"turns {today.year - 1992}" in first.what
    assert "turns" not in second.what
    assert "1 order" in first.why


def test_an_unpaid_order_is_asked_about_unless_she_bought_or_was_spoken_to(any_shop: Shop) -> None:
    new, old, bought, spoken = (person(any_shop, name) for name in "甲乙丙丁")
    unpaid(any_shop, new, "A1", 1)
    unpaid(any_shop, old, "A2", 5)
    unpaid(any_shop, None, "A3", 1)
    unpaid(any_shop, new, "A4", 2, closed_at=any_shop.clock().now, status="closed")
    unpaid(any_shop, bought, "A5", 2)
    with any_shop.write("test") as write:
        now = any_shop.clock().now
        dossier.order(write, bought, "A6", placed_at=now - DAY, paid_at=now - DAY)
        write.touch([bought])
    unpaid(any_shop, spoken, "A7", 2)
    log(any_shop, spoken, "chat", "reminded", order="A7")
    assert tasks(look(any_shop), "unpaid") == ["order A1, 159 CNY"]
    keep_ahead(any_shop, unpaid_days=6, birthday_days=7)
    assert tasks(look(any_shop), "unpaid") == ["order A1, 159 CNY", "order A2, 159 CNY"]


def test_mine_is_what_i_have_and_what_nobody_has(any_shop: Shop) -> None:
    who = person(any_shop)
    for owner in ("Ann", "Bob", None):
        log(any_shop, who, "promise", f"of {owner}", owner=owner)
    assert sorted(tasks(look(any_shop), "promises")) == ["of Ann", "of Bob", "of None"]
    assert sorted(tasks(look(any_shop, mine=True), "promises")) == ["of Ann", "of None"]


def test_done_counts_until_it_is_taken_back(any_shop: Shop) -> None:
    today = any_shop.clock().today
    who = person(any_shop, birthday=f"--{today:%m-%d}")
    log(any_shop, who, "promise", "two masks")
    log(any_shop, who, "chat", "hello")
    unpaid(any_shop, who, "A1", 1)
    for queue in ("promises", "birthdays", "unpaid"):
        task = task_of(any_shop, queue)
        acts.finish(any_shop, task, acts.endings(any_shop, task)[0][0])
    day = look(any_shop)
    assert (day.open, day.done, look(any_shop, mine=True).done) == (0, 3, 3)
    take_back_last(any_shop)
    day = look(any_shop)
    assert (day.open, day.done) == (1, 2)
    assert tasks(day, "unpaid") == ["order A1, 159 CNY"]
    with Shop.open(any_shop.place.url, actor="Bob") as other:
        assert (look(other).done, look(other, mine=True).done) == (2, 0)


def test_a_complaint_that_is_only_in_work_is_not_done(shop: Shop) -> None:
    log(shop, person(shop), "complaint", "broken")
    task = task_of(shop, "complaints")
    assert acts.moves(shop, task) == [
        ("in_progress", "in progress"),
        ("settled", "settled"),
        ("closed", "closed"),
    ]
    assert acts.endings(shop, task) == [("settled", "settled")]
    acts.finish(shop, task, "in_progress")
    assert (look(shop).open, look(shop).done) == (1, 0)


def test_an_inquiry_can_be_answered_and_stay_open_or_be_won(shop: Shop) -> None:
    log(shop, person(shop), "inquiry", "for dry skin?")
    task = task_of(shop, "inquiries")
    names = [name for name, _words in acts.endings(shop, task)]
    assert names == ["answered", "won", "lost"]
    acts.finish(shop, task, "answered")
    assert (look(shop).queue("inquiries").count, look(shop).done) == (0, 1)
    take_back_last(shop)
    acts.finish(shop, task, "won")
    assert (look(shop).queue("inquiries").count, look(shop).done) == (0, 1)


def test_a_task_that_another_finished_meanwhile_is_not_finished_twice(shop: Shop) -> None:
    which = log(shop, person(shop), "promise", "two masks")
    task = task_of(shop, "promises")
    People(shop).move(which, "dropped")
    with pytest.raises(CrmError, match="is dropped: from there it can go to open"):
        acts.finish(shop, task, "kept")


def test_later_moves_the_day_and_makes_a_call_of_what_has_none(shop: Shop) -> None:
    today = shop.clock().today
    who = person(shop, birthday=f"--{today:%m-%d}")
    log(shop, who, "promise", "two masks")
    unpaid(shop, who, "A1", 1)
    for queue in ("promises", "birthdays", "unpaid"):
        due_at = acts.later(shop, task_of(shop, queue), "+2d")
        assert due_at == day_end(today + timedelta(days=2), "Asia/Shanghai")
    assert (look(shop).open, look(shop).done) == (0, 0)
    with shop.database.read() as connection:
        calls = [one for one in _due(shop, connection, due_at) if one.kind == "call"]
    assert [(call.owner, call.order_id) for call in calls] == [("Ann", None), ("Ann", 1)]
    with pytest.raises(UsageError, match="has passed"):
        acts.later(shop, _promise(shop), "yesterday")
    with pytest.raises(UsageError, match="is not a time"):
        acts.later(shop, _promise(shop), "sometime")


def _due(shop: Shop, connection: Any, until: int) -> list[Any]:
    from crmcore.store.interactions import due

    return due(connection, shop.kinds, until)


def _promise(shop: Shop) -> Task:
    log(shop, 1, "promise", "another")
    return next(one for one in look(shop).queue("promises").tasks if one.what == "another")


def test_a_task_is_given_to_somebody_and_a_note_is_written(shop: Shop) -> None:
    log(shop, person(shop, birthday=f"--{shop.clock().today:%m-%d}"), "promise", "two masks")
    acts.assign(shop, task_of(shop, "promises"), "Bob")
    assert task_of(shop, "promises").owner == "Bob"
    assert acts.staff(shop, look(shop).queue("promises").tasks) == ["Ann", "Bob"]
    with pytest.raises(UsageError, match="put it off"):
        acts.assign(shop, task_of(shop, "birthdays"), "Bob")
    acts.note(shop, task_of(shop, "promises"), "likes the blue one")
    with pytest.raises(UsageError, match="nothing in the note"):
        acts.note(shop, task_of(shop, "promises"), "  ")
    assert [one.text for one in People(shop).show(1)[1].entries if one.kind == "note"] == [
        "likes the blue one"
    ]


def test_a_kind_of_a_plugin_that_is_due_has_its_place(shop: Shop) -> None:
    from crmcore.records.interaction import InteractionKind

    visit = InteractionKind(
        "visit", "到店", "Visit", states=("planned", "came"), open_states=("planned",),
        moves={"planned": ("came",)}, can_be_due=True,
    )  # fmt: skip
    shop.kinds["visit"] = visit
    assert "others" not in [queue.name for queue in look(shop).queues]
    log(shop, person(shop), "visit", "tries the watch on")
    assert tasks(look(shop), "others") == ["Visit: tries the watch on"]
    assert acts.endings(shop, task_of(shop, "others")) == [("came", "came")]


def test_how_far_today_looks_is_the_shops_to_say(shop: Shop) -> None:
    assert read_ahead(shop) == Ahead(3, 7)
    keep_ahead(shop, 5, 0)
    assert read_ahead(shop) == Ahead(5, 0)
    with pytest.raises(UsageError, match="1 to 60"):
        keep_ahead(shop, 0, 7)
